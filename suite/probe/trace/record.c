// What is written about a call, once it is over, and about each object that makes any.

#include "trace.h"

#if TRACE_SUPPORTED

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <unwind.h>

enum {
    NAME_BYTES = 1024,      // of a name are recorded
    PATH_ROOM = 4096,
    FRAMES = 16,            // of the caller's code are recorded
};

static pid_t owner;

// A process that the target forks off has no word in this log.
void
trace_own(void)
{
    owner = getpid();
}

// Any bytes as the inside of a JSON string, as many as there is room for.
static void
quote(char *out, size_t room, const char *text)
{
    size_t used = 0;
    for (; *text != '\0' && used + 7 < room; text++) {
        unsigned char letter = (unsigned char)*text;
        if (letter < 0x20 || letter >= 0x7f || letter == '"' || letter == '\\') {
            used += (size_t)sprintf(out + used, "\\u%04x", letter);
        }
        else {
            out[used++] = (char)letter;
        }
    }
    out[used] = '\0';
}

static void
write_record(const char *record, int size, size_t room)
{
    if (size > 0 && (size_t)size < room && getpid() == owner) {
        log_bytes(record, (size_t)size);
    }
}

void
trace_write_object(const Object *object, int slots)
{
    char path[PATH_ROOM], record[PATH_ROOM + 128];
    quote(path, sizeof path, object->path);
    int size = snprintf(record, sizeof record,
                        "{\"event\":\"object\",\"id\":%u,\"path\":\"%s\",\"interpreter\":%s,\"slots\":%d}\n",
                        object->id, path, object->is_interpreter ? "true" : "false", slots);
    write_record(record, size, sizeof record);
}

void
trace_write_extension(const char *module, const char *file)
{
    char name[PATH_ROOM / 4], path[PATH_ROOM], record[2 * PATH_ROOM];
    quote(name, sizeof name, module);
    quote(path, sizeof path, file);
    int size = snprintf(record, sizeof record,
                        "{\"event\":\"extension\",\"module\":\"%s\",\"path\":\"%s\"}\n", name, path);
    write_record(record, size, sizeof record);
}

int
trace_begin(Call *call)
{
    int saved = errno;
    call->holds = trace_python_holds();
    quote(call->before, sizeof call->before, call->holds ? trace_python_error() : "unknown");
    call->failed_by_us = trace_fails(call->function, call->from, call->name);
    if (call->failed_by_us && call->holds) {
        trace_python_raise(call->function, call->name);
    }
    errno = saved;
    return !call->failed_by_us;
}

// Nothing for a function that has to do with no name.
static char *
write_name(char *end, const Call *call)
{
    if (!call->is_named) {
        return end;
    }
    return log_name(end + sprintf(end, ",\"name\":"), call->name, NAME_BYTES);
}

typedef struct {
    const Object *object;
    char *end;
    int count;
} Frames;

// One frame of the stack, if the object's code is in it: as its file has it, within the call.
static _Unwind_Reason_Code
write_frame(struct _Unwind_Context *context, void *data)
{
    Frames *frames = data;
    uintptr_t at = _Unwind_GetIP(context);
    if (at > frames->object->low && at < frames->object->high) {
        frames->end += sprintf(frames->end, "%s%llu", frames->count == 0 ? "" : ",",
                               (unsigned long long)(at - 1 - frames->object->base));
        frames->count++;
    }
    return frames->count == FRAMES ? _URC_NORMAL_STOP : _URC_NO_REASON;
}

// Where the call is made, innermost first: a helper of a binding says less than who called it.
static char *
write_frames(char *end, const Call *call)
{
    if (!call->tells_where) {
        return end;
    }
    Frames frames = {call->from, end + sprintf(end, ",\"at\":["), 0};
    _Unwind_Backtrace(write_frame, &frames);
    return frames.end + sprintf(frames.end, "]");
}

static char *
write_address(char *end, const char *key, const void *address)
{
    return address == NULL ? end : end + sprintf(end, ",\"%s\":%llu", key, (unsigned long long)(uintptr_t)address);
}

void
trace_end(Call *call, int ok)
{
    int saved = errno;
    char after[sizeof call->before], record[2 * NAME_BYTES + 1024];
    quote(after, sizeof after, call->holds ? trace_python_error() : "unknown");
    char *end = record + sprintf(record, "{\"event\":\"traced\",\"function\":\"%s\",\"object\":%u",
                                 trace_function_name(call->function), call->from->id);
    end = write_name(end, call);
    end = write_address(end, "capsule", call->capsule);
    end = write_address(end, "pointer", call->pointer);
    end = write_frames(end, call);
    end += sprintf(end, ",\"before\":\"%s\",\"after\":\"%s\",\"ok\":%s,\"thread\":\"%s\"%s%s}\n",
                   call->before, after, ok ? "true" : "false", log_thread(),
                   call->holds ? "" : ",\"lock\":false", call->failed_by_us ? ",\"fault\":true" : "");
    write_record(record, (int)(end - record), sizeof record);
    errno = saved;
}

#endif
