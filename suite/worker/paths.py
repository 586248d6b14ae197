"""Knows how an attribute path leads to an object: `module.attribute`, `module.table.key`, `module.table['key']`, `module.list[0]`."""

import importlib
import importlib.util
import sys


def split(path):
    """The parts of a path: attribute names, and in brackets keys and indexes as one-item tuples."""
    parts, rest = [], "." + path
    while rest:
        if rest[0] == "[":
            key, _, rest = rest[1:].partition("]")
            parts.append((key[1:-1] if key[:1] in ("'", '"') else int(key),))
        else:
            end = min([at for at in (rest.find(".", 1), rest.find("[", 1)) if at > 0], default=len(rest))
            parts.append(rest[1:end])
            rest = rest[end:]
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
