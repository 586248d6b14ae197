// The machine code that tells one caller from another. A return address does not: a call in
// tail position leaves none of the caller's. x86_64 is measured, aarch64 is not.

#include "trace.h"

#if TRACE_SUPPORTED

#include <elf.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { THUNK_SIZE = 32 };

#if defined(__x86_64__)

int
trace_is_call_slot(uint32_t type)
{
    return type == R_X86_64_JUMP_SLOT || type == R_X86_64_GLOB_DAT || type == R_X86_64_64;
}

// mov $object, %r8; mov $target, %rax; jmp *%rax
static void
write_thunk(unsigned char *code, const Object *object, void *target)
{
    const unsigned char shape[] = {0x49, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0,
                                   0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0,
                                   0xff, 0xe0};
    memcpy(code, shape, sizeof shape);
    memcpy(code + 2, &object, sizeof object);
    memcpy(code + 12, &target, sizeof target);
}

#else

int
trace_is_call_slot(uint32_t type)
{
    return type == R_AARCH64_JUMP_SLOT || type == R_AARCH64_GLOB_DAT || type == R_AARCH64_ABS64;
}

// ldr x4, 16 further; ldr x16, 20 further; br x16; nop; the object; the target
static void
write_thunk(unsigned char *code, const Object *object, void *target)
{
    const uint32_t shape[] = {0x58000084, 0x580000b0, 0xd61f0200, 0xd503201f};
    memcpy(code, shape, sizeof shape);
    memcpy(code + 16, &object, sizeof object);
    memcpy(code + 24, &target, sizeof target);
}

#endif

void *
trace_thunk(void *thunks, Function function)
{
    return (char *)thunks + (size_t)function * THUNK_SIZE;
}

// A page of its own, never changed again: another thread may be in it at any time.
void *
trace_thunks(Object *object)
{
    size_t size = (size_t)sysconf(_SC_PAGESIZE);
    void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) {
        return NULL;
    }
    for (int function = 0; function < CALL_COUNT; function++) {
        write_thunk(trace_thunk(page, function), object, trace_wrappers[function]);
    }
    if (mprotect(page, size, PROT_READ | PROT_EXEC) != 0) {
        munmap(page, size);
        return NULL;
    }
    __builtin___clear_cache(page, (char *)page + size);
    return page;
}

#endif
