// Stands between a caller and each function of the capsule API: begins a record, lets the
// real function answer, ends the record.

#include "trace.h"

#if TRACE_SUPPORTED

#include <string.h>

void *trace_real[CALL_COUNT];

static const char *const names[CALL_COUNT] = {
    [CALL_NEW] = "PyCapsule_New",
    [CALL_IS_VALID] = "PyCapsule_IsValid",
    [CALL_GET_POINTER] = "PyCapsule_GetPointer",
    [CALL_GET_NAME] = "PyCapsule_GetName",
    [CALL_GET_CONTEXT] = "PyCapsule_GetContext",
    [CALL_GET_DESTRUCTOR] = "PyCapsule_GetDestructor",
    [CALL_SET_POINTER] = "PyCapsule_SetPointer",
    [CALL_SET_NAME] = "PyCapsule_SetName",
    [CALL_SET_CONTEXT] = "PyCapsule_SetContext",
    [CALL_SET_DESTRUCTOR] = "PyCapsule_SetDestructor",
    [CALL_IMPORT] = "PyCapsule_Import",
    [CALL_DLOPEN] = "dlopen",
};

const char *
trace_function_name(Function function)
{
    return names[function];
}

// Asked for every symbol of every loaded object, so most are dismissed by a few letters.
Function
trace_function_named(const char *name)
{
    if (strncmp(name, "PyCapsule_", 10) != 0 && name[0] != 'd') {
        return CALL_COUNT;
    }
    int function = 0;
    while (function < CALL_COUNT && strcmp(name, names[function]) != 0) {
        function++;
    }
    return function;
}

// Whatever the interpreter calls an object, here it is only an address.
typedef void *(*New)(void *, const char *, void *);
typedef void *(*Import)(const char *, int);
typedef int (*Check)(void *, const char *);
typedef void *(*GetNamed)(void *, const char *);
typedef void *(*Get)(void *);
typedef int (*Set)(void *, const void *);

// A thunk puts the caller where a fifth argument goes.
#define FROM_3 void *unused3, Object *from
#define FROM_2 void *unused2, FROM_3
#define FROM_1 void *unused1, FROM_2
#define NO_3 (void)unused3
#define NO_2 (void)unused2; NO_3
#define NO_1 (void)unused1; NO_2

static void *
wrap_new(void *pointer, const char *name, void *destructor, FROM_3)
{
    NO_3;
    Call call = {.function = CALL_NEW, .from = from, .pointer = pointer, .name = name,
                 .is_named = 1, .tells_where = 1};
    void *capsule = NULL;
    if (trace_begin(&call)) {
        capsule = ((New)trace_real[CALL_NEW])(pointer, name, destructor);
    }
    call.capsule = capsule;
    trace_end(&call, capsule != NULL);
    return capsule;
}

static void *
wrap_import(const char *name, int no_block, FROM_2)
{
    NO_2;
    Call call = {.function = CALL_IMPORT, .from = from, .name = name, .is_named = 1, .tells_where = 1};
    void *pointer = NULL;
    if (trace_begin(&call)) {
        pointer = ((Import)trace_real[CALL_IMPORT])(name, no_block);
    }
    call.pointer = pointer;
    trace_end(&call, pointer != NULL);
    return pointer;
}

static int
wrap_is_valid(void *capsule, const char *name, FROM_2)
{
    NO_2;
    Call call = {.function = CALL_IS_VALID, .from = from, .capsule = capsule, .name = name, .is_named = 1};
    int valid = trace_begin(&call) ? ((Check)trace_real[CALL_IS_VALID])(capsule, name) : 0;
    trace_end(&call, valid != 0);
    return valid;
}

static void *
wrap_get_pointer(void *capsule, const char *name, FROM_2)
{
    NO_2;
    Call call = {.function = CALL_GET_POINTER, .from = from, .capsule = capsule, .name = name,
                 .is_named = 1, .tells_where = 1};
    void *pointer = NULL;
    if (trace_begin(&call)) {
        pointer = ((GetNamed)trace_real[CALL_GET_POINTER])(capsule, name);
    }
    call.pointer = pointer;
    trace_end(&call, pointer != NULL);
    return pointer;
}

// NULL may be the answer here: only an error that was not pending before tells a failure.
static int
succeeded(const Call *call, const void *result)
{
    return result != NULL
           || (!call->failed_by_us && (!call->holds || strcmp(trace_python_error(), call->before) == 0));
}

static void *
get(Function function, void *capsule, Object *from)
{
    Call call = {.function = function, .from = from, .capsule = capsule};
    void *result = NULL;
    if (trace_begin(&call)) {
        result = ((Get)trace_real[function])(capsule);
    }
    if (function == CALL_GET_NAME) {
        call.name = result;
        call.is_named = 1;
    }
    else {
        call.pointer = result;
    }
    trace_end(&call, succeeded(&call, result));
    return result;
}

static int
set(Function function, void *capsule, const void *value, Object *from)
{
    Call call = {.function = function, .from = from, .capsule = capsule, .pointer = value};
    if (function == CALL_SET_NAME) {
        call.name = value;
        call.is_named = 1;
        call.pointer = NULL;
    }
    int status = trace_begin(&call) ? ((Set)trace_real[function])(capsule, value) : -1;
    trace_end(&call, status == 0);
    return status;
}

#define GETTER(wrapper, function)                   \
    static void *wrapper(void *capsule, FROM_1)     \
    {                                               \
        NO_1;                                       \
        return get(function, capsule, from);        \
    }

#define SETTER(wrapper, function)                               \
    static int wrapper(void *capsule, const void *value, FROM_2) \
    {                                                           \
        NO_2;                                                   \
        return set(function, capsule, value, from);             \
    }

GETTER(wrap_get_name, CALL_GET_NAME)
GETTER(wrap_get_context, CALL_GET_CONTEXT)
GETTER(wrap_get_destructor, CALL_GET_DESTRUCTOR)
SETTER(wrap_set_pointer, CALL_SET_POINTER)
SETTER(wrap_set_name, CALL_SET_NAME)
SETTER(wrap_set_context, CALL_SET_CONTEXT)
SETTER(wrap_set_destructor, CALL_SET_DESTRUCTOR)

void *const trace_wrappers[CALL_COUNT] = {
    [CALL_NEW] = (void *)wrap_new,
    [CALL_IS_VALID] = (void *)wrap_is_valid,
    [CALL_GET_POINTER] = (void *)wrap_get_pointer,
    [CALL_GET_NAME] = (void *)wrap_get_name,
    [CALL_GET_CONTEXT] = (void *)wrap_get_context,
    [CALL_GET_DESTRUCTOR] = (void *)wrap_get_destructor,
    [CALL_SET_POINTER] = (void *)wrap_set_pointer,
    [CALL_SET_NAME] = (void *)wrap_set_name,
    [CALL_SET_CONTEXT] = (void *)wrap_set_context,
    [CALL_SET_DESTRUCTOR] = (void *)wrap_set_destructor,
    [CALL_IMPORT] = (void *)wrap_import,
    [CALL_DLOPEN] = (void *)trace_dlopen,
};

#endif
