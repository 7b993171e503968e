"""Every refusal says what happened, where, why and what to do."""

from __future__ import annotations

from typing import Any


class StudioError(Exception):
    """A sentence for a person: what happened, where, why, what to do.

    Parameters
    ----------
    what: what happened, e.g. ``"The group size does not divide the inputs"``.
    where: the file, block or layer, e.g. ``"model.layers.3.mlp.down_proj"``.
    why: the reason with its numbers, e.g. ``"1000 inputs, group size 128"``.
    advice: what to do, e.g. ``"choose 125 or 200, or per channel"``.
    """

    exit_status = 1

    def __init__(self, what: str, *, where: str = "", why: str = "", advice: str = "") -> None:
        super().__init__(what, where, why, advice)
        self.what = what
        self.where = where
        self.why = why
        self.advice = advice
        self.block: str | None = None
        """The block of a pipeline that it is about, where one is known."""

    def __str__(self) -> str:
        text = self.what.rstrip(".")
        if self.where:
            text += f" ({self.where})"
        if self.why:
            text += f": {self.why.rstrip('.')}"
        text += "."
        if self.advice:
            text += f" {sentence(self.advice)}"
        return text

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.what, self.where, self.why, self.advice))


def ended(text: str) -> str:
    """With one mark at its end: its own question mark, else a full stop."""
    return text if text.endswith("?") else f"{text.rstrip('.')}."


def sentence(text: str) -> str:
    """A piece of an error as a sentence of its own: a capital letter first, one mark at the end; "" stays empty."""
    text = text.strip()
    return ended(f"{text[0].upper()}{text[1:]}") if text else ""


def _rebuild(kind: type[StudioError], what: str, where: str, why: str, advice: str) -> StudioError:
    return kind(what, where=where, why=why, advice=advice)


def is_exit(error: BaseException) -> bool:
    """True if an exception means that the process or the work is to end, and not that something failed: libraries in
    Rust raise a `BaseException` of their own (pyo3's PanicException) where they fail."""
    return isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit | Cancelled)


class BadInput(StudioError):  # noqa: N818
    """An argument can't be used: a file, a setting, a pipeline. Exit status 2."""

    exit_status = 2


class RunFailed(StudioError):  # noqa: N818
    """The work itself failed: a full disk, a NaN, a process that died. Exit status 1."""


class OutOfMemory(RunFailed):
    """Memory ran out; ``advice`` names the setting to change."""


class Cancelled(Exception):  # noqa: N818 - it is not an error
    """Raised at a safe point after the user asked to cancel. Exit status 130."""

    exit_status = 130


def as_json(error: StudioError, block: str | None = None) -> dict[str, Any]:
    """The error as it stands in a report."""
    kind = (
        "bad_input" if isinstance(error, BadInput) else "out_of_memory" if isinstance(error, OutOfMemory) else "failed"
    )
    return {
        "kind": kind,
        "message": str(error),
        "what": error.what,
        "where": error.where,
        "why": error.why,
        "advice": error.advice,
        "block": block or error.block,
    }
