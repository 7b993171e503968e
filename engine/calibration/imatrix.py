"""Files of importance matrices, as llama-imatrix writes them: imatrix.gguf, and the older imatrix.dat."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch

from engine.base import pinned
from engine.base.errors import BadInput, StudioError
from engine.base.files import disk_error, refuse_existing, whole_file
from engine.checkpoints.headers.gguf_cursor import MAGIC
from engine.checkpoints.headers.gguf_fields import Tensor, listing
from engine.version import __version__

WRITTEN_BY = "compression_studio.version"
"""Key of the files that `write` has written; others are never replaced."""
SUMS, COUNTS = ".in_sum2", ".counts"
DATASETS, CHUNKS = "imatrix.datasets", "imatrix.chunk_count"
_LARGEST = 4 << 30
"""Bytes of a file above which it is not read to see whose it is."""
_LONGEST = 1 << 27
"""Bytes of a name or values of an entry above which a file is not taken for an importance matrix."""


def read(path: Path) -> dict[str, torch.Tensor]:
    """Name of a tensor in a GGUF file -> the mean of x² of each of its inputs, float32 (inputs,); of experts the mean
    over all. Raises `BadInput`, and `InputChanged` for a file that is not what it was when its hash was taken."""
    try:
        file = pinned.pins().pin(path)
        data = file.read()
        if data.startswith(b"GGUF"):
            with file.by_path():
                energies = _read_gguf(path)
        else:
            energies = _read_dat(data)
    except pinned.InputChanged:
        raise
    except OSError as error:
        raise BadInput("The file can't be read", where=str(path), why=error.strerror or str(error)) from None
    except Exception as error:
        raise _not_one(path, str(error)) from None
    if not energies:
        raise _not_one(path, "it has no entries")
    for name, values in energies.items():
        if not torch.isfinite(values).all() or bool((values < 0).any()):
            raise _not_one(path, f"the values of {name} are not finite, or below zero")
    return energies


@dataclass(frozen=True)
class Facts:
    """Origin of an importance matrix by its file: the first of its data sets ("" if it names none), how
    many chunks of it were read (0 if it does not say), and how many tensors it has entries for."""

    dataset: str
    chunks: int
    entries: int


def facts(path: Path) -> Facts:
    """The `Facts` of a file that `read` has read. Raises `BadInput`."""
    try:
        with open(path, "rb") as file:
            is_gguf = file.read(4) == MAGIC
        return _facts_gguf(path) if is_gguf else _facts_dat(path.read_bytes())
    except OSError as error:
        raise BadInput("The file can't be read", where=str(path), why=error.strerror or str(error)) from None
    except Exception as error:
        raise _not_one(path, str(error)) from None


def _facts_gguf(path: Path) -> Facts:
    reader = gguf.GGUFReader(path)
    said: dict[str, Any] = {key: reader.fields[key].contents() for key in (DATASETS, CHUNKS) if key in reader.fields}
    entries = sum(tensor.name.endswith(SUMS) for tensor in reader.tensors)
    chunks = said.get(CHUNKS)
    return Facts(str(next(iter(said.get(DATASETS) or ()), "")), chunks if isinstance(chunks, int) else 0, entries)


def _facts_dat(data: bytes) -> Facts:
    """Behind the entries, in newer ones: the number of chunks, the length of the data set's name, the name."""
    entries, at = _entries_dat(data)
    if at + 8 > len(data):
        return Facts("", 0, len(entries))
    chunks, length = struct.unpack_from("<ii", data, at)
    name = data[at + 8 : at + 8 + length] if 0 < length < _LONGEST else b""
    return Facts(name.decode("utf-8", "replace"), max(0, chunks), len(entries))


def _not_one(path: Path, why: str) -> BadInput:
    return BadInput(
        "The file is not an importance matrix, or it is damaged",
        where=str(path),
        why=why,
        advice="make it with llama-imatrix, or let it be gathered on a text",
    )


def _read_gguf(path: Path) -> dict[str, torch.Tensor]:
    tensors = {tensor.name: _values(path, tensor) for tensor in listing(path).tensors}
    energies = {}
    for name, sums in tensors.items():
        if name.endswith(SUMS):
            stem = name.removesuffix(SUMS)
            counts = tensors[stem + COUNTS].reshape(-1)
            total = torch.from_numpy(sums.reshape(len(counts), -1)).double().sum(0)
            energies[stem] = (total / max(1.0, float(counts.sum()))).float()
    return energies


