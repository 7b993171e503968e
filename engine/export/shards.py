"""Safetensors files of which all names, dtypes and shapes are known beforehand: written tensor by tensor, in any order,
with one tensor in memory. The size is known before the first byte is written.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

import torch

from engine.base.files import write_json

SHARD_BYTES = 5_000_000_000
INDEX = "model.safetensors.index.json"

_NAMES = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.float8_e4m3fn: "F8_E4M3",
    torch.float8_e5m2: "F8_E5M2",
    torch.int64: "I64",
    torch.int32: "I32",
    torch.int16: "I16",
    torch.int8: "I8",
    torch.uint8: "U8",
    torch.bool: "BOOL",
}


@dataclass(frozen=True)
class Planned:
    """A tensor that will be written."""

    name: str
    dtype: torch.dtype
    shape: tuple[int, ...]

    @classmethod
    def like(cls, name: str, tensor: torch.Tensor, dtype: torch.dtype | None = None) -> Self:
        """The plan for a tensor, which may lie on the meta device."""
        return cls(name, dtype or tensor.dtype, tuple(tensor.shape))

    @property
    def nbytes(self) -> int:
        """Bytes of its data."""
        count = self.dtype.itemsize
        for size in self.shape:
            count *= size
        return count

    @property
    def stored(self) -> tuple[str, int]:
        """The word for its type, and its bytes."""
        return _NAMES[self.dtype], self.nbytes


class Shard:
    """One file: header first, then every tensor at its place."""

    def __init__(self, planned: Iterable[Planned]) -> None:
        # the widest first, so that every tensor is aligned; names break ties, so that equal plans give equal files
        self.planned = {p.name: p for p in sorted(planned, key=lambda p: (-p.dtype.itemsize, p.name))}
        entries: dict[str, object] = {"__metadata__": {"format": "pt"}}
        self._starts: dict[str, int] = {}
        position = 0
        for p in self.planned.values():
            end = position + p.nbytes
            entries[p.name] = {"dtype": _NAMES[p.dtype], "shape": list(p.shape), "data_offsets": [position, end]}
            self._starts[p.name] = position
            position = end
        text = json.dumps(entries, separators=(",", ":"), ensure_ascii=False).encode()
        text += b" " * (-len(text) % 8)
        self.header = len(text).to_bytes(8, "little") + text
        self.nbytes = len(self.header) + position

    def create(self, path: Path) -> IO[bytes]:
        """Make the file in its full size, with its header."""
        file = open(path, "wb")  # noqa: SIM115 - stays open while the parts come
        file.write(self.header)
        file.truncate(self.nbytes)
        return file

    def put(self, file: IO[bytes], name: str, tensor: torch.Tensor) -> None:
        """Write one tensor."""
        p = self.planned[name]
        assert (tensor.dtype, tuple(tensor.shape)) == (p.dtype, p.shape), f"{name} is not what was planned"
        file.seek(len(self.header) + self._starts[name])
        flat = tensor.detach().to("cpu").contiguous().reshape(-1)
        file.write(flat.view(torch.uint8).numpy().data if flat.numel() else b"")


def shards(planned: Sequence[Planned], limit: int = SHARD_BYTES) -> list[Shard]:
    """Cut a plan, in its order, into files of at most ``limit`` bytes of data (a larger tensor gets its own)."""
    groups: list[list[Planned]] = [[]]
    size = 0
    for p in planned:
        if groups[-1] and size + p.nbytes > limit:
            groups.append([])
            size = 0
        groups[-1].append(p)
        size += p.nbytes
    return [Shard(group) for group in groups]


class ShardWriter:
    """Writes a plan into ``folder``: model.safetensors, or numbered files and an index."""

    def __init__(self, folder: Path, planned: Sequence[Planned], limit: int = SHARD_BYTES) -> None:
        self.folder = folder
        self._shards = shards(planned, limit)
        total = len(self._shards)
        self._names = [
            f"model-{i + 1:05d}-of-{total:05d}.safetensors" if total > 1 else "model.safetensors" for i in range(total)
        ]
        self._where = {name: index for index, shard in enumerate(self._shards) for name in shard.planned}
        self._waiting = set(self._where)
        self._files = [shard.create(folder / name) for shard, name in zip(self._shards, self._names, strict=True)]

    def write(self, name: str, tensor: torch.Tensor) -> None:
        """Write a planned tensor."""
        index = self._where[name]
        self._shards[index].put(self._files[index], name, tensor)
        self._waiting.discard(name)

    def finish(self) -> None:
        """Make everything lie on the disk; write the index if there are several files."""
        assert not self._waiting, f"not written: {sorted(self._waiting)[:3]}"
        for file in self._files:
            file.flush()
            os.fsync(file.fileno())
        self.close()
        if len(self._files) > 1:
            total = sum(p.nbytes for shard in self._shards for p in shard.planned.values())
            weight_map = {name: self._names[index] for name, index in sorted(self._where.items())}
            write_json(self.folder / INDEX, {"metadata": {"total_size": total}, "weight_map": weight_map})

    def close(self) -> None:
        """Close the files, finished or not."""
        for file in self._files:
            file.close()
