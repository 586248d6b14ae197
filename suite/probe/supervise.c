// The host's part in a job: a process of its own for it, bounded in time and output, ended,
// swept, and answered for in raw bytes. Nothing here knows what the process does.
//
// In C because of what a fork costs: each page that the waiting host writes to while its
// child lives is copied. A host that stays out of Python until the next job touches ten.
// The target owns its process and may do anything in it, so nothing here trusts it: every
// wait has a deadline and every stream a cap.

#define PY_SSIZE_T_CLEAN
#include "supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif

enum {
    LOG_HEAD = 1 << 23,
    LOG_TAIL = 1 << 16,
    OUTPUT_TAIL = 1 << 12,
    QUIET = 5,      // milliseconds that a job has to itself before its streams are read
    GLANCE = 20,    // milliseconds between two looks at a process that holds its streams open
};

int64_t
now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

// Streams ---------------------------------------------------------------------------

void
keep(Stream *stream, const char *data, size_t size)
{
    size_t room = stream->head_room - stream->head_size;
    size_t first = size < room ? size : room;
    memcpy(stream->head + stream->head_size, data, first);
    stream->head_size += first;
    data += first;
    size -= first;
    if (size > stream->tail_room) {
        data += size - stream->tail_room;
        size = stream->tail_room;
    }
    size_t sum = stream->tail_size + size;
    size_t lost = sum > stream->tail_room ? sum - stream->tail_room : 0;
    memmove(stream->tail, stream->tail + lost, stream->tail_size - lost);
    stream->tail_size -= lost;
    memcpy(stream->tail + stream->tail_size, data, size);
    stream->tail_size += size;
}

static void
finish(Stream *stream)
{
    if (stream->fd >= 0) {
        close(stream->fd);
        stream->fd = -1;
    }
}

// Waits until a stream or `process` has something, and reads what is there. Returns whether
// a stream had something.
static int
collect(Host *host, int process, int milliseconds)
{
    Stream *streams[] = {&host->log, &host->output};
    struct pollfd polled[] = {
        {.fd = host->log.fd, .events = POLLIN},
        {.fd = host->output.fd, .events = POLLIN},
        {.fd = process, .events = POLLIN},
        {.fd = host->jobs, .events = 0},
    };
    int heard = 0;
    if (poll(polled, Py_ARRAY_LENGTH(polled), milliseconds) <= 0) {
        return 0;
    }
    host->abandoned = (polled[3].revents & (POLLHUP | POLLERR)) != 0;
    for (int i = 0; i < 2; i++) {
        if (polled[i].revents == 0) {
            continue;
        }
        ssize_t size = read(streams[i]->fd, host->chunk, CHUNK);
        heard = 1;
        if (size > 0) {
            keep(streams[i], host->chunk, (size_t)size);
        }
        else if (size == 0 || errno != EINTR) {
            finish(streams[i]);
        }
    }
    return heard;
}

// With their writers dead this cannot wait.
static void
drain(Host *host)
{
    while ((host->log.fd >= 0 || host->output.fd >= 0) && collect(host, -1, 0)) {
    }
    finish(&host->log);
    finish(&host->output);
}

// The process -----------------------------------------------------------------------

static int
process_handle(pid_t pid)
{
#ifdef SYS_pidfd_open
    return (int)syscall(SYS_pidfd_open, pid, 0);
#else
    (void)pid;
    return -1;      // poll ignores it, and we look now and then
#endif
}

// Whether it has ended; it stays a zombie, so that its process group cannot be another's.
static int
has_ended(pid_t pid)
{
    siginfo_t info = {.si_pid = 0};
    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid;
}

// Collects the streams until the process has ended; returns 0 if its time is up.
static int
watch(Host *host, pid_t pid, int64_t deadline)
{
    int process = process_handle(pid), pause = 1, ended = 0;
    if (process >= 0) {
        // A short job fits into the pipes: waking up for each record would double its cost.
        struct pollfd polled = {.fd = process, .events = POLLIN};
        poll(&polled, 1, QUIET);
    }
    while (!(ended = has_ended(pid))) {
        int64_t left = (deadline - now()) / 1000;
        if (left <= 0 || host->abandoned) {
            break;
        }
        int closed = host->log.fd < 0 && host->output.fd < 0;
        int limit = process >= 0 ? 1000 : closed ? pause : GLANCE;
        if (!collect(host, process, left < limit ? (int)left : limit)) {
            pause = pause < GLANCE ? pause + 1 : GLANCE;
        }
    }
    if (process >= 0) {
        close(process);
    }
    return ended;
}

