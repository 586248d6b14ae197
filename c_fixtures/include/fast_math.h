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

#define DB_HANDLE_MAGIC INT64_C(0x44624861)
#define DB_HANDLE_VALUE 42

#endif
