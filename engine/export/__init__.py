"""Writing models for other programs, and proving that they load there.

The package can be called: ``engine.export(source, format, folder)`` is `engine.api.export`, which has the same name.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from types import ModuleType
from typing import Any


class _Export(ModuleType):
    """The package. Type checkers see the function (`engine` says so), people who ask for its signature too."""

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return importlib.import_module("engine.api").export(*arguments, **options)

    @property
    def __signature__(self) -> inspect.Signature:
        return inspect.signature(importlib.import_module("engine.api").export)


sys.modules[__name__].__class__ = _Export
