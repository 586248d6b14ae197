"""Knows the steps: who performs which, with which arguments, and what is recorded about each.

A step is {"as": label, "do": verb, "by": actor, "args": {…}, "thread": "other", "handling": exception, "if": label,
"unless": label}: on another thread, while that exception is being handled, left out unless, or if, the step of that label
returned. Without `by` it is
one of the world's:

    step       fields                                       phase   what it does
    import     module                                       import  imports; binds the participant that lives there
    fetch      path                                         make    the object at an attribute path, importing on the way
    eval       expression, module | modules, values         use     a Python expression; `values` binds names to labels
    create     expression, module | modules                 make    the capsule that a factory's expression makes
    drop       value, pending                               drop    gives up a label's reference; pending: from C, with that error
                                                                    set or with `none`; what is pending then
    collect                                                 drop    runs the cyclic collector until it finds nothing
    churn                                                   use     allocates and frees a lot, so that freed memory is reused
    unload     module                                       drop    forgets a module and its sub-modules, participants too
    loaded     module                                       import  whether the module is in sys.modules
    cycle      value                                        drop    moves the value into a garbage cycle
    hold       value, where                                 exit    moves the value to builtins, main, sys, module, atexit,
                                                                    thread (a daemon's local) or leak (no owner at all)
    module     name, raises, blocked, package, body         import  defines a synthetic module; `body` are steps it performs
    attribute  of, name, value | raises, getattr            import  gives a module or object an attribute, a raising one,
                                                                    or, with neither, a plain namespace
    fault      on, fault, aliases, module, …                import  makes a capsule fail (faults.py lists how)
    forget     on, module, aliases                          drop    takes a capsule, or its module, out of the producer's places
    repair     on                                           retry   undoes that fault
    carrier    methods                                      make    an object whose named methods return the given values
    rounds     times, steps, seconds                        use     steps over and over, unrecorded; {times, blocks, resident}
    race       threads, times, steps                        use     steps on several threads at once; {returned, raised, values}
    inside     own_lock, steps, participants                use     steps in a sub-interpreter of their own, then its end
    threads                                                 use     how many threads this process has
    os_exit    status                                       exit    leaves without a word

An argument is a JSON scalar or list, or one of: {"text": s} {"hex": h} {"repeat": s, "times": n} bytes; {"null": true} no
name; {"ref": label, "path": […], "move": true} what a step returned, or a part of it, given away if moved;
{"exception": name} a builtin class; {"object": "NULL"} the probe's NULL.
"""

import builtins

from capsule_worker import values, world
from capsule_worker.records import write



class Missing(Exception):
    """What a step needs was never made, because an earlier step failed."""


class World:
    """What one job has: the probe, its participants, and what its steps returned, by label."""

    def __init__(self, probe, participants):
        self.probe = probe
        self.sides = participants    # role -> {"module": …}
        self.participants = {}          # role -> module, once imported
        self.values = {}
        self.returned = set()           # the labels of the steps that did
        self.faults = {}
        self.exit_code = None           # set by a step that raised SystemExit

    def bind(self, role, module):
        self.participants[role] = module
        # Somebody's module may have a function of that name, which is about something else.
        if self.sides[role].get("fixture", True) and hasattr(module, "bind"):
            module.bind(self.probe.instrument())

    def settle(self):
        """Tells of the faults that never took effect."""
        for faults in self.faults.values():
            for fault in faults:
                fault.settle()

    def forget(self):
        """Gives up every reference, as the end of a program would."""
        self.values.clear()
        self.participants.clear()
        self.faults.clear()

    def perform(self, step):
        """Performs one step between its two records."""
        label = step.get("as") or step["do"]
        if "if" in step and step["if"] not in self.returned or step.get("unless") in self.returned:
            return
        write({"event": "begin", "step": label})
        if step.get("thread") == "other":
            outcome = world.on_another_thread(self.attempt, step)
        else:
            outcome = self.attempt(step)
        if "returned" in outcome:
            self.returned.add(label)
        # By now every reference that the step held is gone, the exception and its frames included.
        write({"event": "end", "step": label, **outcome})

    def attempt(self, step):
        if "handling" in step:
            return self.attempt_handling(step)
        try:
            return {"returned": values.plain(self.call(step))}
        except Missing as missing:
            return {"skipped": "needs `%s`" % missing}
        except BaseException as error:
            if isinstance(error, SystemExit):
                self.exit_code = exit_code(error)
            return {"raised": values.exception(error)}

    def attempt_handling(self, step):
        """Attempts a step as a program does that comes back to its capsules after something failed."""
        step = dict(step)
        try:
            raise getattr(builtins, step.pop("handling"))
        except BaseException:
            return self.attempt(step)

    def call(self, step):
        """Performs one step, keeps its result under its label, and returns it."""
        actor, verb, given = step.get("by", "world"), step["do"], step.get("args", {})
        if actor == "world":
            result = getattr(world, "step_" + verb)(self, **given)
        else:
            participant = self.actor(actor)
            if not hasattr(participant, verb):
                write({"event": "no_verb", "module": participant.__name__, "verb": verb})
                raise Missing(verb)
            function = getattr(participant, verb)
            # The runner writes them in the order of the call, with what was left out filled in.
            result = function(*[self.argument(field, value) for field, value in given.items()])
        if "as" in step:
            self.values[step["as"]] = result
        return result

    def actor(self, role):
        if role == "probe":
            return self.probe
        if role not in self.participants:
            raise Missing(role)
        return self.participants[role]

    def argument(self, field, value):
        if field == "pending" and value is not None:
            return getattr(builtins, value)
        return self.resolve(value)

    def resolve(self, value):
        """The Python value that an argument of a step stands for."""
        if type(value) is list:
            return [self.resolve(item) for item in value]
        if type(value) is not dict:
            return value
        if "ref" in value:
            return self.referred(**value)
        if "text" in value:
            return value["text"].encode()
        if "hex" in value:
            return bytes.fromhex(value["hex"])
        if "repeat" in value:
            return value["repeat"].encode() * value["times"]
        if "exception" in value:
            return getattr(builtins, value["exception"])
        if value.get("object") == "NULL":
            return self.probe.NULL
        if "null" in value:
            return None
        raise ValueError("not an argument: %r" % (value,))

    def referred(self, ref, path=(), move=False):
        if ref not in self.values:
            raise Missing(ref)
        found = self.values.pop(ref) if move else self.values[ref]
        for part in path:
            found = found[part]
        return found

    def take(self, value):
        """The value of a label, out of our own hands."""
        return self.referred(**dict(value, move=True))


def exit_code(error):
    code = error.code
    if code is None:
        return 0
    return code & 255 if isinstance(code, int) else 1
