"""Knows how to do the world's own steps: imports, references, modules, threads, sub-interpreters.

Each `step_` function gets the raw arguments of its step. Where a reference counts, the function itself takes the
value out of the world's hands, so that no frame above holds it.
"""

import _thread
import gc
import importlib
import os
import sys
import time
import types

from capsule_worker import faults, paths, subinterpreter, synthetic
from capsule_worker.records import Unrecorded
from capsule_worker.values import class_name

KEEP = "kept_by_the_suite"


def step_import(world, module):
    import_module(world, module)
    # The module is not handed back: a label that holds it would keep it alive.


def import_module(world, module):
    imported = importlib.import_module(module)
    for role, participant in world.sides.items():
        if participant["module"] == module:
            world.bind(role, imported)


def step_fetch(world, path):
    return paths.fetch(path)


def step_eval(world, expression, module=None, modules=(), values=None):
    code = compile(expression, "<manifest>", "eval")
    spoken_of = set(names_in(code))
    # A class that the expression makes is of some module, like any other.
    names = {"sys": sys, "__name__": "__main__"}
    for name in [module, *modules] if module else modules:
        top = name.partition(".")[0]
        # Importing what the expression does not speak of could trip over a fault, or hide one.
        if top in spoken_of:
            import_module(world, name)
            names[top] = sys.modules[top]
    for name, value in (values or {}).items():
        names[name] = world.resolve(value)
    return eval(code, names)


def step_create(world, expression, module=None, modules=()):
    """A capsule from somebody's factory, whose destructor is watched from now on."""
    made = step_eval(world, expression, module, modules)
    if not world.probe.check_exact(made):
        raise TypeError("the factory returned an object of type %s" % class_name(type(made)))
    world.probe.watch(made)
    return made


def names_in(code):
    """Every name that an expression looks up, its lambdas and comprehensions included."""
    yield from code.co_names
    for constant in code.co_consts:
        if type(constant) is type(code):
            yield from names_in(constant)


def step_drop(world, value, pending=None):
    if pending is not None:
        error = None if pending == "none" else world.resolve({"exception": pending})
        return world.probe.drop_with_error([world.take(value)], error)
    # Not bound to a name: the reference ends here and nowhere later.
    world.take(value)


def step_collect(world):
    for _ in range(10):
        if not gc.collect():
            break


def step_churn(world):
    for _ in range(3):
        blocks = [b"\xdd" * size for size in range(16, 4096, 16) for _ in range(20)]
        del blocks


def step_unload(world, module):
    inside = module + "."
    for name in [name for name in sys.modules if name == module or name.startswith(inside)]:
        forgotten = sys.modules.pop(name)
        world.participants = {role: it for role, it in world.participants.items() if it is not forgotten}
        del forgotten
    parent, _, child = module.rpartition(".")
    if parent in sys.modules:
        vars(sys.modules[parent]).pop(child, None)


def step_loaded(world, module):
    return module in sys.modules


class Cycle:
    pass


def step_cycle(world, value):
    cycle = Cycle()
    cycle.itself = cycle
    cycle.value = world.take(value)


def step_hold(world, value, where):
    if where == "module":
        sys.modules[KEEP] = types.ModuleType(KEEP)
        setattr(sys.modules[KEEP], KEEP, world.take(value))
    elif where == "atexit":
        import atexit

        atexit.register(lambda held: None, world.take(value))
    elif where == "thread":
        _thread.start_new_thread(wait_for_ever, (world.take(value),))
    elif where == "leak":
        import ctypes

        ctypes.pythonapi.Py_IncRef(ctypes.py_object(world.take(value)))
    else:
        module = {"builtins": "builtins", "main": "__main__", "sys": "sys"}[where]
        setattr(sys.modules[module], KEEP, world.take(value))


def wait_for_ever(held):
    lock = _thread.allocate_lock()
    lock.acquire()
    lock.acquire()


def on_another_thread(function, *arguments):
    """What the function returns on a thread of its own."""
    outcome = []
    done = _thread.allocate_lock()

    def run():
        outcome.append(function(*arguments))
        done.release()

    done.acquire()
    _thread.start_new_thread(run, ())
    done.acquire()
    return outcome[0]


def step_module(world, name, raises=None, blocked=False, package=False, body=()):
    if blocked:
        sys.modules[name] = None
        return
    synthetic.define(name, raises, package, [lambda: [world.perform(step) for step in body]])


