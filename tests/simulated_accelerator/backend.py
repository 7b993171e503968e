"""Registers the simulated devices with torch: once in a process, for the whole process."""

from __future__ import annotations

import contextlib
import functools
import weakref
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import torch
from torch.utils import backend_registration

from simulated_accelerator.ledger import LEDGER, Device
from simulated_accelerator.tensor import NAME, Simulated, default_generators, generators, index_of, run

_CPU_GENERATOR = torch._C.Generator
_LOWER = ("matmul", "mm", "bmm", "addmm", "addbmm", "baddbmm", "linear", "conv1d", "conv2d", "einsum")
_LOWER_ATTENTION = ("scaled_dot_product_attention",)
_EXACT = (
    *("softmax.int", "log_softmax.int", "exp", "log", "rsqrt", "pow.Tensor_Scalar", "sum", "prod", "norm.Scalar"),
    *("layer_norm", "cosine_similarity", "nll_loss", "cross_entropy_loss", "mse_loss", "kl_div", "cumsum"),
)
_libraries: list[torch.library.Library] = []
_pinned: weakref.WeakSet[torch.UntypedStorage] = weakref.WeakSet()


class _Kind(type(_CPU_GENERATOR)):  # type: ignore[misc]
    """Every generator counts as a `torch.Generator`, whatever made it."""

    def __instancecheck__(cls, value: object) -> bool:
        return type.__instancecheck__(_CPU_GENERATOR, value)


class Generator(_CPU_GENERATOR, metaclass=_Kind):  # type: ignore[misc]
    """Stands in the place of `torch.Generator`. One of a simulated device draws what one of the CPU draws."""

    def __new__(cls, device: torch.device | str = "cpu") -> Any:
        if torch.device(device).type != NAME:
            return _CPU_GENERATOR(device)
        made = super().__new__(cls)
        made._index = index_of(device)
        generators[made._cdata] = made._index
        weakref.finalize(made, generators.pop, made._cdata, None)
        return made

    def __init__(self, device: torch.device | str = "cpu") -> None:
        pass

    @property
    def device(self) -> torch.device:
        return torch.device(NAME, self._index)


class Stream:
    """Work is done in the order in which it is given: a stream has nothing to do."""

    def __init__(self, device: Any = None, **_: Any) -> None:
        self.device = torch.device(NAME, index_of(device))

    def synchronize(self) -> None:
        """Counted as a wait."""
        LEDGER.count("sync")

    def wait_stream(self, other: Stream) -> None:
        """Nothing."""

    def wait_event(self, event: Event) -> None:
        """Nothing."""

    def record_event(self, event: Event | None = None) -> Event:
        """An event that is over."""
        return event or Event()

    def query(self) -> bool:
        """Everything is done."""
        return True


