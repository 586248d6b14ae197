"""Knows how to make a capsule fail for whoever imports it next, and how to make it right again.

    module_absent                   nothing of that name can be imported
    module_raises_…                 importing raises: import_error, value_error, keyboard_interrupt, or any builtin exception
    attribute_absent none int       the attribute is missing, None, 42
    misnamed unnamed                a capsule with the same pointer and another name, with no name
    attribute_raises                looking the attribute up raises (field `raises`, default ValueError)
    table                           a capsule around a changed copy of the table, as the recipe says

A recipe (field `table`) has, all optional: `size` (bytes kept of the original), `edits` ([{"offset": n} with "hex": bytes,
"trap": slot or "table": the recipe of another table that the field leads to]), `tail` (hex, appended), `name` (hex, another
name), `sealed` (1: nobody may read the copy, 2: nobody may write to it; the
field `sealed` goes first). The copy ends where
its page does. A recipe without bytes leaves the pointer as it is.

A fault on a module that is not loaded yet takes effect as soon as it has been, before anyone else sees it.
"""

import functools
import sys

from capsule_worker import paths, synthetic, values
from capsule_worker.records import Unrecorded, write


def inject(probe, on, fault, aliases=(), module=None, raises="ValueError", **recipe):
    """Puts the fault in place; returns the function that takes it away."""
    module = module or paths.module_of(on)
    if fault.startswith("module_"):
        return fail_module(module, fault)
    undo = []
    active = [on, *aliases]

    def spoil(path):
        if path in active:
            holder, part = paths.holder(path)
            with Unrecorded(probe):
                undo.append(spoil_attribute(probe, holder, part, fault, raises, recipe))

    def spoil_later(path):
        # In the middle of somebody's import: a fault that fits nothing there must not become that import's error.
        try:
            spoil(path)
        except Exception as error:
            write({"event": "no_fault", "on": path, "raised": values.exception(error)})

    def repair():
        active.clear()
        while undo:
            undo.pop()()

    for path in list(active):
        home = module if path == on else paths.module_of(path)
        how = spoil if home in sys.modules else spoil_later
        synthetic.when_loaded(home, functools.partial(how, path))
    return repair


def fail_module(module, fault):
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
    else:
        synthetic.define(module, exception_name(fault[len("module_raises_"):]))

    def repair():
        finder.absent.discard(module)
        finder.defined.pop(module, None)
        if before is not None:
            finder.defined[module] = before
        if loaded is not None:
            sys.modules[module] = loaded
        if attribute is not None:
            setattr(parent, child, attribute)

    return repair


def exception_name(words):
    """`value_error` is ValueError."""
    return "".join(word.capitalize() for word in words.split("_"))


def spoil_attribute(probe, holder, part, fault, raises, recipe):
    if fault == "attribute_raises":
        return synthetic.set_attribute(holder, part, raises=raises)
    if fault == "attribute_absent":
        return synthetic.replace(holder, part)
    if fault in ("none", "int"):
        return synthetic.replace(holder, part, None if fault == "none" else 42)
    return synthetic.replace(holder, part, stand_in(probe, paths.step(holder, part), fault, **recipe))


def stand_in(probe, original, fault, table=None, sealed=None):
    """Another capsule in place of the original, which the repair keeps alive."""
    name = probe.get_name(original)
    pointer = probe.get_pointer(original, name)
    if fault == "unnamed":
        name = None
    elif fault == "misnamed":
        name = b"misnamed_by_the_suite." + (name or b"").rpartition(b".")[2]
    elif fault == "table":
        name = bytes.fromhex(table["name"]) if "name" in table else name
        pointer = table_like(probe, pointer, table, sealed)
    else:
        raise ValueError("no such fault: %s" % fault)
    copy = probe.new(pointer, name)
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
        elif "table" in edit:
            new = address(table_like(probe, original, edit["table"], sealed))
        else:
            new = bytes.fromhex(edit["hex"])
        table[edit["offset"]:edit["offset"] + len(new)] = new
    return probe.place(bytes(table) + tail, recipe.get("sealed", 0) if sealed is None else sealed)


def address(value):
    return value.to_bytes((sys.maxsize.bit_length() + 1) // 8, sys.byteorder)
