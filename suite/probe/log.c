// The log: one record per line, one write(2) per record, so that a record is whole
// even if the process dies right after it.

#include "probe.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif

static int log_fd = -1;

struct Destruction {
    size_t length;
    char record[];
};

void
log_open(int fd)
{
    log_fd = fd;
}

// Async-signal-safe: the handler of guard.c writes through it.
void
log_bytes(const char *record, size_t size)
{
    int saved = errno;
    while (size > 0) {
        ssize_t written = write(log_fd, record, size);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            break;
        }
        record += written;
        size -= (size_t)written;
    }
    errno = saved;
}

void
log_record(const char *format, ...)
{
    char record[1024];
    va_list values;
    va_start(values, format);
    int length = vsnprintf(record, sizeof record, format, values);
    va_end(values);
    if (length > 0 && (size_t)length < sizeof record) {
        log_bytes(record, (size_t)length);
    }
}

const char *
log_thread(void)
{
#ifdef __linux__
    return syscall(SYS_gettid) == getpid() ? "main" : "other";
#else
    return pthread_main_np() ? "main" : "other";
#endif
}

const char *
log_error_name(PyObject *type)
{
    return type == NULL ? "none" : ((PyTypeObject *)type)->tp_name;
}

void
log_call(const char *side, const char *function, PyObject *before,
         PyObject *after, int ok)
{
    log_record("{\"event\":\"call\",\"side\":\"%s\",\"function\":\"%s\","
               "\"before\":\"%s\",\"after\":\"%s\",\"ok\":%s,\"thread\":\"%s\"}\n",
               side, function, log_error_name(before), log_error_name(after),
               ok ? "true" : "false", log_thread());
}

static int
is_finalizing(void)
{
#if PY_VERSION_HEX >= 0x030d0000
    return Py_IsFinalizing();
#elif defined(PYPY_VERSION)
    return 0;
#else
    return _Py_IsFinalizing();
#endif
}

// A name is any bytes, so the record carries them in hexadecimal. There are many names, and
// no digit takes a call.
char *
log_name(char *end, const char *name, size_t limit)
{
    if (name == NULL) {
        return stpcpy(end, "null");
    }
    *end++ = '"';
    for (size_t i = 0; i < limit && name[i] != '\0'; i++) {
        unsigned char byte = (unsigned char)name[i];
        *end++ = "0123456789abcdef"[byte >> 4];
        *end++ = "0123456789abcdef"[byte & 15];
    }
    return stpcpy(end, "\"");
}

Destruction *
log_destroying(const char *side, const char *name, const void *pointer,
               const void *context, PyObject *entry)
{
    size_t fixed = 512 + strlen(log_error_name(entry));
    size_t room = fixed + (name == NULL ? 0 : 2 * strlen(name));
    Destruction *destruction = malloc(sizeof *destruction + room);
    if (destruction == NULL) {
        return NULL;
    }
    char *end = destruction->record;
    end += sprintf(end, "{\"event\":\"destroyed\",\"side\":\"%s\",\"serial\":%u,\"name\":",
                   side, guard_serial(pointer));
    end = log_name(end, name, SIZE_MAX);
    end += sprintf(end, ",\"pointer\":\"0x%llx\",\"context\":\"0x%llx\",\"entry\":\"%s\"",
                   (unsigned long long)(uintptr_t)pointer,
                   (unsigned long long)(uintptr_t)context, log_error_name(entry));
    destruction->length = (size_t)(end - destruction->record);
    return destruction;
}

void
log_destroyed(Destruction *destruction, PyObject *leave)
{
    if (destruction == NULL) {
        return;
    }
    char tail[512];
    int size = snprintf(tail, sizeof tail,
                        ",\"leave\":\"%s\",\"thread\":\"%s\",\"finalizing\":%s}\n",
                        log_error_name(leave), log_thread(),
                        is_finalizing() ? "true" : "false");
    size_t length = destruction->length + (size_t)size;
    Destruction *whole = realloc(destruction, sizeof *whole + length + 1);
    if (whole == NULL || (size_t)size >= sizeof tail) {
        free(whole == NULL ? destruction : whole);
        return;
    }
    memcpy(whole->record + whole->length, tail, (size_t)size);
    log_bytes(whole->record, length);
    free(whole);
}
