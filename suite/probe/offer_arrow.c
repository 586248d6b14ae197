// What the probe offers of Arrow: a schema, a column, a table of one column as a stream, which
// may fail as one does whose source breaks down.

#define PY_SSIZE_T_CLEAN
#include "offer.h"

#include <errno.h>
#include <string.h>

atomic_int stream_failures;

// One release callback, for children that may have been moved away and those that were not.
#define RELEASES(Type, function)                                               \
    static void                                                                \
    function(Type *self)                                                       \
    {                                                                          \
        Owner *owner = self->private_data;                                     \
        if (is_first(owner)) {                                                 \
            for (int64_t i = 0; i < self->n_children; i++) {                   \
                if (self->children[i]->release != NULL) {                      \
                    self->children[i]->release(self->children[i]);             \
                }                                                              \
            }                                                                  \
            guard_release(owner->block);                                       \
        }                                                                      \
        self->release = NULL;                                                  \
    }

RELEASES(ArrowSchema, release_schema)
RELEASES(ArrowArray, release_array)

typedef struct {
    ArrowSchema *children[1], child;
    char format[8], name[8];
} SchemaParts;

static int
fill_schema_with(ArrowSchema *schema, const char *format, int64_t flags)
{
    SchemaParts *parts = blank(sizeof *parts);
    Owner *owner = own("arrow_schema", parts);
    if (owner == NULL) {
        return ENOMEM;
    }
    strcpy(parts->format, format);
    strcpy(parts->name, "a");
    *schema = (ArrowSchema){.format = parts->format, .name = parts->name, .flags = flags,
                            .release = release_schema, .private_data = owner};
    return 0;
}

// Rows of one column of 64-bit numbers, which is what a table is.
int
fill_schema(ArrowSchema *schema)
{
    enum { NULLABLE = 2 };
    if (fill_schema_with(schema, "+s", 0) != 0) {
        return ENOMEM;
    }
    SchemaParts *parts = ((Owner *)schema->private_data)->block;
    parts->children[0] = &parts->child;
    schema->children = parts->children;
    schema->n_children = fill_schema_with(&parts->child, "l", NULLABLE) == 0;
    return schema->n_children == 1 ? 0 : ENOMEM;
}

typedef struct {
    const void *buffers[2];
    int64_t values[ROWS];
} Column;

int
fill_column(ArrowArray *array)
{
    Column *column = blank(sizeof *column);
    Owner *owner = own("arrow_array", column);
    if (owner == NULL) {
        return ENOMEM;
    }
    for (int i = 0; i < ROWS; i++) {
        column->values[i] = i;
    }
    column->buffers[1] = column->values;
    *array = (ArrowArray){.length = ROWS, .n_buffers = 2, .buffers = column->buffers,
                          .release = release_array, .private_data = owner};
    return 0;
}

typedef struct {
    const void *buffers[1];
    ArrowArray *children[1], child;
} Rows;

static int
fill_rows(ArrowArray *array)
{
    Rows *rows = blank(sizeof *rows);
    Owner *owner = own("arrow_array", rows);
    if (owner == NULL || fill_column(&rows->child) != 0) {
        return ENOMEM;
    }
    rows->children[0] = &rows->child;
    *array = (ArrowArray){.length = ROWS, .n_buffers = 1, .n_children = 1, .buffers = rows->buffers,
                          .children = rows->children, .release = release_array,
                          .private_data = owner};
    return 0;
}

// Where a stream fails, and whether it says why.
typedef struct {
    const char *state;
    int schema_fails, is_silent;
    int arrays;     // so many, then the end or a failure
    int next_fails;
} Course;

static const Course courses[] = {
    {"good", 0, 0, 2, 0},
    {"schema_fails", 1, 0, 2, 0},
    {"schema_fails_silently", 1, 1, 2, 0},
    {"next_fails", 0, 0, 0, 1},
    {"next_fails_silently", 0, 1, 0, 1},
    {"fails_later", 0, 0, 1, 1},
    {"fails_later_silently", 0, 1, 1, 1},
};

// Whoever asks for none of these gets a good stream.
static const Course *
course_named(const char *state)
{
    size_t i = Py_ARRAY_LENGTH(courses);
    while (--i > 0 && strcmp(courses[i].state, state) != 0) {
    }
    return &courses[i];
}

static Course *
course_of(ArrowStream *stream)
{
    return ((Owner *)stream->private_data)->block;
}

static int
fail(void)
{
    stream_failures++;
    return EIO;
}

static int
stream_schema(ArrowStream *self, ArrowSchema *out)
{
    return course_of(self)->schema_fails ? fail() : fill_schema(out);
}

static int
stream_next(ArrowStream *self, ArrowArray *out)
{
    Course *course = course_of(self);
    if (course->arrays > 0) {
        course->arrays--;
        return fill_rows(out);
    }
    out->release = NULL;    // the end
    return course->next_fails ? fail() : 0;
}

static const char *
stream_error(ArrowStream *self)
{
    return course_of(self)->is_silent ? NULL : "this stream was made to fail";
}

static void
release_stream(ArrowStream *self)
{
    Owner *owner = self->private_data;
    if (is_first(owner)) {
        guard_release(owner->block);
    }
    self->release = NULL;
}

int
fill_stream(ArrowStream *stream, const char *state)
{
    const Course *course = course_named(state);
    Owner *owner = own("arrow_array_stream", guard_place("payload", course, sizeof *course, 0));
    if (owner == NULL) {
        return ENOMEM;
    }
    *stream = (ArrowStream){.get_schema = stream_schema, .get_next = stream_next,
                            .get_last_error = stream_error, .release = release_stream,
                            .private_data = owner};
    return 0;
}

int
fill_device_column(ArrowDeviceArray *out)
{
    *out = (ArrowDeviceArray){.device_id = -1, .device_type = CPU};
    return fill_column(&out->array);
}
