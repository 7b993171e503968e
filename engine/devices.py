"""The one place that knows a device: its name and memory, what its units compute in, whose kernels run on it.

CUDA, ROCm (which torch calls CUDA), XPU and MPS are asked by the same names (`torch.get_device_module`); what a kind
does not offer has an answer all the same. Whoever needs a capability asks here for it and never for the kind of device.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import gc
import os
import platform
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import torch

CPU = torch.device("cpu")
_TENSOR_CORES = (7, 0)
"""The first compute capability of NVIDIA with units for float16 (Volta); bfloat16 came with 8.0."""
_AT_ONCE = 1 << 22
_of_thread = threading.local()


def is_accelerator(device: torch.device) -> bool:
    """True if it has a memory and units of its own, to which tensors are brought."""
    return device.type not in ("cpu", "meta")


def available() -> dict[str, int]:
    """Kind of device -> how many of it can be used here; the CPU is always there and comes first."""
    counts = {"cpu": 1}
    for kind in dict.fromkeys((*_accelerators(), "cuda", "xpu", "mps")):
        with contextlib.suppress(RuntimeError, AttributeError):
            module = torch.get_device_module(kind)
            if (torch.backends.mps if kind == "mps" else module).is_available():
                counts[kind] = int(module.device_count())
    return counts


def _accelerators() -> list[str]:
    """The kind of accelerator that this torch was built for, or that a package has added to it."""
    accelerator = torch.accelerator.current_accelerator()
    return [] if accelerator is None else [accelerator.type]


def default() -> torch.device:
    """Default device of computations: the first accelerator, else the CPU. It need not have float64: see
    `computing_on`."""
    kind = next((kind for kind in available() if kind != "cpu"), None)
    return CPU if kind is None else torch.device(kind, 0)


def whole(device: torch.device | str) -> torch.device:
    """The same device with its number: tensors on "cuda" say that they are on "cuda:0"."""
    device = torch.device(device)
    return torch.device(device.type, 0) if is_accelerator(device) and device.index is None else device


@contextlib.contextmanager
def current(device: torch.device) -> Iterator[None]:
    """While the block runs, what this thread does without naming a device is done on this one: libraries with kernels
    of their own launch them on the current one."""
    module = _module(device)
    if module is None or not hasattr(module, "device"):
        yield
        return
    with module.device(whole(device)):
        yield


@contextlib.contextmanager
def computing_on(device: torch.device) -> Iterator[None]:
    """`current` while a method works. Where the device has no float64, the host computes what needs that."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(current(device))
        if is_accelerator(device) and not has_float64(device):
            from engine.host_float64 import HostFloat64

            stack.enter_context(HostFloat64(device.type))
        yield


def stay_on(device: torch.device) -> None:
    """`computing_on` for the rest of this thread's life: in the initializer of a pool of threads."""
    _of_thread.stay = contextlib.ExitStack()
    _of_thread.stay.enter_context(computing_on(device))


def without_autograd(device: torch.device) -> contextlib.AbstractContextManager[object]:
    """Inference mode on a CPU, where short operations take a fifth less; other back ends need not know its tensors."""
    return torch.no_grad() if is_accelerator(device) else torch.inference_mode()


def synchronize(device: torch.device) -> None:
    """Wait until all work that was given to it is done."""
    module = _module(device)
    if module is not None:
        module.synchronize() if device.type == "mps" else module.synchronize(device)


@contextlib.contextmanager
def threads(count: object) -> Iterator[None]:
    """With so many threads on the CPU as a run began with: sums over pieces of another size end in other last bits.
    More threads than there are cores here, or what is not a number at all, changes nothing."""
    former = torch.get_num_threads()
    try:
        if type(count) is int and 1 <= count <= (os.cpu_count() or 1):
            torch.set_num_threads(count)
        yield
    finally:
        torch.set_num_threads(former)


# -- what it is --------------------------------------------------------------------------------------------------------
def name_of(device: torch.device) -> str:
    """Name that its maker gave it."""
    module = _module(device)
    if module is None:
        return _processor()
    if device.type == "mps":
        return str(getattr(torch.backends.mps, "get_name", lambda: "Apple GPU")())
    return str(module.get_device_properties(device).name)


def info(device: torch.device | str) -> dict[str, str | int]:
    """Description for reports: "device", "name", "memory" in bytes, and for the CPU the "threads" in use."""
    device = whole(device)
    threads = {} if is_accelerator(device) else {"threads": torch.get_num_threads()}
    return {"device": str(device), "name": name_of(device), "memory": total_memory(device), **threads}


