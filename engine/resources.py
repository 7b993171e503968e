"""Paths of the files that ship with the program: the sample model and corpus, pipelines, icons, help.

They are found beside this package, and not by the name of theirs: another package called "resources" may be first on
the path.
"""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1] / "resources"


def path(*parts: str) -> Path:
    """The path of a bundled file or folder, e.g. ``path("sample", "model")``."""
    return ROOT.joinpath(*parts)
