"""Writing models for other programs, and loading them there to compare."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from torch import nn

from engine.api.arguments import name_of
from engine.api.display import meter, terminal_of
from engine.api.names import PathLike, home_of
from engine.api.result import BlockResult, Result
from engine.api.writing import export_folder
from engine.contracts.commands import Verified
from engine.export.verification import check as verifying
from engine.record.home import Home
from engine.run.argument_checks import path_of
from engine.run.local import stored_in_memory
from engine.service.job_progress import verify_ends
from engine.service.jobs import artifact_of


def export(
    source: PathLike | Result | BlockResult | nn.Module,
    format: str,
    folder: PathLike,
    /,
    *,
    tokenizer: Any = None,
    home: Home | PathLike | None = None,
    progress: bool = True,
    **options: Any,
) -> Verified:
    """Write a model in a format that other programs load, then load it there in a fresh process and compare.

    Parameters
    ----------
    source: what `compress` returned, the folder of an artifact or another model, the id or folder of a run, or a
        network of transformers that is in memory, such as `apply` returns: it stays as it is.
    format: "compressed-tensors", "gguf", "dense", "container" and others (`engine.export.registry.formats`).
    folder: to be written; it must not be there yet.
    tokenizer: of a network in memory, see `evaluate`.
    options: of the format, e.g. ``dtype="bfloat16"``.

    Returns
    -------
    Verified: whether the other program says the same (``ok``), in a ``sentence``, with ``metrics`` and ``warnings``.

    Raises
    ------
    BadInput: an unknown format or option, layers that the format can't express, a folder that is taken.
    RunFailed: a full disk.
    """
    workspace = home_of(home)
    with contextlib.ExitStack() as stack:
        if isinstance(source, nn.Module):
            artifact = stack.enter_context(stored_in_memory(source, tokenizer, Path(folder)))
        else:
            artifact = artifact_of(name_of(source), workspace)
        return export_folder(artifact, format, Path(folder), workspace, options, progress)


def verify(folder: PathLike, *, progress: bool = True) -> Verified:
    """Load an exported folder in a fresh process again, and compare with what the artifact said when it was written.

    Raises
    ------
    BadInput: the folder was not written by `export`. All else that is wrong with it is in the result.
    """
    with terminal_of({"local": "Verify"}, progress) as terminal:
        path = Path(path_of(folder, "an exported folder"))
        return verifying.verify(path, meter(terminal, verify_ends(path)), lambda: None)