// Kills what is left of the process group and, with the help of `sweep`, everything else.
static int
clean_up(Host *host, pid_t pid)
{
    int status = 0;
    kill(-pid, SIGKILL);
    kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    // As subreaper we are the parent of all orphans: no child, no stray.
    pid_t other;
    while ((other = waitpid(-1, NULL, WNOHANG)) > 0) {
    }
    if (other == 0) {
        PyGILState_STATE state = PyGILState_Ensure();
        PyObject *done = PyObject_CallObject(host->sweep, NULL);
        if (done == NULL) {
            PyErr_WriteUnraisable(host->sweep);
        }
        Py_XDECREF(done);
        PyGILState_Release(state);
    }
    return status;
}

End
supervise(Host *host, pid_t pid, int64_t begun, int64_t milliseconds)
{
    End end = {.killed = !watch(host, pid, begun + milliseconds * 1000)};
    end.status = clean_up(host, pid);
    drain(host);
    end.killed = end.killed && WIFSIGNALED(end.status);
    end.microseconds = now() - begun;
    return end;
}

static void
give_up(const char *what)
{
    log_record("{\"event\":\"not_started\"}\n");
    dprintf(2, "cannot start: %s: %s", what, strerror(errno));
    _exit(127);
}

// In the new process: its own session, our streams, and nothing else of ours.
static void
settle(Host *host, const int log[2], const int output[2])
{
    log_open(log[1]);
    setsid();
    if (dup2(output[1], 1) < 0 || dup2(output[1], 2) < 0 || dup2(log[1], host->log_fd) < 0
        || fcntl(host->log_fd, F_SETFD, FD_CLOEXEC) < 0) {
        give_up("streams");
    }
    const int ours[] = {log[0], log[1], output[0], output[1], host->jobs, host->answers};
    for (size_t i = 0; i < Py_ARRAY_LENGTH(ours); i++) {
        close(ours[i]);
    }
    log_open(host->log_fd);
}

// Forks with the interpreter's own preparations; returns 0 in the new process, -1 if there is none.
pid_t
start(Host *host)
{
    int log[2], output[2];
    if (pipe(log) < 0) {
        return -1;
    }
    if (pipe(output) < 0) {
        close(log[0]);
        close(log[1]);
        return -1;
    }
    PyOS_BeforeFork();
    pid_t pid = fork();
    if (pid == 0) {
        settle(host, log, output);
        PyOS_AfterFork_Child();
        return 0;
    }
    int failure = errno;
    PyOS_AfterFork_Parent();
    close(log[1]);
    close(output[1]);
    host->log.fd = log[0];
    host->output.fd = output[0];
    errno = failure;
    return pid;
}

// The buffers are no child's business, so no fork copies them; a stage has its own.
int
reserve(Host *host)
{
    size_t size = LOG_HEAD + LOG_TAIL + OUTPUT_TAIL + CHUNK;
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        return -1;
    }
#ifdef MADV_DONTFORK
    madvise(memory, size, MADV_DONTFORK);
#endif
    host->log = (Stream){.fd = -1, .head = memory, .head_room = LOG_HEAD,
                         .tail = memory + LOG_HEAD, .tail_room = LOG_TAIL};
    host->output = (Stream){.fd = -1, .head = memory, .tail = host->log.tail + LOG_TAIL,
                            .tail_room = OUTPUT_TAIL};
    host->chunk = host->output.tail + OUTPUT_TAIL;
    return 0;
}

void
forget(Host *host)
{
    if (host->log.head_size > CHUNK) {
        // A long log is rare, and its pages would make every fork to come dearer.
        madvise(host->log.head, LOG_HEAD, MADV_DONTNEED);
    }
    host->log.head_size = host->log.tail_size = host->output.tail_size = 0;
}
