"""The engine of Compression Studio: everything but the window.

Importing it loads neither torch nor transformers and changes nothing; what is named below is loaded when it is first
used. See `engine.api` for what each does.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from engine.version import __version__

if TYPE_CHECKING:
    from engine.api import (
        BlockResult,
        Pipeline,
        Result,
        apply,
        compress,
        evaluate,
        export,
        inspect,
        load,
        register_method,
        verify,
    )

__all__ = [
    "BlockResult",
    "Pipeline",
    "Result",
    "__version__",
    "apply",
    "compress",
    "evaluate",
    "export",
    "inspect",
    "load",
    "register_method",
    "verify",
]

_ELSEWHERE = {"Pipeline": "engine.pipeline.document", "register_method": "engine.methods.registry"}
"""What can be had without torch."""


def __getattr__(name: str) -> Any:
    if name == "export":  # the package of the formats, which can be called
        return importlib.import_module("engine.export")
    if name in __all__:
        return getattr(importlib.import_module(_ELSEWHERE.get(name, "engine.api")), name)
    raise AttributeError(f"module 'engine' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