def step_attribute(world, of, name, getattr=False, **content):
    if "value" in content:
        content["value"] = world.resolve(content["value"])
    elif "raises" not in content:
        content["value"] = types.SimpleNamespace()
    module = of
    while "." in module and not synthetic.exists(module):
        module = module.rpartition(".")[0]
    synthetic.when_loaded(module, lambda: synthetic.set_attribute(paths.fetch(of), name, getattr, **content))


def step_fault(world, on, fault, aliases=(), module=None, back=None, **details):
    at_work = back and (lambda: come_back(world, *back))
    world.faults.setdefault(on, []).append(faults.inject(world.probe, on, fault, aliases, module, at_work, **details))


def come_back(world, consumer, trigger):
    """Has the consumer try, for a producer that can do without it."""
    try:
        import_module(world, consumer)
        if trigger != "import":
            step_eval(world, trigger, consumer)
    except Exception:
        pass


def step_repair(world, on):
    for fault in reversed(world.faults.pop(on, ())):
        fault.repair()


def step_forget(world, on, module=False, aliases=()):
    """Takes a capsule, or the module that holds it, out of its places; what others keep is theirs."""
    top = on.partition(".")[0]
    for place in [on] + [alias for alias in aliases if alias.partition(".")[0] == top]:
        if module:
            step_unload(world, paths.module_of(place))
        else:
            # Nobody keeps what would undo it, so that nothing holds the capsule.
            synthetic.replace(*paths.holder(place))


def step_carrier(world, methods):
    def method(value):
        return lambda self, *arguments, **options: value

    return type("Carrier", (), {name: method(world.resolve(value)) for name, value in methods.items()})()


def step_rounds(world, times, steps, seconds=None):
    """Of what grew in each half, the smaller part counts, and twice: what grows once for all is no leak."""
    # Nobody reads thousands of records, and writing them would cost more than the steps.
    with Unrecorded(world.probe):
        first = half_of_rounds(world, times // 2, steps, seconds)
        second = half_of_rounds(world, times - times // 2, steps, seconds)
    done = first["times"] + second["times"]
    # Slow rounds are fewer, and what they leak is told of as many as were wanted; of too few, only what was seen.
    counted = times if done * 10 >= times else done
    return {"times": done, "blocks": growth(first, second, "blocks", counted),
            "resident": growth(first, second, "resident", done)}


def half_of_rounds(world, times, steps, seconds):
    until = None if seconds is None else time.monotonic() + seconds / 2
    before, done = memory(), 0
    while done < times and (until is None or done == 0 or time.monotonic() < until):
        for step in steps:
            world.call(step)
        done += 1
    grown = [None if None in pair else pair[1] - pair[0] for pair in zip(before, memory())]
    return {"times": done, "blocks": grown[0], "resident": grown[1]}


def growth(first, second, what, rounds):
    """What so many rounds add, by the better of two halves; none where it cannot be told."""
    if first[what] is None or second[what] is None:
        return None
    return int(min(half[what] * rounds / max(half["times"], 1) for half in (first, second)))


def memory():
    """Allocated blocks and resident bytes, each None where it cannot be told."""
    gc.collect()
    blocks = getattr(sys, "getallocatedblocks", lambda: None)()
    try:
        with open("/proc/self/statm") as file:
            resident = int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        resident = None
    return blocks, resident


def step_race(world, steps, threads=2, times=1):
    import threading

    start = threading.Barrier(threads)
    outcome = {"returned": 0, "raised": {}, "values": []}
    counting = threading.Lock()

    def run():
        for _ in range(times):
            start.wait()
            kind = result = None
            try:
                for step in steps:
                    result = world.call(step)
            except BaseException as error:
                kind = class_name(type(error))
            with counting:
                if kind is None:
                    outcome["returned"] += 1
                    outcome["values"].append(result)
                else:
                    outcome["raised"][kind] = outcome["raised"].get(kind, 0) + 1

    running = [threading.Thread(target=run) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return outcome


BOOT = """
import sys
package = type(sys)("capsule_worker")
package.__path__ = {package!r}
sys.modules["capsule_worker"] = package
sys.path[:] = {path!r}
sys.dont_write_bytecode = True
from capsule_worker import job
job.perform_inside({task!r}, {probe!r})
"""


def step_inside(world, steps, own_lock=False, participants=None):
    import capsule_worker

    task = {"steps": steps, "participants": participants or {}}
    code = BOOT.format(package=capsule_worker.__path__, path=sys.path, task=task, probe=world.probe.__file__)
    subinterpreter.run(code, world.resolve(own_lock))


def step_threads(world):
    from capsule_worker import supervise

    return supervise.count_threads()


def step_os_exit(world, status):
    os._exit(status)
