"""Progress of a check, layer by layer; the reader's process hands it to the one that asks through a file."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

Progress = Callable[[float, str], None]
VERB = "Verifying"
FILE = "progress.txt"
"""In the folder that the two processes share: the fraction (0..1), a tab, and what is being done."""


def reporter(work_folder: Path) -> Progress:
    """A function for the reader's process that writes the file anew, whole each time."""

    def report(fraction: float, text: str) -> None:
        part = work_folder / f"{FILE}.part"
        part.write_text(f"{fraction:.4f}\t{text}", "utf-8")
        with contextlib.suppress(PermissionError):  # Windows, while the other process reads it
            os.replace(part, work_folder / FILE)

    return report


def reported(work: Path) -> tuple[float, str] | None:
    """The last report of the reader in ``work``; None before the first, and for words that are none."""
    try:
        fraction, tab, text = (work / FILE).read_text("utf-8").partition("\t")
        return (min(1.0, max(0.0, float(fraction))), text[:200]) if tab else None
    except (OSError, ValueError):
        return None


@contextlib.contextmanager
def layers_reported(module: Any, layers: Sequence[str], verb: str, report: Progress) -> Iterator[None]:
    """While the block runs, a forward pass of ``module`` reports each of its ``layers`` (names) as it comes to it:
    ``"Verifying layer 14 of 30"``."""

    def hook(index: int) -> Callable[..., None]:
        return lambda *_: report(index / len(layers), f"{verb} layer {index + 1} of {len(layers)}")

    hooks = [module.get_submodule(name).register_forward_pre_hook(hook(i)) for i, name in enumerate(layers)]
    try:
        yield
    finally:
        for handle in hooks:
            handle.remove()
