// What the files of the tracer share. It sees each call of the capsule API that goes from one
// loaded object to the interpreter, by changing the address in the caller's global offset
// table, and makes single ones of them fail.
//
// Free of Python.h but for python.c: objects are opaque here, and the calls are looked up by
// name, so that what is called is what everybody else would have called.

#ifndef CAPSULE_TRACE_H
#define CAPSULE_TRACE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1   // dl_iterate_phdr, RTLD_DEFAULT
#endif

#include <stddef.h>
#include <stdint.h>

#if defined(__linux__) && defined(__ELF__) && !defined(PYPY_VERSION) \
    && ((defined(__x86_64__) && !defined(__ILP32__)) || defined(__aarch64__))
#define TRACE_SUPPORTED 1
#else
#define TRACE_SUPPORTED 0
#endif

typedef enum {
    CALL_NEW,
    CALL_IS_VALID,
    CALL_GET_POINTER,
    CALL_GET_NAME,
    CALL_GET_CONTEXT,
    CALL_GET_DESTRUCTOR,
    CALL_SET_POINTER,
    CALL_SET_NAME,
    CALL_SET_CONTEXT,
    CALL_SET_DESTRUCTOR,
    CALL_IMPORT,
    CALL_DLOPEN,        // not of the capsule API: how new objects become known
    CALL_COUNT,
} Function;

// A loaded object some of whose calls lead here. Lives for ever: its thunks know its address.
typedef struct {
    unsigned id;
    char *path;             // as the dynamic linker has it; the program's is empty
    const char *name;       // the last part of it
    char *search;           // where it looks for libraries: DT_RUNPATH or DT_RPATH, or NULL
    uintptr_t base, low, high;
    int is_interpreter;
} Object;

// calls.c
extern void *trace_real[CALL_COUNT];
extern void *const trace_wrappers[CALL_COUNT];
const char *trace_function_name(Function function);
Function trace_function_named(const char *name);    // CALL_COUNT if it is none of ours

// load.c
void *trace_dlopen(const char *file, int mode, void *unused2, void *unused3, Object *from);

// patch.c
const char *trace_start(void);      // NULL, or why nothing can be seen
void trace_patch_new(void);

// thunk.c: the machine code of one object's calls, each of which adds the object as fifth argument.
int trace_is_call_slot(uint32_t relocation_type);
void *trace_thunks(Object *object);     // NULL if code may not be made here
void *trace_thunk(void *thunks, Function function);

// fault.c
typedef enum {
    ANY_NAME,
    NULL_NAME,
    THIS_NAME,
} WhichName;

int trace_fail(Function function, const char *object, WhichName which, const char *name, long nth);
long trace_forgive(void);
int trace_fails(Function function, const Object *from, const char *name);

// record.c
typedef struct {
    Function function;
    const Object *from;
    const void *capsule;
    const void *pointer;
    const char *name;
    int tells_where;        // the caller's code is recorded
    int is_named;           // this function has to do with a name
    int failed_by_us;
    int holds;              // the interpreter's lock
    char before[64];
} Call;

int trace_begin(Call *call);        // 0 if this call is to fail instead of being made
void trace_end(Call *call, int ok);
void trace_write_object(const Object *object, int slots);
void trace_write_extension(const char *module, const char *file);
void trace_own(void);               // from now on only this process has a word

// python.c: what takes the interpreter's headers.
int trace_python_holds(void);
const char *trace_python_error(void);       // the class of the pending error, or "none"
void trace_python_raise(Function function, const char *name);

// log.c, whose header brings Python.h along.
void log_bytes(const char *record, size_t size);
const char *log_thread(void);
char *log_name(char *end, const char *name, size_t limit);

#endif
