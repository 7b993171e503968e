"""Ends of a process that reads an export: memory that ran out is a fact about the machine, not about the files."""

from __future__ import annotations

import signal
from collections.abc import Sequence

NO_MEMORY = ("can't allocate memory", "Cannot allocate memory", "not enough memory", "out of memory", "bad_alloc")
"""Words of libraries that got none."""
UNMAPPED = ("failed to allocate", "unable to allocate")
"""The same in llama.cpp's log."""
_WINDOWS_NO_MEMORY = (0xC0000017, 0xC000012D)
_CRASHED = 0xC0000000
"""Windows ends a process that crashed with a status from here on."""


def is_memory(error: BaseException) -> bool:
    """True for an exception that means that memory ran out."""
    return isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError" or lacks_memory(str(error))


def lacks_memory(text: str) -> bool:
    """True for a message that says that memory ran out."""
    return any(words.lower() in text.lower() for words in (*NO_MEMORY, *UNMAPPED))


def machine_reason(status: int, lines: Sequence[str]) -> str:
    """The reason why a reader that ended with ``status`` (as of `subprocess.Popen.returncode`) could not go on where it
    was; "" for one that ended by itself. ``lines``: the last that it wrote."""
    said = lines[-1][:200] if lines else ""
    if status in (-9, *_WINDOWS_NO_MEMORY) or any(lacks_memory(line) or line == "MemoryError" for line in lines[-3:]):
        return "memory ran out" + ("" if status >= 0 else ", and the system ended the process that read the files")
    if status < 0 or status >= _CRASHED:
        name = _signal_name(status)
        return f"the process that read the files crashed ({name})" + (f"; it said: {said}" if said else "")
    return ""


def _signal_name(status: int) -> str:
    try:
        return signal.Signals(-status).name if status < 0 else f"status 0x{status:X}"
    except ValueError:
        return f"signal {-status}"
