"""Tensors on a simulated device, and what happens when an operator meets them."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import torch

from engine import devices
from simulated_accelerator.ledger import LEDGER

NAME = "sim"
"""The type of the device."""
_WAITS = frozenset(
    (
        *("_local_scalar_dense", "is_nonzero", "equal", "nonzero", "masked_select", "bincount", "_linalg_check_errors"),
        *("_unique2", "unique_dim", "unique_consecutive", "linalg_cholesky", "_linalg_eigh", "_linalg_svd"),
        *("linalg_qr", "_linalg_solve_ex", "linalg_lstsq", "linalg_eig", "repeat_interleave"),
    )
)
"""Operators whose result the host has to read: their size depends on values, or they check what a solver reports."""
_CROSSING = frozenset(("_to_copy", "copy_", "copy", "_copy_from"))
_TAKES_HOST_INDICES = frozenset(("index", "index_put", "index_put_", "_index_put_impl_", "_unsafe_index"))
_NO_KERNEL = frozenset(("detach", "alias", "empty_like", "new_empty", "new_empty_strided", "lift_fresh", "set_"))
_PRODUCTS = frozenset(("mm", "bmm", "addmm", "baddbmm"))
"""Operators that a processor without units for a short dtype takes fifty times as long for as for float32."""
_HOST = torch.device("cpu")
generators: dict[int, int] = {}
"""Address of a generator of a simulated device -> the device's index (see `simulated_accelerator.backend`)."""
default_generators: list[Any] = []
"""By index: what draws without a generator draws from these."""


class Simulated(torch.Tensor):
    """A tensor on a simulated device; its values are in ``held``, on the CPU."""

    held: torch.Tensor

    @staticmethod
    def __new__(cls, held: torch.Tensor, index: int) -> Simulated:
        _refuse_dtype(held.dtype, index)
        made: Simulated = torch.Tensor._make_wrapper_subclass(  # type: ignore[attr-defined]
            cls,
            held.shape,
            strides=held.stride(),
            storage_offset=held.storage_offset(),
            dtype=held.dtype,
            device=torch.device(NAME, index),
        )
        made.held = held
        LEDGER.allocate(held.untyped_storage(), index)
        return made

    @property
    def data(self) -> torch.Tensor:
        return self.detach()

    @data.setter
    def data(self, value: torch.Tensor) -> None:
        if value.device != self.device or value.shape != self.shape or value.dtype != self.dtype:
            learns = self.requires_grad
            made = torch.nn.Parameter(value, learns) if isinstance(self, torch.nn.Parameter) else value.detach()
            torch.utils.swap_tensors(self, made)
        else:
            assert isinstance(value, Simulated)
            self.held = value.held

    def __repr__(self, **_: Any) -> str:
        return f"Simulated({self.held!r}, device='{self.device}')"

    def tolist(self) -> Any:
        LEDGER.count("sync")
        return self.held.tolist()

    def numpy(self, *_: Any, **__: Any) -> Any:
        raise TypeError(f"can't convert {self.device} device type tensor to numpy. Use Tensor.cpu() first")

    def __array__(self, *_: Any, **__: Any) -> Any:
        return self.numpy()

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return run(func, args, kwargs or {})


def index_of(device: torch.device | str | int | None) -> int:
    """Which of the simulated devices; the first if that is not said."""
    if isinstance(device, int):
        return device
    return 0 if device is None else torch.device(device).index or 0


