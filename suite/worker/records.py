"""Knows JSON and the log: one record a line, written by the worker and by the probe to one descriptor.

The encoding is spelled out here because `json` brings a dozen modules along: a target should meet an interpreter with as
little else loaded, and as soon, as can be, and every page of a host costs each of its forks.
"""

import os

try:
    from _json import encode_basestring_ascii as quote
    from _json import make_scanner
except ImportError:
    from json.encoder import encode_basestring_ascii as quote
    from json.scanner import py_make_scanner as make_scanner

# Far from what a program opens: code that closes every descriptor and opens new ones should not get ours.
LOG = 250

# Nothing can be told any more once the target has closed the log, and nothing else ends a process this way.
SPEECHLESS = 62

_write, _getpid, _kill = os.write, os.getpid, os.kill
_owner = None


def own():
    """Makes this process the one whose records count; a process that the target forks off writes none of ours."""
    global _owner
    _owner = _getpid()


def write(record):
    """Writes one record with one system call; without a log (the target closed it) this process has said its last."""
    if _getpid() != _owner:
        return
    data = encode(record).encode() + b"\n"
    try:
        while data:
            data = data[_write(LOG, data):]
    except OSError:
        _kill(_getpid(), SPEECHLESS)


def encode(value):
    """JSON of what `values.plain` returns."""
    kind = type(value)
    if kind is str:
        return quote(value)
    if kind is dict:
        return "{" + ",".join([quote(key) + ":" + encode(item) for key, item in value.items()]) + "}"
    if kind is list:
        return "[" + ",".join([encode(item) for item in value]) + "]"
    return {None: "null", True: "true", False: "false"}[value] if value is None or kind is bool else repr(value)


class Decoding:
    """What the standard library's decoder gives to its scanner."""

    strict = True
    object_hook = object_pairs_hook = array_hook = None     # the last from Python 3.15 on
    parse_float, parse_int, parse_constant = float, int, None


# Made once: its making fills the interpreter's caches anew, each time elsewhere.
_scan = make_scanner(Decoding)


def decode(text):
    """The value of a JSON text that begins with it."""
    return _scan(text, 0)[0]


class Unrecorded:
    """Keeps the suite's own capsule calls out of the facts."""

    def __init__(self, probe):
        self.probe = probe

    def __enter__(self):
        self.probe.open_log(-1)

    def __exit__(self, *_):
        self.probe.open_log(LOG)
