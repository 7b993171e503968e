"""The installation that is offered to a person: the machine, the build of torch, what is fetched, the disk."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.base.human import bytes_text, printable
from engine.installer import backends
from engine.installer.bundle import Bundle, Lock
from engine.installer.environment import Packages
from engine.installer.hardware import Machine
from engine.installer.layout import Installation
from engine.installer.steps import Plan


@dataclass(frozen=True)
class Offer:
    """``window``: with Qt."""

    bundle: Bundle
    machine: Machine
    installation: Installation
    window: bool = True

    @property
    def builds(self) -> list[str]:
        """Builds of torch to choose from."""
        return self.bundle.builds(self.machine, self.window) or list(backends.PUBLISHED)

    @property
    def heading(self) -> str:
        """The program and the machine."""
        named = f"Compression Studio {self.bundle.version} ({self.bundle.code})"
        return f"{named}\nThis machine: {printable(str(self.machine))}"

    def choose(self, backend: str) -> backends.Choice:
        """The build for the machine, or the one that is named. Raises `BadInput`."""
        if backend not in ("", "auto"):
            return backends.check(backend, self.machine, self.builds, self.window)
        return backends.choose(self.machine, self.builds, self.window)

    def lock(self, choice: backends.Choice) -> Lock | None:
        """Of a build."""
        return self.bundle.lock(self.machine, choice.backend, self.window)

    def cost(self, choice: backends.Choice) -> str:
        """Bytes to be fetched, and the disk."""
        root = self.installation.root
        return f"{self._fetched(choice)}\nFolder: {root} ({bytes_text(_free(root))} free)"

    def _fetched(self, choice: backends.Choice) -> str:
        lock = self.lock(choice)
        if lock is None:
            return "To be fetched: this installer has no list of packages for this system, so the size is not known."
        packages = "1 package" if lock.packages == 1 else f"{lock.packages} packages"
        size = f"{packages}, {bytes_text(lock.bytes)} at most"
        python = f"Python {self.bundle.python}, where it is not installed, comes on top"
        return f"To be fetched: {size}; what is in the cache is not. {python}."

    def plan(self, choice: backends.Choice, extras: Sequence[str], find: Path | None, python: str) -> Plan:
        """The installation of a build. ``extras``: besides the window and updates; ``find``: a folder of wheels."""
        names = (*(("window",) if self.window else ()), "update", *extras)
        packages = Packages(tuple(dict.fromkeys(names)), find)
        return Plan(self.bundle, choice.backend, self.lock(choice), packages, python=python)


def said(choice: backends.Choice) -> str:
    """A build and why it is the one, for people."""
    note = f"\nNote: {printable(choice.advice)}." if choice.advice else ""
    return f"Build of torch: {choice.backend}, for {printable(choice.why)}.{note}"


def _free(folder: Path) -> int:
    there = next(path for path in (folder, *folder.parents) if path.is_dir())
    return shutil.disk_usage(there).free
