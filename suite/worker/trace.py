"""Knows how to let a module be watched: every capsule call of every object, from its import to the end of its exercises.

A job {"op": "trace", "module": m, "expressions": [text, …], "named": [module, …]} starts the tracer, imports the module,
evaluates the expressions in turn, and looks where the capsules are kept by then. The probe records {"event": "object"} for
each loaded object that has such calls, {"event": "extension"} for each extension before it is loaded, and {"event":
"traced"} for each call, once it is over; this module {"event": "tracing"} with the reason if there is no tracer, and
{"event": "kept"} for each place of a capsule in a module's dictionary, or in one kept there. Addresses are to be compared.
"""

import sys

from capsule_worker import job, values
from capsule_worker.records import Unrecorded, write

_attributes = type(sys).__dict__["__dict__"].__get__


def take(world, task):
    module = task["module"]
    built_in = module in sys.builtin_module_names
    write({"event": "tracing", "unseen": world.probe.trace(), "built_in": built_in})
    job.preload_in_job(world, task)
    steps = [{"do": "import", "as": "import", "args": {"module": module}}]
    for expression in task.get("expressions", ()):
        arguments = {"expression": expression, "modules": task.get("named", ())}
        steps.append({"do": "eval", "as": expression, "args": arguments})
    for step in steps:
        if world.exit_code is None:
            world.perform(step)
        if module not in sys.modules:
            return
    with Unrecorded(world.probe):
        capsule = type(world.probe.new(1, None))
        places = [place for name in sorted(sys.modules) if name != "__main__" for place in kept_in(name, capsule)]
    for place in places:
        write(place)


def kept_in(name, capsule):
    """The capsules of one module; nothing of its own runs for it."""
    module = sys.modules[name]
    # Asked of the type: an object that stands for a module may answer for itself.
    if not issubclass(type(module), type(sys)):
        return
    for key, value in list(_attributes(module).items()):
        if type(key) is not str:
            continue
        path = "%s.%s" % (name, key)
        if type(value) is capsule:
            yield place(value, path, "attribute")
        elif type(value) is dict and value is not _attributes(module):
            for inner, item in list(value.items()):
                if type(item) is capsule and type(inner) is str:
                    yield place(item, "%s.%s" % (path, inner), "dict")


def place(capsule, path, how):
    return {"event": "kept", "capsule": id(capsule), "path": values.text(path), "how": how}
