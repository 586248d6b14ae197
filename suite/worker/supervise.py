"""Knows what a host must do outside the probe: start a fresh interpreter, and find and kill what a job left behind."""

import os
import sys
import time

from capsule_worker import records

KILL = 9


def execute(config, job):
    """Turns the process of a job into a new interpreter that performs it."""
    try:
        host = os.path.join(os.path.dirname(os.path.abspath(__file__)), "host.py")
        command = [sys.executable, *job.get("flags", ()), host, "--job", str(hand_over(config, job))]
        os.set_inheritable(records.LOG, True)
        os.execve(sys.executable, command, {**os.environ, **job.get("env", {})})
    except BaseException as error:
        records.own()
        records.write({"event": "not_started"})
        os.write(2, ("cannot start: %s" % error).encode())
        os._exit(127)


def hand_over(config, job):
    """The job in an unnamed file: a pipe would block on a long one if the new interpreter never reads."""
    if hasattr(os, "memfd_create"):
        file = os.memfd_create("job", 0)
    else:
        import tempfile

        with tempfile.TemporaryFile() as named:
            file = os.dup(named.fileno())
        os.set_inheritable(file, True)
    data = records.encode([config, job]).encode()
    while data:
        data = data[os.write(file, data):]
    os.lseek(file, 0, os.SEEK_SET)
    return file


def sweep(kept):
    """Kills what a process left behind; as subreaper we are the parent of all its orphans."""
    until = time.monotonic() + 5
    while time.monotonic() < until:
        left = children() - kept
        if not left:
            break
        for stray in left:
            send_kill(stray)
        time.sleep(0.001)
        reap(left)


def send_kill(pid):
    try:
        os.kill(pid, KILL)
    except OSError:
        pass


def reap(pids):
    for pid in pids:
        try:
            os.waitpid(pid, os.WNOHANG)
        except OSError:
            pass


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
