// Stands between a caller and dlopen: what was loaded is patched before anyone runs it.

#include "trace.h"

#if TRACE_SUPPORTED

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef void *(*Open)(const char *, int);

static void *
open_file(const char *file, int mode)
{
    return ((Open)trace_real[CALL_DLOPEN])(file, mode);
}

// Writes one entry of a search path with its `$ORIGIN` filled in; returns 0 if it says something else with a `$`.
static int
fill_in(char *out, size_t room, const char *entry, size_t size, const Object *from)
{
    size_t used = 0;
    for (size_t at = 0; at < size;) {
        static const char *const origins[] = {"$ORIGIN", "${ORIGIN}"};
        const char *origin = NULL;
        for (size_t i = 0; entry[at] == '$' && i < 2; i++) {
            size_t length = strlen(origins[i]);
            if (length <= size - at && strncmp(entry + at, origins[i], length) == 0) {
                origin = origins[i];
            }
        }
        size_t folder = (size_t)(from->name - from->path);
        if (used + folder + 2 >= room || (entry[at] == '$' && origin == NULL)) {
            return 0;
        }
        if (origin == NULL) {
            out[used++] = entry[at++];
            continue;
        }
        memcpy(out + used, folder == 0 ? "." : from->path, folder == 0 ? 1 : folder);
        used += folder == 0 ? 1 : folder;
        at += strlen(origin);
    }
    out[used] = '\0';
    return used > 0;
}

// The linker takes us for the caller, and so would not look where the real one may look.
static void *
open_as(const Object *from, const char *file, int mode)
{
    void *handle = open_file(file, mode | RTLD_NOLOAD);
    for (const char *entry = from->search; handle == NULL && entry != NULL;) {
        size_t size = strcspn(entry, ":");
        char folder[PATH_MAX], path[2 * PATH_MAX];
        if (fill_in(folder, sizeof folder, entry, size, from)) {
            snprintf(path, sizeof path, "%s/%s", folder, file);
            handle = access(path, R_OK) == 0 ? open_file(path, mode) : NULL;
        }
        entry = entry[size] == ':' ? entry + size + 1 : NULL;
    }
    // Nobody should find a complaint about our attempts.
    dlerror();
    return handle == NULL ? open_file(file, mode) : handle;
}

void *
trace_dlopen(const char *file, int mode, void *unused2, void *unused3, Object *from)
{
    (void)unused2;
    (void)unused3;
    int by_name = file != NULL && file[0] != '\0' && strchr(file, '/') == NULL;
    void *handle = by_name && from->search != NULL ? open_as(from, file, mode) : open_file(file, mode);
    if (handle != NULL) {
        int saved = errno;
        trace_patch_new();
        errno = saved;
    }
    return handle;
}

#endif
