// What a case can ask a producer to do, in terms of its hooks.

#ifndef PRODUCER_VERBS_H
#define PRODUCER_VERBS_H

static inline PyObject *
verb_functions(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    return Py_BuildValue("{sNsNsN}",
                         "sin", PyLong_FromVoidPtr((void *)(uintptr_t)fast_sin),
                         "cos", PyLong_FromVoidPtr((void *)(uintptr_t)fast_cos),
                         "sqrt", PyLong_FromVoidPtr((void *)(uintptr_t)fast_sqrt));
}

static inline PyObject *
verb_open_handles(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    return PyLong_FromLong(live_payloads);
}

static inline void *
place_payload(const void *bytes, size_t size, int sealed)
{
    void *payload = place("payload", bytes, size, sealed);
    if (payload != NULL) {
        live_payloads++;
    }
    return payload;
}

static inline void *
place_batch(void)
{
    const int64_t value = BATCH_VALUE;
    Batch batch = {release_batch, place("resource", &value, sizeof value, 0)};
    if (batch.resource == NULL) {
        return NULL;
    }
    live_payloads++;
    void *payload = place_payload(&batch, sizeof batch, 0);
    if (payload == NULL) {
        release_batch(&batch);
    }
    return payload;
}

static inline void *
default_payload_of_kind(const char *kind, PyObject *payload, int sealed)
{
    const DbHandle handle = {DB_HANDLE_MAGIC, DB_HANDLE_VALUE, free_payload};
    if (payload != Py_None) {
        char *bytes;
        Py_ssize_t size;
        if (PyBytes_AsStringAndSize(payload, &bytes, &size) < 0) {
            return NULL;
        }
        return place_payload(bytes, (size_t)size, sealed);
    }
    if (strcmp(kind, "table") == 0) {
        return place_payload(published_table(), sizeof(FastMathTable), sealed);
    }
    if (strcmp(kind, "handle") == 0) {
        return place_payload(&handle, sizeof handle, sealed);
    }
    if (strcmp(kind, "batch") == 0 && !sealed) {
        return place_batch();
    }
    if (strcmp(kind, "batch") == 0) {
        PyErr_SetString(PyExc_ValueError, "nobody could release a batch that nobody may read");
        return NULL;
    }
    PyErr_Format(PyExc_ValueError, "no such kind: %s", kind);
    return NULL;
}

static inline char *
place_name(const char *name)
{
    return name == NULL ? NULL : place("name", name, strlen(name) + 1, 0);
}

// A capsule that has what is in `owned`, and a name of its own; without a capsule both are given up.
static inline PyObject *
make_from(Owned owned, void *pointer, const char *name, PyCapsule_Destructor destructor)
{
    PyObject *capsule = NULL;
    Owned *entry = malloc(sizeof *entry);
    owned.name = place_name(name);
    if (entry == NULL) {
        PyErr_NoMemory();
    }
    else if (name == NULL || owned.name != NULL) {
        capsule = new_capsule(pointer, owned.name, destructor);
    }
    if (capsule == NULL) {
        give_up(&owned);
        free(entry);
        return NULL;
    }
    *entry = owned;
    remember(entry, capsule);
    return capsule;
}

static inline PyObject *
verb_make(PyObject *Py_UNUSED(module), PyObject *args)
{
    const char *kind, *name;
    PyObject *payload;
    int with_destructor, sealed;
    if (!PyArg_ParseTuple(args, "sO&Opp:make", &kind, as_name, &name, &payload,
                          &with_destructor, &sealed)) {
        return NULL;
    }
    PyCapsule_Destructor destructor = with_destructor ? destroy : NULL;
    Owned owned = {0};
    if (strcmp(kind, "function") == 0) {
        return make_from(owned, (void *)(uintptr_t)fast_sin, name, destructor);
    }
    owned.payload = payload_of_kind(kind, payload, sealed);
    owned.is_batch = payload == Py_None && strcmp(kind, "batch") == 0;
    return owned.payload == NULL ? NULL : make_from(owned, owned.payload, name, destructor);
}

