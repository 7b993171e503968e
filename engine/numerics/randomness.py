"""Random numbers from generators of one's own.

torch's default generator belongs to the whole process: another thread that draws from it, too, changes what comes next.
Nothing in the engine draws from it. What the engine draws itself takes a generator; for libraries that know only the
default one (dropout inside a network, the first weights of an architecture, sampling of continuations) `Random.drawing`
hands one in with every call that draws.
"""

from __future__ import annotations

import contextlib
import inspect
import math
from collections.abc import Callable, Iterator, Mapping
from types import FunctionType
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn
from torch.overrides import TorchFunctionMode

from engine import devices
from engine.base.errors import RunFailed
from engine.numerics.dropout import dropout

_OF_A_TENSOR = tuple(
    getattr(torch.Tensor, name)
    for name in (
        "bernoulli",
        "bernoulli_",
        "cauchy_",
        "exponential_",
        "geometric_",
        "log_normal_",
        "multinomial",
        "normal_",
        "random_",
        "uniform_",
    )
)
_OF_TENSORS = (torch.bernoulli, torch.multinomial, torch.poisson)
_INITIAL = frozenset(
    name
    for name, function in vars(nn.init).items()
    if inspect.isfunction(function) and "generator" in inspect.signature(function).parameters
)
_WITH_INITIAL = ("torch.nn.init", "transformers.initialization")
"""While transformers builds a network, in whatever thread, its functions stand in the places of torch's."""
_FACTORIES = (torch.rand, torch.randn, torch.randint, torch.randperm, torch.normal)
_LIKE = {torch.rand_like: torch.rand, torch.randn_like: torch.randn}
_REFUSED = {
    F.alpha_dropout: 2,
    F.feature_alpha_dropout: 2,
    F.multi_head_attention_forward: 16,
    F.rrelu: 3,
    F.gumbel_softmax: -1,
    F.fractional_max_pool2d: -1,
    F.fractional_max_pool3d: -1,
    torch.randint_like: -1,
}
"""Function that no generator can be given to -> the place of its argument ``training``, without which it draws nothing;
-1: it has none."""


class Random:
    """The generators of one piece of work: ``cpu``, and one for ``device`` if that is another."""

    def __init__(self, seed: int, device: torch.device | str = "cpu") -> None:
        self.cpu = torch.Generator().manual_seed(seed)
        self._device = devices.whole(device)
        apart = devices.is_accelerator(self._device)
        self._other = torch.Generator(device=self._device).manual_seed(seed) if apart else None

    def on(self, device: torch.device) -> torch.Generator:
        """The one for tensors on a device. Raises `RunFailed` for a device other than these."""
        if not devices.is_accelerator(device):
            return self.cpu
        if self._other is None or devices.whole(device) != self._device:
            raise RunFailed("Random numbers are drawn on another device than that of the work", where=str(device))
        return self._other

    def state(self) -> dict[str, torch.Tensor]:
        """All that `take_state` needs to go on from here."""
        other = {} if self._other is None else {"device": self._other.get_state()}
        return {"cpu": self.cpu.get_state(), **other}

    def take_state(self, state: Mapping[str, torch.Tensor]) -> None:
        """Go on from there."""
        self.cpu.set_state(state["cpu"])
        if self._other is not None:
            self._other.set_state(state["device"])

    def drawing(self) -> contextlib.AbstractContextManager[Any]:
        """While the block runs, what this thread draws without a generator is drawn from these; backward passes too.
        Every call of torch's functions costs about two microseconds more: keep optimizers out of it, which ask each of
        their tensors for its properties and draw nothing."""
        return _Drawing(self)

    def repeating(self) -> tuple[contextlib.AbstractContextManager[Any], contextlib.AbstractContextManager[Any]]:
        """Around a forward pass, and around its recomputation (gradient checkpointing), which draws the same again.
        The ``context_fn`` of `torch.utils.checkpoint.checkpoint`."""
        before: list[dict[str, torch.Tensor]] = []

        @contextlib.contextmanager
        def first() -> Iterator[None]:
            before.append(self.state())
            yield

        @contextlib.contextmanager
        def again() -> Iterator[None]:
            now = self.state()
            self.take_state(before[-1])
            try:
                with self.drawing():
                    yield
            finally:
                self.take_state(now)

        return first(), again()


class _Drawing(TorchFunctionMode):
    """Gives every function of torch that draws the generator of its tensors' device. Of the calling thread only."""

    def __init__(self, random: Random) -> None:
        super().__init__()
        self._random = random

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        handler = _HANDLERS.get(func)
        if handler is None and type(func) is FunctionType and func.__name__ in _INITIAL:
            handler = _of_a_tensor if func.__module__ in _WITH_INITIAL else None
        return func(*args, **(kwargs or {})) if handler is None else handler(self._random, func, args, kwargs or {})


