"""The engine of Compression Studio: everything but the window.

Importing it loads neither torch nor transformers and changes nothing; what is named below is loaded when it is first
used. See `engine.api` for what each does.

Nothing of the standard library is imported here that Python has not loaded by itself, `typing` and `__future__`
included, before `_forget_current_folder` has run: see there.
"""

import importlib  # Python has it loaded, as sys and os
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
"""Folder of the packages of the program."""


def _forget_current_folder() -> None:
    """Take the current folder from `sys.path` where Python was started with ``-m`` and is just looking for the module.

    ``-m`` puts that folder in front of everything that is imported: whoever stands in the unpacked folder of a model
    would run the typing.py or torch.py in it. Nothing is imported from there but the engine that lies there. Programs
    that import the engine keep their path."""
    if sys.argv[:1] != ["-m"] or not sys.path or sys.flags.safe_path:
        return
    try:
        here = os.path.realpath(os.getcwd())
    except OSError:  # it was deleted
        here = ""
    if os.path.realpath(sys.path[0]) == here != os.path.realpath(ROOT):
        del sys.path[0]


_forget_current_folder()

from engine.version import __version__  # noqa: E402

TYPE_CHECKING = False
if TYPE_CHECKING:
    from engine.api import (
        BlockResult,
        Fit,
        Pipeline,
        Result,
        Sweep,
        apply,
        compress,
        evaluate,
        export,
        fit,
        history,
        inspect,
        load,
        methods,
        push,
        register_method,
        replay,
        results,
        resume,
        sweep,
        verify,
    )

__all__ = [
    "BlockResult",
    "Fit",
    "Pipeline",
    "Result",
    "Sweep",
    "__version__",
    "apply",
    "compress",
    "evaluate",
    "export",
    "fit",
    "history",
    "inspect",
    "load",
    "methods",
    "push",
    "register_method",
    "replay",
    "results",
    "resume",
    "sweep",
    "verify",
]

_CALLABLE = ("export", "methods")
"""Packages of the engine that can be called like the function of the same name."""


if not TYPE_CHECKING:  # a type checker would take every name for one that is there

    def __getattr__(name):
        if name in _CALLABLE:
            return importlib.import_module(f"engine.{name}")
        if name in __all__:
            return getattr(importlib.import_module("engine.api"), name)
        raise AttributeError(f"module 'engine' has no attribute '{name}'")


def __dir__() -> "list[str]":
    return sorted({*globals(), *__all__})
