"""Knows the log: one JSON record a line, written by the worker and by the probe to one descriptor, read by the host."""

import json
import os
from json import dumps

# Far from what a program opens: code that closes every descriptor and opens new ones should not get ours.
LOG = 250
CAP = 8 * 1024 * 1024
TAIL = 64 * 1024

_write, _getpid = os.write, os.getpid
_owner = None


def own():
    """Makes this process the one whose records count; a process that the target forks off writes none of ours."""
    global _owner
    _owner = _getpid()


def write(record):
    """Writes one record with one system call; without a log (the target closed it) there is nothing to be done."""
    if _getpid() != _owner:
        return
    data = dumps(record).encode() + b"\n"
    try:
        while data:
            data = data[_write(LOG, data):]
    except OSError:
        pass


class Collected:
    """What the host keeps of a log: the first 8 MB, and the end, which tells how the job ended."""

    def __init__(self):
        self.head = bytearray()
        self.tail = b""

    def add(self, data):
        room = CAP - len(self.head)
        self.head += data[:room]
        if len(data) > room:
            self.tail = (self.tail + data[room:])[-TAIL:]

    def records(self):
        if not self.tail:
            return parse(bytes(self.head).split(b"\n"))
        # Where a piece was cut out, the broken line on either side goes too.
        head = parse(bytes(self.head).split(b"\n")[:-1])
        return head + [{"event": "log_truncated"}] + parse(self.tail.split(b"\n")[1:])


def parse(lines):
    """Every record that can be read; a line that cannot (its writer crashed within it) costs no other line."""
    texts = [line.decode("utf-8", "replace") for line in lines if line]
    try:
        found = json.loads("[" + ",".join(texts) + "]")
        if all(type(record) is dict for record in found):
            return found
    except ValueError:
        pass
    return [parse_one(text) for text in texts]


def parse_one(text):
    try:
        record = json.loads(text)
    except ValueError:
        record = None
    return record if type(record) is dict else {"event": "malformed", "text": text[:200]}
