// A module with a versioned table and a second capsule, as several releases of it: RELEASE 1
// to begin with, 2 with additions, and one for each way to break those who were built before.

#include "target.h"

#include <stdint.h>

static int
work(void)
{
    return 1;
}

typedef struct {
    int32_t version;
    int (*first)(void);
    int (*second)(void);
#if RELEASE == 2
    int (*third)(void);
#endif
} Table;

static Table table = {
#if RELEASE == 2
    .third = work,
    .version = 3,
#elif RELEASE == 6
    .version = 1,
#else
    .version = 2,
#endif
    .first = work,
#if RELEASE != 5
    .second = work,
#endif
};

static int
add(PyObject *module, const char *attribute, const char *name, void *pointer)
{
    PyObject *capsule = PyCapsule_New(pointer, name, NULL);
    int status = capsule == NULL ? -1 : PyObject_SetAttrString(module, attribute, capsule);
    Py_XDECREF(capsule);
    return status;
}

static int
execute(PyObject *module)
{
#if RELEASE != 3
    if (add_capsule(module, "_signature", RELEASE == 4 ? "int(int)" : "int (int)", NULL) < 0) {
        return -1;
    }
#endif
#if RELEASE == 2
    if (add_capsule(module, "_another", "another", NULL) < 0) {
        return -1;
    }
#endif
    return add(module, "_C_API", "released._C_API", &table);
}

TARGET(released)
