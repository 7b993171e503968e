"""A command of the installer in a process of its own, for windows: they stay responsive, and can cancel it."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from engine.base import children
from engine.installer.environment import clean

Event = dict[str, Any]
LAST_KINDS = ("done", "failed", "cancelled", "newest", "newer")
"""Kinds of the last event of a command; "newer" only of one that looks and does not install."""


class Job:
    """Started when it is made. If this process ends, the command goes on and finishes what it began."""

    def __init__(self, words: Sequence[str]) -> None:
        """``words``: of the command line, such as ``["update", "--yes"]``. Raises OSError if no process can be made."""
        variables = {**clean(), **children.search_paths(), "PYTHONIOENCODING": "utf-8"}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        self._process = children.start_command([*_program(), *words, "--events"], variables, **pipes)

    def events(self) -> Iterator[Event]:
        """All that it tells, until it ends; the last one is of `LAST_KINDS`."""
        process, last, ended = self._process, "", False
        assert process.stdout is not None
        with process:
            for data in process.stdout:
                event = _event(data)
                last = event.get("text", last) if event["kind"] == "line" else last
                ended = ended or event["kind"] in LAST_KINDS
                yield event
        if not ended:
            what = "The installer has ended unexpectedly"
            yield {"kind": "failed", "what": what, "text": f"{what}: {last or f'exit status {process.returncode}'}"}

    def cancel(self) -> None:
        """Let it tidy up and end. After it has switched to another version there is nothing to cancel any more."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError, ValueError):
            self._process.stdin.write(b"cancel\n")
            self._process.stdin.flush()


def _program() -> list[str]:
    """This installer: its own file, or the room of the installed program."""
    archive = Path(sys.argv[0])
    if archive.suffix == ".pyz":
        return [sys.executable, "-P", str(archive.resolve())]
    return children.command("engine.installer")


def _event(data: bytes) -> Event:
    """The event in a line of the installer; a line without one, such as of a traceback, becomes one of kind "line"."""
    text = data.decode("utf-8", "replace").strip()
    try:
        plain = json.loads(text)
        if isinstance(plain, dict) and isinstance(plain.get("kind"), str):
            return plain
    except (ValueError, RecursionError):
        pass
    return {"kind": "line", "text": text}
