// The host's conversation with the runner: reads jobs, has each performed, and answers for it.
//
// Jobs that take the same modules for granted share a stage: a fork of the host that has
// imported them, so that their own processes need not. It answers the runner itself; the
// host hands it one line after the other, and never has more than one stage.

#define PY_SSIZE_T_CLEAN
#include "supervise.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

// A job: MILLISECONDS, FILES of fixtures, STAGE, and what to do, with tabs between them.
typedef struct {
    int64_t milliseconds;
    const char *files, *stage, *task;
} Job;

// The stage that there is, or the one that could not be set.
typedef struct {
    char *key;      // what it was asked to import, NULL if none was asked
    pid_t pid;      // 0 if it could not
    int lines;
} Stage;

static int
write_all(int fd, struct iovec *part, int count)
{
    while (count > 0) {
        ssize_t written = writev(fd, part, count);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return -1;
        }
        for (; count > 0 && (size_t)written >= part->iov_len; part++, count--) {
            written -= (ssize_t)part->iov_len;
        }
        if (count > 0) {
            part->iov_base = (char *)part->iov_base + written;
            part->iov_len -= (size_t)written;
        }
    }
    return 0;
}

static int
answer(Host *host, End end)
{
    char header[256];
    int size = snprintf(header, sizeof header,
                        "{\"status\":%d,\"killed\":%s,\"duration_us\":%lld,"
                        "\"log\":%zu,\"log_tail\":%zu,\"output\":%zu}\n",
                        end.status, end.killed ? "true" : "false", (long long)end.microseconds,
                        host->log.head_size, host->log.tail_size, host->output.tail_size);
    struct iovec parts[] = {
        {header, (size_t)size},
        {host->log.head, host->log.head_size},
        {host->log.tail, host->log.tail_size},
        {host->output.tail, host->output.tail_size},
    };
    if (write_all(host->answers, parts, Py_ARRAY_LENGTH(parts)) < 0) {
        return -1;
    }
    forget(host);
    return 0;
}

// Reads the next line into host->line and ends it with NUL; returns 0 at the end of input.
static int
next_line(Host *host)
{
    memmove(host->line, host->line + host->length, host->used - host->length);
    host->used -= host->length;
    for (;;) {
        char *end = memchr(host->line, '\n', host->used);
        if (end != NULL) {
            *end = '\0';
            host->length = (size_t)(end - host->line) + 1;
            return 1;
        }
        if (host->used == host->room) {
            char *larger = realloc(host->line, 2 * host->room + CHUNK);
            if (larger == NULL) {
                return 0;
            }
            host->line = larger;
            host->room = 2 * host->room + CHUNK;
        }
        ssize_t size = read(host->jobs, host->line + host->used, host->room - host->used);
        if (size == 0 || (size < 0 && errno != EINTR)) {
            return 0;
        }
        host->used += size > 0 ? (size_t)size : 0;
    }
}

// Has the files named in a job brought near, if they are others than the last job's. That
// freezes what there is, so a stage, whose modules must stay mortal, is asked for none.
static void
bring_near(Host *host, const char *files)
{
    if (*files == '\0' || (host->near != NULL && strcmp(host->near, files) == 0)) {
        return;
    }
    free(host->near);
    host->near = strdup(files);
    PyObject *done = PyObject_CallFunction(host->bring, "s", files);
    if (done == NULL) {
        PyErr_WriteUnraisable(host->bring);
    }
    Py_XDECREF(done);
}

// Cuts the line in its parts; returns 0 if it has not as many.
static int
parse(char *line, Job *job)
{
    char *files, *stage, *task;
    job->milliseconds = strtoll(line, &files, 10);
    if (*files != '\t' || (stage = strchr(files + 1, '\t')) == NULL
        || (task = strchr(stage + 1, '\t')) == NULL) {
        return 0;
    }
    *files++ = *stage++ = *task++ = '\0';
    job->files = files;
    job->stage = stage;
    job->task = task;
    return 1;
}

// Stages ------------------------------------------------------------------------------

// Ends the stage that there is: it has nothing to do, so the end of its input is enough.
static void
strike(Stage *stage)
{
    if (stage->pid > 0) {
        close(stage->lines);
        while (waitpid(stage->pid, NULL, 0) < 0 && errno == EINTR) {
        }
    }
    free(stage->key);
    *stage = (Stage){0};
}

// In the new process: imports, says whether it could, and from now on is the host.
static int
play(Host *host, const char *key, int lines, int ready)
{
    host->jobs = lines;
    host->length = host->used = 0;
    PyObject *done = reserve(host) < 0 ? PyErr_NoMemory()
                                       : PyObject_CallFunction(host->set, "s", key);
    // Why not is told by the jobs, which then import for themselves.
    int could = done != NULL && PyObject_IsTrue(done) == 1;
    Py_XDECREF(done);
    PyErr_Clear();
    could = could && write(ready, "!", 1) == 1;
    close(ready);
    return could;
}

