"""Makes transformers' ``AutoModel…from_pretrained`` load folders in the own container, once this program is imported.

Without it such a folder is refused: its config.json says a model type that transformers does not know, and the type of
the network under another name. Nothing is imported here: what is to be done waits until transformers' modules are.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

_HOOKS = {
    "transformers.models.auto.configuration_auto": "register_config",
    "transformers.quantizers.auto": "register_quantizer",
}
"""Module of transformers -> function of `engine.models.loading` that is called once it is imported."""


def watch() -> None:
    """Register with transformers, now or as soon as it is imported."""
    for name in _HOOKS:
        if name in sys.modules:
            _call(name)
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


def _call(name: str) -> None:
    getattr(importlib.import_module("engine.models.loading"), _HOOKS[name])()


class _Finder(importlib.abc.MetaPathFinder):
    """Lets the usual finders find, and puts a loader around what they found for the modules of `_HOOKS`."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """None for all modules but those."""
        if fullname not in _HOOKS:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader)
        return spec


class _Loader(importlib.abc.Loader):
    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        """As the usual loader does."""
        made: ModuleType | None = self._loader.create_module(spec)
        return made

    def exec_module(self, module: ModuleType) -> None:
        """As the usual loader does, then register."""
        self._loader.exec_module(module)
        _call(module.__name__)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)
