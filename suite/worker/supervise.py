"""Knows how a job's process is started, bounded, ended and described; nothing of what it does.

The target owns its process and may do anything in it, so nothing here trusts it: every wait has a deadline, every
stream a cap, and whatever the process left running is killed before the answer goes out.
"""

import marshal
import os
import select
import signal
import sys
import time
import warnings

from capsule_worker import records
from capsule_worker.collected import Collected

OUTPUT = 4096
CHUNK = 16 * 1024
QUIET = 5


def run(job, config, private, threads, kept):
    """The answer to a job; None in the child, which has to perform it."""
    answer = {"id": job.get("id"), "records": [], "end": "not started", "output": "", "duration_us": 0,
              "killed_by_us": False, "strays": 0, "threads": 1 if job.get("fresh") else threads}
    begun = time.perf_counter()
    try:
        pid, log, capture = start(job, config, private, threads)
    except OSError as error:
        answer["output"] = "cannot start a process: %s" % error
        return answer
    if pid == 0:
        return None
    collected, output = Collected(), Tail()
    streams = {log: collected, capture: output}
    status = watch(pid, streams, time.monotonic() + job.get("timeout", 20.0))
    killed = status is None
    if killed:
        status = kill(pid)
    answer["strays"] = sweep(pid, kept)
    drain(streams)
    answer["duration_us"] = int((time.perf_counter() - begun) * 1e6)
    answer["killed_by_us"] = killed and os.WIFSIGNALED(status)
    found = collected.records()
    answer["end"] = describe(status, found, answer["killed_by_us"], job.get("fresh", False))
    answer["records"] = [record for record in found if record.get("event") != "started"]
    answer["output"] = output.text()
    return answer


def start(job, config, private, threads):
    """Forks; in the child connects the streams, and for a fresh job turns it into a new interpreter."""
    fresh = job.get("fresh", False)
    pipes = []
    try:
        task = hand_over(config, job) if fresh else None
        log, log_end = pipe(pipes)
        capture, capture_end = pipe(pipes)
        pid = fork(threads)
    except OSError:
        close(pipes)
        raise
    if pid == 0:
        try:
            os.setsid()
            os.dup2(capture_end, 1)
            os.dup2(capture_end, 2)
            os.dup2(log_end, records.LOG, fresh)
            close(pipes)
            close(private)
            if fresh:
                execute(job, task)
        except BaseException as error:
            records.own()
            records.write({"event": "not_started"})
            os.write(2, ("cannot start: %s" % error).encode())
            os._exit(127)
        return 0, None, None
    os.close(log_end)
    os.close(capture_end)
    if fresh:
        os.close(task)
    return pid, log, capture


def fork(threads):
    if threads == 1:
        return os.fork()
    with warnings.catch_warnings():
        # The runner knows the thread count from our first line and chose to fork nevertheless.
        warnings.simplefilter("ignore")
        return os.fork()


def pipe(pipes):
    ends = os.pipe()
    pipes += ends
    return ends


def close(descriptors):
    for descriptor in descriptors:
        os.close(descriptor)


def hand_over(config, job):
    """The job in an unnamed file: a pipe would block on a long one if the new interpreter never reads."""
    if hasattr(os, "memfd_create"):
        file = os.memfd_create("job", 0)
    else:
        import tempfile

        with tempfile.TemporaryFile() as named:
            file = os.dup(named.fileno())
        os.set_inheritable(file, True)
    data = marshal.dumps([config, job])
    while data:
        data = data[os.write(file, data):]
    os.lseek(file, 0, os.SEEK_SET)
    return file


def execute(job, task):
    host = os.path.join(os.path.dirname(os.path.abspath(__file__)), "host.py")
    command = [sys.executable, *job.get("flags", ()), host, "--job", str(task)]
    os.execve(sys.executable, command, {**os.environ, **job.get("env", {})})


class Tail:
    """The last few kilobytes of what a process printed."""

    def __init__(self):
        self.bytes = b""

    def add(self, data):
        self.bytes = (self.bytes + data)[-OUTPUT:] if len(data) < OUTPUT else data[-OUTPUT:]

    def text(self):
        return self.bytes.decode("utf-8", "replace")


def watch(pid, streams, deadline):
    """Collects the streams until the process is gone; its status, or None when time is up."""
    await_quietly(*streams)
    poller = select.poll()
    for stream in streams:
        poller.register(stream, select.POLLIN)
    pause = 0.00002
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            return None
        if streams:
            # The streams close when the process ends, unless a process it started holds them: so look now and then.
            ready = poller.poll(min(left, 0.02) * 1000)
            collect(ready, poller, streams)
            if ready and streams:
                continue
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return status
        if not streams:
            time.sleep(min(pause, left))
            pause = min(pause * 2, 0.02)


def await_quietly(log, _):
    """Gives a short job, which fits into the pipes, the time to end: waking up for every record would double its cost."""
    poller = select.poll()
    poller.register(log, 0)
    poller.poll(QUIET)


def collect(ready, poller, streams):
    """Reads what is there; a stream that is at its end is closed and forgotten."""
    for stream, event in ready:
        data = os.read(stream, CHUNK) if event & select.POLLIN else b""
        if data:
            streams[stream].add(data)
        else:
            poller.unregister(stream)
            os.close(stream)
            del streams[stream]


def drain(streams):
    """Reads what is still in the pipes; with their writers dead this cannot wait."""
    poller = select.poll()
    for stream in streams:
        poller.register(stream, select.POLLIN)
    while streams:
        ready = poller.poll(0)
        if not ready:
            break
        collect(ready, poller, streams)
    close(streams)


def kill(pid):
    send_kill(os.killpg, pid)
    send_kill(os.kill, pid)
    return os.waitpid(pid, 0)[1]


def send_kill(send, pid):
    try:
        send(pid, signal.SIGKILL)
    except OSError:
        pass


def sweep(pid, kept):
    """Kills what the process left behind and counts it; as subreaper we are the parent of all its orphans."""
    send_kill(os.killpg, pid)
    return kill_children(kept)


def kill_children(kept):
    """Kills every child of ours but those kept, and counts them."""
    strays = 0
    until = time.monotonic() + 5
    while time.monotonic() < until:
        try:
            ended, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            break
        if ended:
            strays += 1
            continue
        left = children() - kept
        if not left:
            break
        for stray in left:
            send_kill(os.kill, stray)
        time.sleep(0.001)
    return strays


def children():
    """Our child processes, dead ones we did not wait for included."""
    found = set()
    try:
        for thread in os.listdir("/proc/self/task"):
            with open("/proc/self/task/%s/children" % thread) as file:
                found.update(int(pid) for pid in file.read().split())
    except OSError:
        pass
    return found


def count_threads():
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        import threading

        return threading.active_count()


def describe(status, found, killed, fresh):
    """How the process ended. `returned` needs its own word for it: an exit nobody announced is a silent one."""
    events = {record.get("event"): record for record in found}
    if killed:
        return "timeout"
    if os.WIFSIGNALED(status):
        return "signal " + signal_name(os.WTERMSIG(status))
    code = os.WEXITSTATUS(status)
    if "not_started" in events or (fresh and "started" not in events):
        return "not started"
    last = events.get("left") or ("finalized" in events and events.get("shutting_down"))
    if not last or ("left" in events and code != last.get("code", 0)):
        return "silent exit %d" % code
    return "exit %d" % code if code or "code" in last else "returned"


def signal_name(number):
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)
