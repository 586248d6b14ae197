// Finds the slots through which loaded objects call the capsule API and dlopen, and puts the
// object's own thunks there. An object is looked at once it is relocated and before anybody
// calls into it, but for its constructors.

#include "trace.h"

#if TRACE_SUPPORTED

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// An object that was looked at. Another may take its place when it is unloaded.
typedef struct {
    uintptr_t base;
    const void *headers;
    char *path;
    void **slot;        // one that was changed, or NULL
    void *thunk;        // to this
} Seen;

// Of all objects ever, as the dynamic linker counts them.
typedef struct {
    unsigned long long loaded, unloaded;
} Count;

static struct {
    pthread_mutex_t lock;
    Seen *all;
    size_t count, room;
    size_t next;        // most likely that of the object asked for next
    Count known;
    const void *interpreter;    // a place in it
    uintptr_t page;
    unsigned patched;
} tracer = {.lock = PTHREAD_MUTEX_INITIALIZER};

// What an object's headers say, with addresses as they are in this process.
typedef struct {
    uintptr_t base;
    uintptr_t low, high;
    uintptr_t relro_low, relro_high;
    const ElfW(Phdr) *headers;
    size_t header_count;
    const ElfW(Sym) *symbols;
    const char *strings;
    struct {
        const ElfW(Rela) *entries;
        size_t count;
    } relocations[2];
    size_t search;      // offset in `strings`, 0 for none
} Image;

static const void *
address(const Image *image, ElfW(Addr) value)
{
    // glibc has relocated these in place, others have not.
    return (const void *)(value < image->base ? image->base + value : value);
}

static void
read_dynamic(Image *image, const ElfW(Dyn) *entry)
{
    size_t run_path = 0, old_path = 0;
    for (; entry->d_tag != DT_NULL; entry++) {
        switch (entry->d_tag) {
        case DT_SYMTAB:
            image->symbols = address(image, entry->d_un.d_ptr);
            break;
        case DT_STRTAB:
            image->strings = address(image, entry->d_un.d_ptr);
            break;
        case DT_JMPREL:
            image->relocations[0].entries = address(image, entry->d_un.d_ptr);
            break;
        case DT_PLTRELSZ:
            image->relocations[0].count = entry->d_un.d_val / sizeof(ElfW(Rela));
            break;
        case DT_RELA:
            image->relocations[1].entries = address(image, entry->d_un.d_ptr);
            break;
        case DT_RELASZ:
            image->relocations[1].count = entry->d_un.d_val / sizeof(ElfW(Rela));
            break;
        case DT_RUNPATH:
            run_path = entry->d_un.d_val;
            break;
        case DT_RPATH:
            old_path = entry->d_un.d_val;
            break;
        }
    }
    image->search = run_path != 0 ? run_path : old_path;
}

// Returns 0 for an object in which there is nothing to look for.
static int
read_image(Image *image, const struct dl_phdr_info *info)
{
    const ElfW(Dyn) *dynamic = NULL;
    *image = (Image){.base = info->dlpi_addr, .low = UINTPTR_MAX, .headers = info->dlpi_phdr,
                     .header_count = info->dlpi_phnum};
    for (size_t i = 0; i < image->header_count; i++) {
        const ElfW(Phdr) *header = &image->headers[i];
        uintptr_t start = image->base + header->p_vaddr, end = start + header->p_memsz;
        if (header->p_type == PT_DYNAMIC) {
            dynamic = (const void *)start;
        }
        else if (header->p_type == PT_GNU_RELRO) {
            image->relro_low = start & ~(tracer.page - 1);
            image->relro_high = end & ~(tracer.page - 1);
        }
        else if (header->p_type == PT_LOAD) {
            image->low = start < image->low ? start : image->low;
            image->high = end > image->high ? end : image->high;
        }
    }
    if (dynamic != NULL) {
        read_dynamic(image, dynamic);
    }
    return image->symbols != NULL && image->strings != NULL;
}

static int
is_in(const Image *image, const void *place)
{
    return (uintptr_t)place >= image->low && (uintptr_t)place < image->high;
}

// Text that was relocated is not ours to change.
static int
is_in_data(const Image *image, const void *slot)
{
    for (size_t i = 0; i < image->header_count; i++) {
        const ElfW(Phdr) *header = &image->headers[i];
        uintptr_t start = image->base + header->p_vaddr;
        if (header->p_type == PT_LOAD && (header->p_flags & PF_W) && (uintptr_t)slot >= start
            && (uintptr_t)slot < start + header->p_memsz) {
            return 1;
        }
    }
    return 0;
}

// Puts a thunk into a slot, in a page that the linker may have made read-only.
static int
fill_slot(const Image *image, void **slot, void *thunk)
{
    uintptr_t place = (uintptr_t)slot;
    void *page = (void *)(place & ~(tracer.page - 1));
    int read_only = place >= image->relro_low && place < image->relro_high;
    if (read_only && mprotect(page, tracer.page, PROT_READ | PROT_WRITE) != 0) {
        return 0;
    }
    __atomic_store_n(slot, thunk, __ATOMIC_RELEASE);
    if (read_only) {
        mprotect(page, tracer.page, PROT_READ);
    }
    return 1;
}

