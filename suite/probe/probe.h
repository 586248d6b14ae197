// What the files of the probe share.

#ifndef CAPSULE_PROBE_H
#define CAPSULE_PROBE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1   // register names in ucontext_t, stpcpy, syscall under -std=c11
#endif

#include "instrument.h"

// capsule_probe.c: what the module keeps.
typedef struct {
    PyObject *null;     // stands for a NULL object in arguments
} ProbeState;

// calls.c: one capsule call each; `as_address` is an "O&" converter.
int as_address(PyObject *value, void *result);
PyObject *capsule_new(PyObject *module, PyObject *args);
PyObject *capsule_get_pointer(PyObject *module, PyObject *args);
PyObject *capsule_get_name(PyObject *module, PyObject *args);
PyObject *capsule_get_name_address(PyObject *module, PyObject *args);
PyObject *capsule_get_context(PyObject *module, PyObject *args);
PyObject *capsule_get_destructor(PyObject *module, PyObject *args);
PyObject *capsule_is_valid(PyObject *module, PyObject *args);
PyObject *capsule_check_exact(PyObject *module, PyObject *args);
PyObject *capsule_set_pointer(PyObject *module, PyObject *args);
PyObject *capsule_set_name(PyObject *module, PyObject *args);
PyObject *capsule_set_context(PyObject *module, PyObject *args);
PyObject *capsule_set_destructor(PyObject *module, PyObject *args);
PyObject *capsule_import(PyObject *module, PyObject *args);

// log.c: one newline-delimited JSON record per write(2), to a private descriptor.
void log_open(int fd);
void log_bytes(const char *record, size_t size);
void log_record(const char *format, ...) __attribute__((format(printf, 1, 2)));
const char *log_thread(void);
// `null`, or at most so many bytes of a name in hexadecimal; needs room for two letters each.
char *log_name(char *end, const char *name, size_t limit);
const char *log_error_name(PyObject *type);
void log_call(const char *side, const char *function, PyObject *before,
              PyObject *after, int ok);
Destruction *log_destroying(const char *side, const char *name,
                            const void *pointer, const void *context,
                            PyObject *entry);
void log_destroyed(Destruction *destruction, PyObject *leave);

// destructors.c: those that a case can name; `as_destructor` is an "O&" converter.
int as_destructor(PyObject *value, void *result);
const char *destructor_name(PyCapsule_Destructor function);

// guard.c: blocks of memory between inaccessible pages.
int guard_start(void);
void *guard_place(const char *what, const void *bytes, size_t size, int sealed);
int guard_release(const void *address);
unsigned guard_serial(const void *address);

// converse.c: the host's part in a job.
PyObject *supervise_serve(PyObject *module, PyObject *args);

// watch.c: the destructors of somebody's capsules.
PyObject *watch_destructor(PyObject *module, PyObject *capsule);

// protocol.c: the consumer's part in DLPack and Arrow.
PyObject *protocol_watch_release(PyObject *module, PyObject *capsule);
PyObject *protocol_take_over(PyObject *module, PyObject *capsule);
PyObject *protocol_give_back(PyObject *module, PyObject *args);
PyObject *protocol_missing(PyObject *module, PyObject *capsule);
PyObject *protocol_first_element(PyObject *module, PyObject *value);
PyObject *protocol_read_stream(PyObject *module, PyObject *value);

// offer.c: the producer's part.
PyObject *protocol_offer(PyObject *module, PyObject *args);
PyObject *protocol_held(PyObject *module, PyObject *ignored);
PyObject *protocol_failures(PyObject *module, PyObject *ignored);

// trace/python.c: the capsule calls of everybody else.
PyObject *trace(PyObject *module, PyObject *args);
PyObject *trace_set_fault(PyObject *module, PyObject *args);
PyObject *trace_drop_faults(PyObject *module, PyObject *args);

// whereabouts.c: what holds an address, and what an interpreter keeps for its modules.
PyObject *object_at(PyObject *module, PyObject *address);
PyObject *destructor_at(PyObject *module, PyObject *capsule);
PyObject *interpreter_dict(PyObject *module, PyObject *ignored);

// trap.c: functions that nobody may call, and functions that return a number.
double (*trap_for(const char *slot))(double);
unsigned (*answer_of(unsigned number))(void);

#endif
