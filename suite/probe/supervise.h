// What the two files of the host's part share.

#ifndef CAPSULE_SUPERVISE_H
#define CAPSULE_SUPERVISE_H

#include "probe.h"

#include <sys/types.h>

enum { CHUNK = 1 << 16 };

// What is kept of a stream: its first bytes, and its last ones, which tell how it ended.
typedef struct {
    int fd;     // -1 once it is at its end
    char *head, *tail;
    size_t head_size, tail_size;
    size_t head_room, tail_room;
} Stream;

typedef struct {
    PyObject *sweep;    // kills what a process left behind
    PyObject *bring;    // brings the files of fixtures near, so that a job need not map them
    PyObject *set;      // imports what the jobs of a stage take for granted
    int jobs, answers, log_fd;
    int abandoned;      // nobody will hear the answers any more
    Stream log, output;
    char *chunk;
    // The line that was read last and what follows it.
    char *line, *near;
    size_t length, used, room;
} Host;

// How a process ended.
typedef struct {
    int status;
    int killed;     // by us, as its time was up
    int64_t microseconds;
} End;

// supervise.c: one job in a process of its own.
int64_t now(void);
int reserve(Host *host);
void forget(Host *host);
void keep(Stream *stream, const char *data, size_t size);
pid_t start(Host *host);
End supervise(Host *host, pid_t pid, int64_t begun, int64_t milliseconds);

#endif
