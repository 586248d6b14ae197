// What fast_math and its consumers agree on. The capsule's name stands for this layout.

#ifndef FAST_MATH_H
#define FAST_MATH_H

#include <stdint.h>

typedef double (*MathFunction)(double);

// Published as "<module>._C_API".
typedef struct {
    MathFunction sin;
    MathFunction cos;
    MathFunction sqrt;
    int32_t version;
} FastMathTable;

#define FAST_MATH_VERSION 2

// An opaque resource. Whoever owns it calls `release` on it, once.
typedef struct {
    int64_t magic;
    int64_t value;
    void (*release)(void *handle);
} DbHandle;

// A resource whose owner is whoever has `release` set. Moving one is copying it and
// clearing the `release` of the source; a batch that was released has it cleared too.
typedef struct Batch {
    void (*release)(struct Batch *batch);
    int64_t *resource;
} Batch;

#define BATCH_VALUE 7

#define DB_HANDLE_MAGIC INT64_C(0x44624861)
#define DB_HANDLE_VALUE 42

#endif
