// Its destructor forgets the handle.

#include "opener.h"

static void
end_nothing(PyObject *Py_UNUSED(capsule))
{
}

OPENS_WITH(end_nothing)
OPENER(opens_and_never_closes)
