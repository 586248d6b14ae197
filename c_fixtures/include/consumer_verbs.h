// What a case can ask a consumer to do, in terms of its hooks.

#ifndef CONSUMER_VERBS_H
#define CONSUMER_VERBS_H

// "O&" converter, so that a case with a misspelt kind does not read as opaque.
static inline int
as_kind(PyObject *value, void *result)
{
    static const char *const kinds[] = {"function", "table", "handle", "batch", "opaque"};
    for (size_t i = 0; i < Py_ARRAY_LENGTH(kinds); i++) {
        if (PyUnicode_Check(value) && PyUnicode_CompareWithASCIIString(value, kinds[i]) == 0) {
            *(const char **)result = kinds[i];
            return 1;
        }
    }
    PyErr_Format(PyExc_ValueError, "no such kind: %R", value);
    return 0;
}

// "O&" converter.
static inline int
as_failure(PyObject *value, void *result)
{
    static const char *const words[] = {"never", "before", "after"};
    for (size_t i = 0; i < Py_ARRAY_LENGTH(words); i++) {
        if (PyUnicode_Check(value) && PyUnicode_CompareWithASCIIString(value, words[i]) == 0) {
            *(Failure *)result = (Failure)i;
            return 1;
        }
    }
    PyErr_Format(PyExc_ValueError, "it fails never, before or after, not %R", value);
    return 0;
}

// [address, kind, owner]; the address becomes 0 when the payload is released, but
// that of a batch, which says so itself. Steals `owner`.
static inline PyObject *
new_taken(void *pointer, const char *kind, PyObject *owner)
{
    return Py_BuildValue("[NsN]", PyLong_FromVoidPtr(pointer), kind, owner);
}

static inline void *
taken_pointer(PyObject *taken, const char **kind)
{
    PyObject *address = PyList_GetItem(taken, 0);
    PyObject *word = address == NULL ? NULL : PyList_GetItem(taken, 1);
    if (word == NULL || !as_kind(word, kind)) {
        return NULL;
    }
    void *pointer = PyLong_AsVoidPtr(address);
    if (pointer == NULL && !PyErr_Occurred()) {
        PyErr_SetString(PyExc_ValueError, "this payload was released");
    }
    return pointer;
}

static inline PyObject *
verb_take(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *capsule;
    const char *name, *kind;
    if (!PyArg_ParseTuple(args, "OO&O&:take", &capsule, as_name, &name, as_kind, &kind)) {
        return NULL;
    }
    const void *pointer = take_pointer(capsule, name);
    if (pointer != NULL && strcmp(kind, "table") == 0) {
        pointer = choose_table(pointer);
    }
    return pointer == NULL ? NULL : new_taken((void *)pointer, kind, keep_owner(capsule));
}

static inline PyObject *
verb_import_capsule(PyObject *Py_UNUSED(module), PyObject *args)
{
    const char *name, *kind;
    int no_block = 0;
    if (!PyArg_ParseTuple(args, "yO&|i:import_capsule", &name, as_kind, &kind, &no_block)) {
        return NULL;
    }
    PyObject *capsule, *taken = NULL;
    const void *pointer = import_pointer(name, no_block, &capsule);
    if (pointer == NULL) {
        return NULL;
    }
    if (strcmp(kind, "table") == 0) {
        pointer = choose_table(pointer);
    }
    if (pointer != NULL) {
        taken = new_taken((void *)pointer, kind, keep_owner(capsule));
    }
    Py_DECREF(capsule);
    return taken;
}

static inline PyObject *
verb_use(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *taken;
    const char *kind;
    if (!PyArg_ParseTuple(args, "O!:use", &PyList_Type, &taken)) {
        return NULL;
    }
    void *pointer = taken_pointer(taken, &kind);
    return pointer == NULL ? NULL : use_pointer(pointer, kind);
}

