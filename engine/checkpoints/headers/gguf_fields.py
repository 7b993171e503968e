"""The keys of a GGUF file with their values as they lie there: the vocabulary of a tokenizer too.

`engine.checkpoints.headers.gguf` reads what a model is made of and passes over long arrays. Here they are read, once
for a file: to be carried over byte for byte, or as Python values. The gguf package's own reader makes an array of each
word of a vocabulary, which takes seconds.
"""

from __future__ import annotations

import functools
import mmap
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.base.errors import BadInput
from engine.checkpoints.headers.gguf_cursor import ARRAY, LONG, MAGIC, SCALARS, STRING, Cursor, Short

_FILES = 2
"""Of so many files the keys are held."""
_TEXT = 12
"""Bytes before a text: the word for its type, and its length."""


@dataclass(frozen=True)
class Field:
    """The value of a key. ``raw``: its bytes in the file, from the word for its type on, which is at byte ``at``;
    ``count``: entries of an array, 1 for anything else."""

    raw: bytes
    count: int
    at: int = 0

    @property
    def text_bytes(self) -> int | None:
        """Length of a text; None for another value."""
        return len(self.raw) - _TEXT if struct.unpack_from("<I", self.raw) == (STRING,) else None

    @property
    def contents(self) -> Any:
        """The value: a number, a text, or a list of such."""
        return _value(self.raw)


@dataclass(frozen=True)
class Tensor:
    """A tensor as the file lists it; ``shape`` as in Hugging Face form, ``kind`` is ggml's number of its type,
    ``offset`` the byte of the file that it begins at."""

    name: str
    shape: tuple[int, ...]
    kind: int
    offset: int


@dataclass(frozen=True)
class Listing:
    """All keys and all tensors of a file."""

    fields: Mapping[str, Field]
    tensors: tuple[Tensor, ...]

    def tensor(self, name: str) -> Tensor | None:
        """The tensor with this name."""
        return next((tensor for tensor in self.tensors if tensor.name == name), None)


def listing(path: Path) -> Listing:
    """The keys and tensors of a file, read anew when it is another one. Raises `BadInput` for a damaged file."""
    try:
        status = os.stat(path)
        identity = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        return _read(Path(path), identity)
    except (struct.error, UnicodeDecodeError, ArithmeticError, IndexError, TypeError, ValueError, Short) as error:
        raise BadInput(
            "The GGUF file is damaged",
            where=str(path),
            why=f"its header is cut off or broken ({error})",
            advice="download or copy it again",
        ) from None
    except OSError as error:
        raise BadInput("The file can't be read", where=str(path), why=error.strerror or str(error)) from None


@functools.lru_cache(maxsize=_FILES)
def _read(path: Path, identity: tuple[int, ...]) -> Listing:
    """``identity``: of the file, so that another one in its place is read anew."""
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        cursor = Cursor(data)
        if data[:4] != MAGIC:
            raise ValueError("it does not begin with the letters GGUF")
        cursor.skip(4)
        version, tensors, entries = cursor.number("<I"), cursor.number("<Q"), cursor.number("<Q")
        if version not in (2, 3):
            raise ValueError(f"it is of version {version}")
        cursor.room(entries, 13)
        fields: dict[str, Field] = {}
        for _ in range(entries):
            name, start = cursor.text(), cursor.at
            count = _skip(cursor)
            fields[name] = Field(data[start : cursor.at], count, start)
        cursor.room(tensors, 24)
        listed = [_listed(cursor) for _ in range(tensors)]
        alignment = fields["general.alignment"].contents if "general.alignment" in fields else 32
        begin = -(-cursor.at // alignment) * alignment
        return Listing(fields, tuple(Tensor(name, shape, kind, begin + at) for name, shape, kind, at in listed))


def _skip(cursor: Cursor) -> int:
    """Go over a value with the word for its type; the entries of it."""
    kind = cursor.number("<I")
    if kind != ARRAY:
        cursor.value(kind)
        return 1
    inner, count = struct.unpack_from("<IQ", cursor.data, cursor.at)
    if inner == STRING:
        cursor.skip(12)
        cursor.room(count, 8)
        cursor.skip_texts(count)
    elif inner in SCALARS:
        cursor.skip(12)
        cursor.skip(count * struct.calcsize(SCALARS[inner]))
    else:
        cursor.value(kind)
    return int(count)


def _listed(cursor: Cursor) -> tuple[str, tuple[int, ...], int, int]:
    name, dimensions = cursor.text(), cursor.number("<I")
    if dimensions > 4:
        raise Short(f"{name} has {dimensions} dimensions")
    shape = tuple(reversed([cursor.number("<Q") for _ in range(dimensions)]))
    return name, shape, cursor.number("<I"), cursor.number("<Q")


def _value(raw: bytes) -> Any:
    (kind,) = struct.unpack_from("<I", raw)
    if kind in SCALARS:
        return struct.unpack_from(SCALARS[kind], raw, 4)[0]
    if kind == STRING:
        return raw[12:].decode("utf-8")
    inner, count = struct.unpack_from("<IQ", raw, 4)
    if inner in SCALARS:
        return list(struct.unpack_from(f"<{count}{SCALARS[inner][1]}", raw, 16))
    if inner != STRING:
        raise Short("an array of arrays")
    length_at, at, texts = struct.Struct("<Q").unpack_from, 16, []
    for _ in range(count):
        (length,) = length_at(raw, at)
        texts.append(raw[at + 8 : at + 8 + length].decode("utf-8"))
        at += 8 + length
    return texts


def write_outline(path: Path, target: Path) -> None:
    """Write a file with the short values of another one and the names of its tensors, each of one number: enough for
    a library that looks for the config of a model, and read at once."""
    fields = listing(path)
    short = {name: field for name, field in fields.fields.items() if field.count <= LONG}
    parts = [MAGIC, struct.pack("<IQQ", 3, len(fields.tensors), len(short))]
    for name, field in short.items():
        parts += [_text(name), field.raw]
    for tensor in fields.tensors:
        parts += [_text(tensor.name), struct.pack("<IQIQ", 1, 1, 0, 0)]
    head = b"".join(parts)
    target.write_bytes(head + bytes(1024))  # the tensors' one number, wherever the alignment puts it


def _text(words: str) -> bytes:
    encoded = words.encode("utf-8")
    return struct.pack("<Q", len(encoded)) + encoded


def fill_text(path: Path, key: str, content: bytes) -> None:
    """Put a text into the place of another one of at least its length, with spaces behind it. ValueError where it is
    longer, or where there is no text."""
    field = listing(path).fields.get(key)
    room = None if field is None else field.text_bytes
    if field is None or room is None or len(content) > room:
        raise ValueError(f"{key} has no room for {len(content)} bytes")
    with open(path, "r+b") as file:
        file.seek(field.at + _TEXT)
        file.write(content.ljust(room))
        file.flush()
        os.fsync(file.fileno())
    _read.cache_clear()  # it may have the times that it had
