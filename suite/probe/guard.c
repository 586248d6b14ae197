// Blocks that end exactly where an inaccessible page begins. A block that is sealed
// or released is inaccessible itself (or may only be read), so whoever touches it dies
// by SIGSEGV, and the handler has said before which block it was.
//
// All blocks come from one reserved range and their addresses are never used again.
// That makes every stray pointer a fact, and finds the block of an address without a
// lock; what it costs is address space, as released pages are given back.

#include "probe.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#ifdef __linux__
#include <ucontext.h>
#endif

enum { PAGES = 1 << 17, READ_ONLY = 2 };

typedef struct {
    const char *what;
    unsigned serial;
    int sealed;
    char *start;
    char *page;
    size_t span;
    atomic_int releases;
} Block;

static char *arena;
static size_t page_size;
static atomic_size_t next_page = 1;     // page 0 keeps the first block from its neighbours
static _Atomic(Block *) block_of_page[PAGES];

// What a block may be; each kind is counted on its own.
static struct {
    const char *what;
    atomic_uint count;
} kinds[] = {{.what = "payload"}, {.what = "name"}, {.what = "resource"}};
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
reserve(void)
{
    page_size = (size_t)sysconf(_SC_PAGESIZE);
    char *range = mmap(NULL, PAGES * page_size, PROT_NONE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    arena = range == MAP_FAILED ? NULL : range;
}

static Block *
find(const void *address)
{
    uintptr_t offset = (uintptr_t)address - (uintptr_t)arena;
    if (arena == NULL || offset / page_size >= PAGES) {
        return NULL;
    }
    return block_of_page[offset / page_size];
}

void *
guard_place(const char *what, const void *bytes, size_t size, int sealed)
{
    // The page after the block belongs to it too: it is where reading past its end goes.
    size_t pages = size / page_size + (size % page_size != 0) + 1;
    Block *block = arena == NULL ? NULL : malloc(sizeof *block);
    if (block == NULL || pages > PAGES) {
        free(block);
        return NULL;
    }
    size_t first = atomic_fetch_add(&next_page, pages);
    if (first + pages > PAGES) {
        atomic_fetch_sub(&next_page, pages);
        free(block);
        return NULL;
    }
    size_t kind = sizeof kinds / sizeof *kinds - 1;
    while (kind > 0 && strcmp(what, kinds[kind].what) != 0) {
        kind--;     // what is called anything else is a payload
    }
    block->what = kinds[kind].what;
    block->serial = 1 + atomic_fetch_add(&kinds[kind].count, 1);
    block->sealed = sealed;
    block->page = arena + first * page_size;
    block->span = (pages - 1) * page_size;
    block->start = block->page + block->span - size;
    atomic_init(&block->releases, 0);
    if (mprotect(block->page, block->span, PROT_READ | PROT_WRITE) != 0) {
        free(block);
        return NULL;
    }
    memcpy(block->start, bytes, size);
    if (sealed != 0) {
        mprotect(block->page, block->span, sealed == READ_ONLY ? PROT_READ : PROT_NONE);
    }
    for (size_t page = first; page < first + pages; page++) {
        block_of_page[page] = block;
    }
    return block->start;
}

int
guard_release(const void *address)
{
    Block *block = find(address);
    if (block == NULL || block->start != address) {
        return 0;
    }
    int times = 1 + atomic_fetch_add(&block->releases, 1);
    if (times == 1) {
        mprotect(block->page, block->span, PROT_NONE);
        madvise(block->page, block->span, MADV_DONTNEED);
    }
    log_record("{\"event\":\"freed\",\"serial\":%u,\"what\":\"%s\",\"times\":%d}\n",
               block->serial, block->what, times);
    return times;
}

unsigned
guard_serial(const void *address)
{
    Block *block = find(address);
    return block != NULL && block->start == address ? block->serial : 0;
}

static char *
append(char *end, const char *text)
{
    while (*text != '\0') {
        *end++ = *text++;
    }
    return end;
}

static char *
append_number(char *end, unsigned long number)
{
    char digits[24], *first = digits + sizeof digits - 1;
    *first = '\0';
    do {
        *--first = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    return append(end, first);
}

static const char *
access_of(void *context)
{
#if defined(__linux__) && defined(__x86_64__)
    // Bit 1 of the page fault's error code: the access was a write.
    return ((ucontext_t *)context)->uc_mcontext.gregs[REG_ERR] & 2 ? "write" : "read";
#else
    (void)context;
    return "unknown";
#endif
}

static const char *
state_of(const Block *block)
{
    if (block->releases > 0) {
        return "freed";
    }
    return block->sealed == 0 ? "live" : block->sealed == READ_ONLY ? "read-only" : "sealed";
}

// Async-signal-safe throughout: no stdio, no allocation, no lock.
static void
on_fault(int number, siginfo_t *info, void *context)
{
    Block *block = find(info->si_addr);
    if (block != NULL && info->si_code > 0) {
        char record[256], *end = record;
        end = append(end, "{\"event\":\"touched\",\"what\":\"");
        end = append(end, block->what);
        end = append(end, "\",\"serial\":");
        end = append_number(end, block->serial);
        end = append(end, ",\"state\":\"");
        end = append(end, state_of(block));
        end = append(end, "\",\"offset\":");
        char *touched = info->si_addr;
        if (touched < block->start) {
            end = append(end, "-");
            end = append_number(end, (unsigned long)(block->start - touched));
        }
        else {
            end = append_number(end, (unsigned long)(touched - block->start));
        }
        end = append(end, ",\"access\":\"");
        end = append(end, access_of(context));
        end = append(end, "\"}\n");
        log_bytes(record, (size_t)(end - record));
    }
    // Returning repeats the access, now with the default action. A signal that
    // somebody sent is not repeated, so it is sent once more.
    signal(number, SIG_DFL);
    if (info->si_code <= 0) {
        raise(number);
    }
}

int
guard_start(void)
{
    // A stack of its own, or the handler could not run after a stack overflow.
    static char stack[1 << 16];
    stack_t alternate = { .ss_sp = stack, .ss_size = sizeof stack };
    struct sigaction action = { .sa_sigaction = on_fault,
                                .sa_flags = SA_SIGINFO | SA_ONSTACK };
    pthread_once(&once, reserve);   // here rather than in each fork
    sigemptyset(&action.sa_mask);
    if (sigaltstack(&alternate, NULL) != 0 || sigaction(SIGSEGV, &action, NULL) != 0) {
        return -1;
    }
    return sigaction(SIGBUS, &action, NULL);
}
