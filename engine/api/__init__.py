"""Compression for scripts and notebooks; all of it is also there as ``engine.compress`` and so on.

A run leaves a folder with a report and stores what it computed, so that the same step is not computed twice::

    import engine

    result = engine.compress("sample", "gptq", format="int4", group_size=64)
    print(result.metrics["perplexity"])
    result.export("compressed-tensors", "out")

One method on a network that is in memory, without any file::

    model = engine.apply("round_to_nearest", model, format="int4")

Everything that can't be done is an exception with a sentence (`engine.base.errors`): `BadInput` for wrong arguments,
`RunFailed` and its kind `OutOfMemory` for what went wrong.

Each name is loaded when it is first used, and torch with those that compute.
"""

import importlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from engine.api.exporting import export, push, replay, verify
    from engine.api.fitting import Fit, fit
    from engine.api.in_memory import apply
    from engine.api.measuring import evaluate, inspect
    from engine.api.result import BlockResult, Result, Sweep
    from engine.api.running import compress, resume, sweep
    from engine.api.workspace import history, methods, results
    from engine.methods.registry import register_method
    from engine.models.loading import load
    from engine.pipeline.document import Pipeline

HOMES = {
    "BlockResult": "engine.api.result",
    "Fit": "engine.api.fitting",
    "Pipeline": "engine.pipeline.document",
    "Result": "engine.api.result",
    "Sweep": "engine.api.result",
    "apply": "engine.api.in_memory",
    "compress": "engine.api.running",
    "evaluate": "engine.api.measuring",
    "export": "engine.api.exporting",
    "fit": "engine.api.fitting",
    "history": "engine.api.workspace",
    "inspect": "engine.api.measuring",
    "load": "engine.models.loading",
    "methods": "engine.api.workspace",
    "push": "engine.api.exporting",
    "register_method": "engine.methods.registry",
    "replay": "engine.api.exporting",
    "results": "engine.api.workspace",
    "resume": "engine.api.running",
    "sweep": "engine.api.running",
    "verify": "engine.api.exporting",
}
"""Name -> the module that defines it."""
__all__ = [
    "BlockResult",
    "Fit",
    "Pipeline",
    "Result",
    "Sweep",
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


if not TYPE_CHECKING:  # a type checker would take every name for one that is there

    def __getattr__(name):
        if name in HOMES:
            return getattr(importlib.import_module(HOMES[name]), name)
        raise AttributeError(f"module 'engine.api' has no attribute '{name}'")


def __dir__() -> "list[str]":
    return sorted({*globals(), *__all__})
