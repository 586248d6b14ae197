// Plays the consumer of a protocol: watches the callback that gives a payload back, takes
// the payload out of its capsule as the protocol says, and calls the callback.
//
// Only what the specifications let any consumer do is done to somebody's struct, but for
// the callback's own slot, which for a while leads to the record of its calls.

#define PY_SSIZE_T_CLEAN
#include "probe.h"
#include "protocols.h"

#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

typedef void (*Release)(void *self);

// Where a struct keeps its callback and the producer's own pointer, which goes along when
// the struct is moved.
typedef struct {
    const char *name, *used;    // the capsule's name, and the one that says that it was taken
    size_t size, release, producers;
} Protocol;

static const Protocol protocols[] = {
    {"dltensor", "used_dltensor", sizeof(ManagedTensor), offsetof(ManagedTensor, deleter),
     offsetof(ManagedTensor, manager)},
    {"dltensor_versioned", "used_dltensor_versioned", sizeof(VersionedTensor),
     offsetof(VersionedTensor, deleter), offsetof(VersionedTensor, manager)},
    {"arrow_schema", NULL, sizeof(ArrowSchema), offsetof(ArrowSchema, release),
     offsetof(ArrowSchema, private_data)},
    {"arrow_array", NULL, sizeof(ArrowArray), offsetof(ArrowArray, release),
     offsetof(ArrowArray, private_data)},
    {"arrow_array_stream", NULL, sizeof(ArrowStream), offsetof(ArrowStream, release),
     offsetof(ArrowStream, private_data)},
    {"arrow_device_array", NULL, sizeof(ArrowDeviceArray), offsetof(ArrowDeviceArray, array.release),
     offsetof(ArrowDeviceArray, array.private_data)},
    {"arrow_device_array_stream", NULL, sizeof(ArrowDeviceStream),
     offsetof(ArrowDeviceStream, release), offsetof(ArrowDeviceStream, private_data)},
};

typedef struct {
    const Protocol *protocol;
    void *key;          // the producer's pointer, or the struct where it has none
    Release release;
} Watched;

// Callbacks come from any thread, with and without the interpreter.
static struct {
    pthread_mutex_t lock;
    Watched all[64];
    size_t count;
} watched = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void *
slot(void *payload, size_t offset)
{
    return *(void **)((char *)payload + offset);
}

static void
set_slot(void *payload, size_t offset, void *value)
{
    memcpy((char *)payload + offset, &value, sizeof value);
}

static void *
key_of(const Protocol *protocol, void *payload)
{
    void *producers = slot(payload, protocol->producers);
    return producers == NULL || protocol->used != NULL ? payload : producers;
}

// Takes the entry out: a callback is called once, and its address may be another's then.
static int
take_out(void *payload, Watched *found)
{
    int is_there = 0;
    pthread_mutex_lock(&watched.lock);
    for (size_t i = watched.count; i-- > 0 && !is_there;) {
        if (watched.all[i].key == key_of(watched.all[i].protocol, payload)) {
            *found = watched.all[i];
            watched.all[i] = watched.all[--watched.count];
            is_there = 1;
        }
    }
    pthread_mutex_unlock(&watched.lock);
    return is_there;
}

// Stands in the callback's slot. The original finds itself there again, as it may look.
static void
release_recorded(void *payload)
{
    Watched found;
    if (!take_out(payload, &found)) {
        log_record("{\"event\":\"released\",\"what\":\"unknown\"}\n");
        return;
    }
    const Protocol *protocol = found.protocol;
    set_slot(payload, protocol->release, (void *)(uintptr_t)found.release);
    found.release(payload);
    // A tensor is gone now; a struct of Arrow's belongs to whoever has it.
    const char *cleared = protocol->used != NULL ? "" :
        slot(payload, protocol->release) == NULL ? ",\"cleared\":true" : ",\"cleared\":false";
    log_record("{\"event\":\"released\",\"what\":\"%s\",\"thread\":\"%s\"%s}\n",
               protocol->name, log_thread(), cleared);
}

static const Protocol *
protocol_named(const char *name)
{
    for (size_t i = 0; name != NULL && i < Py_ARRAY_LENGTH(protocols); i++) {
        if (strcmp(protocols[i].name, name) == 0) {
            return &protocols[i];
        }
    }
    return NULL;
}

// The payload of a capsule of one of the protocols; NULL and an error for any other.
static void *
payload_of(PyObject *capsule, const Protocol **protocol)
{
    const char *name = PyCapsule_GetName(capsule);
    if (name == NULL && PyErr_Occurred()) {
        return NULL;
    }
    *protocol = protocol_named(name);
    if (*protocol == NULL) {
        return PyErr_Format(PyExc_ValueError, "no protocol calls its capsules '%s'", name == NULL ? "" : name);
    }
    return PyCapsule_GetPointer(capsule, name);
}

