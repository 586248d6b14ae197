// Tables that carry their version in other ways than fast_math does.

#ifndef TABLES_H
#define TABLES_H

#include <stddef.h>
#include <stdint.h>

#include "fast_math.h"

// Append-only: the size says which fields there are. `tan` may be NULL.
typedef struct {
    size_t size;
    MathFunction sin;
    MathFunction cos;
    MathFunction sqrt;
    MathFunction tan;
} SizedTable;

// The first three fields are for ever; what follows is the business of one major version.
typedef struct ChainedTable {
    uint32_t major;
    uint32_t minor;
    const struct ChainedTable *older;   // of an earlier major version, or NULL
    MathFunction sin;
    MathFunction cos;
    MathFunction sqrt;
} ChainedTable;

#define CHAINED_MAJOR 3
#define CHAINED_MINOR 14

// One word for both parts of the version: the major one is above 16 bits.
typedef struct {
    uint32_t version;
    MathFunction sin;
    MathFunction cos;
    MathFunction sqrt;
} PackedTable;

#define PACKED_MAJOR 5
#define PACKED_MINOR 21
#define PACKED_VERSION (UINT32_C(5) << 16 | 21)

// The third version added `tan`.
typedef struct {
    uint32_t version;
    MathFunction sin;
    MathFunction cos;
    MathFunction sqrt;
    MathFunction tan;
} GrownTable;

#define GROWN_OLDEST 2
#define GROWN_TAN 3
#define GROWN_VERSION 3
#define GROWN_NEWEST 4

// No version at all: the capsule's name stands for the layout.
typedef struct {
    MathFunction sin;
    MathFunction cos;
    MathFunction sqrt;
} LabelledTable;

#define LABEL "math table, layout 7"
#define SIGNATURE "double (double)"

#endif
