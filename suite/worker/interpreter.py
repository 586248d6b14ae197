"""Knows what the runner must know about an interpreter before it builds or runs anything for it: prints it as JSON."""

import hashlib
import json
import os
import platform
import sys
import sysconfig
from importlib.machinery import EXTENSION_SUFFIXES


def facts():
    configuration = sysconfig.get_config_vars()
    free_threaded = bool(configuration.get("Py_GIL_DISABLED"))
    include = [folder for folder in dict.fromkeys(
        sysconfig.get_path(kind) for kind in ("include", "platinclude")) if folder]
    return {
        "implementation": platform.python_implementation(),
        "version": platform.python_version(),
        "version_info": list(sys.version_info),
        "debug": hasattr(sys, "gettotalrefcount"),
        "free_threaded": free_threaded,
        "executable": sys.executable,
        "real_executable": os.path.realpath(sys.executable),
        "prefix": sys.prefix,
        "base_prefix": sys.base_prefix,
        "include": include,
        "has_headers": any(os.path.exists(os.path.join(folder, "Python.h")) for folder in include),
        "ext_suffix": configuration.get("EXT_SUFFIX") or EXTENSION_SUFFIXES[0],
        "shared": bool(configuration.get("Py_ENABLE_SHARED")),
        "loads_abi3": not free_threaded and any(".abi3." in suffix for suffix in EXTENSION_SUFFIXES),
        "soabi": configuration.get("SOABI"),
        "platform": sysconfig.get_platform(),
        "libc": " ".join(platform.libc_ver()).strip() or None,
        "macos": platform.mac_ver()[0] or None,
        "forks": hasattr(os, "fork"),
        "subinterpreters": subinterpreters(),
        "starts_with": starts_with(),
        "identity": identity(configuration, include),
    }


def starts_with():
    """What a program that merely starts the interpreter may have set up for it."""
    settings = {key: value for key, value in os.environ.items() if key.startswith(("PYTHON", "LD_", "DYLD_"))}
    options = [list(sys.flags), sys._xoptions, sys.warnoptions]
    return {"path": sys.path, "options": options, "environment": settings}


def subinterpreters():
    """Found by path: this file is run as a plain script."""
    from importlib.util import module_from_spec, spec_from_file_location

    file = os.path.join(os.path.dirname(os.path.abspath(__file__)), "subinterpreter.py")
    spec = spec_from_file_location("capsule_worker.subinterpreter", file)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.kinds()


def identity(configuration, include):
    """Changes whenever compiled extensions must be built anew."""
    parts = [sys.version, getattr(sys, "abiflags", ""), str(sys.maxsize), *include]
    parts += [str(configuration.get(key)) for key in ("SOABI", "CC", "CFLAGS", "Py_GIL_DISABLED")]
    parts.append(digest(sysconfig.get_config_h_filename()))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def digest(file):
    try:
        with open(file, "rb") as content:
            return hashlib.sha256(content.read()).hexdigest()
    except OSError:
        return "none"


if __name__ == "__main__":
    # The worker's folder is no place to import anything from.
    sys.path[:] = [entry for entry in sys.path if entry and os.path.realpath(entry) != os.path.dirname(os.path.realpath(__file__))]
    print(json.dumps(facts()))
