"""Files that ship with the program: the sample model and corpus, pipelines, icons, help."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent


def path(*parts: str) -> Path:
    """The path of a bundled file or folder, e.g. ``path("sample", "model")``."""
    return ROOT.joinpath(*parts)
