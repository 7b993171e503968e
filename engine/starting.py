"""The first moments of a process of the command line, while libraries are loaded. Standard library only."""

from __future__ import annotations

import json
import os
import signal
import sys
from types import FrameType

CANCELLED = 130
"""`engine.base.errors.Cancelled.exit_status`."""


def end_in_order() -> None:
    """From now on SIGTERM and SIGHUP end this process with the words and the status of a command that was cancelled,
    until a command has work that it can cancel (see `engine.cli.signals`)."""
    for name in ("SIGTERM", "SIGHUP", "SIGBREAK"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:  # nohup ignores SIGHUP
            signal.signal(number, _end)


def _end(number: int, frame: FrameType | None) -> None:
    """Not by an exception: a library that is half loaded does not survive the usual way out."""
    words = sys.argv[1:]
    if "--json" in words:
        command = next((word for word in words if not word.startswith("-")), "")
        print(json.dumps({"command": command, "status": "cancelled"}, indent=2), flush=True)
    print("compression-studio: Cancelled.", file=sys.stderr, flush=True)
    os._exit(CANCELLED)
