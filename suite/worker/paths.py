"""Knows how a path leads to an object: `module.attribute`, `module.table.key`, `module.table['key']`, `module.list[0]`.

What cannot stand between dots is written in brackets, as Python would write it, names of attributes too:
`module['an.odd name']`. `<interpreter>` is the interpreter's own dictionary, in whose keys an address stands as the name
of the file that is loaded there.
"""

import importlib
import importlib.util
import os
import re
import sys

INTERPRETER = "<interpreter>"

# As C++ and C print an address; small numbers are versions.
ADDRESS = re.compile(r"0x[0-9a-fA-F]{8,16}|[0-9]{10,19}")


def split(path):
    """The parts of a path: attribute names, and in brackets keys and indexes as one-item tuples."""
    parts, rest = [], "." + path
    while rest:
        if rest[0] == "[":
            end = end_of_bracket(rest)
            key, rest = rest[1:end], rest[end + 1:]
            # A key is a string literal and nothing more, since it ends where its quotes do.
            parts.append((eval(key, {}) if key[:1] in ("'", '"') else int(key),))
        else:
            end = min([at for at in (rest.find(".", 1), rest.find("[", 1)) if at > 0], default=len(rest))
            parts.append(rest[1:end])
            rest = rest[end:]
    return parts


def end_of_bracket(text):
    """Where the bracket ends that the text begins with; what stands in quotes may hold others."""
    quote, at = text[1:2], 2
    if quote not in ("'", '"'):
        end = text.find("]")
    else:
        while text[at:at + 1] not in (quote, ""):
            at += 2 if text[at] == "\\" else 1
        end = at + 1 if text[at + 1:at + 2] == "]" else -1
    if end < 0:
        raise ValueError("a bracket is not closed in %r" % text)
    return end


def inside(path, key):
    """The path of what is found under this key or name in what is found at the path."""
    if type(key) is str and key.isidentifier():
        return "%s.%s" % (path, key)
    return "%s[%s]" % (path, ascii(key))


def spelled(path):
    """The path as everybody else spells it."""
    first, *rest = split(path)
    for part in rest:
        first = inside(first, part if type(part) is str else part[0])
    return first


def kept_by_the_interpreter():
    """What modules keep in the interpreter's own dictionary, under keys that are the same in every process."""
    kept = sys.modules["capsule_probe"].interpreter_dict()
    return {lasting(key): value for key, value in list(dict.items(kept)) if type(key) is str}


def lasting(key):
    """The key without addresses: a binding that keeps something for each of its modules tells them apart by those."""
    def named(found):
        text = found.group()
        file = sys.modules["capsule_probe"].object_at(int(text, 16 if text.startswith("0x") else 10))
        return "<%s>" % os.path.basename(file) if file else text
    return ADDRESS.sub(named, key)


def fetch(path):
    """The object at a path; a sub-module that no attribute leads to is imported."""
    parts = split(path)
    name = parts[0]
    found = kept_by_the_interpreter() if name == INTERPRETER else importlib.import_module(name)
    for part in parts[1:]:
        name = "%s.%s" % (name, part[0] if type(part) is tuple else part)
        try:
            found = step(found, part)
        except AttributeError:
            if not hasattr(found, "__path__") or importlib.util.find_spec(name) is None:
                raise
            found = importlib.import_module(name)
    return found


def step(found, part):
    """One part further: an attribute, a key or an index; dicts are entered by attribute notation too."""
    if type(part) is tuple:
        return vars(found)[part[0]] if isinstance(found, (type(sys), type)) else found[part[0]]
    if isinstance(found, dict) and part in found:
        return found[part]
    return getattr(found, part)


def holder(path):
    """What holds the last part of a path, in modules that are already loaded, and that last part."""
    parts = split(path)
    home = module_of(path)
    found = sys.modules[home]
    for part in parts[home.count(".") + 1:-1]:
        found = step(found, part)
    return found, parts[-1]


def module_of(path):
    """The module that a path starts in: the innermost loaded one that has what follows, else what can be found."""
    parts = split(path)
    names = []
    for part in parts[:-1]:
        if type(part) is not str or part == "__pyx_capi__":
            break
        names.append(part)
    for depth in range(len(names), 0, -1):
        module = sys.modules.get(".".join(names[:depth]))
        if module is not None and (depth == len(names) or parts[depth] in vars(module)):
            return ".".join(names[:depth])
    found, inside = "", None
    for name in names:
        deeper = "%s.%s" % (found, name) if found else name
        inside = places(deeper, inside)
        if found and inside is None:
            break
        found = deeper
        if not inside:
            break
    return found


def places(name, path):
    """Where the sub-modules of a module are searched for, () if it has none, None if there is no such module; without an
    import."""
    if name in sys.modules:
        return tuple(getattr(sys.modules[name], "__path__", ()))
    for finder in sys.meta_path:
        try:
            spec = finder.find_spec(name, path)
        except (AttributeError, ImportError):
            continue
        if spec is not None:
            return tuple(spec.submodule_search_locations or ())
    return None
