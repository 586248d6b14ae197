// The structs behind the capsules of two protocols, as their specifications give them:
// DLPack 1.0 (https://dmlc.github.io/dlpack/latest/c_api.html) and the Arrow C data and
// stream interfaces (https://arrow.apache.org/docs/format/CDataInterface.html).

#ifndef CAPSULE_PROTOCOLS_H
#define CAPSULE_PROTOCOLS_H

#include <stdint.h>

typedef struct {
    void *data;
    struct {
        int32_t type, id;
    } device;               // type 1 is the CPU
    int32_t ndim;
    struct {
        uint8_t code, bits;
        uint16_t lanes;
    } dtype;
    int64_t *shape, *strides;
    uint64_t byte_offset;
} Tensor;

typedef struct ManagedTensor {
    Tensor tensor;
    void *manager;
    void (*deleter)(struct ManagedTensor *self);
} ManagedTensor;

typedef struct VersionedTensor {
    struct {
        uint32_t major, minor;
    } version;
    void *manager;
    void (*deleter)(struct VersionedTensor *self);
    uint64_t flags;
    Tensor tensor;
} VersionedTensor;

typedef struct ArrowSchema {
    const char *format, *name, *metadata;
    int64_t flags, n_children;
    struct ArrowSchema **children, *dictionary;
    void (*release)(struct ArrowSchema *self);
    void *private_data;
} ArrowSchema;

typedef struct ArrowArray {
    int64_t length, null_count, offset, n_buffers, n_children;
    const void **buffers;
    struct ArrowArray **children, *dictionary;
    void (*release)(struct ArrowArray *self);
    void *private_data;
} ArrowArray;

typedef struct ArrowStream {
    int (*get_schema)(struct ArrowStream *self, ArrowSchema *out);
    int (*get_next)(struct ArrowStream *self, ArrowArray *out);
    const char *(*get_last_error)(struct ArrowStream *self);
    void (*release)(struct ArrowStream *self);
    void *private_data;
} ArrowStream;

// The device forms: https://arrow.apache.org/docs/format/CDeviceDataInterface.html
typedef struct {
    ArrowArray array;
    int64_t device_id;
    int32_t device_type;
    void *sync_event;
    int64_t reserved[3];
} ArrowDeviceArray;

typedef struct ArrowDeviceStream {
    int32_t device_type;
    int (*get_schema)(struct ArrowDeviceStream *self, ArrowSchema *out);
    int (*get_next)(struct ArrowDeviceStream *self, ArrowDeviceArray *out);
    const char *(*get_last_error)(struct ArrowDeviceStream *self);
    void (*release)(struct ArrowDeviceStream *self);
    void *private_data;
} ArrowDeviceStream;

#endif