// A used name must live as long as any capsule, so each is kept once, for ever.
static inline const char *
lasting_name(const char *name)
{
    typedef struct Name {
        struct Name *next;
        char text[];
    } Name;
    static Name *names;
    static atomic_flag busy = ATOMIC_FLAG_INIT;
    lock(&busy);
    Name *found = names;
    while (found != NULL && strcmp(found->text, name) != 0) {
        found = found->next;
    }
    if (found == NULL) {
        found = malloc(sizeof *found + strlen(name) + 1);
        if (found != NULL) {
            strcpy(found->text, name);
            found->next = names;
            names = found;
        }
    }
    unlock(&busy);
    return found == NULL ? NULL : found->text;
}

static inline PyObject *
verb_consume(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *capsule;
    const char *name, *used_name;
    Failure fails;
    if (!PyArg_ParseTuple(args, "OO&yO&:consume", &capsule, as_name, &name, &used_name,
                          as_failure, &fails)) {
        return NULL;
    }
    used_name = lasting_name(used_name);
    if (used_name == NULL) {
        return PyErr_NoMemory();
    }
    void *pointer = consume_capsule(capsule, name, used_name, fails);
    if (pointer == NULL) {
        return NULL;
    }
    Py_INCREF(Py_None);
    PyObject *taken = new_taken(pointer, "handle", Py_None);
    if (taken == NULL) {
        abandon(pointer, "handle", 1);
    }
    return taken;
}

static inline PyObject *
verb_move(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *capsule;
    const char *name;
    Failure fails;
    if (!PyArg_ParseTuple(args, "OO&O&:move", &capsule, as_name, &name, as_failure, &fails)) {
        return NULL;
    }
    // The batch moves into memory that goes when nobody holds it any more.
    PyObject *memory = PyByteArray_FromStringAndSize(NULL, sizeof(Batch));
    if (memory == NULL) {
        return NULL;
    }
    Batch *mine = (void *)PyByteArray_AsString(memory);
    if (move_batch(capsule, name, mine, fails) < 0) {
        Py_DECREF(memory);
        return NULL;
    }
    Py_INCREF(memory);      // for the case that there is no list to hold it
    PyObject *taken = new_taken(mine, "batch", memory);
    if (taken == NULL) {
        abandon(mine, "batch", 1);
    }
    Py_DECREF(memory);
    return taken;
}

static inline PyObject *
verb_release(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *taken;
    const char *kind;
    if (!PyArg_ParseTuple(args, "O!:release", &PyList_Type, &taken)) {
        return NULL;
    }
    void *pointer = taken_pointer(taken, &kind);
    if (pointer != NULL && strcmp(kind, "batch") == 0) {
        if (release_batch(pointer) < 0) {
            return NULL;
        }
        Py_RETURN_NONE;
    }
    PyObject *nothing = PyLong_FromLong(0);
    if (pointer == NULL || nothing == NULL) {
        Py_XDECREF(nothing);
        return NULL;
    }
    PyList_SetItem(taken, 0, nothing);
    release_pointer(pointer);
    Py_RETURN_NONE;
}

static inline PyObject *
verb_render(PyObject *module, PyObject *x)
{
    double value = PyFloat_AsDouble(x);
    if (value == -1.0 && PyErr_Occurred()) {
        return NULL;
    }
    const Table *table = ready_table(PyModule_GetState(module));
    return table == NULL ? NULL : PyFloat_FromDouble(sine(table)(value));
}

static PyMethodDef methods[] = {
    {"bind", verb_bind, METH_O, PyDoc_STR("bind(address)")},
    {"take", verb_take, METH_VARARGS,
     PyDoc_STR("take(capsule, name, kind) -> [address, kind, owner]")},
    {"import_capsule", verb_import_capsule, METH_VARARGS,
     PyDoc_STR("import_capsule(name, kind, no_block=0) -> [address, kind, owner]")},
    {"use", verb_use, METH_VARARGS, PyDoc_STR("use(taken) -> float, int or None")},
    {"consume", verb_consume, METH_VARARGS,
     PyDoc_STR("consume(capsule, name, used_name, fails) -> [address, kind, None]")},
    {"move", verb_move, METH_VARARGS,
     PyDoc_STR("move(capsule, name, fails) -> [address, kind, memory]")},
    {"release", verb_release, METH_VARARGS, PyDoc_STR("release(taken)")},
    {"render", verb_render, METH_O, PyDoc_STR("render(x) -> float")},
    {NULL, NULL, 0, NULL},
};

#endif
