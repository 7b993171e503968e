"""The end of a process that reads an export: a fact about the machine (memory that ran out), or about the files (their
reader gave up on them, or crashes on them each time)."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from dataclasses import dataclass

NO_MEMORY = ("can't allocate memory", "Cannot allocate memory", "not enough memory", "out of memory", "bad_alloc")
"""Words of libraries that got none."""
UNMAPPED = ("failed to allocate", "unable to allocate")
"""The same in llama.cpp's log."""
_WINDOWS_NO_MEMORY = (0xC0000017, 0xC000012D)
_CRASHED = 0xC0000000
"""Windows ends a process that crashed with a status from here on."""
_ABORTED = (-6, 0xC0000409)
"""SIGABRT, and what Windows makes of it: the reader's own last resort, as for an assertion that does not hold."""
_FAULTED = (-11, -8, 0xC0000005, 0xC0000094)
"""SIGSEGV and SIGFPE, and Windows' words for them: of a reader that a file leads astray, or of a machine."""


@dataclass(frozen=True)
class End:
    """The end of a reader. ``machine``: why it could not go on where it was; ``file``: why it could not go on with
    these files; both "" for one that ended by itself. ``recurs``: a second reader that ends in the same way shows that
    it lies in the files."""

    machine: str = ""
    file: str = ""
    recurs: bool = False


def is_memory(error: BaseException) -> bool:
    """True for an exception that means that memory ran out."""
    return isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError" or lacks_memory(str(error))


def lacks_memory(text: str) -> bool:
    """True for a message that says that memory ran out."""
    return any(words.lower() in text.lower() for words in (*NO_MEMORY, *UNMAPPED))


def end_of(status: int, lines: Sequence[str]) -> End:
    """The end of a reader with this ``status`` (as of `subprocess.Popen.returncode`). ``lines``: the last that it
    wrote."""
    if status in (-9, *_WINDOWS_NO_MEMORY) or any(lacks_memory(line) or line == "MemoryError" for line in lines[-3:]):
        by_system = "" if status >= 0 else ", and the system ended the process that read the files"
        return End(machine=f"memory ran out{by_system}")
    if 0 <= status < _CRASHED:
        return End()
    name, last = _signal_name(status), lines[-1][:200] if lines else ""
    crash = f"crashed ({name})" + (f"; it said: {last}" if last else "")
    if status in _ABORTED:
        return End(file=f"the program that read the files gave up on them ({name})" + (f": {last}" if last else ""))
    return End(machine=f"the process that read the files {crash}", recurs=status in _FAULTED)


def _signal_name(status: int) -> str:
    try:
        return signal.Signals(-status).name if status < 0 else f"status 0x{status:X}"
    except ValueError:
        return f"signal {-status}"
