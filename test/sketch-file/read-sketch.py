"""Reads a sketch file with nothing but the standard library, by way of its footer, and prints what is in it as JSON."""

import hashlib
import json
import struct
import sys

data = open(sys.argv[1], "rb").read()


def number(form, at):
    return struct.unpack_from("<" + form, data, at)[0]


class Table:
    """A table of FlatBuffers."""

    def __init__(self, at):
        self.at = at
        self.vtable = at - number("i", at)

    def field(self, index):
        slot = 4 + 2 * index
        offset = number("H", self.vtable + slot) if slot < number("H", self.vtable) else 0
        return self.at + offset if offset else None

    def scalar(self, index, form):
        at = self.field(index)
        return 0 if at is None else number(form, at)

    def follow(self, index):
        at = self.field(index)
        return at + number("I", at)

    def table(self, index):
        return Table(self.follow(index))

    def vector(self, index, size):
        if self.field(index) is None:
            return []
        at = self.follow(index)
        return [at + 4 + size * i for i in range(number("I", at))]

    def tables(self, index):
        return [Table(at + number("I", at)) for at in self.vector(index, 4)]

    def string(self, index):
        if self.field(index) is None:
            return ""
        at = self.follow(index)
        return data[at + 4 : at + 4 + number("I", at)].decode()


def root(at):
    return Table(at + number("I", at))


assert data[:8] == b"ARROW1\0\0" and data[-6:] == b"ARROW1"
footer_at = len(data) - 10 - number("i", len(data) - 10)
footer = root(footer_at)
assert number("i", footer_at - 8) == -1 and number("i", footer_at - 4) == 0
assert number("i", 8) == -1
first = root(16)
assert first.scalar(1, "B") == 1

schemas = []
for schema in (first.table(2), footer.table(1)):
    assert schema.scalar(0, "h") == 0
    names, kinds = [], []
    for field in schema.tables(1):
        assert field.scalar(2, "B") == 12
        (item,) = field.tables(5)
        kind, of = item.scalar(2, "B"), item.table(3)
        if kind == 3:
            kinds.append({1: "f", 2: "d"}[of.scalar(0, "h")])
        else:
            assert kind == 2 and of.scalar(0, "i") == 32 and of.scalar(1, "B") == 1
            kinds.append("i")
        names.append(field.string(0))
    schemas.append((names, kinds, {entry.string(0): entry.string(1) for entry in schema.tables(2)}))
assert schemas[0] == schemas[1]
names, kinds, metadata = schemas[0]

(block,) = footer.vector(3, 24)
message_at, metadata_length, body_length = number("q", block), number("i", block + 8), number("q", block + 16)
assert message_at == 16 + number("i", 12)
assert number("i", message_at) == -1 and number("i", message_at + 4) == metadata_length - 8
message = root(message_at + 8)
assert message.scalar(1, "B") == 3 and message.scalar(3, "q") == body_length
body_at = message_at + metadata_length
assert body_at + body_length + 8 == footer_at
batch = message.table(2)
assert batch.scalar(0, "q") == 1 and batch.field(3) is None

starts = [message_at, body_at, footer_at]
nodes = [(number("q", at), number("q", at + 8)) for at in batch.vector(1, 16)]
buffers = [(number("q", at), number("q", at + 8)) for at in batch.vector(2, 16)]
assert len(nodes) == 2 * len(names) and len(buffers) == 4 * len(names)
columns = {}
for i, (name, kind) in enumerate(zip(names, kinds)):
    no_validity, offsets, no_item_validity, values = buffers[4 * i : 4 * i + 4]
    assert no_validity[1] == 0 and no_item_validity[1] == 0
    count = nodes[2 * i + 1][0]
    assert nodes[2 * i : 2 * i + 2] == [(1, 0), (count, 0)]
    assert struct.unpack_from("<2i", data, body_at + offsets[0]) == (0, count)
    assert values[1] == count * struct.calcsize(kind) and values[0] + values[1] <= body_length
    starts += [body_at + offsets[0], body_at + values[0]]
    at = body_at + values[0]
    columns[name] = [kind, data[at : at + values[1]].hex()]

said = metadata["levattn.checksum"]
digits = said.removeprefix("sha256:").encode()
assert len(digits) == 64
head, tail = data[:message_at], data[footer_at:]
assert head.count(digits) == 1 and tail.count(digits) == 1
zeros = b"0" * 64
found = hashlib.sha256(head.replace(digits, zeros) + data[message_at:footer_at] + tail.replace(digits, zeros))


def bits(value):
    """JSON with each number as the bytes of its double."""
    if isinstance(value, dict):
        return {name: bits(part) for name, part in value.items()}
    if isinstance(value, list):
        return [bits(part) for part in value]
    return value if isinstance(value, (str, bool, type(None))) else struct.pack("<d", value).hex()


print(
    json.dumps(
        {
            "columns": columns,
            "aligned": all(start % 8 == 0 for start in starts),
            "checksum": [said, "sha256:" + found.hexdigest()],
            "kind": metadata["levattn.kind"],
            "format": metadata["levattn.format"],
            "version": metadata["levattn.version"],
            "header": bits(json.loads(metadata["levattn.header"])),
            "state": bits(json.loads(metadata["levattn.state"])),
        }
    )
)
