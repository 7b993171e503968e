"""Headers of safetensors files and the folders that they lie in.

Format: an unsigned 64-bit length, that many bytes of JSON ``{name: {dtype, shape, data_offsets}}``, then the data
without holes (https://github.com/huggingface/safetensors#format).
"""

from __future__ import annotations

import json
import math
import os
import struct
from pathlib import Path
from typing import Any

from engine.base.errors import BadInput
from engine.base.files import parse_json
from engine.base.human import bytes_text
from engine.base.pinned import Pinned, Pins, read_object
from engine.checkpoints.headers import TensorInfo

SINGLE, INDEX = "model.safetensors", "model.safetensors.index.json"
HASH = "sha256"
"""Of the metadata of files that bear one."""
HEADER_LIMIT = 100_000_000
"""Bytes; the limit of the format's own library."""
BITS = {
    **dict.fromkeys(("BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"), 8),
    **dict.fromkeys(("U16", "I16", "F16", "BF16"), 16),
    **dict.fromkeys(("U32", "I32", "F32"), 32),
    **dict.fromkeys(("U64", "I64", "F64", "C64"), 64),
    "F4": 4,
    **dict.fromkeys(("F6_E2M3", "F6_E3M2"), 6),
}
_AGAIN = "download or copy it again"


def read_file(path: Path, pins: Pins | None = None) -> tuple[TensorInfo, ...]:
    """The tensors of one file in the order of its data. ``pins``: where it is pinned, None to read the header alone, of
    the file as it is now. Raises `BadInput` naming what is wrong with it."""
    try:
        pinned = Pinned(path, settled=False) if pins is None else pins.pin(path)
        with pinned.open() as file:
            size = os.fstat(file.fileno()).st_size
            start = file.read(8)
            length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
            if len(start) < 8:
                raise _damaged(path, f"it has only {size} bytes")
            if length > HEADER_LIMIT:
                raise _damaged(path, f"its header claims {length} bytes, more than {bytes_text(HEADER_LIMIT)}")
            if length > size - 8:
                raise _damaged(path, f"its header claims {length} bytes, the file has {size}")
            text = file.read(length)
    except OSError as error:
        raise BadInput("The file can't be read", where=str(path), why=error.strerror or str(error)) from None
    tensors = sorted(_entries(path, text, 8 + length), key=lambda tensor: (tensor.offset, tensor.nbytes))
    _check_extent(path, tensors, 8 + length, size)
    return tuple(tensors)


def read_folder(folder: Path, pins: Pins | None = None) -> tuple[TensorInfo, ...]:
    """The tensors of a model's folder: ``model.safetensors``, or the shards that the index names. ``pins``: where the
    files are pinned."""
    pins = pins or Pins()
    if (folder / SINGLE).is_file():
        return read_file(folder / SINGLE, pins)
    index = folder / INDEX
    data = read_object(index, pins)
    weight_map = data.get("weight_map")
    if not isinstance(weight_map, dict) or not weight_map:
        raise BadInput("The index of the model is damaged", where=str(index), why="it has no weight_map", advice=_AGAIN)
    tensors: dict[str, TensorInfo] = {}
    for shard in sorted({_plain_name(index, name) for name in weight_map.values()}):
        if not (folder / shard).is_file():
            raise BadInput("A file of the model is missing", where=str(folder / shard), advice=_AGAIN)
        tensors |= {t.name: t for t in read_file(folder / shard, pins) if weight_map.get(t.name, shard) == shard}
    absent = [name for name in weight_map if name not in tensors]
    if absent:
        raise BadInput(
            "The index of the model names a tensor that is not there",
            where=str(folder / weight_map[absent[0]]),
            why=f"{absent[0]} is missing" + (f", and {len(absent) - 1} more" if len(absent) > 1 else ""),
            advice=_AGAIN,
        )
    return tuple(tensors.values())


def borne_hash(file: Pinned) -> str:
    """The SHA-256 that the file bears in its metadata (see `engine.checkpoints.checksum`), "" if there is none."""
    with file.open() as opened:
        (length,) = struct.unpack("<Q", opened.read(8))
        header = parse_json(opened.read(min(length, HEADER_LIMIT)))
    metadata = header.get("__metadata__") if isinstance(header, dict) else None
    stated = metadata.get(HASH) if isinstance(metadata, dict) else None
    return stated if isinstance(stated, str) else ""


def _plain_name(index: Path, name: Any) -> str:
    """A name of a file beside the index, short enough for any disk; raises `BadInput`."""
    if (
        not isinstance(name, str)
        or not 0 < len(name) < 200
        or name in (".", "..")
        or any(sign in name for sign in "/\\:\0")
    ):
        raise BadInput(
            "The index of the model points outside its folder",
            where=str(index),
            why=f"it names {name!r} as a tensor file",
            advice="get the model from a source that you trust",
        )
    return str(name)


def _entries(path: Path, text: bytes, start: int) -> list[TensorInfo]:
    try:
        header = json.loads(text, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise _damaged(path, f"its header is not JSON ({error})") from None
    if not isinstance(header, dict):
        raise _damaged(path, "its header is not a JSON object")
    return [_entry(path, name, entry, start) for name, entry in header.items() if name != "__metadata__"]


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    entries = dict(pairs)
    if len(entries) < len(pairs):
        raise ValueError("a name appears twice")
    return entries


def _entry(path: Path, name: str, entry: Any, start: int) -> TensorInfo:
    try:
        dtype, shape, (begin, end) = entry["dtype"], entry["shape"], entry["data_offsets"]
        numbers = [*shape, begin, end]
    except (TypeError, KeyError, ValueError):
        raise _damaged(path, f"its header does not describe {name}") from None
    if not all(type(number) is int and number >= 0 for number in numbers):
        raise _damaged(path, f"{name} has the shape {shape} and the offsets {begin}, {end}")
    if not isinstance(dtype, str) or dtype not in BITS:
        raise BadInput(
            f"The file holds a tensor of the unknown type {dtype!r}",
            where=f"{path}: {name}",
            advice="update the program, or convert the model to BF16",
        )
    bits = math.prod(shape) * BITS[dtype]
    if bits != (end - begin) * 8:
        raise _damaged(path, f"{name} is {dtype} of shape {shape} but lies in {end - begin} bytes")
    return TensorInfo(name, tuple(shape), dtype, end - begin, path.name, start + begin)


def _check_extent(path: Path, tensors: list[TensorInfo], start: int, size: int) -> None:
    """The data must fill the file from the header to the end, without holes or overlaps."""
    expected = start
    for tensor in tensors:
        if tensor.offset != expected:
            what = "overlaps the tensor before it" if tensor.offset < expected else "leaves a hole before it"
            raise _damaged(path, f"{tensor.name} {what}")
        expected += tensor.nbytes
    if expected > size:
        raise _damaged(path, f"it is cut off: {size} of {expected} bytes are there")
    if expected < size:
        raise _damaged(path, f"{size - expected} bytes after the last tensor belong to nothing")


def _damaged(path: Path, why: str) -> BadInput:
    return BadInput("The file is damaged", where=str(path), why=why, advice=_AGAIN)
