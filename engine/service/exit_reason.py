"""Exit of an engine process in a sentence: which signal, whether memory ran out, what the accelerator said."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.base.errors import OutOfMemory, RunFailed
from engine.base.human import bytes_text

RESUME = "resume the run: finished blocks are kept, and the result is the same as without the interruption"
TRY_AGAIN = "try again when the machine can be reached"
CLOSED = 79
"""Exit status of an engine process that was closed while it did not reach a point at which it could stop."""
DEVICE_WORDS = (
    "CUDA error",
    "AcceleratorError",
    "device-side assert",
    "illegal memory access",
    "uncorrectable ECC",
    "HIP error",
    "CUBLAS_STATUS_",
    "CUDNN_STATUS_",
    "Xid",
)
"""Words of libraries when an accelerator fails, as against when its memory runs out."""
_WINDOWS = {
    0xC0000005: "access violation",
    0xC00000FD: "stack overflow",
    0xC0000017: "not enough memory",
    0xC000012D: "not enough memory",
    0xC000013A: "interrupted",
    0xC0000409: "stack buffer overrun",
}
_NO_MEMORY = (0xC0000017, 0xC000012D)


@dataclass(frozen=True)
class ProcessEnd:
    """Facts about the end of an engine process.

    ``status``: as of `subprocess.Popen.returncode`, None if it never started. ``lines``: the last that it wrote.
    ``resident``: its bytes of memory when it last gave a sign of life, of ``total``. ``killed_for_memory``: whether the
    system counted a process that it had killed for memory since this one began, None if it doesn't count.
    ``unresponsive``: it was ended because it did not answer. ``refusal``: it was ended because of what it sent.
    ``machine``: name of the other machine that it ran on, "" for this one. ``connected``: that machine had answered.
    """

    status: int | None
    lines: Sequence[str] = ()
    resident: int = 0
    total: int = 0
    killed_for_memory: bool | None = None
    unresponsive: bool = False
    refusal: RunFailed | None = None
    machine: str = ""
    connected: bool = True


def explain_end(ending: ProcessEnd) -> RunFailed:
    """The sentence for a person."""
    if ending.refusal is not None:
        return ending.refusal
    if ending.machine:
        last = next((line.strip()[:300] for line in reversed(ending.lines) if line.strip()), "")
        what = f"The connection to {ending.machine} was lost"
        if not ending.connected:
            what = f"No engine could be started on {ending.machine}"
        return RunFailed(what, why=last or _name(ending.status), advice=TRY_AGAIN)
    if ending.unresponsive:
        return RunFailed("The engine process was ended because it did not answer", advice=RESUME)
    if ending.status == CLOSED:
        why = "what was computed reached no point at which it could stop in time"
        return RunFailed("The program was closed while the run went on", why=why, advice=RESUME)
    name = _name(ending.status)
    if _memory_ran_out(ending):
        used = f"it used {bytes_text(ending.resident)} of {bytes_text(ending.total)} of memory" if ending.total else ""
        advice = f"close other programs, or make batch or window smaller; then {RESUME}"
        return OutOfMemory("Memory ran out and the system ended the engine process", why=used or name, advice=advice)
    fault = device_fault(ending.lines)
    if fault:
        return RunFailed("The accelerator failed and took the engine process with it", why=fault, advice=RESUME)
    if ending.status == -9:
        why = f"{name}; another program did it, or the system because memory was short"
        return RunFailed("The engine process was killed", why=why, advice=RESUME)
    if ending.status is not None and (ending.status < 0 or ending.status > 0xFFFF):
        return RunFailed("The engine process crashed", why=_joined(name, ending.lines), advice=RESUME)
    return RunFailed("The engine process ended unexpectedly", why=_joined(name, ending.lines), advice=RESUME)


def device_fault(lines: Sequence[str]) -> str:
    """The last line in which an accelerator's failure is reported, or ""."""
    relevant = (line.strip() for line in reversed(lines) if "out of memory" not in line.lower())
    return next((line[:300] for line in relevant if any(word in line for word in DEVICE_WORDS)), "")


def memory_kills() -> int | None:
    """Number of processes that the system has killed for memory since it started, in this control group and in all;
    None where it keeps no count."""
    counts = [_count(path) for path in (_control_group(), Path("/proc/vmstat")) if path is not None]
    counted = [count for count in counts if count is not None]
    return sum(counted) if counted else None


def _control_group() -> Path | None:
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text("utf-8").splitlines():
            if line.startswith("0::/"):
                return Path("/sys/fs/cgroup") / line[4:] / "memory.events"
    return None


def _count(path: Path) -> int | None:
    with contextlib.suppress(OSError, ValueError):
        for line in path.read_text("utf-8").splitlines():
            name, _, value = line.partition(" ")
            if name == "oom_kill":
                return int(value)
    return None


def _memory_ran_out(ending: ProcessEnd) -> bool:
    if ending.status in _NO_MEMORY:
        return True
    if ending.status != -9:
        return False
    large = ending.total > 0 and ending.resident > ending.total / 2
    return large if ending.killed_for_memory is None else ending.killed_for_memory


def _name(status: int | None) -> str:
    if status is None:
        return "it could not be started"
    if status < 0 and sys.platform != "win32":
        with contextlib.suppress(ValueError):
            return f"signal {signal.Signals(-status).name} ({signal.strsignal(-status)})"
        return f"signal {-status}"
    code = status & 0xFFFFFFFF
    if code > 0xFFFF:
        return f"status 0x{code:08X}" + (f" ({_WINDOWS[code]})" if code in _WINDOWS else "")
    return f"exit status {status}"


def _joined(name: str, lines: Sequence[str]) -> str:
    """The name and the last line that names an error."""
    words = ("Fatal", "Error", "error:", "what():", "terminate called", "Exception")
    last = next((line.strip() for line in reversed(lines) if any(word in line for word in words)), "")
    return f"{name}: {last[:200]}" if last else name
