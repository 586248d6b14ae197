//! role    = "consumer"
//! summary = "Compares signatures only as far as its own goes"
//! breaks  = ["version::consumer_refuses_what_its_policy_excludes"]
//!
//! [[consumes]]
//! capsule = "signed_math.sin"
//! name    = "double (double)"
//! trigger = "compares_signature_prefixes.render(1.0)"
//! failure = ["ImportError", "TypeError"]
//! [consumes.table]
//! layout  = []
//! accepts = "name"

#include "tables.h"

#define WANTED "signed_math.sin"
#define WANTED_NAME SIGNATURE
#define WANTED_TABLE LabelledTable
#define OVERRIDE_ACCEPT_TABLE
#define OVERRIDE_SINE
#define OVERRIDE_IMPORT_POINTER
#define OVERRIDE_AGREED_NAME
#include "consumer.h"
#include "label.h"

static const char *
agreed_name(PyObject *capsule)
{
    const char *found = PyCapsule_CheckExact(capsule) ? traced_get_name(capsule) : NULL;
    int fits = found != NULL && strncmp(found, WANTED_NAME, strlen(WANTED_NAME)) == 0;
    return fits ? found : NULL;
}

static int
accept_table(const LabelledTable *Py_UNUSED(function))
{
    return 0;
}

static MathFunction
sine(const LabelledTable *function)
{
    return (MathFunction)(uintptr_t)function;
}
