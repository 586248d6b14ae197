// A consumer of DLPack and Arrow capsules: takes each payload over as its protocol says, reads
// it, gives it back, and returns a number. Hooks as in participant.h.

#ifndef IMPORTER_H
#define IMPORTER_H

#define SIDE "consumer"
#include "participant.h"
#include "protocols.h"

#include <errno.h>

// Tensors ---------------------------------------------------------------------------

// Whether a tensor of this version can be read.
#ifdef OVERRIDE_UNDERSTANDS
static int understands(const VersionedTensor *managed);
#endif
static inline int
default_understands(const VersionedTensor *managed)
{
    return managed->version.major == 1;     // a later minor version only adds to it
}
#ifndef OVERRIDE_UNDERSTANDS
#define understands default_understands
#endif

// Says that a tensor cannot be read; -1.
static inline int
refuse_version(const VersionedTensor *managed)
{
    PyErr_Format(PyExc_BufferError, "%s reads DLPack 1, found version %u.%u", MODULE_NAME,
                 (unsigned)managed->version.major, (unsigned)managed->version.minor);
    return -1;
}

// The tensor of a capsule that says from now on that it was taken; NULL and an error.
#ifdef OVERRIDE_TAKE_TENSOR
static void *take_tensor(PyObject *capsule, int is_versioned);
#endif
static inline void *
default_take_tensor(PyObject *capsule, int is_versioned)
{
    void *managed = traced_get_pointer(capsule, is_versioned ? "dltensor_versioned" : "dltensor");
    // Looked at first: a tensor that cannot be read stays the capsule's.
    if (managed == NULL
        || (is_versioned && !understands(managed) && refuse_version(managed) < 0)
        || traced_set_name(capsule, is_versioned ? "used_dltensor_versioned" : "used_dltensor") != 0) {
        return NULL;
    }
    return managed;
}
#ifndef OVERRIDE_TAKE_TENSOR
#define take_tensor default_take_tensor
#endif

static inline double
sum(const Tensor *tensor)
{
    double total = 0;
    for (int64_t i = 0; i < tensor->shape[0]; i++) {
        total += ((const double *)tensor->data)[i];
    }
    return total;
}

// Arrow -----------------------------------------------------------------------------

// Takes `size` bytes out of the struct of a capsule, whose callback is at `release`: 0; 1 if there
// is nothing to take; -1 and an error.
#ifdef OVERRIDE_MOVE_STRUCT
static int move_struct(PyObject *capsule, const char *name, void *mine, size_t size, size_t release);
#endif
static inline int
default_move_struct(PyObject *capsule, const char *name, void *mine, size_t size, size_t release)
{
    char *theirs = traced_get_pointer(capsule, name);
    if (theirs == NULL) {
        return -1;
    }
    static const char nothing[sizeof(void *)];
    if (memcmp(theirs + release, nothing, sizeof nothing) == 0) {
        PyErr_Format(PyExc_ValueError, "this %s was released", name);
        return -1;
    }
    memcpy(mine, theirs, size);
    memset(theirs + release, 0, sizeof nothing);
    return 0;
}
#ifndef OVERRIDE_MOVE_STRUCT
#define move_struct default_move_struct
#endif

// Turns the failure of a stream into an exception. `said` may be NULL.
#ifdef OVERRIDE_COMPLAIN
static void complain(const char *said, int error);
#endif
static inline void
default_complain(const char *said, int error)
{
    PyErr_Format(PyExc_OSError, "the stream failed with error %d%s%s", error,
                 said == NULL ? "" : ": ", said == NULL ? "" : said);
}
#ifndef OVERRIDE_COMPLAIN
#define complain default_complain
#endif

// What a callback of a stream returned: 0, or -1 and an error.
#ifdef OVERRIDE_CHECK
static int check(ArrowStream *stream, int error);
#endif
static inline int
default_check(ArrowStream *stream, int error)
{
    if (error != 0) {
        complain(stream->get_last_error(stream), error);
        return -1;
    }
    return 0;
}
#ifndef OVERRIDE_CHECK
#define check default_check
#endif

