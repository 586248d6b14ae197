// Plays the producer of a protocol: hands out capsules as right as can be, or with one thing
// about them that a consumer has to look at first. What they lead to lies on guarded pages,
// and goes when it is given back; that a second giving back is recorded, and not performed.

#define PY_SSIZE_T_CLEAN
#include "offer.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

// What was handed out and is not given back yet.
static atomic_int held;

void *
blank(size_t size)
{
    static const char zeros[256];
    return guard_place("payload", zeros, size, 0);
}

Owner *
own(const char *what, void *block)
{
    Owner *owner = block == NULL ? NULL : malloc(sizeof *owner);
    if (owner != NULL) {
        *owner = (Owner){.what = what, .block = block};
        held++;
    }
    return owner;
}

int
is_first(Owner *owner)
{
    if (atomic_fetch_add(&owner->times, 1) > 0) {
        log_record("{\"event\":\"released\",\"what\":\"%s\",\"thread\":\"%s\"}\n",
                   owner->what, log_thread());
        return 0;
    }
    held--;
    return 1;
}

// Tensors ---------------------------------------------------------------------------

typedef struct {
    int64_t shape[1], strides[1];
    double data[ROWS];
} Elements;

static void
delete_tensor(void *managed, Owner *owner)
{
    if (is_first(owner)) {
        guard_release(owner->block);
        guard_release(managed);
    }
}

static void
delete_legacy(ManagedTensor *managed)
{
    delete_tensor(managed, managed->manager);
}

static void
delete_versioned(VersionedTensor *managed)
{
    delete_tensor(managed, managed->manager);
}

static Tensor
tensor_of(Elements *elements)
{
    elements->shape[0] = ROWS;
    elements->strides[0] = 1;
    for (int i = 0; i < ROWS; i++) {
        elements->data[i] = i + 0.5;
    }
    return (Tensor){.data = elements->data, .device = {.type = CPU}, .ndim = 1,
                    .dtype = {.code = 2, .bits = 64, .lanes = 1},
                    .shape = elements->shape, .strides = elements->strides};
}

static void *
new_legacy(const char *Py_UNUSED(state))
{
    Elements *elements = blank(sizeof *elements);
    Owner *owner = own("dltensor", elements);
    ManagedTensor *managed = owner == NULL ? NULL : blank(sizeof *managed);
    if (managed != NULL) {
        *managed = (ManagedTensor){.tensor = tensor_of(elements), .manager = owner,
                                   .deleter = delete_legacy};
    }
    return managed;
}

// Of a later major version only what every version has is there.
static void *
new_versioned(const char *state)
{
    int is_newer = strcmp(state, "newer_major") == 0;
    Elements *elements = blank(sizeof *elements);
    Owner *owner = own("dltensor_versioned", elements);
    size_t size = is_newer ? offsetof(VersionedTensor, flags) : sizeof(VersionedTensor);
    VersionedTensor *managed = owner == NULL ? NULL : blank(size);
    if (managed != NULL) {
        VersionedTensor whole = {.version = {1, 0}, .manager = owner, .deleter = delete_versioned,
                                 .tensor = tensor_of(elements)};
        whole.version.major = is_newer ? 2 : 1;
        whole.version.minor = strcmp(state, "newer_minor") == 0 ? 99 : 0;
        memcpy(managed, &whole, size);
    }
    return managed;
}

// Capsules --------------------------------------------------------------------------

// A struct for a capsule; one that was released leads to what is gone.
#define NEW(Type, function, fill, released)                                    \
    static void *                                                              \
    function(const char *state)                                                \
    {                                                                          \
        Type *payload = blank(sizeof *payload);                                \
        if (payload == NULL || fill != 0) {                                    \
            return NULL;                                                       \
        }                                                                      \
        if (strcmp(state, "released") == 0) {                                  \
            (released)->release(released);                                     \
        }                                                                      \
        return payload;                                                        \
    }

NEW(ArrowSchema, new_schema, fill_schema(payload), payload)
NEW(ArrowArray, new_array, fill_column(payload), payload)
NEW(ArrowStream, new_stream, fill_stream(payload, state), payload)
NEW(ArrowDeviceArray, new_device_array, fill_device_column(payload), &payload->array)

#define ENDS_TENSOR(Type, name, function)                                      \
    static void                                                                \
    function(PyObject *capsule)                                                \
    {                                                                          \
        if (PyCapsule_IsValid(capsule, name)) {                                \
            Type *managed = PyCapsule_GetPointer(capsule, name);               \
            managed->deleter(managed);                                         \
        }                                                                      \
    }

// What was moved out has no callback any more; the struct itself goes in any case.
#define ENDS(Type, name, function, part)                                       \
    static void                                                                \
    function(PyObject *capsule)                                                \
    {                                                                          \
        Type *payload = PyCapsule_GetPointer(capsule, name);                   \
        if (payload == NULL) {                                                 \
            PyErr_Clear();                                                     \
            return;                                                            \
        }                                                                      \
        if ((part)->release != NULL) {                                         \
            (part)->release(part);                                             \
        }                                                                      \
        guard_release(payload);                                                \
    }

ENDS_TENSOR(ManagedTensor, "dltensor", end_legacy)
ENDS_TENSOR(VersionedTensor, "dltensor_versioned", end_versioned)
ENDS(ArrowSchema, "arrow_schema", end_schema, payload)
ENDS(ArrowArray, "arrow_array", end_array, payload)
ENDS(ArrowStream, "arrow_array_stream", end_stream, payload)
ENDS(ArrowDeviceArray, "arrow_device_array", end_device_array, &payload->array)

static const struct {
    const char *name;
    void *(*new)(const char *state);
    PyCapsule_Destructor end;
} offers[] = {
    {"dltensor", new_legacy, end_legacy},
    {"dltensor_versioned", new_versioned, end_versioned},
    {"arrow_schema", new_schema, end_schema},
    {"arrow_array", new_array, end_array},
    {"arrow_array_stream", new_stream, end_stream},
    {"arrow_device_array", new_device_array, end_device_array},
};

PyObject *
protocol_offer(PyObject *Py_UNUSED(module), PyObject *args)
{
    const char *name, *state = "good";
    if (!PyArg_ParseTuple(args, "y|s:offer", &name, &state)) {
        return NULL;
    }
    for (size_t i = 0; i < Py_ARRAY_LENGTH(offers); i++) {
        if (strcmp(offers[i].name, name) == 0) {
            void *payload = offers[i].new(state);
            return payload == NULL ? PyErr_NoMemory()
                                   : PyCapsule_New(payload, offers[i].name, offers[i].end);
        }
    }
    return PyErr_Format(PyExc_ValueError, "nothing called '%s' can be offered", name);
}

PyObject *
protocol_held(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    return PyLong_FromLong(held);
}

PyObject *
protocol_failures(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    return PyLong_FromLong(stream_failures);
}
