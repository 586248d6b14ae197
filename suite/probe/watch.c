// Watches the destructors of capsules that somebody else made: their runs are recorded like
// those of our own participants, and the destructor itself finds everything as it left it.

#define PY_SSIZE_T_CLEAN
#include "probe.h"

#include <pthread.h>
#include <stdlib.h>

typedef struct {
    PyObject *capsule;      // borrowed: its destructor takes it out again
    PyCapsule_Destructor destructor;
} Watched;

static struct {
    pthread_mutex_t lock;   // without the interpreter's lock two capsules may die at a time
    Watched *all;
    size_t count, room;
} watched = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int
remember(PyObject *capsule, PyCapsule_Destructor destructor)
{
    int remembered = 1;
    pthread_mutex_lock(&watched.lock);
    if (watched.count == watched.room) {
        size_t room = 2 * watched.room + 16;
        Watched *larger = realloc(watched.all, room * sizeof *larger);
        if (larger == NULL) {
            remembered = 0;
        }
        else {
            watched.all = larger;
            watched.room = room;
        }
    }
    if (remembered) {
        watched.all[watched.count++] = (Watched){capsule, destructor};
    }
    pthread_mutex_unlock(&watched.lock);
    return remembered;
}

static PyCapsule_Destructor
forget(PyObject *capsule)
{
    PyCapsule_Destructor destructor = NULL;
    pthread_mutex_lock(&watched.lock);
    for (size_t i = watched.count; i-- > 0;) {
        if (watched.all[i].capsule == capsule) {
            destructor = watched.all[i].destructor;
            watched.all[i] = watched.all[--watched.count];
            break;
        }
    }
    pthread_mutex_unlock(&watched.lock);
    return destructor;
}

static void
run_recorded(PyObject *capsule)
{
    PyObject *type, *value, *traceback;
    PyObject *entry = PyErr_Occurred();
    PyCapsule_Destructor destructor = forget(capsule);
    PyErr_Fetch(&type, &value, &traceback);
    const char *name = PyCapsule_GetName(capsule);
    Destruction *destruction = log_destroying(
        "producer", name, PyCapsule_GetPointer(capsule, name), PyCapsule_GetContext(capsule), entry);
    PyCapsule_SetDestructor(capsule, destructor);
    PyErr_Restore(type, value, traceback);
    if (destructor != NULL) {
        destructor(capsule);
    }
    log_destroyed(destruction, PyErr_Occurred());
}

PyObject *
watch_destructor(PyObject *Py_UNUSED(module), PyObject *capsule)
{
    PyCapsule_Destructor destructor = PyCapsule_GetDestructor(capsule);
    if (destructor == NULL || destructor == run_recorded) {
        return PyErr_Occurred() ? NULL : PyBool_FromLong(destructor != NULL);
    }
    if (!remember(capsule, destructor)) {
        return PyErr_NoMemory();
    }
    if (PyCapsule_SetDestructor(capsule, run_recorded) != 0) {
        forget(capsule);
        return NULL;
    }
    return PyBool_FromLong(1);
}
