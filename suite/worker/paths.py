"""Knows how an attribute path leads to an object: `module.attribute`, `module.table.key`, `module.table['key']`, `module.list[0]`."""

import importlib
import importlib.util
import re
import sys

_PART = re.compile(r"\.?([^.\[\]]+)|\[(?:'([^']*)'|\"([^\"]*)\"|(\d+))\]")


def split(path):
    """The parts of a path: attribute names, and in brackets keys and indexes as one-item tuples."""
    parts, end = [], 0
    while end < len(path):
        found = _PART.match(path, end)
        if not found:
            raise ValueError("not an attribute path: %r" % path)
        attribute, single, double, index = found.groups()
        if attribute is not None:
            parts.append(attribute)
        elif index is not None:
            parts.append((int(index),))
        else:
            parts.append((single if single is not None else double,))
        end = found.end()
    return parts


def fetch(path):
    """The object at a path; a sub-module that no attribute leads to is imported."""
    parts = split(path)
    name = parts[0]
    found = importlib.import_module(name)
    for part in parts[1:]:
        name = "%s.%s" % (name, part)
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
        return found[part[0]]
    if type(found) is dict and part in found:
        return found[part]
    return getattr(found, part)


def holder(path):
    """What holds the last part of a path, in modules that are already loaded, and that last part."""
    parts = split(path)
    depth = len(parts) - 1
    while depth > 0:
        name = ".".join(str(part) for part in parts[:depth])
        if name in sys.modules:
            break
        depth -= 1
    else:
        raise LookupError("no module of %r is loaded" % path)
    found = sys.modules[name]
    for part in parts[depth:-1]:
        found = step(found, part)
    return found, parts[-1]


def module_of(path):
    """The module that a capsule's path names, by its look: without the last part and without Cython's table."""
    parts = [part for part in split(path)[:-1] if type(part) is str and part != "__pyx_capi__"]
    return ".".join(parts)