def _of_a_tensor(random: Random, func: Any, args: Any, kwargs: Any) -> Any:
    """Call a function that draws on the device of its first argument."""
    tensor = args[0] if args else next(value for value in kwargs.values() if isinstance(value, torch.Tensor))
    if kwargs.get("generator") is None and not tensor.is_meta:
        kwargs = {**kwargs, "generator": random.on(tensor.device)}
    return func(*args, **kwargs)


def _factory(random: Random, func: Any, args: Any, kwargs: Any) -> Any:
    tensor = next((value for value in (*args, *kwargs.values()) if isinstance(value, torch.Tensor)), None)
    named = kwargs.get("device")
    device = (
        tensor.device if tensor is not None else torch.device(torch.get_default_device() if named is None else named)
    )
    if kwargs.get("generator") is None and device.type != "meta":
        kwargs = {**kwargs, "generator": random.on(device)}
    return func(*args, **kwargs)


def _like(random: Random, func: Any, args: Any, kwargs: Any) -> Any:
    tensor = args[0] if args else kwargs["input"]
    options = {"dtype": tensor.dtype, "device": tensor.device}
    options |= {name: value for name, value in kwargs.items() if name in ("dtype", "device") and value is not None}
    return _factory(random, _LIKE[func], (tuple(tensor.shape),), options)


def _dropout(random: Random, func: Any, args: Any, kwargs: Any) -> Any:
    names = ("input", "p", "training", "inplace") if func is F.dropout else ("input", "p", "train")
    arguments = {**dict(zip(names, args, strict=False)), **kwargs}
    x, rate = arguments["input"], arguments.get("p", 0.5)
    if not arguments.get("training", arguments.get("train", True)) or rate == 0.0:
        return x
    if arguments.get("inplace") or func is torch.dropout_:
        return x.copy_(dropout(x, rate, random.on(x.device)))
    return dropout(x, rate, random.on(x.device))


def _channels(random: Random, func: Any, args: Any, kwargs: Any) -> Any:
    """Whole channels are dropped: those behind the first two dimensions, or the first where a sample comes alone."""
    arguments = {**dict(zip(("input", "p", "training", "inplace"), args, strict=False)), **kwargs}
    x, rate = arguments["input"], arguments.get("p", 0.5)
    if not arguments.get("training", True) or rate == 0.0:
        return x
    alone = {F.dropout1d: 2, F.dropout2d: 3, F.dropout3d: 4}[func]
    noise_shape = x.shape[:1] if x.dim() == alone and func is not F.dropout2d else x.shape[:2]
    noise = x.new_ones((*noise_shape, *(1 for _ in x.shape[len(noise_shape) :])))
    return x * dropout(noise, rate, random.on(x.device))


def _attention(random: Random, func: Any, args: Any, kwargs: Any) -> Any:
    """torch's kernels take no generator: with dropout the weights are written out."""
    names = ("query", "key", "value", "attn_mask", "dropout_p", "is_causal")
    arguments = {**dict(zip(names, args, strict=False)), **kwargs}
    rate = arguments.get("dropout_p", 0.0)
    if rate == 0.0:
        return func(*args, **kwargs)
    query, key, value, mask = arguments["query"], arguments["key"], arguments["value"], arguments.get("attn_mask")
    if arguments.get("enable_gqa"):
        groups = query.shape[-3] // key.shape[-3]
        key, value = (x.repeat_interleave(groups, -3) for x in (key, value))
    scale = arguments.get("scale")
    scores = query @ key.transpose(-1, -2) * (1 / math.sqrt(query.shape[-1]) if scale is None else scale)
    if arguments.get("is_causal"):
        ones = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device)
        scores = scores.masked_fill(~ones.tril(), -math.inf)
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf) if mask.dtype == torch.bool else scores + mask
    weights = torch.softmax(scores, -1, dtype=torch.float32).to(query.dtype)
    return dropout(weights, rate, random.on(query.device)) @ value


def _refused(random: Random, func: Any, args: Any, kwargs: Any) -> Any:
    position = _REFUSED[func]
    training = args[position] if 0 <= position < len(args) else kwargs.get("training", True)
    if position >= 0 and not training:
        return func(*args, **kwargs)
    raise RunFailed(
        "The network draws random numbers in a way that can't be repeated",
        where=str(getattr(func, "__name__", func)),
        advice="switch its dropout off in config.json",
    )


_HANDLERS: dict[Any, Callable[[Random, Any, Any, Any], Any]] = {
    **dict.fromkeys((*_OF_A_TENSOR, *_OF_TENSORS), _of_a_tensor),
    **dict.fromkeys(_FACTORIES, _factory),
    **dict.fromkeys(_LIKE, _like),
    **dict.fromkeys((F.dropout, torch.dropout, torch.dropout_), _dropout),
    **dict.fromkeys((F.dropout1d, F.dropout2d, F.dropout3d), _channels),
    F.scaled_dot_product_attention: _attention,
    **dict.fromkeys(_REFUSED, _refused),
}
