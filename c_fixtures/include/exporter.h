// A producer of DLPack and Arrow capsules: the smallest tensor, schema, array and stream that
// a consumer can do something with. Hooks as in participant.h.

#ifndef EXPORTER_H
#define EXPORTER_H

#define SIDE "producer"
#include "participant.h"
#include "protocols.h"

#include <errno.h>

// How many payloads are not given back yet; callbacks come from any thread.
static atomic_int exported;

// Tensors ---------------------------------------------------------------------------

typedef struct {
    union {
        ManagedTensor legacy;
        VersionedTensor versioned;
    };
    int64_t shape[1], strides[1];
    double data[3];
} Exported;

#ifdef OVERRIDE_DELETE_TENSOR
static void delete_tensor(void *managed);
#endif
static inline void
default_delete_tensor(void *managed)
{
    exported--;
    free(managed);
}
#ifndef OVERRIDE_DELETE_TENSOR
#define delete_tensor default_delete_tensor
#endif

static void
delete_legacy(ManagedTensor *managed)
{
    delete_tensor(managed);
}

static void
delete_versioned(VersionedTensor *managed)
{
    delete_tensor(managed);
}

// The name says whether the tensor is still the capsule's.
#ifdef OVERRIDE_END_TENSOR
static void end_tensor(PyObject *capsule);
#endif
static inline void
default_end_tensor(PyObject *capsule)
{
    if (PyCapsule_IsValid(capsule, "dltensor")) {
        ManagedTensor *managed = PyCapsule_GetPointer(capsule, "dltensor");
        managed->deleter(managed);
    }
    else if (PyCapsule_IsValid(capsule, "dltensor_versioned")) {
        VersionedTensor *managed = PyCapsule_GetPointer(capsule, "dltensor_versioned");
        managed->deleter(managed);
    }
}
#ifndef OVERRIDE_END_TENSOR
#define end_tensor default_end_tensor
#endif

static void
end_tensor_capsule(PyObject *capsule)
{
    // IsValid neither sets nor clears an error, and a valid name cannot be refused.
    end_tensor(capsule);
}

#ifdef OVERRIDE_TENSOR_OF
static Tensor tensor_of(Exported *made);
#endif
static inline Tensor
default_tensor_of(Exported *made)
{
    return (Tensor){.data = made->data, .device = {.type = 1}, .ndim = 1,
                    .dtype = {.code = 2, .bits = 64, .lanes = 1},
                    .shape = made->shape, .strides = made->strides};
}
#ifndef OVERRIDE_TENSOR_OF
#define tensor_of default_tensor_of
#endif

static PyObject *
export_tensor(int is_versioned)
{
    Exported *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return PyErr_NoMemory();
    }
    made->shape[0] = 3;
    made->strides[0] = 1;
    made->data[0] = 0.5;
    if (is_versioned) {
        made->versioned = (VersionedTensor){.version = {1, 0}, .deleter = delete_versioned,
                                            .tensor = tensor_of(made)};
    }
    else {
        made->legacy = (ManagedTensor){.tensor = tensor_of(made), .deleter = delete_legacy};
    }
    PyObject *capsule = PyCapsule_New(made, is_versioned ? "dltensor_versioned" : "dltensor",
                                      end_tensor_capsule);
    if (capsule == NULL) {
        free(made);
        return NULL;
    }
    exported++;
    return capsule;
}

// Arrow -----------------------------------------------------------------------------

// Whether a released struct is marked as such.
#ifdef OVERRIDE_MARKS_RELEASED
static int marks_released(void);
#endif
static inline int
default_marks_released(void)
{
    return 1;
}
#ifndef OVERRIDE_MARKS_RELEASED
#define marks_released default_marks_released
#endif

// Each callback gives back what the struct's own pointer leads to.
#define RELEASES(Type, function)                                               \
    static void                                                                \
    function(Type *self)                                                       \
    {                                                                          \
        exported--;                                                            \
        free(self->private_data);                                              \
        if (marks_released()) {                                                \
            self->release = NULL;                                              \
        }                                                                      \
    }

RELEASES(ArrowSchema, release_schema)
RELEASES(ArrowArray, release_array)
RELEASES(ArrowStream, release_stream)

static inline int
fill_schema(ArrowSchema *schema)
{
    void *own = malloc(1);
    if (own == NULL) {
        return ENOMEM;
    }
    *schema = (ArrowSchema){.format = "i", .name = "", .flags = 2, .release = release_schema,
                            .private_data = own};
    exported++;
    return 0;
}

// Two numbers of 32 bits, behind a buffer of validity that may be left out.
typedef struct {
    const void *buffers[2];
    int32_t values[2];
} Column;

