"""Knows how to read a log back: capped, and whole lines out of whatever a crashed process left."""

import json

CAP = 8 * 1024 * 1024
TAIL = 64 * 1024


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