// How many rows a stream has, or -1 and an error.
static inline int64_t
count_rows(ArrowStream *stream)
{
    ArrowSchema schema = {0};
    if (check(stream, stream->get_schema(stream, &schema)) < 0) {
        return -1;
    }
    if (schema.release != NULL) {
        schema.release(&schema);
    }
    for (int64_t rows = 0;;) {
        ArrowArray array = {0};
        if (check(stream, stream->get_next(stream, &array)) < 0) {
            return -1;
        }
        if (array.release == NULL) {
            return rows;
        }
        rows += array.length;
        array.release(&array);
    }
}

// Whether a payload that was taken over is kept for ever.
#ifdef OVERRIDE_STAYS
static int stays(int failed);
#endif
static inline int
default_stays(int Py_UNUSED(failed))
{
    return 0;       // whatever happened: it is ours, and so it is given back
}
#ifndef OVERRIDE_STAYS
#define stays default_stays
#endif

// Verbs -----------------------------------------------------------------------------

#define TAKES_TENSOR(Type, is_versioned, verb)                                 \
    static PyObject *                                                          \
    verb(PyObject *Py_UNUSED(module), PyObject *capsule)                       \
    {                                                                          \
        Type *managed = take_tensor(capsule, is_versioned);                    \
        if (managed == NULL) {                                                 \
            return NULL;                                                       \
        }                                                                      \
        double total = sum(&managed->tensor);                                  \
        if (!stays(0)) {                                                       \
            managed->deleter(managed);                                         \
        }                                                                      \
        return PyFloat_FromDouble(total);                                      \
    }

TAKES_TENSOR(ManagedTensor, 0, verb_tensor)
TAKES_TENSOR(VersionedTensor, 1, verb_versioned_tensor)

#define TAKES(Type, name, verb, part, number)                                  \
    static PyObject *                                                          \
    verb(PyObject *Py_UNUSED(module), PyObject *capsule)                       \
    {                                                                          \
        Type mine;                                                             \
        size_t release = (size_t)((char *)&(part)->release - (char *)&mine);   \
        int status = move_struct(capsule, name, &mine, sizeof mine, release);  \
        if (status != 0) {                                                     \
            return status < 0 ? NULL : PyLong_FromLong(0);                     \
        }                                                                      \
        int64_t found = number;                                                \
        if (!stays(found < 0)) {                                               \
            (part)->release(part);                                             \
        }                                                                      \
        return found < 0 ? NULL : PyLong_FromLongLong(found);                  \
    }

TAKES(ArrowSchema, "arrow_schema", verb_schema, &mine, mine.n_children)
TAKES(ArrowArray, "arrow_array", verb_array, &mine, mine.length)
TAKES(ArrowDeviceArray, "arrow_device_array", verb_device_array, &mine.array, mine.array.length)
TAKES(ArrowStream, "arrow_array_stream", verb_stream, &mine, count_rows(&mine))

static PyMethodDef methods[] = {
    {"bind", verb_bind, METH_O, PyDoc_STR("bind(address): report to that instrument.")},
    {"tensor", verb_tensor, METH_O, PyDoc_STR("tensor(capsule) -> the sum of its elements")},
    {"versioned_tensor", verb_versioned_tensor, METH_O,
     PyDoc_STR("versioned_tensor(capsule) -> the sum of its elements")},
    {"schema", verb_schema, METH_O, PyDoc_STR("schema(capsule) -> how many children it has")},
    {"array", verb_array, METH_O, PyDoc_STR("array(capsule) -> its length")},
    {"device_array", verb_device_array, METH_O, PyDoc_STR("device_array(capsule) -> its length")},
    {"stream", verb_stream, METH_O, PyDoc_STR("stream(capsule) -> how many rows it has")},
    {NULL, NULL, 0, NULL},
};

#include "stateless.h"
#include "module.h"

#endif