def _values(path: Path, tensor: Tensor) -> np.ndarray[Any, np.dtype[np.float32]]:
    """The values of a tensor of float32. Raises ValueError for another, or one that is not whole."""
    count = math.prod(tensor.shape)
    if tensor.kind != gguf.GGMLQuantizationType.F32 or tensor.offset + 4 * count > path.stat().st_size:
        raise ValueError(f"{tensor.name} is not a whole float32 tensor")
    return np.fromfile(path, "<f4", count, offset=tensor.offset).reshape(tensor.shape)


def _read_dat(data: bytes) -> dict[str, torch.Tensor]:
    return _entries_dat(data)[0]


def _entries_dat(data: bytes) -> tuple[dict[str, torch.Tensor], int]:
    """The entries, and where they end. In the file: the number of entries; of each the length of its name, the name,
    calls, number of values, and the values, which are means times calls."""
    at = 4
    (entries,) = struct.unpack_from("<i", data, 0)
    energies = {}
    for _ in range(entries):
        (length,) = struct.unpack_from("<i", data, at)
        if not 0 < length < _LONGEST:
            raise ValueError(f"a name of {length} bytes")
        name = data[at + 4 : at + 4 + length].decode("utf-8")
        at += 4 + length
        calls, values = struct.unpack_from("<ii", data, at)
        if not 0 < values < _LONGEST or at + 8 + 4 * values > len(data):
            raise ValueError(f"{name} has {values} values")
        sums = torch.from_numpy(np.frombuffer(data, "<f4", values, at + 8).copy())
        energies[name] = sums / max(1, calls)
        at += 8 + 4 * values
    return energies, at


def refuse_other(path: Path, inputs: Mapping[str, int], text: str) -> None:
    """Raise `BadInput` if writing ``path`` would replace anything but an importance matrix that `write` wrote on the
    same ``text`` for a model with these tensors: ``inputs``: name in a GGUF file -> number of inputs."""
    if path.is_symlink() or not _is_own(path, inputs, text):
        refuse_existing(path, "importance matrix")


def _is_own(path: Path, inputs: Mapping[str, int], text: str) -> bool:
    try:
        with open(path, "rb") as file:
            if file.read(len(MAGIC)) != MAGIC or path.stat().st_size > _LARGEST:
                return False
        listed = listing(path)
        fields = {key: listed.fields[key].contents for key in (WRITTEN_BY, DATASETS) if key in listed.fields}
        sums = [tensor for tensor in listed.tensors if tensor.name.endswith(SUMS)]
        fits = all(inputs.get(tensor.name.removesuffix(SUMS)) == tensor.shape[-1] for tensor in sums)
    except (OSError, StudioError, ValueError, IndexError):  # a file that can't be read is another's
        return False
    return WRITTEN_BY in fields and fields.get(DATASETS) == [text] and fits


def write(path: Path, energies: Mapping[str, torch.Tensor], *, text: str, chunks: int, chunk_size: int) -> None:
    """Write imatrix.gguf. ``energies``: name of a tensor in a GGUF file -> mean of x² of each input; ``chunks`` samples
    of ``chunk_size`` tokens of ``text`` gave them. Raises `BadInput` or `RunFailed` where that is not possible."""
    try:
        with whole_file(path) as temporary:
            writer = gguf.GGUFWriter(temporary, "")
            writer.add_type("imatrix")
            writer.add_string(WRITTEN_BY, __version__)
            writer.add_array(DATASETS, [text])
            writer.add_uint32(CHUNKS, chunks)
            writer.add_uint32("imatrix.chunk_size", chunk_size)
            count = np.array([[float(chunks)]], dtype=np.float32)
            for name, energy in energies.items():
                sums = energy.float().cpu().numpy()[None] * np.float32(chunks)
                writer.add_tensor(name + SUMS, sums)
                writer.add_tensor(name + COUNTS, count)
            writer.write_header_to_file()
            writer.write_kv_data_to_file()
            writer.write_tensors_to_file()
            writer.close()
    except OSError as error:
        raise disk_error(error, path) from error
