"""Sums over tokens that a run keeps in its stage's folder while it gathers them, in files of a bounded size: storing
them takes no second copy of all of them in memory."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open

from engine.calibration.statistics import Sum
from engine.checkpoints import checksum

SHARD_BYTES = 1 << 26
"""Bytes of the sums that one file holds, unless a single sum is larger."""
_SUM, _COUNTS = "sum/", "counts/"
"""Before the name of a linear."""
_LAYOUT = {"layout": "2"}
"""Files of another one, which an earlier version of this program wrote, are not read."""


@dataclass(frozen=True)
class PartialSums:
    """The sums below ``path``, a safetensors file: it is written last, and lists what the shards beside it are of.

    identity: model, text, seed and way to compute; sums of another one are not read.
    """

    path: Path
    identity: Mapping[str, str]

    def save(self, sums: Mapping[str, Sum], windows: int) -> None:
        """Write the sums of so many windows, and remove those of fewer."""
        shards = list(_shards(sums))
        about = {**self.identity, **_LAYOUT, "windows": str(windows)}
        for number, names in enumerate(shards):
            tensors = {f"{_SUM}{name}": sums[name].total.cpu() for name in names}
            checksum.save(tensors, self._shard(windows, number), about)
        counts = {f"{_COUNTS}{name}": one.counts for name, one in sums.items()}
        checksum.save(counts, self.path, {**about, "shards": str(len(shards))})
        current = {self._shard(windows, number) for number in range(len(shards))}
        for file in self._all_shards():
            if file not in current:
                file.unlink(missing_ok=True)

    def load(self, statistic: Callable[[int], Sum], device: torch.device) -> tuple[dict[str, Sum], int]:
        """Read the sums, and the number of windows they are of; none of another identity, or of a damaged file."""
        about = self._about(self.path)
        if about is None:
            return {}, 0
        windows, sums = int(about["windows"]), dict[str, Sum]()
        counts = checksum.load(self.path)
        for number in range(int(about["shards"])):
            shard = self._shard(windows, number)
            if self._about(shard) is None:
                return {}, 0
            with safe_open(shard, "pt") as opened:
                for key in opened.keys():  # noqa: SIM118 - safe_open can not be iterated
                    name, total = key.removeprefix(_SUM), opened.get_tensor(key)
                    sums[name] = statistic(total.shape[-1])
                    sums[name].restore(total.to(device), counts[f"{_COUNTS}{name}"])
        return sums, windows

    def total(self, name: str) -> torch.Tensor | None:
        """The sum of one linear, read from its shard; None if there is none."""
        shard = self._places.get(name)
        if shard is None:
            return None
        with safe_open(shard, "pt") as opened:
            total: torch.Tensor = opened.get_tensor(f"{_SUM}{name}")
        return total

    def counts(self, name: str) -> torch.Tensor:
        """The `Sum.counts` of a linear that has a sum."""
        with safe_open(self.path, "pt") as opened:
            counts: torch.Tensor = opened.get_tensor(f"{_COUNTS}{name}")
        return counts

    @functools.cached_property
    def _places(self) -> dict[str, Path]:
        """Name of a linear -> the shard that its sum is in."""
        places: dict[str, Path] = {}
        about = self._about(self.path)
        for number in range(int(about["shards"]) if about else 0):
            shard = self._shard(int(about["windows"]) if about else 0, number)
            with safe_open(shard, "pt") as opened:
                places |= {key.removeprefix(_SUM): shard for key in opened.keys()}  # noqa: SIM118 - not a dict
        return places

    def is_whole(self, windows: int) -> bool:
        """True if sums of so many windows are stored, and undamaged."""
        about = self._about(self.path)
        if about is None or about["windows"] != str(windows):
            return False
        return all(self._about(self._shard(windows, number)) for number in range(int(about["shards"])))

    def remove(self) -> None:
        """Remove all files."""
        for file in (self.path, *self._all_shards()):
            file.unlink(missing_ok=True)

    def _about(self, file: Path) -> dict[str, str] | None:
        """The metadata of a sound file of this identity."""
        if not file.is_file() or checksum.damage(file):
            return None
        about = checksum.metadata(file)
        expected = {**self.identity, **_LAYOUT}
        return about if {key: about.get(key) for key in expected} == expected else None

    def _shard(self, windows: int, number: int) -> Path:
        return self.path.with_name(f"{self.path.stem}.{windows}-{number}.safetensors")

    def _all_shards(self) -> Iterator[Path]:
        return self.path.parent.glob(f"{self.path.stem}.*-*.safetensors")


def _shards(sums: Mapping[str, Sum]) -> Iterator[list[str]]:
    """The names of the sums of each file."""
    names: list[str] = []
    size = 0
    for name, one in sums.items():
        nbytes = one.total.numel() * one.total.element_size()
        if names and size + nbytes > SHARD_BYTES:
            yield names
            names, size = [], 0
        names.append(name)
        size += nbytes
    if names:
        yield names
