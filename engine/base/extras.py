"""Extras of the distribution: packages that few need, and the sentence for one that is not installed. Torch-free, with
the standard library alone."""

from __future__ import annotations

import importlib.util
from typing import Literal

from engine.base.errors import BadInput

Extra = Literal["window", "hub", "llama", "eval"]
"""Optional dependencies by their names in pyproject.toml."""
MODULES: dict[Extra, tuple[str, ...]] = {
    "window": ("PySide6", "pyqtgraph"),
    "hub": ("datasets",),
    "llama": ("xllamacpp",),
    "eval": ("lm_eval",),
}
"""Modules that each brings."""


def is_installed(extra: Extra) -> bool:
    """True if all of its modules can be imported; none is."""
    return all(importlib.util.find_spec(module) is not None for module in MODULES[extra])


def command(extra: Extra) -> str:
    """The line that installs it."""
    return f"pip install 'compression-studio[{extra}]'"


def require(extra: Extra, what: str) -> None:
    """Raise `BadInput` where an extra is not installed. ``what``: what needs it, e.g. "The window"."""
    if is_installed(extra):
        return
    missing = [module for module in MODULES[extra] if importlib.util.find_spec(module) is None]
    why = f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed"
    raise BadInput(f"{what} needs the extra '{extra}'", why=why, advice=f"run: {command(extra)}")
