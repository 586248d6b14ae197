"""Knows how to make a capsule fail for whoever imports it next, and how to make it right again.

    module_absent                   nothing of that name can be imported
    module_blocked                  sys.modules holds None for it
    module_raises_…                 importing raises: import_error, value_error, keyboard_interrupt, or any builtin exception
    module_comes_back               importing has its consumer at work first (field `back`), and goes on only then
    attribute_absent none int       the attribute is missing, None, 42
    misnamed unnamed                a capsule with another name, with no name
    attribute_raises                looking the attribute up raises (field `raises`, default ValueError)
    getattr_raises                  the attribute is missing, and the module's own `__getattr__` raises the same
    call_fails                      a call of the capsule API fails as the interpreter's own would (field `call`)
    table                           a capsule around a changed copy of the table, as the recipe says; with it goes the copy
                                    (field `owned`)

A recipe (field `table`) has, all optional: `size` (bytes kept of the original), `edits` ([{"offset": n} with "hex": bytes,
"trap": slot, "answer": the number that a function there returns, or "table": the recipe of another table that the field leads to]), `tail` (hex, appended), `name` (hex, another
name), `sealed` (1: nobody may read the copy, 2: nobody may write to it; the
field `sealed` goes first). The copy ends where
its page does. A recipe without bytes leaves the pointer as it is.

A failing call (field `call`) is {"nth": n} with, optional, "function" (its C name; else any but PyCapsule_New), "object" (the
file name of the loaded object that calls) and "name" (hex, or null): only its n-th such call fails, each of them if n is 0.
That nobody made that call is told by {"event": "no_call"}.

Each fault but the last is recorded as {"event": "fault"} with the modules that its place and its aliases start in.
A fault on a module that is not loaded yet takes effect as soon as it has been, before anyone else sees it, and at every
place of the capsule at once. What lies behind `misnamed` and `unnamed` nobody may read: whoever does not look at the name goes
there. A fault that could not be put in its place, or never was, is told by {"event": "no_fault"}.
"""

import functools
import importlib
import sys

from capsule_worker import paths, synthetic, values
from capsule_worker.records import Unrecorded, write

PAYLOAD = 64


def inject(probe, on, fault, aliases=(), module=None, back=None, **details):
    """Puts the fault in place, now or as soon as it can be; `back` has the consumer at work."""
    if fault == "call_fails":
        return FailingCall(probe, on, **details)
    home = module or paths.module_of(on)
    write({"event": "fault", "on": on, "modules": [home, *map(paths.module_of, aliases)]})
    if fault.startswith("module_"):
        homes = dict.fromkeys([home, *map(paths.module_of, aliases)])
        return AbsentModule([fail_module(name, fault, back) for name in homes])
    return Fault(probe, on, home, aliases, fault, details)


class AbsentModule:
    """Modules whose import fails."""

    def __init__(self, undo):
        self.undo = undo

    def repair(self):
        while self.undo:
            self.undo.pop()()

    def settle(self):
        """Nothing is left to wait for."""


class FailingCall:
    """A call that does not do what it was asked for."""

    def __init__(self, probe, on, call):
        self.probe = probe
        self.on = on
        self.over = False
        # Whom a call comes from can be told only by the tracer.
        unseen = probe.trace()
        self.reason = "calls cannot be seen: %s" % unseen if unseen else "there was no such call that could be seen"
        name = call.get("name", ...)
        wanted = () if name is ... else (None if name is None else bytes.fromhex(name),)
        probe.set_fault(call.get("function", ""), call.get("nth", 1), call.get("object"), *wanted)

    def repair(self):
        self.settle()

    def settle(self):
        """The time for taking effect is over."""
        if not self.over and self.probe.drop_faults() == 0:
            write({"event": "no_call", "on": self.on, "reason": self.reason})
        self.over = True


class Fault:
    """A capsule that is not what it should be, at each of its places."""

    def __init__(self, probe, on, home, aliases, fault, details):
        self.probe = probe
        self.on = on
        self.home = home
        self.spoil = lambda holder, part: spoil_attribute(probe, holder, part, fault, **details)
        self.undo = []
        self.waits = True       # for its place to be there
        self.over = False
        self.there = []         # other places that are, while the first one is not
        for alias in aliases:
            synthetic.when_loaded(paths.module_of(alias), functools.partial(self.bring, alias))
        synthetic.when_loaded(home, self.take_effect)

    def bring(self, alias):
        """Another place of the capsule is there: what comes later from the first one must not be right again."""
        self.there.append(alias)
        if self.waits and not self.over and self.home not in sys.modules:
            try:
                importlib.import_module(self.home)
            except Exception:
                pass
        if not self.waits:
            self.spoil_aliases()

    def take_effect(self):
        # In the middle of somebody's import: a fault that fits nothing there must not become that import's error.
        if self.over:
            return
        first, self.waits = self.waits, False
        try:
            place = paths.holder(self.on)
            if first:
                self.original = paths.step(*place)
            self.spoil_at(*place)
        except Exception as error:
            write({"event": "no_fault", "on": self.on, "reason": values.message(error)})
            return
        self.spoil_aliases()

    def spoil_aliases(self):
        while self.there:
            self.spoil_alias(self.there.pop())

    def spoil_alias(self, alias):
        # Not every place can be changed; the one that was asked for has been.
        try:
            if not self.over:
                place = paths.holder(alias)
                # It may hold what it found at the first place, which was no longer right.
                self.undo.append(lambda: synthetic.replace(*place, self.original))
                self.spoil_at(*place)
        except Exception:
            pass

    def spoil_at(self, holder, part):
        with Unrecorded(self.probe):
            self.undo.append(self.spoil(holder, part))

    def repair(self):
        self.settle()
        self.over = True
        while self.undo:
            self.undo.pop()()

    def settle(self):
        """The time for taking effect is over."""
        if self.waits and not self.over:
            self.waits = False
            write({"event": "no_fault", "on": self.on, "reason": "nobody imported %s" % self.home})


