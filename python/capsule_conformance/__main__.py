"""Runs the command: `python -m capsule_conformance`."""

import os
import sys

from . import program

command = program()
os.execv(command, [command, *sys.argv[1:]])
