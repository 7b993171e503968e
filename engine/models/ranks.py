"""Several processes that work at one run together: who this is, and what they agree on.

`accelerate launch` starts them. All of this does nothing in a single process.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeGuard, TypeVar, cast

import torch
import torch.distributed as distributed
from torch import nn

from engine import devices
from engine.base.errors import RunFailed
from engine.models.heartbeat import Heartbeat, launcher_store

if TYPE_CHECKING:
    from torch.distributed.fsdp import FSDPModule
    from torch.distributed.tensor import DTensor

FAREWELL_SECONDS = 5.0
"""The launcher ends all processes as soon as one has failed: the others let the first one tell why."""
PATIENCE = datetime.timedelta(days=7)
"""Timeout of collective operations: the first process measures and writes while the others wait. `heartbeat` watches
them."""
T = TypeVar("T")
_heartbeat: Heartbeat | None = None
_closing: list[Callable[[RunFailed], None]] = []
"""Callback that runs before this process ends because another one is lost."""


def join(device: torch.device) -> torch.device:
    """Meet the other processes, if the launcher started some; gives the device of this one."""
    if int(os.environ.get("WORLD_SIZE", "1")) < 2:
        return device
    from accelerate import PartialState

    global _heartbeat
    state = PartialState(cpu=not devices.is_accelerator(device), timeout=PATIENCE)
    if _heartbeat is None and _together():
        _heartbeat = Heartbeat(launcher_store(), rank(), count(), _end)
        _heartbeat.start()
    return cast(torch.device, state.device)


def is_split_tensor(tensor: Any) -> TypeGuard[DTensor]:
    """True if every process has a piece of a tensor (FSDP2). torch's module for that takes a second to load; where
    nobody has loaded it, there are none."""
    module = sys.modules.get("torch.distributed.tensor")
    return module is not None and isinstance(tensor, module.DTensor)


def is_split_module(module: nn.Module) -> TypeGuard[FSDPModule]:
    """True if a module's parameters are split over the processes (FSDP2)."""
    library = sys.modules.get("torch.distributed.fsdp")
    return library is not None and isinstance(module, library.FSDPModule)


@contextlib.contextmanager
def watched(close: Callable[[RunFailed], None]) -> Iterator[None]:
    """While the block runs, ``close`` is called in another thread before this process ends because another process was
    lost: nothing else can be done then, since this one may wait for the lost one in a library for ever."""
    _closing.append(close)
    try:
        yield
    finally:
        _closing.remove(close)


def _end(error: RunFailed, lost: int) -> None:
    """End this process; the first tells why, or the others if it is the lost one."""
    try:
        if not is_main() and lost > 0:
            time.sleep(FAREWELL_SECONDS)
        elif is_main() or lost == 0:
            print(f"compression-studio: {error}", file=sys.stderr, flush=True)
        for close in list(_closing):
            close(error)
    finally:
        os._exit(error.exit_status)


def count() -> int:
    """Number of processes."""
    return distributed.get_world_size() if _together() else 1


def rank() -> int:
    """The number of this one."""
    return distributed.get_rank() if _together() else 0


def is_main() -> bool:
    """True for the process that writes and reports."""
    return rank() == 0


def barrier() -> None:
    """Until all are here."""
    if _together():
        distributed.barrier()


def broadcast_object(value: T) -> T:
    """The value of the first process, for all processes."""
    if not _together():
        return value
    said: list[Any] = [value]
    distributed.broadcast_object_list(said)
    return cast(T, said[0])


def on_main(function: Callable[[], T]) -> T:
    """Call a function in the first process only; all processes get its result, or its exception."""
    if not _together():
        return function()
    result: tuple[T | None, str] = (None, "")
    error: BaseException | None = None
    if is_main():
        try:
            result = (function(), "")
        except BaseException as raised:
            error, result = raised, (None, str(raised) or type(raised).__name__)
    value, why = broadcast_object(result)
    if error is not None:
        raise error
    if why:
        raise RunFailed("The first process failed", why=why)
    return cast(T, value)


def wait_for_main() -> None:
    """Called when a run has failed."""
    if _heartbeat is not None:
        _heartbeat.stop()
    if not is_main():
        time.sleep(FAREWELL_SECONDS)


def finalize() -> None:
    """Called when all work is done."""
    if _together():
        distributed.barrier()
        if _heartbeat is not None:
            _heartbeat.stop()
        distributed.destroy_process_group()


def all_reduce(tensor: torch.Tensor) -> torch.Tensor:
    """``tensor`` summed in place over all processes."""
    if _together():
        distributed.all_reduce(tensor)
    return tensor


def all_reduce_max(tensor: torch.Tensor) -> torch.Tensor:
    """The largest of all processes, element by element, in place."""
    if _together():
        distributed.all_reduce(tensor, distributed.ReduceOp.MAX)
    return tensor


def _together() -> bool:
    return distributed.is_available() and distributed.is_initialized()