def fail_module(module, fault, back):
    """Makes the next import of a module fail; what is loaded of it is set aside, and comes back with the repair."""
    synthetic.install()
    finder = synthetic.finder
    parent_name, _, child = module.rpartition(".")
    parent = sys.modules.get(parent_name)
    loaded = sys.modules.pop(module, None)
    attribute = vars(parent).pop(child, None) if parent is not None else None
    before = finder.defined.get(module)
    if fault == "module_absent":
        finder.absent.add(module)
    elif fault == "module_blocked":
        sys.modules[module] = None
    elif fault == "module_comes_back":
        synthetic.define(module, actions=[back, lambda: go_on()])
    else:
        synthetic.define(module, exception_name(fault[len("module_raises_"):]))

    def repair():
        finder.absent.discard(module)
        if sys.modules.get(module, module) is None:
            del sys.modules[module]
        finder.defined.pop(module, None)
        if before is not None:
            finder.defined[module] = before
        if loaded is not None:
            sys.modules[module] = loaded
        if attribute is not None:
            setattr(parent, child, attribute)

    def go_on():
        """Puts the real module in the place of the one that has just had the consumer at work."""
        repair()
        if loaded is None:
            del sys.modules[module]
            importlib.import_module(module)

    return repair


def exception_name(words):
    """`value_error` is ValueError."""
    return "".join(word.capitalize() for word in words.split("_"))


def spoil_attribute(probe, holder, part, fault, raises="ValueError", **recipe):
    """Returns how to undo it; what was never there cannot be spoiled."""
    original = paths.step(holder, part)
    if fault == "attribute_raises":
        return synthetic.set_attribute(holder, part, raises=raises)
    if fault == "getattr_raises" and isinstance(holder, type(sys)):
        absent, undo = synthetic.replace(holder, part), synthetic.set_attribute(holder, part, True, raises=raises)
        return lambda: (undo(), absent())
    if fault == "getattr_raises":
        # Of nothing but a module is such a function asked.
        return synthetic.set_attribute(holder, part, raises=raises)
    if fault == "attribute_absent":
        undo = synthetic.replace(holder, part)
        try:
            paths.step(holder, part)
        except (AttributeError, LookupError):
            return undo
        undo()
        raise LookupError("the attribute comes back when it is gone")
    if fault in ("none", "int"):
        return synthetic.replace(holder, part, None if fault == "none" else 42)
    return synthetic.replace(holder, part, stand_in(probe, original, fault, **recipe))


def stand_in(probe, original, fault, table=None, sealed=None, owned=False):
    """Another capsule in place of the original, which the repair keeps alive; an owned table dies with it."""
    name = probe.get_name(original)
    pointer = probe.get_pointer(original, name)
    if fault == "unnamed":
        name, pointer = None, probe.place(bytes(PAYLOAD), 1)
    elif fault == "misnamed":
        pointer = probe.place(bytes(PAYLOAD), 1)
        name = b"misnamed_by_the_suite." + (name or b"").rpartition(b".")[2]
    elif fault == "table":
        name = bytes.fromhex(table["name"]) if "name" in table else name
        pointer = table_like(probe, pointer, table, sealed)
    else:
        raise ValueError("no such fault: %s" % fault)
    copy = probe.new(pointer, name, "releases" if owned else "none")
    context = probe.get_context(original)
    if context:
        probe.set_context(copy, context)
    return copy


def table_like(probe, original, recipe, sealed):
    """Where the table of a recipe is."""
    size, edits, tail = recipe.get("size", 0), recipe.get("edits", ()), bytes.fromhex(recipe.get("tail", ""))
    if not size and not edits and not tail:
        return original
    table = bytearray(probe.read(original, size)) if size else bytearray()
    for edit in edits:
        if "trap" in edit:
            new = address(probe.trap_address(edit["trap"]))
        elif "answer" in edit:
            new = address(probe.answer_address(edit["answer"]))
        elif "table" in edit:
            new = address(table_like(probe, original, edit["table"], sealed))
        else:
            new = bytes.fromhex(edit["hex"])
        table[edit["offset"]:edit["offset"] + len(new)] = new
    return probe.place(bytes(table) + tail, recipe.get("sealed", 0) if sealed is None else sealed)


def address(value):
    return value.to_bytes((sys.maxsize.bit_length() + 1) // 8, sys.byteorder)
