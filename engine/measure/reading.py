"""A model reads windows of text: all of them go through one layer, then through the next, so that one layer is in
memory at a time, on the device that computes. What comes out is what the whole network gives.

Left of a model that has read is its last hidden states and its head; the states can be kept in a file, so that an
original that many models are compared with reads once.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open

from engine.architecture.two_texts import reads_two
from engine.base.errors import BadInput, RunFailed
from engine.base.pinned import Pinned
from engine.checkpoints import checksum
from engine.measure.reader import Reader
from engine.models.layerwise import HiddenStates, LayerInputs, TensorStore, enter, passing_by
from engine.models.model import Model, Part
from engine.models.running import interruptible
from engine.numerics.fingerprint import fingerprint

GROUP_BYTES = 1 << 30
"""Of hidden states that are kept at a time: more windows are read group by group, each time from the first layer."""


@dataclass(frozen=True)
class ReadContext:
    """Device and dtype of a reading, and its callbacks: ``progress`` with a fraction and a text that begins with
    ``verb``, ``checkpoint`` about once for each matrix; it may raise."""

    device: torch.device
    dtype: torch.dtype
    progress: Callable[[float, str], None]
    checkpoint: Callable[[], None]
    verb: str = "Measuring"


class Readings:
    """Outputs of a model for windows: ``state(n)`` of window n, and ``logits`` of the present window."""

    def __init__(self, model: Model, ids: torch.Tensor, device: torch.device, states: Sequence[torch.Tensor] | None):
        self.ids, self.device = ids, device
        self._reader = Reader(model.module, device)
        self._states = states

    def state(self, number: int) -> torch.Tensor:
        """The last hidden states of a window, (1, tokens, features), on the device."""
        assert self._states is not None, "the network gives no hidden states"
        return self._states[number]

    def turn_to(self, number: int) -> None:
        """Let `logits` be of this window."""
        if self._states is None:
            self._reader.read(self.ids[number])
        else:
            self._reader.take(self._states[number])

    def logits(self, start: int, stop: int) -> torch.Tensor:
        """Those of the tokens ``start`` to ``stop``, (tokens, vocabulary) float32."""
        return self._reader.logits(start, stop)


def groups(model: Model, ids: torch.Tensor, dtype: torch.dtype) -> tuple[torch.Tensor, ...]:
    """The windows that are read together, (n, window) -> some of them, in order."""
    row = max(1, ids.shape[1] * model.anatomy.hidden_size * dtype.itemsize)
    return torch.split(ids, max(1, GROUP_BYTES // row))


def read(
    model: Model,
    ids: torch.Tensor,
    context: ReadContext,
    look: Callable[[Part], None] | None = None,
    states_folder: Path | None = None,
) -> Readings:
    """Let ``model`` read windows, (n, window) int64. What its head needs is loaded then; `Model.free` frees it.

    A network that does something between its layers, or whose layers were not found, is loaded and run as a whole.

    Parameters
    ----------
    look: is called with each part while it is loaded.
    states_folder: a file for the last hidden states: it is made, or, if it is there, of the same tokens, and nothing
        has to be looked at, the model need not read. That of other tokens stays. It is named by what the model is, and
        carries its name: one that lies under another is made again.
    """
    tokens = str(fingerprint(ids))
    there = (
        states_folder is not None
        and states_folder.is_file()
        and not checksum.damage(states_folder)
        and _is_named(states_folder)
    )
    others = states_folder is not None and there and checksum.metadata(states_folder).get("tokens") != tokens
    if look is None and states_folder is not None and there and not others:
        for part in _parts(model)[2]:
            load(model, part, context)
        return Readings(model, ids, context.device, _StoredStates(states_folder, context.device))
    with interruptible(model.module, context.checkpoint), torch.no_grad():
        seen = look or (lambda part: None)
        states = _by_layer(model, ids, context, seen)
        if states is None:
            states = _as_a_whole(model, ids, context, seen)
    if states_folder is not None and states is not None and not others:
        with contextlib.suppress(RunFailed, BadInput):  # as when the disk is full: then it reads again
            checksum.save(
                {f"{number:06d}": state.cpu() for number, state in enumerate(states)},
                states_folder,
                {"tokens": tokens, "of": states_folder.stem},
            )
    return Readings(model, ids, context.device, states)


def load(model: Model, part: Part, context: ReadContext) -> None:
    """Load a part; what is packed in it is unpacked once for all windows. A tied head reads the embedding's table."""
    context.checkpoint()
    model.load(part, dtype=context.dtype, device=context.device)
    packed = set(model.compressed(part))
    if model.anatomy.head is not None and part.owns(model.anatomy.head):
        packed |= _end_names(model)
    for name, module in model.compressed().items():
        if name in packed and not any(tensor.is_meta for tensor in (*module.parameters(), *module.buffers())):
            module.cache_dense_weight(context.dtype)


def load_all(model: Model, context: ReadContext) -> None:
    """Load the whole model; a packed head is unpacked once for all windows."""
    for part in model.parts:
        context.checkpoint()
        model.load(part, dtype=context.dtype, device=context.device)
    model.module.eval()
    for name, module in model.compressed().items():
        if name in _end_names(model):
            module.cache_dense_weight(context.dtype)


