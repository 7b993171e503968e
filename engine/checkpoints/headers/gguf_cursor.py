"""A place in the header of a GGUF file that never leaves the file: numbers, texts and values are read from it.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md.
"""

from __future__ import annotations

import mmap
import struct
from typing import Any

MAGIC = b"GGUF"
SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
STRING, ARRAY = 8, 9
LONG = 4096
"""Arrays up to this length are kept; of longer ones (the vocabulary) only the length is."""


class Short(Exception):  # noqa: N818 - becomes a sentence
    """A claim that the rest of the file has no room for, or a value of an unknown type."""


class Cursor:
    """A place in the file that never leaves it."""

    def __init__(self, data: mmap.mmap) -> None:
        self.data = data
        self.at = 0

    def skip(self, count: int) -> int:
        """Go ``count`` bytes on; returns where it was."""
        start = self.at
        if count > len(self.data) - start:
            raise Short(f"{count} bytes are claimed at byte {start}, the file has {len(self.data)}")
        self.at += count
        return start

    def number(self, form: str) -> Any:
        return struct.unpack_from(form, self.data, self.skip(struct.calcsize(form)))[0]

    def text(self) -> str:
        length = self.number("<Q")
        start = self.skip(length)
        return self.data[start : start + length].decode("utf-8")

    def skip_texts(self, count: int) -> None:
        """Go over so many texts: a vocabulary has hundreds of thousands, and every opening of the file meets them."""
        length_at, data, at = struct.Struct("<Q").unpack_from, self.data, self.at
        for _ in range(count):
            at += 8 + length_at(data, at)[0]  # an error of struct where the file ends
        self.skip(at - self.at)

    def value(self, kind: int, depth: int = 0) -> Any:
        """A value; of a long array only its length."""
        if kind in SCALARS:
            return self.number(SCALARS[kind])
        if kind == STRING:
            return self.text()
        if kind != ARRAY or depth > 2:
            raise Short(f"a value has the unknown type {kind}")
        inner, count = self.number("<I"), self.number("<Q")
        if inner in SCALARS:
            size = struct.calcsize(SCALARS[inner])
            start = self.skip(count * size)
            form = f"<{count}{SCALARS[inner][1]}"
            return list(struct.unpack_from(form, self.data, start)) if count <= LONG else count
        self.room(count, 8)
        if inner == STRING and count > LONG:
            self.skip_texts(count)
            return count
        values = [self.value(inner, depth + 1) for _ in range(count)]
        return values if count <= LONG else count

    def room(self, count: int, size: int) -> None:
        """Refuse a count of things that can't lie in the rest of the file."""
        if count * size > len(self.data) - self.at:
            raise Short(f"{count} entries are claimed at byte {self.at}, the file has {len(self.data)} bytes")
