"""Writing models for other programs, and loading them there to compare."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch import nn

from engine.api.arguments import name_of
from engine.api.display import meter, terminal_of
from engine.api.names import PathLike, home_of
from engine.api.result import BlockResult, Result
from engine.api.writing import export_folder
from engine.contracts.commands import Verified
from engine.contracts.opening import MAIN
from engine.contracts.publishing import Pushed
from engine.contracts.replay import Replay
from engine.export.verification import check as verifying
from engine.record.home import Home
from engine.run.argument_checks import path_of
from engine.run.control import Control
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


def replay(
    folder: PathLike,
    base: PathLike | None = None,
    *,
    revision: str = "",
    files: Sequence[PathLike] = (),
    layers: int | None = None,
    device: str | None = None,
    progress: bool = True,
) -> Replay:
    """Make an export again from the record of its making, and compare tensor by tensor.

    Parameters
    ----------
    folder: an export, its replay.json or its model card, a GGUF file that carries the record, or a repository of the
        hub, which is fetched.
    base: the model that it was made from, where the recorded name does not lead to it; one that the record names on the
        hub is fetched.
    revision: of the repository: branch, tag or commit.
    files: texts that it was made with: they are found by their hashes.
    layers: of the last step, the first so many only; their weights are compared.
    device: another than of the kind that it was made on.

    Returns
    -------
    Replay: ``is_confirmed``, ``differing`` tensors, what is not as it was (``other_environment``), and the
        ``divergence`` of what was made again from the export.

    Raises
    ------
    BadInput: no record, two that contradict each other, another base, a text that is not there, a step that can't be
        repeated.
    RunFailed, OutOfMemory: as in `compress`.
    """
    from engine.reproduce.replay import replay as remake

    with terminal_of({"local": "Replay"}, progress) as terminal:
        path = path_of(folder, "an exported folder or a repository of the hub")
        job = meter(terminal)
        control = Control()
        control.beat = job.beat
        named = "" if base is None else path_of(base, "a model")
        return remake(
            path,
            named,
            revision=revision,
            files=[Path(path_of(file, "a file")) for file in files],
            layers=layers,
            device=device,
            progress=job,
            control=control,
        )


def push(
    folder: PathLike,
    repo: str,
    *,
    public: bool = False,
    branch: str = MAIN,
    message: str = "",
    update: bool = False,
    progress: bool = True,
) -> Pushed:
    """Publish an export in a repository of the hub, in one commit. The token is that of ``hf auth login`` or HF_TOKEN.

    Parameters
    ----------
    folder: an export as it was written; its model card may be edited.
    repo: "owner/name", or a name for the account of the token. A new one is made private.
    public: make a new one public.
    branch: made if it is not there.
    message: of the commit.
    update: replace files of the same name in a repository that holds others.

    Returns
    -------
    Pushed: ``url``, ``commit``, ``files`` with what the repository had before, and lines that ``open_in`` other
        programs. A push that was cut goes on when it is called again.

    Raises
    ------
    BadInput: no token or one that the hub rejects, a folder that is not an export or was changed, a repository with
        other files.
    RunFailed: the hub can't be reached, fails, or shows something else than was sent.
    """
    from engine.publish.push import push as send

    with terminal_of({"local": "Push"}, progress) as terminal:
        path = Path(path_of(folder, "an exported folder"))
        job = meter(terminal)
        return send(path, repo, job, job.beat, public=public, branch=branch, message=message, update=update)