// A capsule that cannot be made: everything it should own stays with the producer.
static inline PyObject *
verb_make_null(PyObject *Py_UNUSED(module), PyObject *args)
{
    const char *name;
    PyObject *payload;
    if (!PyArg_ParseTuple(args, "O&O:make_null", as_name, &name, &payload)) {
        return NULL;
    }
    Owned owned = {.payload = payload_of_kind("handle", payload, 0)};
    return owned.payload == NULL ? NULL : make_from(owned, NULL, name, destroy);
}

static inline PyObject *
verb_rename(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *capsule;
    const char *name;
    if (!PyArg_ParseTuple(args, "OO&:rename", &capsule, as_name, &name)) {
        return NULL;
    }
    char *copy = place_name(name);
    if (name != NULL && copy == NULL) {
        return NULL;
    }
    if (rename_capsule(capsule, copy) != 0) {
        release(copy);
        return NULL;
    }
    // The name of a capsule that is not ours simply lives for ever.
    Owned *owned = owned_by(capsule, 0);
    if (owned != NULL) {
        release(owned->renamed);
        owned->renamed = copy;
    }
    Py_RETURN_NONE;
}

// What the new capsule leads to is not its own, so it keeps alive whose it is.
static inline PyObject *
verb_lend(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *lender;
    const char *name;
    if (!PyArg_ParseTuple(args, "OO&:lend", &lender, as_name, &name)) {
        return NULL;
    }
    Owned *lent = owned_by(lender, 0);
    if (lent == NULL) {
        return PyErr_Format(PyExc_ValueError, "this capsule is not one of ours");
    }
    Owned owned = {.lender = keep_lender(lender)};
    return make_from(owned, lent->payload, name, destroy);
}

static inline PyObject *
verb_set_pointer(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *capsule, *payload;
    if (!PyArg_ParseTuple(args, "OO:set_pointer", &capsule, &payload)) {
        return NULL;
    }
    void *pointer = NULL;
    if (payload != Py_None) {
        pointer = payload_of_kind("handle", payload, 0);
        if (pointer == NULL) {
            return NULL;
        }
    }
    if (change_pointer(capsule, pointer) != 0) {
        free_payload(pointer);
        return NULL;
    }
    Owned *owned = owned_by(capsule, 0);
    if (owned != NULL) {
        end_payload(owned);
        owned->payload = pointer;
        owned->is_batch = 0;
    }
    Py_RETURN_NONE;
}

static inline PyObject *
verb_set_context(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *capsule, *context;
    if (!PyArg_ParseTuple(args, "OO:set_context", &capsule, &context)) {
        return NULL;
    }
    void *value = PyLong_AsVoidPtr(context);
    if (PyErr_Occurred() || traced_set_context(capsule, value) != 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static inline PyObject *
verb_set_destructor(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *capsule;
    const char *which;
    if (!PyArg_ParseTuple(args, "Os:set_destructor", &capsule, &which)) {
        return NULL;
    }
    int clean = strcmp(which, "clean") == 0;
    if (!clean && strcmp(which, "none") != 0) {
        return PyErr_Format(PyExc_ValueError, "no such destructor: %s", which);
    }
    if (traced_set_destructor(capsule, clean ? destroy : NULL) != 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"bind", verb_bind, METH_O, PyDoc_STR("bind(address)")},
    {"functions", verb_functions, METH_NOARGS,
     PyDoc_STR("functions() -> addresses of sin, cos and sqrt")},
    {"open_handles", verb_open_handles, METH_NOARGS,
     PyDoc_STR("open_handles() -> how many payloads are alive")},
    {"make", verb_make, METH_VARARGS,
     PyDoc_STR("make(kind, name, payload, destructor, sealed) -> capsule")},
    {"make_null", verb_make_null, METH_VARARGS, PyDoc_STR("make_null(name, payload)")},
    {"rename", verb_rename, METH_VARARGS, PyDoc_STR("rename(capsule, name)")},
    {"lend", verb_lend, METH_VARARGS, PyDoc_STR("lend(capsule, name) -> capsule")},
    {"set_pointer", verb_set_pointer, METH_VARARGS, PyDoc_STR("set_pointer(capsule, payload)")},
    {"set_context", verb_set_context, METH_VARARGS, PyDoc_STR("set_context(capsule, context)")},
    {"set_destructor", verb_set_destructor, METH_VARARGS,
     PyDoc_STR("set_destructor(capsule, 'clean' or 'none')")},
    {NULL, NULL, 0, NULL},
};

#endif
