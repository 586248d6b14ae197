//! role    = "consumer"
//! summary = "Copies the whole table before it looks at the version"
//! breaks  = [
//!   "version::consumer_decides_before_it_reads_on",
//!   "version::consumer_survives_a_refusable_table",
//! ]
//!
//! [[consumes]]
//! capsule = "packed_math._C_API"
//! trigger = "copies_before_the_check.render(1.0)"
//! failure = ["ImportError", "TypeError"]
//! [consumes.table]
//! layout  = ["u32 version", "ptr sin", "ptr cos", "ptr sqrt"]
//! version = "version"
//! split   = 16
//! current = [5, 21]
//! accepts = "==5.21"

// Corrected in mypyc: https://github.com/python/mypy/pull/21311

#include "tables.h"

#define WANTED "packed_math._C_API"
#define WANTED_TABLE PackedTable
#define OVERRIDE_ACCEPT_TABLE
#include "consumer.h"
#include "policy.h"

static int
accept_table(const PackedTable *original)
{
    // Volatile, or the compiler reads no more of it than is used.
    PackedTable copy;
    for (size_t i = 0; i < sizeof copy; i++) {
        ((char *)&copy)[i] = ((const volatile char *)original)[i];
    }
    const PackedTable *table = &copy;
    if (table->version != PACKED_VERSION) {
        return wrong_version(PACKED_MAJOR, PACKED_MINOR, table->version >> 16,
                             table->version & 0xffff);
    }
    return need_functions(table->sin, table->cos, table->sqrt);
}
