"""Every exception becomes a sentence for a person."""

from __future__ import annotations

import errno
import traceback

import torch

from engine.base.errors import OutOfMemory, RunFailed, StudioError
from engine.base.files import file_error
from engine.contracts.events import Failure
from engine.contracts.settings import Settings, fields

MEMORY_SETTINGS = ("micro_batch_size", "batch_size", "num_samples", "sequence_length")
"""Settings of methods whose smaller value takes less memory, the best to change first."""
_NO_MEMORY = ("not enough memory", "can't allocate memory", "out of memory", "Cannot allocate memory")
_NO_PEER = ("Connection closed by peer", "Connection reset by peer", "Broken pipe", "NCCL communicator was aborted")
_OF_DISKS = frozenset(
    getattr(errno, name, -1)
    for name in ("EIO", "EROFS", "EDQUOT", "EFBIG", "ENODEV", "ENXIO", "ESTALE", "EACCES", "EPERM", "EMFILE", "ENFILE")
)
_NO_SPACE = ("No space left on device", "code: 28", "StorageFull")


def explain(error: BaseException, *, where: str = "", advice: str = "") -> StudioError:
    """The sentence for whatever was raised. ``advice``: what to do if memory ran out."""
    if isinstance(error, StudioError):
        return error
    text = str(error)
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or (
        isinstance(error, RuntimeError) and any(words in text for words in _NO_MEMORY)
    ):
        return OutOfMemory("Memory ran out", where=where, why=_first_line(text), advice=advice or memory_advice(None))
    if isinstance(error, RuntimeError) and any(words in text for words in _NO_PEER):
        return RunFailed(
            "Another process of this run ended",
            where=where,
            why=_first_line(text),
            advice="its own messages say why; start the processes again to resume the run",
        )
    if any(words in text for words in _NO_SPACE):
        return RunFailed(
            "The disk is full",
            where=where,
            why=_first_line(text),
            advice="free some space or choose a folder on another disk, then resume: finished work is kept",
        )
    if isinstance(error, OSError) and error.filename:
        from pathlib import Path

        explained = file_error(error, Path(str(error.filename)))
        assert isinstance(explained, StudioError)
        return explained
    if isinstance(error, OSError) and error.errno in _OF_DISKS:  # a write into an open file: Python does not say which
        return RunFailed(
            "A file could not be read or written",
            where=where,
            why=error.strerror or text,
            advice="look after the disk of the data folder and of the model, then resume: finished work is kept",
        )
    name = type(error).__name__
    if not isinstance(error, Exception):  # the panic of a library in Rust: a regular expression, a damaged file
        return RunFailed(
            "A library could not go on",
            where=where,
            why=f"{name}: {_first_line(text)}",
            advice="get the model's files again, or choose another text",
        )
    return RunFailed(
        "Something failed that should not",
        where=where,
        why=f"{name}: {_first_line(text)}" if text else name,
        advice="please report it with the details of the log",
    )


def memory_advice(settings: Settings | None, *, measuring: bool = False) -> str:
    """Advice on which setting to make smaller."""
    if measuring:
        return "make the window of Measure smaller, or switch 'Compare with the source' off"
    titles = {f.name: f.title for f in fields(type(settings))} if settings is not None else {}
    named = next((titles[name] for name in MEMORY_SETTINGS if name in titles), "")
    if named:
        return f"make '{named}' smaller, or close other programs"
    return "close other programs, choose a smaller model, or a device with more memory"


def failure(error: StudioError, cause: BaseException, *, run: str, block: str | None) -> Failure:
    """The event for an explained error."""
    return Failure(
        run=run,
        block=block,
        what=error.what,
        where=error.where,
        why=error.why,
        advice=error.advice,
        traceback="".join(traceback.format_exception(cause)),
    )


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0][:300] if text.strip() else ""