class Event:
    """A point in a stream: it is past as soon as it is recorded."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def record(self, stream: Stream | None = None) -> None:
        """Nothing."""

    def wait(self, stream: Stream | None = None) -> None:
        """Nothing."""

    def query(self) -> bool:
        """It is past."""
        return True

    def synchronize(self) -> None:
        """Counted as a wait."""
        LEDGER.count("sync")

    def elapsed_time(self, end: Event) -> float:
        """Milliseconds: none."""
        return 0.0


class Module:
    """``torch.sim``: what `torch.cuda` and `torch.xpu` have, by the same names."""

    Stream, Event = Stream, Event

    def __init__(self) -> None:
        self._current = 0

    def is_available(self) -> bool:
        return True

    def is_initialized(self) -> bool:
        return True

    def _is_in_bad_fork(self) -> bool:
        return False

    def device_count(self) -> int:
        return len(LEDGER.devices)

    def current_device(self) -> int:
        return self._current

    def set_device(self, device: Any) -> None:
        self._current = index_of(device)

    @contextlib.contextmanager
    def device(self, device: Any) -> Iterator[None]:
        before, self._current = self._current, index_of(device)
        try:
            yield
        finally:
            self._current = before

    def _of(self, device: Any) -> Device:
        return LEDGER.devices[self._current if device is None else index_of(device)]

    def synchronize(self, device: Any = None) -> None:
        LEDGER.count("synchronize")

    def get_device_name(self, device: Any = None) -> str:
        return self._of(device).name

    def get_device_properties(self, device: Any = None) -> SimpleNamespace:
        found = self._of(device)
        return SimpleNamespace(name=found.name, total_memory=found.total)

    def is_bf16_supported(self, including_emulation: bool = True) -> bool:
        return including_emulation or self._of(None).has_bf16

    def get_device_capability(self, device: Any = None) -> tuple[int, int] | None:
        return self._of(device).capability

    def get_amp_supported_dtype(self) -> list[torch.dtype]:
        return [torch.bfloat16, torch.float16]

    def mem_get_info(self, device: Any = None) -> tuple[int, int]:
        found = self._of(device)
        return found.free, found.total

    def memory_allocated(self, device: Any = None) -> int:
        return self._of(device).alive

    def max_memory_allocated(self, device: Any = None) -> int:
        return self._of(device).peak

    def reset_peak_memory_stats(self, device: Any = None) -> None:
        self._of(device).peak = self._of(device).alive

    def empty_cache(self) -> None:
        LEDGER.count("empty_cache")

    def current_stream(self, device: Any = None) -> Stream:
        return Stream(device)

    def stream(self, stream: Stream | None) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()

    def manual_seed(self, seed: int) -> None:
        default_generators[self._current].manual_seed(seed)

    def manual_seed_all(self, seed: int) -> None:
        for generator in default_generators:
            generator.manual_seed(seed)

    def get_rng_state(self, device: Any = None) -> torch.Tensor:
        state: torch.Tensor = default_generators[index_of(device)].get_state()
        return state

    def set_rng_state(self, state: torch.Tensor, device: Any = None) -> None:
        default_generators[index_of(device)].set_state(state)


@functools.cache
def install() -> Module:
    """Make the simulated devices known to torch; the module ``torch.sim``. RuntimeError where this torch has no
    backends in Python."""
    if not hasattr(backend_registration, "_setup_privateuseone_for_python_backend"):
        raise RuntimeError(f"torch {torch.__version__} knows no backends written in Python")
    module = Module()
    backend_registration._setup_privateuseone_for_python_backend(NAME, backend_module=module)
    torch.Generator = Generator  # type: ignore[misc, assignment]
    default_generators[:] = [Generator(torch.device(NAME, index)) for index in range(len(LEDGER.devices))]
    # Module.to keeps the Parameter objects, as it does for CUDA
    torch.__future__.set_swap_module_params_on_conversion(True)
    _register_factories()
    _register_autocast()
    _stand_in(module)
    return module


def _register_factories() -> None:
    """Operators that make a tensor out of nothing or are asked for by name of the backend."""

    def empty(size: Any, dtype: Any = None, device: Any = None, **_: Any) -> Simulated:
        return Simulated(torch.empty(size, dtype=dtype, device="cpu"), index_of(device))

    def empty_strided(size: Any, stride: Any, dtype: Any = None, device: Any = None, **_: Any) -> Simulated:
        return Simulated(torch.empty_strided(size, stride, dtype=dtype, device="cpu"), index_of(device))

    def copy_from(source: torch.Tensor, target: torch.Tensor, non_blocking: bool = False) -> torch.Tensor:
        run(torch.ops.aten.copy_.default, (target, source, non_blocking), {})
        return target

    library = torch.library.Library("aten", "IMPL")
    library.impl("empty.memory_format", empty, "PrivateUse1")
    library.impl("empty_strided", empty_strided, "PrivateUse1")
    library.impl("_copy_from", copy_from, "PrivateUse1")
    library.impl("scaled_dot_product_attention", _attention, "AutogradPrivateUse1")
    _libraries.append(library)


class _Attention(torch.autograd.Function):
    """Fused attention, by the kernel of the CPU: written out as torch does for devices without one it rounds otherwise,
    and every method that searches or sorts goes another way."""

    @staticmethod
    def forward(context: Any, options: dict[str, Any], *tensors: torch.Tensor | None) -> torch.Tensor:
        device = next(tensor.device for tensor in tensors if tensor is not None)
        strangers = [tensor for tensor in tensors if tensor is not None and tensor.device != device]
        if strangers:
            raise RuntimeError(
                "Expected all tensors to be on the same device, but found at least two devices, "
                f"{device} and {strangers[0].device}! (scaled_dot_product_attention)"
            )
        context.inner = [None if t is None else t.held.detach().requires_grad_(t.requires_grad) for t in tensors]  # type: ignore[attr-defined]
        # hooks (of gradient checkpointing) are for what the device saves, not for how it is computed here
        plain = torch.autograd.graph.saved_tensors_hooks(lambda tensor: tensor, lambda tensor: tensor)
        with torch.enable_grad(), plain:
            context.out = torch.nn.functional.scaled_dot_product_attention(*context.inner, **options)
        LEDGER.launch()
        return Simulated(context.out.detach(), index_of(device))

    @staticmethod
    def backward(context: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        wanted = [tensor for tensor in context.inner if tensor is not None and tensor.requires_grad]
        (gradient,) = gradients
        found = iter(torch.autograd.grad(context.out, wanted, gradient.held))  # type: ignore[attr-defined]
        LEDGER.launch()
        index = index_of(gradient.device)
        return None, *(
            Simulated(next(found), index) if tensor is not None and tensor.requires_grad else None
            for tensor in context.inner
        )


def _attention(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attn_mask: torch.Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    *,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Any:
    options = {"dropout_p": dropout_p, "is_causal": is_causal, "scale": scale, "enable_gqa": enable_gqa}
    return _Attention.apply(options, query, key, value, attn_mask)


def _register_autocast() -> None:
    """Products in the lower precision, sums and losses in float32, as on CUDA."""
    key = torch._C.DispatchKey.AutocastPrivateUse1
    without = torch._C.DispatchKeySet(key)

    def casting(func: Any, dtype: Callable[[], torch.dtype]) -> Callable[..., Any]:
        def kernel(*args: Any, **kwargs: Any) -> Any:
            with torch._C._ExcludeDispatchKeyGuard(without):
                wanted = dtype()
                return func(*_cast(args, wanted), **{name: _cast(value, wanted) for name, value in kwargs.items()})

        return kernel

    everything = torch.library.Library("_", "IMPL")
    everything.fallback(torch.library.fallthrough_kernel, "AutocastPrivateUse1")
    library = torch.library.Library("aten", "IMPL")
    for names, dtype in ((_LOWER + _LOWER_ATTENTION, lambda: torch.get_autocast_dtype(NAME)), (_EXACT, _float32)):
        for name in names:
            base, _, overload = name.partition(".")
            func = getattr(getattr(torch.ops.aten, base), overload or "default")
            library.impl(name, casting(func, dtype), "AutocastPrivateUse1")
    _libraries.extend((everything, library))


def _float32() -> torch.dtype:
    return torch.float32


def _cast(value: Any, dtype: torch.dtype) -> Any:
    if isinstance(value, tuple | list):
        return type(value)(_cast(each, dtype) for each in value)
    if isinstance(value, Simulated) and value.dtype in (torch.float32, torch.float16, torch.bfloat16):
        return value.to(dtype)
    return value


def _stand_in(module: Module) -> None:
    """What torch has in C++ only, for backends written in C++."""
    accelerator: Any = torch.accelerator
    accelerator.synchronize = module.synchronize
    accelerator.memory_allocated = module.memory_allocated
    accelerator.max_memory_allocated = module.max_memory_allocated
    accelerator.reset_peak_memory_stats = module.reset_peak_memory_stats
    accelerator.get_memory_info = module.mem_get_info
    accelerator.empty_cache = module.empty_cache
    accelerator.set_device_index = module.set_device
    accelerator.current_device_index = module.current_device
    # its threads are as many as a backend in C++ says that it has devices
    backwards = torch.autograd._engine_run_backward

    def run_backward(*args: Any, **kwargs: Any) -> Any:
        with torch.autograd.set_multithreading_enabled(False):
            return backwards(*args, **kwargs)

    torch.autograd._engine_run_backward = run_backward
    torch.Tensor.pin_memory = _pin_memory  # type: ignore[method-assign, assignment]
    torch.Tensor.is_pinned = _is_pinned  # type: ignore[method-assign, assignment]


def _pin_memory(tensor: torch.Tensor, device: Any = None) -> torch.Tensor:
    if isinstance(tensor, Simulated):
        raise RuntimeError(f"cannot pin '{tensor.device}' only dense CPU tensors can be pinned")
    pinned = tensor.clone()
    _pinned.add(pinned.untyped_storage())
    return pinned


def _is_pinned(tensor: torch.Tensor, device: Any = None) -> bool:
    return not isinstance(tensor, Simulated) and tensor.untyped_storage() in _pinned
