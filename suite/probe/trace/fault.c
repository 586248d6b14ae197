// Which call is to fail: the n-th of a function, from an object, with a name. It fails as the
// interpreter's own would, so that no caller could tell the difference.

#include "trace.h"

#if TRACE_SUPPORTED

#include <stdlib.h>
#include <string.h>

enum { FAULTS = 16 };

typedef struct {
    Function function;  // CALL_COUNT for every one that takes something of a capsule
    WhichName which;
    char *object;       // the last part of its path; NULL for any
    char *name;
    long nth;           // 0 for every one
    long seen;
} Fault;

// Set and taken back while the interpreter's lock is held; counted without one, as calls come.
static Fault faults[FAULTS];
static int fault_count;
static long fired;

int
trace_fail(Function function, const char *object, WhichName which, const char *name, long nth)
{
    if (fault_count == FAULTS) {
        return -1;
    }
    Fault *fault = &faults[fault_count];
    *fault = (Fault){.function = function, .which = which, .nth = nth};
    fault->object = object == NULL ? NULL : strdup(object);
    fault->name = name == NULL ? NULL : strdup(name);
    fault_count++;
    return 0;
}

// Returns how many calls failed.
long
trace_forgive(void)
{
    for (int i = 0; i < fault_count; i++) {
        free(faults[i].object);
        free(faults[i].name);
    }
    fault_count = 0;
    return __atomic_exchange_n(&fired, 0, __ATOMIC_RELAXED);
}

static int
matches(const Fault *fault, Function function, const Object *from, const char *name)
{
    int is_meant = fault->function == CALL_COUNT ? function != CALL_NEW : fault->function == function;
    // What the interpreter does within a call is a part of that call.
    int is_from = fault->object == NULL ? !from->is_interpreter : strcmp(fault->object, from->name) == 0;
    if (!is_meant || !is_from) {
        return 0;
    }
    if (fault->which == NULL_NAME) {
        return name == NULL;
    }
    return fault->which == ANY_NAME || (name != NULL && strcmp(fault->name, name) == 0);
}

int
trace_fails(Function function, const Object *from, const char *name)
{
    for (int i = 0; i < fault_count; i++) {
        Fault *fault = &faults[i];
        if (matches(fault, function, from, name)) {
            long seen = __atomic_add_fetch(&fault->seen, 1, __ATOMIC_RELAXED);
            if (fault->nth == 0 || seen == fault->nth) {
                __atomic_add_fetch(&fired, 1, __ATOMIC_RELAXED);
                return 1;
            }
        }
    }
    return 0;
}

#endif