static Object *
make_object(const Image *image, const char *path)
{
    Object *object = calloc(1, sizeof *object);
    if (object == NULL || (object->path = strdup(path)) == NULL) {
        free(object);
        return NULL;
    }
    const char *slash = strrchr(object->path, '/');
    object->name = slash == NULL ? object->path : slash + 1;
    object->search = image->search == 0 ? NULL : strdup(image->strings + image->search);
    object->is_interpreter = is_in(image, tracer.interpreter);
    object->base = image->base;
    object->low = image->low;
    object->high = image->high;
    object->id = ++tracer.patched;
    return object;
}

// Looks through all relocations of an object; returns how many calls of capsules were found.
static int
patch(const Image *image, Seen *seen)
{
    Object *object = NULL;
    void *thunks = NULL;
    int slots = 0;
    for (int kind = 0; kind < 2; kind++) {
        for (size_t i = 0; i < image->relocations[kind].count; i++) {
            const ElfW(Rela) *entry = &image->relocations[kind].entries[i];
            size_t symbol = ELF64_R_SYM(entry->r_info);
            if (symbol == 0 || !trace_is_call_slot((uint32_t)ELF64_R_TYPE(entry->r_info))) {
                continue;
            }
            Function function = trace_function_named(image->strings + image->symbols[symbol].st_name);
            void **slot = (void **)(image->base + entry->r_offset);
            // A lazy slot's addend means nothing; elsewhere it would be a place within the function.
            if (function == CALL_COUNT || !is_in_data(image, slot) || (kind == 1 && entry->r_addend != 0)) {
                continue;
            }
            object = object == NULL ? make_object(image, seen->path) : object;
            thunks = object != NULL && thunks == NULL ? trace_thunks(object) : thunks;
            if (thunks == NULL) {
                return 0;
            }
            void *thunk = trace_thunk(thunks, function);
            if (fill_slot(image, slot, thunk)) {
                seen->slot = slot;
                seen->thunk = thunk;
                slots += function != CALL_DLOPEN;
            }
        }
    }
    if (slots > 0) {
        trace_write_object(object, slots);
    }
    return slots;
}

static Seen *
find_seen(const struct dl_phdr_info *info)
{
    for (size_t i = 0; i < tracer.count; i++) {
        size_t index = (tracer.next + i) % tracer.count;
        Seen *seen = &tracer.all[index];
        if (seen->headers == info->dlpi_phdr && seen->base == info->dlpi_addr) {
            tracer.next = index + 1;
            return seen;
        }
    }
    return NULL;
}

static int
is_the_same(const Seen *seen, const struct dl_phdr_info *info)
{
    return strcmp(seen->path, info->dlpi_name) == 0 && (seen->slot == NULL || *seen->slot == seen->thunk);
}

static Seen *
add_seen(const struct dl_phdr_info *info)
{
    if (tracer.count == tracer.room) {
        size_t room = 2 * tracer.room + 64;
        Seen *larger = realloc(tracer.all, room * sizeof *larger);
        if (larger == NULL) {
            return NULL;
        }
        tracer.all = larger;
        tracer.room = room;
    }
    Seen *seen = &tracer.all[tracer.count++];
    *seen = (Seen){.base = info->dlpi_addr, .headers = info->dlpi_phdr};
    return seen;
}

// Called by the dynamic linker for each object, in the order in which they were loaded. It
// holds a lock of the linker, so nothing here may ask the linker for anything.
static int
visit(struct dl_phdr_info *info, size_t size, void *now)
{
    (void)size;
    Count *count = now;
    *count = (Count){info->dlpi_adds, info->dlpi_subs};
    int unloaded = count->unloaded != tracer.known.unloaded;
    if (!unloaded && count->loaded == tracer.known.loaded) {
        return 1;
    }
    Seen *seen = find_seen(info);
    if (seen == NULL) {
        seen = add_seen(info);
    }
    else if (!unloaded || is_the_same(seen, info)) {
        return 0;
    }
    else {
        free(seen->path);
        *seen = (Seen){.base = info->dlpi_addr, .headers = info->dlpi_phdr};
    }
    if (seen == NULL || (seen->path = strdup(info->dlpi_name)) == NULL) {
        return 1;
    }
    Image image;
    // Our own calls are nobody's.
    if (read_image(&image, info) && !is_in(&image, (void *)visit)) {
        patch(&image, seen);
    }
    return 0;
}

void
trace_patch_new(void)
{
    Count now = {0, 0};
    pthread_mutex_lock(&tracer.lock);
    dl_iterate_phdr(visit, &now);
    tracer.known = now;
    pthread_mutex_unlock(&tracer.lock);
}

const char *
trace_start(void)
{
    for (int function = 0; function < CALL_COUNT; function++) {
        trace_real[function] = dlsym(RTLD_DEFAULT, trace_function_name(function));
        if (trace_real[function] == NULL) {
            return "the interpreter hides its capsule functions from the dynamic linker";
        }
    }
    tracer.interpreter = dlsym(RTLD_DEFAULT, "Py_Initialize");
    tracer.page = (uintptr_t)sysconf(_SC_PAGESIZE);
    trace_own();
    trace_patch_new();
    return tracer.patched > 0 ? NULL : "no call could be redirected: no new code may be made here";
}

#else

const char *
trace_start(void)
{
    return "the tracer is written for Linux on x86_64 and aarch64";
}

#endif
