"""float64 where a device has none (MPS): what needs it is computed in host memory, and its result goes on from there.

Rotations, decompositions and sums are made in float64 (see the architecture's page). While the mode is active, whatever
asks a device for float64 gets it on the host, and an operator whose operands are on both works on the host if one of
them is in float64, else on the device. Values are those of any other device; copies cost time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

_HOST = torch.device("cpu")
_DOUBLE = torch.Tensor.double
_MOVES = (torch.Tensor.to, torch.Tensor.type)
_OPERATORS = ("__iadd__", "__isub__", "__imul__", "__itruediv__")
_INDEXING = (torch.Tensor.__getitem__, torch.Tensor.__setitem__)


class HostFloat64(TorchFunctionMode):
    """For tensors on devices of one kind, of this thread."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self._kind = kind

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        named = dict(kwargs or {})
        tensors: list[torch.Tensor] = []
        _gather((args, named), tensors)
        wide = func is _DOUBLE or any(tensor.dtype == torch.float64 for tensor in tensors) or _asks(args, named)
        if func in _MOVES:
            return func(*args, **named) if not wide else self._moved(func, args, named)
        name = getattr(func, "__name__", "")
        if _is_in_place(name) and args and isinstance(args[0], torch.Tensor) and args[0].device.type == self._kind:
            device = args[0].device
            return func(args[0], *self._to(device, args[1:], float32=True), **self._to(device, named, float32=True))
        if wide:
            if self._names_device(named.get("device")):
                named["device"] = _HOST
            return func(*self._to(_HOST, args), **self._to(_HOST, named))
        there = next((tensor.device for tensor in tensors if tensor.device.type == self._kind), None)
        mixed = there is not None and any(t.device.type == _HOST.type and t.dim() for t in tensors)
        if func in _INDEXING:  # where the indexed tensor is
            return func(args[0], *self._to(args[0].device, args[1:]), **named)
        if mixed and there is not None and name != "__set__":
            return func(*self._to(there, args), **self._to(there, named))
        return func(*args, **named)

    def _moved(self, func: Callable[..., Any], args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """A tensor in another dtype or place: float64 stays on the host, what becomes shorter is cast there first."""
        tensor, *others = args
        dtype = next((x for x in (*others, *named.values()) if isinstance(x, torch.dtype)), None)
        other = next((x for x in (*others, *named.values()) if isinstance(x, torch.Tensor)), None)
        dtype = other.dtype if other is not None else dtype
        target = next((x for x in (*others, *named.values()) if isinstance(x, str | torch.device)), None)
        target = other.device if other is not None else target
        moved = tensor.to(_HOST) if tensor.device.type == self._kind else tensor
        moved = moved if dtype is None else moved.to(dtype)
        if target is None:
            target = tensor.device
        return moved if moved.dtype == torch.float64 and self._names_device(target) else moved.to(target)

    def _names_device(self, value: Any) -> bool:
        return value is not None and torch.device(value).type == self._kind

    def _to(self, device: torch.device, value: Any, *, float32: bool = False) -> Any:
        """The same with its tensors there; ``float32``: those in float64 are cast."""
        if isinstance(value, torch.Tensor):
            if value.dim() == 0 and value.device.type == _HOST.type and not float32:
                return value
            value = value.to(torch.float32) if float32 and value.dtype == torch.float64 else value
            return value if value.is_meta else value.to(device)
        if isinstance(value, tuple | list) and type(value) in (tuple, list):
            return type(value)(self._to(device, item, float32=float32) for item in value)
        if isinstance(value, dict):
            return {key: self._to(device, item, float32=float32) for key, item in value.items()}
        return value


def _gather(value: Any, tensors: list[torch.Tensor]) -> None:
    if isinstance(value, torch.Tensor):
        tensors.append(value)
    elif isinstance(value, tuple | list):
        for item in value:
            _gather(item, tensors)
    elif isinstance(value, dict):
        for item in value.values():
            _gather(item, tensors)


def _asks(args: tuple[Any, ...], named: dict[str, Any]) -> bool:
    """True if float64 is asked for by name."""
    return any(value is torch.float64 for value in (*args, *named.values()))


def _is_in_place(name: str) -> bool:
    return name in _OPERATORS or (name.endswith("_") and not name.endswith("__"))
