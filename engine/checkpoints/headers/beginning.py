"""The beginning of a file of weights: its header without its tensors, for a look at a model that is elsewhere."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path

from engine.base.errors import BadInput
from engine.base.files import make_folder
from engine.checkpoints.headers import gguf, safetensors

SMALL_TENSORS = 1 << 20
"""Bytes of data that come with a GGUF header: small tensors that say something of the model, such as the factors of its
rotary frequencies, stand first."""


def header_bytes(path: Path) -> int | None:
    """Bytes of the header of a file of weights; None for a file of another kind. Raises `BadInput`, OSError."""
    if path.suffix == ".safetensors":
        with open(path, "rb") as file:
            start = file.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        return 8 + min(length, safetensors.HEADER_LIMIT)
    with open(path, "rb") as file:
        if file.read(4) != gguf.MAGIC:
            return None
    _, tensors, _ = gguf.read_file(path)
    return min((tensor.offset for tensor in tensors), default=0) + SMALL_TENSORS


def write_header(path: Path, copy: Path) -> None:
    """Write the header of a file of weights to another place, or all of a file of another kind. Raises `BadInput`."""
    try:
        length = header_bytes(path)
        make_folder(copy.parent)
        if length is None:
            shutil.copyfile(path, copy)
            return
        with open(path, "rb") as file:
            copy.write_bytes(file.read(length))
    except OSError as error:
        raise BadInput("The file can't be read", where=str(path), why=error.strerror or str(error)) from None