@functools.cache
def _processor() -> str:
    """The CPU's name where the system tells it, else its architecture."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


# -- its memory, in bytes ----------------------------------------------------------------------------------------------
def total_memory(device: torch.device) -> int:
    """All of it."""
    module = _module(device)
    if module is None:
        return int(psutil.virtual_memory().total)
    if device.type == "mps":
        return int(module.recommended_max_memory())
    return int(module.get_device_properties(device).total_memory)


def free_memory(device: torch.device) -> int:
    """Bytes that this process can still allocate: other processes' share is not free, but what torch keeps for reuse
    is."""
    module = _module(device)
    if module is None:
        return int(psutil.virtual_memory().available)
    if device.type == "mps":
        return max(0, total_memory(device) - int(module.driver_allocated_memory()))
    reusable = 0
    if hasattr(module, "memory_reserved"):
        reusable = int(module.memory_reserved(device)) - int(module.memory_allocated(device))
    return int(module.mem_get_info(device)[0]) + reusable


def allocated(device: torch.device) -> int | None:
    """Bytes that tensors of this process take; None for the CPU, where it is not counted."""
    module = _module(device)
    if module is None:
        return None
    return int(module.current_allocated_memory() if device.type == "mps" else module.memory_allocated(device))


def peak_allocated(device: torch.device) -> int | None:
    """The most that `allocated` was since `reset_peak`; None where the device does not count it (the CPU, MPS)."""
    module = _module(device)
    if module is None or not hasattr(module, "max_memory_allocated"):
        return None
    return int(module.max_memory_allocated(device))


def peak_resident() -> int:
    """The most host memory that this process has held in its life."""
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def reset_peak(device: torch.device) -> None:
    """Let `peak_allocated` begin anew."""
    module = _module(device)
    if module is not None and hasattr(module, "reset_peak_memory_stats"):
        module.reset_peak_memory_stats(device)


def release_cache() -> None:
    """Give back what torch keeps for reuse on the accelerator, so that another process can have it. Starts no device
    that was not used yet, and loads no torch."""
    if is_in_use():
        with contextlib.suppress(RuntimeError):
            torch.get_device_module(torch.accelerator.current_accelerator()).empty_cache()


def to_host(tensor: torch.Tensor) -> torch.Tensor:
    """A copy of an accelerator's tensor in host memory, which the accelerator reads back without the host's waiting:
    for that only, since the copy may not be complete yet. Where memory can't be pinned the host waits."""
    copy = torch.empty(tensor.shape, dtype=tensor.dtype)
    with contextlib.suppress(RuntimeError, NotImplementedError):
        copy = copy.pin_memory()
    return copy.copy_(tensor, non_blocking=copy.is_pinned())


def give_back(*, collect: bool = True) -> None:
    """Memory that nothing uses any more goes back to the system, as far as libraries let it: what is measured then is
    not of work that was done before. ``collect``: look for garbage too, which takes tenths of a second."""
    if collect:
        gc.collect()
    release_cache()
    trim()


def trim() -> None:
    """The host's memory that was freed goes back to the system, where it would stay with the process in pieces: what a
    walk through layers takes does not grow with their number then. Takes milliseconds."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            _libc().malloc_trim(0)


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None)


def is_in_use() -> bool:
    """True if this process has begun to use an accelerator, and so holds some of its memory."""
    if "torch" not in sys.modules or (accelerator := torch.accelerator.current_accelerator()) is None:
        return False
    module = torch.get_device_module(accelerator)
    if hasattr(module, "is_initialized"):
        return bool(module.is_initialized())
    return accelerator.type == "mps" and bool(torch.mps.driver_allocated_memory())


# -- what it can do ----------------------------------------------------------------------------------------------------
def has_bfloat16(device: torch.device) -> bool:
    """True if it has units for bfloat16. Where they are emulated (Turing, Volta, the first Apple chips, processors
    without AMX or AVX-512 BF16) products are slower than in float32."""
    module = _module(device)
    if module is None:
        return bool(torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported())
    if device.type == "mps":
        return torch.backends.mps.is_macos_or_newer(14, 0) and "M1" not in name_of(device)
    with current(device):
        return bool(module.is_bf16_supported(including_emulation=False))


def has_float16(device: torch.device) -> bool:
    """True if float16 products are faster than those in float32, with a scaler that keeps gradients in its range."""
    module = _module(device)
    if module is None or device.type == "mps":
        return False
    capability = getattr(module, "get_device_capability", lambda _: None)(device)
    return isinstance(capability, tuple) and capability >= _TENSOR_CORES


@functools.cache
def has_float64(device: torch.device) -> bool:
    """True if it computes in float64, which rotations, decompositions and sums are made in. MPS does not."""
    try:
        torch.empty(1, dtype=torch.float64, device=device)
    except TypeError:
        return False
    return True


def has_bitsandbytes(device: torch.device) -> bool:
    """True if the kernels of bitsandbytes for 4-bit layers and 8-bit or paged optimizers run on it."""
    return device.type == "cuda"


def multiplies_packed(device: torch.device) -> bool:
    """True if torch has fast products with packed int4 and int8 weights for it."""
    return device.type == "cpu" and torch.backends.cpu.get_cpu_capability().startswith(("AVX2", "AVX512"))


def training_dtype(device: torch.device) -> torch.dtype:
    """Default dtype of the products of a training: the 16-bit type that the accelerator has units for; float32 on the
    CPU, where a training that is resumed then ends in the same bits."""
    if not is_accelerator(device):
        return torch.float32
    if has_bfloat16(device):
        return torch.bfloat16
    return torch.float16 if has_float16(device) else torch.float32


def frozen_dtype(device: torch.device) -> torch.dtype | None:
    """Dtype of weights that do not learn: None is the one that they are stored in, which an accelerator computes with
    at once; the CPU computes faster in float32."""
    return None if is_accelerator(device) else torch.float32


def reading_dtype(device: torch.device, stored: torch.dtype) -> torch.dtype:
    """Dtype of a network that only reads or writes text, as a teacher, and dtype that packed weights are unpacked to
    beside others that learn: bfloat16 on an accelerator with units for it (half of the memory, the range of float32),
    on others what it is ``stored`` in, float32 on the CPU."""
    if not is_accelerator(device):
        return torch.float32
    return torch.bfloat16 if has_bfloat16(device) else stored


def at_once(device: torch.device, on_cpu: int) -> int:
    """Elements that one operator should work on: on a CPU ``on_cpu``, which stay in the cache of a core; on an
    accelerator so many that starting kernels takes none of the time, and temporaries take some ten megabytes."""
    return max(on_cpu, _AT_ONCE) if is_accelerator(device) else on_cpu


def _module(device: torch.device) -> Any:
    """``torch.cuda``, ``torch.xpu``, ``torch.mps``, …; None for the CPU."""
    return torch.get_device_module(device) if is_accelerator(device) else None
