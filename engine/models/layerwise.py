"""A network that is run layer by layer: what enters its first layer, how each layer is called beside that, and where
what is between two layers is kept. Calibrating and measuring go this way; the network need not fit into memory."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterable, Iterator, MutableMapping, MutableSequence, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

import torch
from torch import nn

from engine import devices
from engine.architecture.anatomy import Layer
from engine.architecture.two_texts import inputs_of
from engine.base.errors import BadInput
from engine.models.model import Model

LONGEST = 5
"""Values of the tuples that layers give: hidden states, then a state, biases of positions, attention weights, twice
where a layer attends to an encoder too (LongT5)."""
STORE_SHARE = 4
"""One part in so many of the memory that is free on a device may be taken by what is kept for later."""
Arguments = tuple[tuple[Any, ...], dict[str, Any]]


class TensorStore:
    """Keeps tensors for later: on their device as long as there is room for them, then in host memory. What is kept
    on the host comes back without the host's waiting for it, where its memory can be pinned.

    room: bytes that may be kept on the device; None: a part of what is free now.
    """

    def __init__(self, device: torch.device, room: int | None = None) -> None:
        self.device = devices.whole(device)
        self._apart = devices.is_accelerator(self.device)
        if room is None:
            room = devices.free_memory(self.device) // STORE_SHARE if self._apart else 0
        self.room = room

    def store(self, tensor: torch.Tensor) -> Stored:
        """Keep a tensor of the device."""
        tensor = tensor.detach()
        nbytes = tensor.numel() * tensor.element_size()
        if not self._apart:
            return Stored(self, tensor, 0)
        if nbytes <= self.room:
            self.room -= nbytes
            return Stored(self, tensor, nbytes)
        return Stored(self, devices.to_host(tensor), 0)

    def store_all(self, value: Any) -> Any:
        """``value``, a tensor or a tuple, list or mapping of such, with `Stored` in the place of tensors."""
        return _map_nested(value, torch.Tensor, self.store)

    @staticmethod
    def was_changed(value: Any) -> bool:
        """True if the network has written into a tensor since `store_all`: it shares its memory."""
        changes: list[bool] = []
        _map_nested(value, Stored, lambda stored: changes.append(stored.was_changed))
        return any(changes)

    @staticmethod
    def get_all(value: Any) -> Any:
        """The value that `store_all` stored, with tensors again."""
        return _map_nested(value, Stored, Stored.get)


class Stored:
    """A tensor in a `TensorStore`."""

    def __init__(self, store: TensorStore, tensor: torch.Tensor, nbytes: int) -> None:
        self._store, self._tensor, self._nbytes = store, tensor, nbytes
        self._version = tensor._version

    @property
    def was_changed(self) -> bool:
        """True if something has been written into the tensor since."""
        return self._tensor._version != self._version

    def get(self) -> torch.Tensor:
        """The tensor, on its device."""
        return self._tensor.to(self._store.device, non_blocking=True)

    def __del__(self) -> None:
        self._store.room += self._nbytes


class HiddenStates(MutableSequence[torch.Tensor]):
    """The hidden states between two layers, by batch, each (samples, tokens, features). They are in a `TensorStore`:
    reading one gives it on the device."""

    def __init__(self, store: TensorStore, states: Iterable[torch.Tensor] = ()) -> None:
        self._store = store
        self._stored = [store.store(state) for state in states]

    @overload
    def __getitem__(self, index: int) -> torch.Tensor: ...
    @overload
    def __getitem__(self, index: slice) -> HiddenStates: ...
    def __getitem__(self, index: int | slice) -> torch.Tensor | HiddenStates:
        if isinstance(index, int):
            return self._stored[index].get()
        some = HiddenStates(self._store)
        some._stored = self._stored[index]
        return some

    def __setitem__(self, index: Any, state: Any) -> None:
        del self._stored[index]  # its room is free for the new one
        self._stored.insert(index, self._store.store(state))

    def __delitem__(self, index: int | slice) -> None:
        del self._stored[index]

    def __len__(self) -> int:
        return len(self._stored)

    def insert(self, index: int, value: torch.Tensor) -> None:
        """Keep one more."""
        self._stored.insert(index, self._store.store(value))

    def copy(self) -> HiddenStates:
        """The same ones: to replace one here changes nothing there."""
        return self[:]


@dataclass(frozen=True)
class LayerOutput:
    """Stands in a recorded call for a further output of the layer before, beside its hidden states: T5's layers pass on
    the bias of positions that the first one has computed. ``index``: its number in the output tuple."""

    index: int


@dataclass
class Call:
    """The arguments of a layer beside its hidden states: masks, position embeddings.

    recorded: number of samples in a batch -> arguments and keywords of a call with so many: a mask has a row for each.
    own: number of a batch -> those of a batch that is called otherwise: with values made of its tokens.
    shares: the name of an argument that layers fill in for later ones (keys and values that several read) or pass on,
        "" if there is none. Every batch has its own, so that layers may be run one after the other, batch by batch.
    previous: number of a batch -> the output tuple of the layer before; only where this call takes values of it.
    following: the call of the next layer, where that takes values of this one's output.
    """

    recorded: dict[int, Arguments] = field(default_factory=dict)
    own: dict[int, Arguments] = field(default_factory=dict)
    shares: str = ""
    previous: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    following: Call | None = None

    def refuse_shared(self, layer: str, what: str) -> None:
        """Raise `BadInput` where layers fill something in for those behind them and ``what`` is done with other hidden
        states than those of a batch in its turn."""
        if self.shares:
            raise BadInput(
                f"{what} can't be used on this model",
                where=layer,
                why=f"its layers hand each other '{self.shares}' beside their hidden states",
                advice="choose a method that needs no calibration, such as rounding to nearest",
            )

    def of(self, layer: nn.Module, hidden: torch.Tensor, batch: int | None = None) -> torch.Tensor:
        """The output of ``layer`` for ``hidden``, both (samples, tokens, features). A call that was recorded with
        one sample serves any number of them; ValueError if there is none for this number. ``batch``: the number of the
        batch, where ``hidden`` is one of the inputs."""
        arguments = None if batch is None else self.own.get(batch)
        arguments = arguments or self.recorded.get(len(hidden)) or self.recorded.get(1)
        if arguments is None:
            raise ValueError(f"no call with {len(hidden)} samples was recorded, only with {sorted(self.recorded)}")
        if batch in self.previous:
            arguments = _map_nested(arguments, LayerOutput, lambda value: self.previous[batch][value.index])
        output = layer(hidden, *arguments[0], **arguments[1])
        if self.following is not None and batch is not None:
            self.following.set_previous(batch, output)
        hidden_states: torch.Tensor = output[0] if isinstance(output, tuple) else output
        return hidden_states

    def set_previous(self, batch: int, output: tuple[Any, ...]) -> None:
        """Store the output of the layer before for a batch; values that are the same for all batches are stored
        once."""
        first = next(iter(self.previous.values()), None)
        rest = (None, *output[1:])
        self.previous[batch] = first if first is not None and _are_equal(first, rest) else rest


@dataclass
class LayerInputs:
    """Inputs of the layers of a network.

    hidden: input of the first layer. calls: the other arguments of each layer. arity: number of values of the tuple
    that the network expects from a layer, 0 for hidden states alone. chained: True if every layer gets the output of
    the one before it, and nothing that another one could have changed: running them one by one is then what the network
    does.
    """

    hidden: HiddenStates
    calls: list[Call]
    arity: int = 0
    chained: bool = True


class _Exit(Exception):  # noqa: N818 - leaves a forward pass early
    pass


def enter(
    model: Model,
    batches: Sequence[torch.Tensor],
    device: torch.device,
    checkpoint: Callable[[], None],
    encoded: LayerInputs | None = None,
) -> LayerInputs:
    """Run what comes before the layers, which has to be loaded. ``batches``: each (samples, tokens) int64.

    Of an encoder and a decoder the layers of the encoder; with ``encoded``, whose hidden states are what the encoder's
    last layer gave, those of the decoder.
    """
    stack = model.anatomy.stacks[0 if encoded is None else 1]
    inputs = LayerInputs(HiddenStates(TensorStore(device)), [Call() for _ in stack])
    modules = [model.get(layer.name) for layer in stack]
    marked = False
    for number, batch in enumerate(batches):
        checkpoint()
        batch = batch.to(device)
        with contextlib.ExitStack() as around:
            if encoded is not None:
                encoder = model.anatomy.stacks[0]
                around.enter_context(passing_by(model, encoded.hidden[number], encoded.arity, encoder))
            if not number:
                inputs.arity = _output_arity(model, modules, batch)
                marked = inputs.arity > 1 and _passes_outputs(model, modules, batch, inputs.arity)
            received, calls = _layer_calls(model, modules, batch, inputs.arity, marked)
        inputs.chained &= len(calls) == len(modules) and all(x is received[0] for x in received)
        inputs.chained &= all(_is_plain(item) for args, named in calls for item in (*args, *named.values()))
        inputs.hidden.append(received[0].detach())
        _record(inputs.calls, calls, number, len(batch))
    if marked:
        for call, following in itertools.pairwise(inputs.calls):
            call.following = following
    return inputs


def _as_output(hidden: torch.Tensor, arity: int, marked: bool = False) -> Any:
    """A layer's output: hidden states, or a tuple of ``arity`` values with them first; ``marked``: the others are
    `LayerOutput`."""
    rest = map(LayerOutput, range(1, arity)) if marked else (None,) * (arity - 1)
    return (hidden, *rest) if arity else hidden


def _passes_outputs(model: Model, modules: Sequence[nn.Module], batch: torch.Tensor, arity: int) -> bool:
    """True if layers get further outputs of the layers before them, beside hidden states: found by trying."""
    try:
        _, calls = _layer_calls(model, modules, batch, arity, True)
    except torch.OutOfMemoryError:
        raise  # that says nothing of the network
    except (BadInput, AttributeError, ValueError, TypeError, IndexError, RuntimeError):
        return False  # the network looks at these values itself
    return any(isinstance(item, LayerOutput) for args, named in calls for item in (*args, *named.values()))


def _output_arity(model: Model, modules: Sequence[nn.Module], batch: torch.Tensor) -> int:
    """See `LayerInputs.arity`: found by trying. A network that takes a tensor for a tuple goes on with a row of it."""
    reasons: list[Exception] = []
    for arity in range(LONGEST + 1):
        try:
            received, _ = _layer_calls(model, modules, batch, arity)
        except (BadInput, ValueError, TypeError, IndexError, RuntimeError) as reason:
            reasons.append(reason)
            continue
        if all(isinstance(x, torch.Tensor) and x.shape == received[0].shape for x in received):
            return arity
    if reasons:
        raise reasons[0]
    return 0


def _layer_calls(
    model: Model, modules: Sequence[nn.Module], batch: torch.Tensor, arity: int, marked: bool = False
) -> tuple[list[torch.Tensor], list[Arguments]]:
    """The hidden states that each layer would get if all did nothing, and its other arguments."""
    received: list[torch.Tensor] = []
    calls: list[Arguments] = []

    def record(*arguments: Any, **keywords: Any) -> Any:
        x, *others = arguments or (keywords.pop("hidden_states"),)
        received.append(x)
        calls.append((tuple(others), keywords))
        if len(calls) == len(modules):
            raise _Exit
        return _as_output(x, arity, marked)

    for module in modules:
        module.forward = record
    try:
        with torch.no_grad(), contextlib.suppress(_Exit):
            model.module(**inputs_of(model.module, batch), use_cache=False)
    except (ValueError, TypeError, IndexError, RuntimeError) as error:
        if not model.anatomy.irregular:
            raise
        raise BadInput(
            "The model can't be run layer by layer",
            where=model.anatomy.layers[0].name,
            why=" ".join(str(error).split())[:200],
            advice="choose a method that needs no calibration, such as rounding to nearest",
        ) from error
    finally:
        for module in modules:
            del module.forward
    return received, calls


def _record(recorded: list[Call], calls: list[Arguments], number: int, size: int) -> None:
    """Add the calls of a batch, where they are not those of another batch of this size. The host waits once."""
    flags: list[torch.Tensor] = []
    compared: set[tuple[int, int]] = set()
    alike = True
    for call, arguments in zip(recorded, calls, strict=False):  # a network may leave layers out
        call.shares = call.shares or next((name for name, x in arguments[1].items() if _is_filled(x)), "")
        call.shares = call.shares or ("values" if any(isinstance(x, LayerOutput) for x in arguments[0]) else "")
        call.shares = call.shares or next((name for name, x in arguments[1].items() if isinstance(x, LayerOutput)), "")
        alike &= _alike(call.recorded.setdefault(size, arguments), arguments, flags, compared)
    if not alike or (flags and bool(torch.stack(flags).any())):
        for call, arguments in zip(recorded, calls, strict=False):
            call.own[number] = arguments


def _alike(one: Any, other: Any, flags: list[torch.Tensor], compared: set[tuple[int, int]]) -> bool:
    """True if two arguments are the same; ``flags`` gets, for pairs of tensors that are alike in shape, whether their
    values differ, as a tensor: nobody waits for it here."""
    if one is other:
        return True
    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        if one.shape != other.shape or one.dtype != other.dtype:
            return False
        if (id(one), id(other)) not in compared:
            compared.add((id(one), id(other)))
            flags.append((one != other).any())
        return True
    if isinstance(one, tuple | list) and isinstance(other, tuple | list):
        return len(one) == len(other) and all(_alike(a, b, flags, compared) for a, b in zip(one, other, strict=True))
    if _is_filled(one) or _is_filled(other):
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_alike(one[key], other[key], flags, compared) for key in one)
    return type(one) is type(other) and bool(one == other)


def _is_filled(value: Any) -> bool:
    """True if it is a mapping that layers will fill in for each other: it is empty before the first of them."""
    return isinstance(value, MutableMapping) and not value


def _is_plain(value: Any) -> bool:
    """True if it is made of tensors and words alone: into anything else one layer could put what another one reads."""
    if isinstance(value, dict):
        return bool(value) and all(_is_plain(item) for item in value.values())
    if isinstance(value, tuple | list):
        return all(_is_plain(item) for item in value)
    return value is None or isinstance(value, torch.Tensor | bool | int | float | str | torch.dtype | torch.device)


@contextlib.contextmanager
def passing_by(model: Model, state: torch.Tensor, arity: int, layers: Sequence[Layer] | None = None) -> Iterator[None]:
    """While the block runs, the network's layers (or ``layers`` of them) do nothing but the last, which gives
    ``state``: a forward pass goes through what is behind them."""
    modules = [model.get(layer.name) for layer in (model.anatomy.layers if layers is None else layers)]

    def passed(*_: Any, **__: Any) -> Any:
        return _as_output(state, arity)

    for module in modules:
        module.forward = passed
    try:
        yield
    finally:
        for module in modules:
            del module.forward


def _are_equal(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    """True if two tuples of tensors are the same."""
    pairs = list(zip(one, other, strict=True))
    plain = all(isinstance(a, torch.Tensor) == isinstance(b, torch.Tensor) for a, b in pairs)
    return plain and all(torch.equal(a, b) if isinstance(a, torch.Tensor) else a is b for a, b in pairs)


def _map_nested(value: Any, kind: type, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, kind):
        return change(value)
    if isinstance(value, tuple | list):
        return type(value)(_map_nested(item, kind, change) for item in value)
    if isinstance(value, dict):
        return {key: _map_nested(item, kind, change) for key, item in value.items()}
    return value
