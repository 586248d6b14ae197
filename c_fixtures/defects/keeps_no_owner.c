//! role    = "consumer"
//! summary = "Keeps the pointer and lets the capsule go"
//! breaks  = [
//!   "lifetime::call_keeps_what_it_uses",
//!   "lifetime::consumer_keeps_what_it_uses",
//!   "lifetime::consumer_outlives_the_attribute",
//! ]
//!
//! [[consumes]]
//! name    = "mydb.handle"
//! call    = "keeps_no_owner.take({capsule}, b'mydb.handle', 'handle')"
//! good    = "fast_math.make('handle', b'mydb.handle', None, True, False)"
//! after   = "keeps_no_owner.use(result)"
//! failure = ["TypeError"]

// As in https://github.com/python/cpython/issues/111784.

#define OVERRIDE_KEEP_OWNER
#include "consumer.h"

static PyObject *
keep_owner(PyObject *Py_UNUSED(capsule))
{
    Py_INCREF(Py_None);
    return Py_None;
}