static void
watch(const Protocol *protocol, void *payload)
{
    void *release = slot(payload, protocol->release);
    if (release == NULL || release == (void *)(uintptr_t)release_recorded) {
        return;
    }
    pthread_mutex_lock(&watched.lock);
    if (watched.count < Py_ARRAY_LENGTH(watched.all)) {
        watched.all[watched.count++] =
            (Watched){protocol, key_of(protocol, payload), (Release)(uintptr_t)release};
        set_slot(payload, protocol->release, (void *)(uintptr_t)release_recorded);
    }
    pthread_mutex_unlock(&watched.lock);
}

PyObject *
protocol_watch_release(PyObject *Py_UNUSED(module), PyObject *capsule)
{
    const Protocol *protocol;
    void *payload = payload_of(capsule, &protocol);
    if (payload == NULL) {
        return NULL;
    }
    watch(protocol, payload);
    return PyUnicode_FromString(protocol->name);
}

// A producer without a pointer of its own in the struct is known by the struct's address.
static void
follow(void *from, void *to)
{
    pthread_mutex_lock(&watched.lock);
    for (size_t i = 0; i < watched.count; i++) {
        if (watched.all[i].key == from) {
            watched.all[i].key = to;
        }
    }
    pthread_mutex_unlock(&watched.lock);
}

// Returns where the payload is now, and the name of its protocol.
PyObject *
protocol_take_over(PyObject *Py_UNUSED(module), PyObject *capsule)
{
    const Protocol *protocol;
    void *payload = payload_of(capsule, &protocol), *taken = payload;
    if (payload == NULL) {
        return NULL;
    }
    if (protocol->used != NULL) {
        if (PyCapsule_SetName(capsule, protocol->used) != 0) {
            return NULL;
        }
    }
    else {
        // A move: the struct is copied, and the one that is left behind says that it is empty.
        taken = malloc(protocol->size);
        if (taken == NULL) {
            return PyErr_NoMemory();
        }
        memcpy(taken, payload, protocol->size);
        set_slot(payload, protocol->release, NULL);
        follow(payload, taken);
    }
    return Py_BuildValue("[Ns]", PyLong_FromVoidPtr(taken), protocol->name);
}

static int
as_taken(PyObject *value, const Protocol **protocol, void **payload)
{
    PyObject *address = PyList_Check(value) ? PyList_GetItem(value, 0) : NULL;
    PyObject *name = address == NULL ? NULL : PyList_GetItem(value, 1);
    const char *text = name == NULL ? NULL : PyUnicode_AsUTF8(name);
    *protocol = protocol_named(text);
    *payload = *protocol == NULL ? NULL : PyLong_AsVoidPtr(address);
    if (*payload == NULL && !PyErr_Occurred()) {
        PyErr_SetString(PyExc_ValueError, "that was not taken over");
    }
    return *payload != NULL;
}

static void *
give_back(void *argument)
{
    void **parts = argument;
    ((Release)(uintptr_t)parts[0])(parts[1]);
    return NULL;
}

PyObject *
protocol_give_back(PyObject *Py_UNUSED(module), PyObject *args)
{
    const Protocol *protocol;
    PyObject *value;
    void *payload;
    int on_a_bare_thread = 0;
    if (!PyArg_ParseTuple(args, "O|i:give_back", &value, &on_a_bare_thread)
        || !as_taken(value, &protocol, &payload)) {
        return NULL;
    }
    void *parts[] = {slot(payload, protocol->release), payload};
    if (parts[0] == NULL) {
        return PyBool_FromLong(0);      // a tensor may do without
    }
    if (on_a_bare_thread) {
        pthread_t thread;
        int failed;
        Py_BEGIN_ALLOW_THREADS
        failed = pthread_create(&thread, NULL, give_back, parts);
        if (!failed) {
            pthread_join(thread, NULL);
        }
        Py_END_ALLOW_THREADS
        if (failed) {
            return PyErr_Format(PyExc_OSError, "no thread: error %d", failed);
        }
    }
    else {
        give_back(parts);
    }
    return PyBool_FromLong(1);
}

// Facts -----------------------------------------------------------------------------

// Adds the name of a field to the list if a consumer cannot do without it.
static int
note(PyObject *list, int is_missing, const char *field)
{
    if (!is_missing) {
        return 0;
    }
    PyObject *text = PyUnicode_FromString(field);
    int status = text == NULL ? -1 : PyList_Append(list, text);
    Py_XDECREF(text);
    return status;
}

static int
note_tensor(PyObject *list, const Tensor *tensor)
{
    int empty = 0;
    for (int32_t i = 0; tensor->shape != NULL && i < tensor->ndim; i++) {
        empty |= tensor->shape[i] == 0;
    }
    return note(list, tensor->ndim < 0, "ndim")
        || note(list, tensor->ndim > 0 && tensor->shape == NULL, "shape")
        || note(list, tensor->data == NULL && !empty, "data")
        || note(list, tensor->dtype.bits == 0, "bits")
        || note(list, tensor->dtype.lanes == 0, "lanes") ? -1 : 0;
}