def run(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Compute one operator on the CPU as the device would: refuse what it refuses, count what it costs."""
    tensors: list[torch.Tensor] = []
    inner = [_inside(value, tensors) for value in args]
    options = {key: _inside(value, tensors) for key, value in kwargs.items() if key != "pin_memory"}
    ours = [tensor for tensor in tensors if isinstance(tensor, Simulated)]
    traits = _traits(func)
    target = _target(traits, args, kwargs, ours)
    if not traits.crosses:
        _refuse_strangers(func, traits, tensors, ours)
    if traits.draws and ours:
        options["generator"] = _generator(func, kwargs.get("generator"), ours[0].device.index)
    if ours:
        _count(traits, args, kwargs, target)
    with torch._C._DisableTorchDispatch():  # type: ignore[attr-defined]
        out = _product(func, inner, options) if traits.multiplies else func(*inner, **options)
    if isinstance(out, tuple | list):
        return type(out)(_outside(value, ours, target) for value in out)
    return _outside(out, ours, target)


def _product(func: Any, inner: list[Any], options: dict[str, Any]) -> torch.Tensor:
    """A product of matrices as units for a short dtype compute it: summed up in float32, rounded at the end."""
    dtype = inner[-1].dtype
    if dtype not in _dtypes_without_units():
        return func(*inner, **options)  # type: ignore[no-any-return]
    wide = [value.float() if isinstance(value, torch.Tensor) else value for value in inner]
    return func(*wide, **options).to(dtype)  # type: ignore[no-any-return]


@functools.cache
def _dtypes_without_units() -> frozenset[torch.dtype]:
    """Dtypes whose products this processor computes one number at a time."""
    bfloat16 = frozenset() if devices.has_bfloat16(_HOST) else frozenset((torch.bfloat16,))
    float16 = frozenset() if torch.ops.mkldnn._is_mkldnn_fp16_supported() else frozenset((torch.float16,))
    return bfloat16 | float16


def _inside(value: Any, tensors: list[torch.Tensor]) -> Any:
    """What the CPU gets in the place of an argument; tensors are noted."""
    if isinstance(value, torch.Tensor):
        tensors.append(value)
        return value.held if isinstance(value, Simulated) else value
    if isinstance(value, tuple | list):
        return [_inside(each, tensors) for each in value]
    return _HOST if isinstance(value, torch.device) and value.type == NAME else value


def _outside(value: Any, ours: list[Simulated], target: int | None) -> Any:
    """What the caller gets for a result: the tensor itself if it was changed in place, else a new one."""
    if not isinstance(value, torch.Tensor) or isinstance(value, Simulated) or value.is_meta:
        return value
    for tensor in ours:
        if tensor.held is value:
            return tensor
    if target is None:
        return value
    return Simulated(value, target)


@dataclass(frozen=True)
class _Traits:
    """What kind of operator it is."""

    name: str
    crosses: bool
    copies: bool
    draws: bool
    waits: bool
    multiplies: bool
    launches: bool


@functools.cache
def _traits(func: Any) -> _Traits:
    name = func.overloadpacket.__name__
    return _Traits(
        name,
        crosses=name in _CROSSING,
        copies=name == "copy_",
        draws=any(argument.name == "generator" for argument in func._schema.arguments),
        waits=name in _WAITS,
        multiplies=name in _PRODUCTS and func._overloadname == "default",
        launches=name not in _NO_KERNEL and not func.is_view,
    )


def _target(traits: _Traits, args: tuple[Any, ...], kwargs: dict[str, Any], ours: list[Simulated]) -> int | None:
    """Where the result is: index of a simulated device, None for the CPU."""
    if traits.copies:
        return args[0].device.index if isinstance(args[0], Simulated) else None
    asked = kwargs.get("device")
    if asked is not None:
        return index_of(asked) if torch.device(asked).type == NAME else None
    return ours[0].device.index if ours else 0


def _refuse_strangers(func: Any, traits: _Traits, tensors: list[torch.Tensor], ours: list[Simulated]) -> None:
    """As CUDA: all operands are on one device, but for single numbers, and indices may come from the host."""
    if traits.name in LEDGER.devices[ours[0].device.index if ours else 0].lacks:
        raise NotImplementedError(f"The operator 'aten::{traits.name}' is not implemented for the {NAME} device")
    if len(tensors) < 2 or not ours:
        return
    home = ours[0].device
    strangers = [tensor for tensor in tensors if tensor is not ours[0] and tensor.dim() and tensor.device != home]
    if strangers and traits.name in _TAKES_HOST_INDICES and tensors[0] is ours[0]:
        strangers = [t for t in strangers if t.dtype.is_floating_point or t.device.type != "cpu"]
    if strangers:
        raise RuntimeError(
            "Expected all tensors to be on the same device, but found at least two devices, "
            f"{home} and {strangers[0].device}! ({func})"
        )


def _refuse_dtype(dtype: torch.dtype, index: int) -> None:
    word = str(dtype).removeprefix("torch.")
    if word in LEDGER.devices[index].lacks:
        raise TypeError(f"Cannot convert a {NAME} Tensor to {word} dtype as the framework doesn't support {word}")


def _generator(func: Any, given: Any, index: int) -> Any:
    """It has to be of the device; where none is given it is the device's own."""
    if given is None:
        return default_generators[index] if default_generators else None
    if generators.get(given._cdata) != index:
        raise RuntimeError(f"Expected a '{NAME}' device type for generator but found 'cpu' ({func})")
    return given


def _count(traits: _Traits, args: tuple[Any, ...], kwargs: dict[str, Any], target: int | None) -> None:
    if traits.waits or (traits.name == "index" and _masked(args)):
        LEDGER.count("sync")
    if traits.crosses:
        if str(kwargs.get("device")) == "meta" or any(isinstance(x, torch.Tensor) and x.is_meta for x in args):
            return
        waits = not kwargs.get("non_blocking", args[2] if traits.copies and len(args) > 2 else False)
        _count_copy(args[1] if traits.copies else args[0], target, waits)
    if traits.launches:
        LEDGER.launch()


def _count_copy(source: torch.Tensor, target: int | None, waits: bool) -> None:
    if isinstance(source, Simulated) == (target is not None):
        return
    nbytes = source.numel() * source.element_size()
    LEDGER.count("to host" if target is None else "to device", nbytes)
    if target is None and waits:
        LEDGER.count("sync")


def _masked(args: tuple[Any, ...]) -> bool:
    return any(isinstance(index, torch.Tensor) and index.dtype in (torch.bool, torch.uint8) for index in args[1])