def _end_names(model: Model) -> set[str]:
    """The head, and the table that a tied head reads."""
    return {name for name in (*model.anatomy.embeddings[:1], model.anatomy.head) if name is not None}


def _parts(model: Model) -> tuple[list[Part], list[Part], list[Part]]:
    """Modules before the layers, the layers, modules behind them."""
    names = {layer.name for layer in model.anatomy.layers}
    places = [index for index, part in enumerate(model.parts) if part.name in names]
    if not places:
        return [], [], list(model.parts)
    first, last = places[0], places[-1] + 1
    return list(model.parts[:first]), list(model.parts[first:last]), list(model.parts[last:])


class LayerWalk:
    """A network that runs layer by layer over all windows: one layer in memory at a time, with what comes before and
    behind the layers."""

    def __init__(self, model: Model, context: ReadContext, look: Callable[[Part], None], inputs: LayerInputs) -> None:
        self.model, self._context, self._look, self._inputs = model, context, look, inputs
        self.before, self.layers, self.after = _parts(model)
        self.hidden = inputs.hidden

    @classmethod
    def begin(
        cls, model: Model, ids: torch.Tensor, context: ReadContext, look: Callable[[Part], None] = lambda part: None
    ) -> LayerWalk | None:
        """Run what comes before the layers on windows, (n, window) int64; None for a network that can't be run so."""
        before, layers, _ = _parts(model)
        if not layers or reads_two(model.module) or not Reader(model.module).has_states:
            return None
        for part in before:
            load(model, part, context)
            look(part)
        model.module.eval()
        inputs = enter(model, [row[None] for row in ids], context.device, context.checkpoint)
        return cls(model, context, look, inputs) if inputs.chained else None

    def step(self, index: int) -> None:
        """Take all windows through a layer."""
        part, count = self.layers[index], len(self.layers)
        words = f"{self._context.verb} layer {index + 1} of {count}"
        self._context.progress(index / count, words)
        load(self.model, part, self._context)
        self._look(part)
        layer = self.model.get(part.name)
        for number in range(len(self.hidden)):
            self._context.progress((index + number / len(self.hidden)) / count, words)
            self.hidden[number] = self._inputs.calls[index].of(layer, self.hidden[number], number)
        self.model.free(part)

    def load_end(self) -> None:
        """Load what is behind the layers."""
        for part in self.after:
            load(self.model, part, self._context)
            self._look(part)

    def read(self, reader: Reader, number: int, row: torch.Tensor) -> None:
        """Let ``reader`` go from the present hidden states of a window, whose tokens are ``row``, to what the head
        reads: what the network would give if it ended here."""
        with passing_by(self.model, self.hidden[number], self._inputs.arity):
            reader.read(row)


def _by_layer(
    model: Model, ids: torch.Tensor, context: ReadContext, look: Callable[[Part], None]
) -> HiddenStates | None:
    """The last hidden states; None for a network that can't be run so."""
    walk = LayerWalk.begin(model, ids, context, look)
    if walk is None:
        return None
    for index in range(len(walk.layers)):
        walk.step(index)
    walk.load_end()
    reader = Reader(model.module, context.device)
    for number, row in enumerate(ids):
        walk.read(reader, number, row)
        walk.hidden[number] = reader.states
    read_by_head = {name for part in walk.after for module in model.compressed(part).values() for name in module.reads}
    if not model.anatomy.tied and not read_by_head:
        for part in walk.before:
            model.free(part)
    return walk.hidden


def _as_a_whole(
    model: Model, ids: torch.Tensor, context: ReadContext, look: Callable[[Part], None]
) -> HiddenStates | None:
    """The last hidden states by the whole network; None if it gives none: it then reads when it is asked for logits."""
    load_all(model, context)
    for part in model.parts:
        look(part)
    reader = Reader(model.module, context.device)
    if not reader.has_states:
        return None
    states = HiddenStates(TensorStore(context.device))
    for number, row in enumerate(ids):
        context.progress(number / len(ids), f"{context.verb} window {number + 1} of {len(ids)}")
        reader.read(row)
        states.append(reader.states)
    return states


def _is_named(folder: Path) -> bool:
    return checksum.metadata(folder).get("of") == folder.stem


class _StoredStates(Sequence[torch.Tensor]):
    """States in a file, each read when it is asked for."""

    def __init__(self, file: Path, device: torch.device) -> None:
        self._file, self._device = file, device
        self._pinned = Pinned(file)
        with safe_open(file, "pt") as opened:
            self._names = sorted(opened.keys())

    def __len__(self) -> int:
        return len(self._names)

    def __getitem__(self, index: Any) -> Any:
        with self._pinned.by_path() as file, safe_open(file, "pt") as opened:
            return opened.get_tensor(self._names[index]).to(self._device)


@contextlib.contextmanager
def freed(*models: Model | None) -> Iterator[None]:
    """At the end of the block nothing of the models is in memory: at once, and without waiting for the garbage
    collector."""
    try:
        yield
    finally:
        for model in models:
            if model is not None:
                model.free()
