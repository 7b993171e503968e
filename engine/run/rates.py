"""Rates of phases on this machine, against what was expected of them: learned from run to run. Torch-free."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

from engine.base.errors import StudioError
from engine.base.files import read_object, write_json
from engine.run.pace import Phase

NEWEST = 0.4
"""Weight of the last time, of logarithms: what else the machine does differs from time to time."""
LARGEST = 50.0
"""Times faster or slower than expected that are believed at most."""


class Rates:
    """Factors of expected seconds by what they are of.

    Parameters
    ----------
    file: where they are kept; it may be damaged or not there.
    where: what else the speed depends on, e.g. the device.
    """

    def __init__(self, file: Path, where: str = "") -> None:
        self._file, self._where = file, where

    def planned(self, blocks: Mapping[str, tuple[Phase, ...]]) -> dict[str, tuple[Phase, ...]]:
        """The same phases with the seconds that they take on this machine."""
        stored = self._read()
        return {block: tuple(self._scaled(phase, stored) for phase in phases) for block, phases in blocks.items()}

    def learn(self, measured: Mapping[str, float]) -> None:
        """Take in by which factor phases took longer than planned, by key."""
        if not measured:
            return
        stored = self._read()
        for key, factor in measured.items():
            name = self._name(key)
            former = stored.get(name)
            new = factor if former is None else former * factor**NEWEST
            stored[name] = min(LARGEST, max(1.0 / LARGEST, new))
        with contextlib.suppress(StudioError, OSError):  # a full disk is for those to say who need what they write
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_json(self._file, stored)

    def _name(self, key: str) -> str:
        return f"{key}, {self._where}" if self._where else key

    def _scaled(self, phase: Phase, stored: Mapping[str, float]) -> Phase:
        factor = stored.get(self._name(phase.key)) if phase.key else None
        return phase if factor is None else Phase(phase.kind, factor * phase.seconds, phase.key, True)

    def _read(self) -> dict[str, float]:
        try:
            content = read_object(self._file)
        except (StudioError, OSError):
            return {}
        return {
            str(name): float(value)
            for name, value in content.items()
            if isinstance(value, int | float) and 1.0 / LARGEST <= value <= LARGEST
        }
