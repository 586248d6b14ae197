"""The command `capsule-conformance` for Python: where it is."""

from __future__ import annotations

import shutil
import sys
import sysconfig
from pathlib import Path

PROGRAM = "capsule-conformance"


def program() -> str:
    """The path of the command that was installed with this package."""
    folders = [sysconfig.get_path("scripts"), str(Path(sys.executable).parent)]
    if sys.version_info >= (3, 10):
        folders.append(sysconfig.get_path("scripts", sysconfig.get_preferred_scheme("user")))
    for folder in folders:
        found = shutil.which(PROGRAM, path=folder)
        if found:
            return found
    found = shutil.which(PROGRAM)
    if found is None:
        raise FileNotFoundError(f"{PROGRAM} is not installed; pip install {PROGRAM}")
    return found
