"""Knows how Python's values and exceptions look as JSON facts, without running any code of the target but `str()`."""

from capsule_worker import paths

DEPTH = 8
MESSAGE = 2000

# Paths at which the manifest finds classes of exceptions, which may be defined elsewhere.
classes = ()

# Read through the type itself: a metaclass or an instance may answer these with code of its own.
_name = type.__dict__["__name__"].__get__
_module = type.__dict__["__module__"].__get__
_mro = type.__dict__["__mro__"].__get__
_qualname = type.__dict__["__qualname__"].__get__
_cause = BaseException.__dict__["__cause__"].__get__
_context = BaseException.__dict__["__context__"].__get__


def plain(value, depth=0):
    """The value as JSON: exact builtins as themselves, anything else as the name of its type."""
    kind = type(value)
    if value is None or kind is bool:
        return value
    if kind is int:
        return value if -(1 << 63) <= value < 1 << 64 else {"int": str(value)}
    if kind is float:
        # Neither an infinity nor NaN is zero when taken from itself, and JSON knows none of them.
        return value if value - value == 0 else {"float": str(value)}
    if kind is str:
        return text(value)
    if kind is bytes:
        return {"hex": value.hex()}
    if depth < DEPTH:
        if kind is list or kind is tuple:
            return [plain(item, depth + 1) for item in value]
        if kind is dict:
            return {text(key) if type(key) is str else text(repr(key)): plain(item, depth + 1)
                    for key, item in value.items()}
    return {"type": text(_name(kind))}


def text(value):
    """The same text without lone surrogates, which JSON readers refuse."""
    return str.encode(value, "utf-8", "backslashreplace").decode("utf-8")


def exception(error, depth=0):
    """What is to be known about an exception; its own `str()` may raise too."""
    kind = type(error)
    facts = {
        "type": _name(kind),
        "module": str(_module(kind)),
        "mro": [class_name(base) for base in _mro(kind)] + list(known_as(_mro(kind))),
        "message": message(error),
        "cause": None,
        "context": None,
    }
    if depth < DEPTH:
        for key, get in (("cause", _cause), ("context", _context)):
            related = get(error)
            if related is not None:
                facts[key] = exception(related, depth + 1)
    return facts


def known_as(mro):
    """The paths of the manifest that lead to one of these classes."""
    for path in classes:
        try:
            found = paths.step(*paths.holder(path))
        except Exception:
            continue
        if any(found is base for base in mro):
            yield path


def class_name(kind):
    module = _module(kind)
    return _name(kind) if module == "builtins" else "%s.%s" % (module, _qualname(kind))


def message(error):
    try:
        return text(str(error))[:MESSAGE]
    except BaseException as raised:
        return "(its str() raised %s)" % _name(type(raised))
