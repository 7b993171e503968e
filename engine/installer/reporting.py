"""Output of the installer's commands: lines for people, or one JSON object on each line for a window (``--events``).

With ``--events`` a line "cancel" on the standard input cancels as Ctrl+C does. That the reader
goes away changes nothing: what was begun is finished.
"""

from __future__ import annotations

import _thread
import contextlib
import json
import signal
import sys
import threading
from typing import Any

from engine.base.errors import StudioError
from engine.base.human import printable
from engine.installer.layout import NAME


class Output:
    """Lines for people, on the standard output."""

    def say(self, line: str) -> None:
        """Print a line."""
        print(line, flush=True)

    def step(self, number: int, of: int, text: str) -> None:
        """A part of the work begins. People see its lines."""

    def emit(self, kind: str, **facts: Any) -> None:
        """A fact for a program. People have read it in a line."""

    def complain(self, kind: str, text: str, **facts: str) -> None:
        """Say why it ends before it is done."""
        print(f"{NAME}: {printable(text)}", file=sys.stderr)


class Events(Output):
    """Objects with the key ``kind``: line, step, failed, cancelled, done, and those of commands."""

    def __init__(self) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        threading.Thread(target=_listen, name="cancel", daemon=True).start()

    def say(self, line: str) -> None:
        self.emit("line", text=line.strip())

    def step(self, number: int, of: int, text: str) -> None:
        self.emit("step", number=number, of=of, text=text)

    def complain(self, kind: str, text: str, **facts: str) -> None:
        self.emit(kind, text=text, **facts)

    def emit(self, kind: str, **facts: Any) -> None:
        with contextlib.suppress(OSError, ValueError):  # the reader went away
            print(json.dumps({"kind": kind, **facts}), flush=True)


def as_facts(error: StudioError) -> dict[str, str]:
    """An error for a program."""
    return {"what": error.what, "where": error.where, "why": error.why, "advice": error.advice, "text": str(error)}


def _listen() -> None:
    """Cancel once: a second time would interrupt the tidying up."""
    for line in sys.stdin:
        if line.strip() == "cancel":
            if sys.platform == "win32":
                _thread.interrupt_main()
            else:  # it also ends a system call that the main thread waits in
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            return
