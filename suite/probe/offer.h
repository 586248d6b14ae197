// What the files share that play the producer of a protocol.

#ifndef CAPSULE_OFFER_H
#define CAPSULE_OFFER_H

#include "probe.h"
#include "protocols.h"

#include <stdatomic.h>

enum { ROWS = 8, CPU = 1 };

// Stays when its block has gone, so that a second giving back finds out.
typedef struct {
    const char *what;
    void *block;
    atomic_int times;
} Owner;

// Zeros on guarded pages; NULL if there is no room.
void *blank(size_t size);

// NULL if there is no block, or no memory.
Owner *own(const char *what, void *block);

// Whether this is the first giving back; any other is recorded.
int is_first(Owner *owner);

// offer_arrow.c: 0 or an error number.
int fill_schema(ArrowSchema *schema);
int fill_column(ArrowArray *array);
int fill_device_column(ArrowDeviceArray *array);
int fill_stream(ArrowStream *stream, const char *state);

// How often a stream said that it failed.
extern atomic_int stream_failures;

#endif
