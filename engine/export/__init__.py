"""Writing models for other programs, and proving that they load there.

The package can be called: ``engine.export(source, format, folder)`` is `engine.api.export`, which has the same name.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any


class _Export(ModuleType):
    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return importlib.import_module("engine.api").export(*arguments, **options)


sys.modules[__name__].__class__ = _Export
