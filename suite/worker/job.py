"""Knows the course of one job: surroundings, participants, steps, and one of two ends."""

import gc
import importlib
import importlib.util
import os
import sys
from importlib.machinery import ExtensionFileLoader

from capsule_worker import records, values
from capsule_worker.steps import World

_exit = os._exit


def receive(file):
    """The configuration and the job of a fresh interpreter."""
    with open(file, encoding="ascii") as source:
        config, task = records.decode(source.read())
    os.set_inheritable(records.LOG, False)
    task["preload"] = [*config.get("preload", ()), *task.get("preload", ())]
    return config, task


def settle(config):
    """What an interpreter does before its first job; returns the probe. From now on no import writes bytecode."""
    sys.dont_write_bytecode = True
    sys.path[:0] = config.get("path", ())
    # What a target printed before it crashed is worth seeing.
    sys.stdout.reconfigure(line_buffering=True)
    return load_probe(config["probe"])


def load_probe(file):
    name = "capsule_probe"
    loader = ExtensionFileLoader(name, file)
    probe = importlib.util.module_from_spec(importlib.util.spec_from_file_location(name, file, loader=loader))
    loader.exec_module(probe)
    sys.modules[name] = probe
    return probe


def preload(modules):
    for module in modules:
        importlib.import_module(module)


def perform(task, probe):
    """Performs a job in its own process. Returns, if at all, to end by an orderly interpreter shutdown."""
    records.own()
    probe.open_log(records.LOG)
    if task.get("env"):
        os.environ.update(task["env"])
    sys.path[:0] = task.get("path", ())
    values.classes = task.get("classes", ())
    world = World(probe, task.get("participants", {}))
    if task.get("fresh"):
        records.write({"event": "started"})
    op = task.get("op", "steps")
    if op == "inventory":
        from capsule_worker import inventory

        inventory.take(world, task)
    elif op == "trace":
        from capsule_worker import trace

        trace.take(world, task)
    else:
        perform_steps(world, task)
    finish(world, task.get("finish", "leave"))


def preload_in_job(world, task):
    """Imports what the host of a fork has imported long ago."""
    for module in task.get("preload", ()):
        if module not in sys.modules:
            bring(world, "preload %s" % module, module)


def perform_steps(world, task):
    preload_in_job(world, task)
    for role, participant in world.sides.items():
        if not participant.get("lazy"):
            bring(world, role, participant["module"])
    if "others" in task:
        perform_in_turn(world, [task["steps"], *task["others"]])
    else:
        for step in task["steps"]:
            if world.exit_code is not None:
                break
            world.perform(step)
    world.settle()


# What these do is the same for whoever asks: once is enough for all.
SHARED = ("collect", "churn")


def perform_in_turn(world, members):
    """Performs the same verbs for several members of a crowd, each with values of its own: the first step of all, the
    second of all, and so on. A record says whose turn it is, or that what follows is everyone's."""
    places = [({}, set()) for _ in members]
    for steps in zip(*members):
        if steps[0]["do"] in SHARED:
            records.write({"event": "turn"})
            world.perform(steps[0])
            continue
        for index, step in enumerate(steps):
            records.write({"event": "turn", "of": index})
            world.values, world.returned = places[index]
            world.perform(step)
            if world.exit_code is not None:
                return
    records.write({"event": "turn"})


def bring(world, label, module):
    """Imports what a job takes for granted: recorded as a step of its own, so that a crash in it has a name."""
    world.perform({"as": "(%s)" % label, "do": "import", "args": {"module": module}})


def finish(world, how):
    end = {"event": "shutting_down" if how == "shutdown" else "left"}
    if world.exit_code is not None:
        end["code"] = world.exit_code
    flush()
    records.write(end)
    if how != "shutdown":
        _exit(world.exit_code or 0)
    world.forget()
    if hasattr(gc, "unfreeze"):
        gc.unfreeze()
    raise SystemExit(world.exit_code or 0)


def flush():
    """Python's own buffers are lost when a process leaves at once; the target may have replaced them by anything."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:
            pass


def perform_inside(task, probe):
    """Performs steps in a sub-interpreter, which has a probe and participants of its own."""
    records.own()
    world = World(load_probe(probe), task["participants"])
    perform_steps(world, task)
    world.forget()
