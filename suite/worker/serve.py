"""Knows the host's conversation with the runner: configuration, readiness, jobs, answers."""

import gc
import json
import os
import sys

from capsule_worker import job, supervise, values


def serve(arguments):
    """Answers jobs until there are no more; in a forked child returns (job, probe) instead."""
    jobs, answers = take_streams()
    reader = open(jobs, "rb", closefd=False)
    config = json.loads(arguments[0] if arguments else reader.readline())
    try:
        probe = prepare(config)
    except BaseException as error:
        say(answers, {"ready": False, "raised": values.exception(error)})
        return None, None
    threads = supervise.count_threads()
    kept = supervise.children()
    say(answers, {"ready": True, "threads": threads})
    for line in iter(reader.readline, b""):
        task = json.loads(line)
        answer = supervise.run(task, config, (jobs, answers), threads, kept)
        if answer is None:
            return task, probe
        say(answers, answer)
    # What a preloaded module started belongs to no job, so it has lived until now.
    supervise.kill_children(set())
    return None, None


def take_streams():
    """Moves input and output to private descriptors, so that no target can read our jobs or write our answers."""
    jobs, answers = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.close(null)
    return jobs, answers


def prepare(config):
    """Does once what every child would otherwise do again."""
    forbid_core_files()
    probe = job.settle(config)
    probe.become_subreaper()
    job.preload(config.get("preload", ()))
    # What is here now is never garbage: a collection in a child need not visit, and so copy, the host's pages.
    gc.collect()
    if hasattr(gc, "freeze"):
        gc.freeze()
    return probe


def forbid_core_files():
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, OSError, ValueError):
        pass


def say(answers, message):
    data = json.dumps(message).encode() + b"\n"
    while data:
        data = data[os.write(answers, data):]
