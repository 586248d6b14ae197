"""Knows wheels: which extension modules one holds, and how to install it into an environment of its own.

    python wheel.py list FILE               prints {"modules": […]}
    python wheel.py install FILE FOLDER     prints {"program": …}: the interpreter of the environment in FOLDER, which is
                                            made unless it is there

What goes wrong is printed as {"refused": "not_a_wheel" | "environment" | "install", "message": …}. The dependencies come
from wherever pip is told to look: PIP_NO_INDEX, PIP_FIND_LINKS and its other settings are the user's.
"""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from importlib.machinery import EXTENSION_SUFFIXES


class Refused(Exception):
    """What kind of trouble, and its message."""


def modules(file):
    """The import names of the files in a wheel that are extension modules, by their name and their init function."""
    try:
        with zipfile.ZipFile(file) as wheel:
            names = wheel.namelist()
            if not any(name.endswith(".dist-info/WHEEL") for name in names):
                raise Refused("not_a_wheel", "it has no .dist-info/WHEEL")
            found = {module_name(name) for name in names if is_module(wheel, name)}
    except (OSError, zipfile.BadZipFile) as error:
        raise Refused("not_a_wheel", str(error))
    return sorted(found)


def module_name(name):
    """`a-1.0.data/platlib/a/b.abi3.so` is a.b."""
    parts = name.split("/")
    if parts[0].endswith(".data"):
        del parts[:2]
    return ".".join([*parts[:-1], parts[-1].partition(".")[0]])


def is_module(wheel, name):
    if not any(name.endswith(suffix) for suffix in EXTENSION_SUFFIXES) and not name.endswith(".so"):
        return False
    stem = module_name(name).rpartition(".")[2]
    return stem.isidentifier() and b"\0PyInit_" + stem.encode() + b"\0" in wheel.read(name)


def install(file, folder):
    program = os.path.join(folder, "bin", "python")
    if os.path.exists(program):
        return program
    aside = "%s.%d" % (folder, os.getpid())
    try:
        attempt([sys.executable, "-m", "venv", aside], "environment")
        attempt([os.path.join(aside, "bin", "python"), "-m", "pip", "install", "--quiet", "--no-input",
                 "--disable-pip-version-check", os.path.abspath(file)], "install")
        try:
            os.rename(aside, folder)
        except OSError:
            # Somebody else was quicker.
            if not os.path.exists(program):
                raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return program


def attempt(command, kind):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        lines = [line for line in done.stdout.decode(errors="replace").splitlines() if line.strip()]
        wrong = [line for line in lines if line.startswith("ERROR:")]
        raise Refused(kind, " ".join((wrong or lines or ["no message"])[-2:]))


def main(what, file, folder=None):
    try:
        answer = {"modules": modules(file)}
        if what == "install":
            answer["program"] = install(file, folder)
    except Refused as refused:
        answer = dict(zip(("refused", "message"), refused.args))
    print(json.dumps(answer))


if __name__ == "__main__":
    # The worker's folder is no place to import anything from.
    sys.path[:] = [entry for entry in sys.path if entry and os.path.realpath(entry) != os.path.dirname(os.path.realpath(__file__))]
    main(*sys.argv[1:])