static inline int
fill_array(ArrowArray *array)
{
    Column *column = calloc(1, sizeof *column);
    if (column == NULL) {
        return ENOMEM;
    }
    column->values[0] = 1;
    column->values[1] = 2;
    column->buffers[1] = column->values;
    *array = (ArrowArray){.length = 2, .n_buffers = 2, .buffers = column->buffers,
                          .release = release_array, .private_data = column};
    exported++;
    return 0;
}

static int
stream_schema(ArrowStream *Py_UNUSED(self), ArrowSchema *out)
{
    return fill_schema(out);
}

// Two arrays, then the end, which is a released array.
#ifdef OVERRIDE_STREAM_NEXT
static int stream_next(ArrowStream *self, ArrowArray *out);
#endif
static inline int
default_stream_next(ArrowStream *self, ArrowArray *out)
{
    int *left = self->private_data;
    if (*left == 0) {
        *out = (ArrowArray){0};
        return 0;
    }
    --*left;
    return fill_array(out);
}
#ifndef OVERRIDE_STREAM_NEXT
#define stream_next default_stream_next
#endif

static const char *
stream_error(ArrowStream *Py_UNUSED(self))
{
    return NULL;
}

static inline int
fill_stream(ArrowStream *stream)
{
    int *left = malloc(sizeof *left);
    if (left == NULL) {
        return ENOMEM;
    }
    *left = 2;
    *stream = (ArrowStream){.get_schema = stream_schema, .get_next = stream_next,
                            .get_last_error = stream_error, .release = release_stream,
                            .private_data = left};
    exported++;
    return 0;
}

// What nobody took is given back with the capsule; the struct itself goes in any case.
#ifdef OVERRIDE_GIVES_BACK
static int gives_back(void);
#endif
static inline int
default_gives_back(void)
{
    return 1;
}
#ifndef OVERRIDE_GIVES_BACK
#define gives_back default_gives_back
#endif

#define ENDS(Type, name, function)                                             \
    static void                                                                \
    function(PyObject *capsule)                                                \
    {                                                                          \
        if (PyCapsule_IsValid(capsule, name)) {                                \
            Type *payload = PyCapsule_GetPointer(capsule, name);               \
            if (payload->release != NULL && gives_back()) {                    \
                payload->release(payload);                                     \
            }                                                                  \
            free(payload);                                                     \
        }                                                                      \
    }

ENDS(ArrowSchema, "arrow_schema", end_schema)
ENDS(ArrowArray, "arrow_array", end_array)
ENDS(ArrowStream, "arrow_array_stream", end_stream)

// Verbs -----------------------------------------------------------------------------

static PyObject *
verb_tensor(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    return export_tensor(0);
}

static PyObject *
verb_versioned_tensor(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    return export_tensor(1);
}

#define EXPORTS(Type, name, fill, end, verb)                                   \
    static PyObject *                                                          \
    verb(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))            \
    {                                                                          \
        Type *payload = malloc(sizeof *payload);                               \
        if (payload == NULL || fill(payload) != 0) {                           \
            free(payload);                                                     \
            return PyErr_NoMemory();                                           \
        }                                                                      \
        PyObject *capsule = PyCapsule_New(payload, name, end);                 \
        if (capsule == NULL) {                                                 \
            payload->release(payload);                                         \
            free(payload);                                                     \
        }                                                                      \
        return capsule;                                                        \
    }

EXPORTS(ArrowSchema, "arrow_schema", fill_schema, end_schema, verb_schema)
EXPORTS(ArrowArray, "arrow_array", fill_array, end_array, verb_array)
EXPORTS(ArrowStream, "arrow_array_stream", fill_stream, end_stream, verb_stream)

static PyObject *
verb_exported(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    return PyLong_FromLong(exported);
}

static PyMethodDef methods[] = {
    {"bind", verb_bind, METH_O, PyDoc_STR("bind(address): report to that instrument.")},
    {"tensor", verb_tensor, METH_NOARGS, PyDoc_STR("tensor() -> a capsule of DLPack")},
    {"versioned_tensor", verb_versioned_tensor, METH_NOARGS,
     PyDoc_STR("versioned_tensor() -> a capsule of DLPack 1.0")},
    {"schema", verb_schema, METH_NOARGS, PyDoc_STR("schema() -> a capsule of Arrow")},
    {"array", verb_array, METH_NOARGS, PyDoc_STR("array() -> a capsule of Arrow")},
    {"stream", verb_stream, METH_NOARGS, PyDoc_STR("stream() -> a capsule of Arrow")},
    {"exported", verb_exported, METH_NOARGS, PyDoc_STR("exported() -> how much is not given back")},
    {NULL, NULL, 0, NULL},
};

#include "stateless.h"
#include "module.h"

#endif