// Waits for the word of a new stage.
static int
is_ready(int ready, int64_t milliseconds)
{
    struct pollfd polled = {.fd = ready, .events = POLLIN};
    char word;
    return poll(&polled, 1, (int)milliseconds) == 1 && read(ready, &word, 1) == 1;
}

// Makes a stage with these modules. Returns 1 in its process, 0 in the host.
static int
build(Host *host, Stage *stage, const Job *job)
{
    int lines[2], ready[2];
    stage->key = strdup(job->stage);
    if (stage->key == NULL || pipe(lines) < 0) {
        return 0;
    }
    if (pipe(ready) < 0) {
        close(lines[0]);
        close(lines[1]);
        return 0;
    }
    PyOS_BeforeFork();
    pid_t pid = fork();
    if (pid == 0) {
        PyOS_AfterFork_Child();
        setpgid(0, 0);
        close(lines[1]);
        close(ready[0]);
        if (!play(host, stage->key, lines[0], ready[1])) {
            _exit(1);
        }
        return 1;
    }
    PyOS_AfterFork_Parent();
    close(lines[0]);
    close(ready[1]);
    stage->pid = pid > 0 ? pid : 0;
    stage->lines = lines[1];
    if (pid < 0 || !is_ready(ready[0], job->milliseconds)) {
        if (pid > 0) {
            kill(-pid, SIGKILL);
            kill(pid, SIGKILL);
            waitpid(pid, NULL, 0);
        }
        close(lines[1]);
        stage->pid = 0;
    }
    close(ready[0]);
    return 0;
}

// Hands the job to the stage, which answers for it; returns 0 if it cannot.
static int
hand_over(const Stage *stage, const Job *job)
{
    char milliseconds[32];
    snprintf(milliseconds, sizeof milliseconds, "%lld\t", (long long)job->milliseconds);
    struct iovec parts[] = {
        {milliseconds, strlen(milliseconds)}, {(char *)job->files, strlen(job->files)},
        {"\t\t", 2}, {(char *)job->task, strlen(job->task)}, {"\n", 1},
    };
    return stage->pid > 0 && write_all(stage->lines, parts, Py_ARRAY_LENGTH(parts)) == 0;
}

// The conversation --------------------------------------------------------------------

// One job in a process of its own. Returns 1 in that process; -1 if nobody hears the answer.
static int
perform(Host *host, const Job *job)
{
    bring_near(host, job->files);
    int64_t begun = now();
    pid_t pid = start(host);
    if (pid == 0) {
        return 1;
    }
    End end = {.status = -1};
    if (pid > 0) {
        Py_BEGIN_ALLOW_THREADS
        end = supervise(host, pid, begun, job->milliseconds);
        Py_END_ALLOW_THREADS
    }
    else {
        const char *reason = strerror(errno);
        keep(&host->output, reason, strlen(reason));
    }
    return answer(host, end);
}

// One job after the other; returns the job in its own process, NULL when there are no more.
static const char *
converse(Host *host)
{
    Stage stage = {0};
    int is_stage = 0;
    for (;;) {
        int found, done;
        Job job;
        Py_BEGIN_ALLOW_THREADS
        found = next_line(host);
        Py_END_ALLOW_THREADS
        if (!found || !parse(host->line, &job)) {
            break;
        }
        if (*job.stage != '\0' && (stage.key == NULL || strcmp(stage.key, job.stage) != 0)) {
            strike(&stage);
            if (build(host, &stage, &job)) {
                is_stage = 1;
                continue;
            }
        }
        if (*job.stage != '\0' && hand_over(&stage, &job)) {
            continue;
        }
        if (stage.pid > 0) {
            // It would be taken for a stray of the job's process. Jobs come sorted, so this is its end anyway.
            strike(&stage);
        }
        if ((done = perform(host, &job)) != 0) {
            if (done > 0) {
                return job.task;
            }
            break;
        }
    }
    if (is_stage) {
        _exit(0);
    }
    strike(&stage);
    return NULL;
}

PyObject *
supervise_serve(PyObject *Py_UNUSED(module), PyObject *args)
{
    static Host host;
    if (!PyArg_ParseTuple(args, "iiiOOO:serve", &host.jobs, &host.answers, &host.log_fd,
                          &host.bring, &host.set, &host.sweep)) {
        return NULL;
    }
    if (reserve(&host) < 0) {
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    const char *task = converse(&host);
    if (task == NULL) {
        Py_INCREF(Py_None);
        return Py_None;
    }
    return PyBytes_FromString(task);
}