static int
note_missing(PyObject *list, const Protocol *protocol, void *payload)
{
    if (strcmp(protocol->name, "dltensor") == 0) {
        return note_tensor(list, &((ManagedTensor *)payload)->tensor);
    }
    if (strcmp(protocol->name, "dltensor_versioned") == 0) {
        VersionedTensor *managed = payload;
        return note(list, managed->version.major != 1, "version")
            || note_tensor(list, &managed->tensor) ? -1 : 0;
    }
    if (note(list, slot(payload, protocol->release) == NULL, "release") < 0) {
        return -1;
    }
    if (strcmp(protocol->name, "arrow_schema") == 0) {
        ArrowSchema *schema = payload;
        return note(list, schema->format == NULL, "format")
            || note(list, schema->n_children > 0 && schema->children == NULL, "children") ? -1 : 0;
    }
    if (strcmp(protocol->name, "arrow_device_array_stream") == 0) {
        ArrowDeviceStream *stream = payload;
        return note(list, stream->get_schema == NULL, "get_schema")
            || note(list, stream->get_next == NULL, "get_next")
            || note(list, stream->get_last_error == NULL, "get_last_error") ? -1 : 0;
    }
    if (strcmp(protocol->name, "arrow_array_stream") != 0) {
        // The device form begins with one.
        ArrowArray *array = payload;
        return note(list, array->length < 0, "length") || note(list, array->offset < 0, "offset")
            || note(list, array->n_buffers > 0 && array->buffers == NULL, "buffers")
            || note(list, array->n_children > 0 && array->children == NULL, "children") ? -1 : 0;
    }
    ArrowStream *stream = payload;
    return note(list, stream->get_schema == NULL, "get_schema")
        || note(list, stream->get_next == NULL, "get_next")
        || note(list, stream->get_last_error == NULL, "get_last_error") ? -1 : 0;
}

PyObject *
protocol_missing(PyObject *Py_UNUSED(module), PyObject *capsule)
{
    const Protocol *protocol;
    void *payload = payload_of(capsule, &protocol);
    PyObject *list = payload == NULL ? NULL : PyList_New(0);
    if (list != NULL && note_missing(list, protocol, payload) < 0) {
        Py_CLEAR(list);
    }
    return list;
}

// The first element where it lies in ordinary memory, else None.
PyObject *
protocol_first_element(PyObject *Py_UNUSED(module), PyObject *value)
{
    const Protocol *protocol;
    void *payload;
    if (!as_taken(value, &protocol, &payload)) {
        return NULL;
    }
    Tensor *tensor = strcmp(protocol->name, "dltensor") == 0 ? &((ManagedTensor *)payload)->tensor
        : strcmp(protocol->name, "dltensor_versioned") == 0 ? &((VersionedTensor *)payload)->tensor
                                                            : NULL;
    int is_there = tensor != NULL && tensor->device.type == 1 && tensor->data != NULL;
    for (int32_t i = 0; is_there && i < tensor->ndim; i++) {
        is_there = tensor->shape[i] > 0;
    }
    if (!is_there) {
        Py_INCREF(Py_None);
        return Py_None;
    }
    return PyBytes_FromStringAndSize((char *)tensor->data + tensor->byte_offset,
                                     (tensor->dtype.bits * tensor->dtype.lanes + 7) / 8);
}

// Reads a stream to its end as a consumer does: {schema, arrays, error}; what it hands out is
// watched and given back.
PyObject *
protocol_read_stream(PyObject *Py_UNUSED(module), PyObject *value)
{
    enum { ENOUGH = 1000 };
    const Protocol *protocol;
    void *payload;
    if (!as_taken(value, &protocol, &payload)) {
        return NULL;
    }
    ArrowStream *stream = payload;
    ArrowSchema schema = {0};
    int error = stream->get_schema(stream, &schema), arrays = 0;
    if (error == 0 && schema.release != NULL) {
        watch(protocol_named("arrow_schema"), &schema);
        schema.release(&schema);
    }
    for (int ended = 0; error == 0 && !ended && arrays < ENOUGH;) {
        ArrowArray array = {0};
        error = stream->get_next(stream, &array);
        ended = error != 0 || array.release == NULL;
        if (!ended) {
            arrays++;
            watch(protocol_named("arrow_array"), &array);
            array.release(&array);
        }
    }
    const char *said = error == 0 ? NULL : stream->get_last_error(stream);
    return Py_BuildValue("{s:i,s:i,s:z}", "arrays", arrays, "status", error, "error", said);
}
