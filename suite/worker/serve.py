"""Knows the host's conversation with the runner: configuration, readiness, jobs, answers.

A job is a line: its time in milliseconds, the files of its fixtures with colons between them, what a stage for it has to
import (JSON, or nothing), and the job as JSON, with tabs between the four. The probe reads it, gives the job a process and writes the answer: a line of JSON with the status and
the lengths of what follows, which is the log, the end of a log too long to keep, and the end of the output, as they are.
"""

import gc
import os
import sys
from importlib.machinery import PathFinder

from capsule_worker import job, records, supervise, values
from capsule_worker.steps import World

# What the probe calls back. Kept for ever, so that no job's process has to free it.
callbacks = []


def serve(text):
    """Answers jobs until there are no more; in the process of a job returns (job, probe) instead."""
    jobs, answers = take_streams()
    config = records.decode(text)
    try:
        probe = prepare(config)
    except BaseException as error:
        say(answers, {"ready": False, "raised": values.exception(error)})
        return None, None
    kept = supervise.children()
    say(answers, {"ready": True, "threads": supervise.count_threads()})
    keeps_garbage = bool(config.get("preload"))
    callbacks.extend([lambda files: bring_near(probe, files, keeps_garbage), lambda text: set_stage(probe, text),
                      lambda: supervise.sweep(kept)])
    task = probe.serve(jobs, answers, records.LOG, *callbacks)
    if task is None:
        # What a preloaded module started belongs to no job, so it has lived until now.
        supervise.sweep(set())
        return None, None
    task = records.decode(task.decode())
    if task.get("fresh"):
        supervise.execute(config, task)
    return task, probe


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
    rehearse(probe)
    gc.collect()
    freeze()
    # What a target leaves to the collector is for a job to find: nothing of it is collected or frozen here.
    job.preload(config.get("preload", ()))
    import_ahead(config.get("ahead", ()))
    return probe


def import_ahead(modules):
    """Imports what jobs would import each for itself; one that cannot be is left to them."""
    for module in modules:
        try:
            job.preload([module])
        except BaseException:
            pass


# What nearly every job does, with nothing that lasts.
REHEARSED = records.decode("""[
    {"as": "module", "do": "import", "args": {"module": "sys"}},
    {"as": "capsule", "do": "new", "by": "probe", "args": {"pointer": 1, "name": {"null": true}, "destructor": "none"}},
    {"as": "valid", "do": "is_valid", "by": "probe", "args": {"capsule": {"ref": "capsule"}, "name": {"text": "a.b"}}},
    {"as": "error", "do": "get_pointer", "by": "probe", "args": {"capsule": {"ref": "capsule"}, "name": {"text": "a.b"}}}
]""")


def rehearse(probe):
    """Does here what every child will do: the interpreter writes to code and caches on first use, and each child would
    have to copy those pages. The records go nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, records.LOG)
    probe.open_log(records.LOG)
    for _ in range(20):
        world = World(probe, {})
        records.own()
        for step in REHEARSED:
            world.perform(step)
    probe.open_log(-1)
    os.close(records.LOG)
    os.close(nowhere)


def freeze():
    """What is here now is never garbage: a collection in a child need not visit, and so copy, the host's pages."""
    if hasattr(gc, "freeze"):
        gc.freeze()


def forbid_core_files():
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, OSError, ValueError):
        pass


def bring_near(probe, files, keeps_garbage):
    """Maps the next jobs' fixtures and has the import system look at their folders; imports nothing."""
    files = [file for file in files.split(":") if file]
    for file in files:
        folder, name = os.path.split(file)
        PathFinder.find_spec(name.partition(".")[0], [folder])
    probe.map_only(files)
    if not keeps_garbage:
        freeze()


def set_stage(probe, text):
    """Imports what the jobs to come take for granted; false if they had better do so themselves. Nothing is frozen here:
    a job may forget these modules, and have the collector find them."""
    stage = records.decode(text)
    probe.become_subreaper()
    before = sys.path[:]
    sys.path[:0] = stage["path"]
    try:
        job.preload(stage["modules"])
    except BaseException:
        return False
    sys.path[:] = before
    return supervise.count_threads() == 1


def say(answers, message):
    data = records.encode(message).encode() + b"\n"
    while data:
        data = data[os.write(answers, data):]
