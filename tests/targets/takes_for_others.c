// A library that is no module: somebody else's code asks it to take a capsule.

#include <Python.h>

__attribute__((visibility("default"))) void *
take_for_others(void)
{
    void *table = PyCapsule_Import("datetime.datetime_CAPI", 0);
    return table;
}
