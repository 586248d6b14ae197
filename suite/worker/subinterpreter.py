"""Knows how each version of CPython spells a sub-interpreter."""

import sys


def module():
    """The interpreter's own module for sub-interpreters; ImportError where there is none."""
    try:
        import _interpreters as found
    except ImportError:
        import _xxsubinterpreters as found
    return found


def kinds():
    """`shared_lock` and `own_lock`, as far as this interpreter has them."""
    try:
        module()
    except ImportError:
        return []
    return ["shared_lock", "own_lock"] if sys.version_info >= (3, 12) else ["shared_lock"]


def run(code, own_lock):
    """Runs the code in a new interpreter and destroys that; raises RuntimeError if the code raised."""
    if own_lock and "own_lock" not in kinds():
        raise NotImplementedError("sub-interpreters have their own lock from CPython 3.12 on")
    interpreters = module()
    interpreter = create(interpreters, own_lock)
    try:
        if hasattr(interpreters, "exec"):
            failure = interpreters.exec(interpreter, code)
            if failure is not None:
                raise RuntimeError(failure.formatted)
        else:
            interpreters.run_string(interpreter, code)
    finally:
        interpreters.destroy(interpreter)


def create(interpreters, own_lock):
    if sys.version_info >= (3, 13):
        return interpreters.create("isolated" if own_lock else "legacy")
    if sys.version_info >= (3, 9):
        return interpreters.create(isolated=own_lock)
    return interpreters.create()
