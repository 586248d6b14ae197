//! role     = "consumer"
//! summary  = "Keeps the pointer that it imported, and not the capsule that frees what is there"
//! breaks   = [
//!   "lifetime::consumer_outlives_what_it_imported",
//!   "lifetime::consumer_reads_no_table_that_is_gone",
//! ]
//! by_name  = true
//! exercise = "lets_its_table_go.render(1.0)"
//! result   = 0.8414709848078965
//!
//! [[consumes]]
//! capsule = "heap_math._C_API"
//! trigger = "lets_its_table_go.render(1.0)"
//! failure = ["ImportError", "TypeError"]
//! [consumes.table]
//! layout  = ["ptr sin", "ptr cos", "ptr sqrt", "i32 version"]
//! version = "version"
//! current = 2
//! accepts = ">=2"

#define WANTED "heap_math._C_API"
#define OVERRIDE_KEEP_OWNER
#include "consumer.h"

static PyObject *
keep_owner(PyObject *Py_UNUSED(capsule))
{
    Py_RETURN_NONE;
}
