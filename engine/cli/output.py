"""Output of the command line. All text passes here, so that no control character of a file's or another program's words
reaches the terminal, and no encoding of the terminal's makes a finished command fail."""

from __future__ import annotations

import codecs
import contextlib
import json
import os
import sys
from collections.abc import Iterator
from typing import Any

from engine.base.errors import RunFailed
from engine.base.human import printable

PROGRAM = "compression-studio"
_PLAIN = {"─": "-", "×": "x", "…": "...", "·": "-", "█": "#", "“": '"', "”": '"', "’": "'", "–": "-", "→": "->"}
"""Substitutes for a character that the terminal's encoding does not have; for all others a question mark."""


def prepare_streams() -> None:
    """Standard output and error are there and take every text: a program without a terminal may have none (a service, a
    window on Windows), and redirected output may be ASCII or cp1252."""
    codecs.register_error("compression_studio", _replaced)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - lives as long as the process
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="compression_studio")


def _replaced(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    substitute = "".join(_PLAIN.get(character, "?") for character in error.object[error.start : error.end])
    return substitute, error.end


def say(text: str) -> None:
    """Lines on standard output. Raises `RunFailed` if it can't be written: a result must not be lost in silence."""
    with _writing():
        print(printable(text, keep="\n"))


def complain(text: str) -> None:
    """A sentence on standard error, after the program's name. Where it can't be written nobody reads it."""
    note(f"{PROGRAM}: {text}")


def note(text: str) -> None:
    """Lines on standard error."""
    with contextlib.suppress(OSError, ValueError):
        print(printable(text, keep="\n"), file=sys.stderr, flush=True)


def say_json(value: dict[str, Any]) -> None:
    """One object on standard output, in ASCII: the same whatever the encoding, and without control characters."""
    with _writing():
        print(json.dumps(value, indent=2, ensure_ascii=True, default=str))


@contextlib.contextmanager
def written() -> Iterator[None]:
    """Flush everything that was printed when the block ends. Raises as `say` does; then nothing more is tried, not at
    the end of the process either."""
    try:
        yield
    finally:
        with _writing():
            sys.stdout.flush()


@contextlib.contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        with contextlib.suppress(OSError, ValueError):  # what is left in the buffer goes nowhere
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, sys.stdout.fileno())
            os.close(null)
        if isinstance(error, BrokenPipeError):
            raise
        raise RunFailed("Standard output can't be written", why=error.strerror or str(error)) from None
