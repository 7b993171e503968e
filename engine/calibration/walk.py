"""Walk a model layer by layer: gather statistics of what reaches its linears, let a method work on them, pass on what
the *compressed* layer gives.

One layer is in memory at a time. Within a layer the linears are visited in order of execution, those that read the
same tensor together, each after the ones before it were compressed ("true sequential"). Every linear, and what mixes
the tokens, is computed once per batch: the outputs of finished submodules are kept while the rest of the layer is
worked on. A kept output is used again only for the same inputs and by the same weights, which is found from their bits:
a method may change whatever it likes in the layer at any time, finished or not, and need not say so.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Collection, Container, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import torch
from torch import nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from engine import devices
from engine.architecture.anatomy import Anatomy, Layer, Linear
from engine.base.errors import BadInput, RunFailed
from engine.calibration.order import is_expert, listening, observed, report_expert_coverage, routed, together
from engine.calibration.routing import Routed, experts_in, router_weights, routing
from engine.calibration.statistics import Statistic
from engine.models import ranks
from engine.models.layerwise import Call, HiddenStates, LayerInputs, TensorStore, enter
from engine.models.model import Model, Part
from engine.models.part_words import part_words
from engine.models.stage import Stage
from engine.numerics.fingerprint import Fingerprints, fingerprint_of, state_of

T = TypeVar("T", bound=Statistic)
BATCH_TOKENS = 2048
"""Tokens of one forward pass."""
PASSES = 2.2
"""Cost of calibrating in forward passes: linears once, attention and norms a few times."""


@dataclass
class InputGroup(Generic[T]):
    """Linears of one layer that read the same tensor, and what was gathered of it."""

    part: Part
    linears: tuple[Linear, ...]
    statistic: T


class _Stop(Exception):  # noqa: N818 - leaves a forward pass early
    pass


@dataclass
class _CachedOutput:
    """An output, on a shelf, that can be used again while ``state`` (of the module) and ``inputs`` are the same and the
    network has not written into it (Longformer scales its queries in their place)."""

    state: tuple[Any, ...]
    inputs: tuple[Any, ...]
    output: Any


def calibrate(
    model: Model,
    stage: Stage,
    tokens: torch.Tensor,
    *,
    statistic: Callable[[int], T],
    on_group: Callable[[InputGroup[T]], None],
    dtype: torch.dtype = torch.float32,
    batch: int = 1,
    compute_dtype: torch.dtype = torch.float32,
    prepare: Callable[[Part], None] | None = None,
    transform_input: Callable[[Linear, torch.Tensor], torch.Tensor] | None = None,
    targets: Container[str] | None = None,
    span: tuple[float, float] = (0.0, 1.0),
) -> Model:
    """Run the pass.

    Parameters
    ----------
    tokens: int64 (samples, length): the calibration set, all samples of the same length.
    statistic: makes the statistic for a number of input features.
    on_group: is called for each input group with the gathered statistic; it puts compressed modules in place.
    dtype: of the dense weights while they are worked on.
    batch: samples per forward pass.
    compute_dtype: what linears and attention compute in (see `compute_dtype_of`); hidden states keep ``dtype``.
    prepare: is called for each loaded part before anything runs through it (e.g. to rotate its weights).
    transform_input: turns the tensor that reaches a linear into what its weight will be multiplied with (e.g. rounds
        it), which is then what the statistic gets.
    targets: names of the linears that are worked on: groups with none of them are passed over. None: all.
    span: the share of the stage's progress that the walk makes up.

    Raises `BadInput` for a model of unknown anatomy, `RunFailed` naming the layer if its output is not finite.
    """
    mine = share(tokens)
    steps = walk(
        model,
        stage,
        mine,
        dtype=dtype,
        batch=batch,
        compute_dtype=compute_dtype,
        prepare=prepare,
        span=span,
        targets=targets,
    )
    for layer_step in steps:
        if not layer_step.part.stored:
            layer_step.compress(statistic, on_group, transform_input, targets)
    return model


def share(tokens: torch.Tensor) -> torch.Tensor:
    """The samples that this process walks with: statistics add up what all have gathered."""
    if len(tokens) < ranks.count():
        raise BadInput(
            "There are fewer samples than processes",
            why=f"{len(tokens)} samples, {ranks.count()} processes",
            advice="calibrate on more samples",
        )
    return tokens[ranks.rank() :: ranks.count()]


def walk(
    model: Model,
    stage: Stage,
    tokens: torch.Tensor,
    *,
    dtype: torch.dtype = torch.float32,
    batch: int = 1,
    compute_dtype: torch.dtype = torch.float32,
    store: bool = True,
    span: tuple[float, float] = (0.0, 1.0),
    prepare: Callable[[Part], None] | None = None,
    targets: Container[str] | None = None,
) -> Iterator[LayerStep]:
    """Give every layer, loaded, with what enters it; when the next one is asked for, what it gives *now* is passed on
    and it is stored. Layers that were stored before a kill are given too (``part.stored``).

    ``store``: if False nothing is: the layers are only looked at and are read anew by the next walk. ``span``: the
    share of the stage's progress that the walk makes up. ``targets``: layers behind the last one with a linear of these
    names are stored as they are: they are not given, and nothing runs through them. Parameters and exceptions as of
    `calibrate`.
    """
    if not model.anatomy.layers:
        raise BadInput("The model can't be calibrated layer by layer", why=model.anatomy.why_unknown)
    batches = list(torch.split(tokens, batch))
    by_name = {layer.name: layer for layer in model.anatomy.layers}
    inputs: LayerInputs | None = None
    decoder = model.anatomy.first_of_decoder
    last = _last_with(model.anatomy, targets)
    reached: dict[str, int] = {}
    parts = stage.parts(model, stored=True, dtype=dtype, span=span) if store else _passing(model, stage, dtype, span)
    for part in parts:
        layer = by_name.get(part.name)
        if prepare is not None and not part.stored:
            prepare(part)
        if layer is not None and layer.index > last:
            continue
        if layer is None:
            if inputs is None and last >= 0:
                with computing_in(compute_dtype, stage.device):
                    inputs = enter(model, batches, stage.device, stage.checkpoint)
            continue
        assert inputs is not None, "a network has something before its layers"
        if decoder and layer.index == decoder:
            inputs = _enter_decoder(model, batches, stage, dtype, compute_dtype, inputs)
        call = inputs.calls[layer.index - (decoder if layer.index >= decoder else 0)]
        layer_step = LayerStep(model, part, layer, call, inputs.hidden, stage, compute_dtype)
        yield layer_step
        reached |= layer_step.reached
        layer_step.propagate()
        call.previous.clear()
    report_expert_coverage(stage, reached, len(tokens))


def _last_with(anatomy: Anatomy, targets: Container[str] | None) -> int:
    """Index of the last layer that something has to run through: what reaches the head is what the last one gives."""
    every = targets is None or (anatomy.head is not None and anatomy.head in targets)
    layers = (
        layer.index
        for layer in anatomy.layers
        if every or any(linear.name in targets for linear in layer.linears)  # type: ignore[operator]
    )
    return max(layers, default=-1)


def _enter_decoder(
    model: Model,
    batches: Sequence[torch.Tensor],
    stage: Stage,
    dtype: torch.dtype,
    compute_dtype: torch.dtype,
    encoded: LayerInputs,
) -> LayerInputs:
    """Inputs of the decoder's first layer. The modules before it were stored and freed with the embeddings: they are
    loaded again in their present state."""
    names = {layer.name for layer in model.anatomy.layers}
    before = list(itertools.takewhile(lambda part: part.name not in names, model.parts))
    for part in before:
        model.load(part, dtype=dtype, device=stage.device)
    with computing_in(compute_dtype, stage.device):
        inputs = enter(model, batches, stage.device, stage.checkpoint, encoded)
    for part in before:
        model.free(part)
    return inputs


@dataclass
class LayerStep:
    """A layer that the walk has come to.

    hidden: what enters it, by batch. call: how it is called beside that.
    """

    model: Model
    part: Part
    layer: Layer
    call: Call
    hidden: HiddenStates
    stage: Stage
    compute_dtype: torch.dtype = torch.float32
    cached: dict[str, dict[int, _CachedOutput]] = field(default_factory=dict)
    """Name of a finished submodule -> its output for each batch."""
    mixed: dict[tuple[int, int], _CachedOutput] = field(default_factory=dict)
    """Batch, and number of the call in the layer -> what attention gave while it was run up to an input group."""
    reached: dict[str, int] = field(default_factory=dict)
    """Linear of an expert -> the tokens that reached it."""
    repeated: frozenset[str] = frozenset()
    """The linears that the layer calls several times, as far as `steps` has found them."""
    shelf: TensorStore = field(init=False)
    """Store of these outputs: on the device, as long as there is room."""
    _states: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    """Name of a finished submodule -> its state, taken once for all batches of a pass over the layer."""

    def __post_init__(self) -> None:
        self.shelf = TensorStore(self.stage.device)

    def compress(
        self,
        statistic: Callable[[int], T],
        on_group: Callable[[InputGroup[T]], None],
        transform_input: Callable[[Linear, torch.Tensor], torch.Tensor] | None = None,
        targets: Container[str] | None = None,
    ) -> None:
        """Gather the statistic of each input group and let ``on_group`` compress it, one after the other."""
        done: set[str] = set()
        for groups in self.steps():
            input_groups = [
                InputGroup(self.part, linears, statistic(linears[0].in_features))
                for linears in groups
                if targets is None or any(linear.name in targets for linear in linears)
            ]
            self.gather(input_groups, done, transform_input)
            for input_group in input_groups:
                on_group(input_group)
            done |= {linear.name for linears in groups for linear in linears}

    def steps(self) -> list[list[tuple[Linear, ...]]]:
        """The layer's linears in order of execution, in steps of input groups that `gather` takes together: one group,
        or those of many experts."""
        if self.model.anatomy.irregular:
            steps, self.repeated = observed(self.model, self.layer, self.output)
            return steps
        grouped: dict[str, list[Linear]] = {}
        for linear in self.layer.linears:
            grouped.setdefault(linear.input_group, []).append(linear)
        return [[tuple(linears)] for linears in grouped.values()]

    def gather(
        self,
        input_groups: Sequence[InputGroup[Any]],
        done: set[str],
        transform_input: Callable[[Linear, torch.Tensor], torch.Tensor] | None = None,
    ) -> None:
        """Run every batch up to the groups of one step; outputs of submodules that are finished by now are kept. Then
        add up what all processes have gathered."""
        if input_groups and is_expert(input_groups[0].linears[0]):
            self._gather_experts(input_groups, done, transform_input)
        elif input_groups:
            (input_group,) = input_groups
            self._gather_one(input_group, done, transform_input)
        for input_group in input_groups:
            input_group.statistic.reduce()
        devices.trim()

    def _gather_experts(
        self,
        input_groups: Sequence[InputGroup[Any]],
        done: set[str],
        transform_input: Callable[[Linear, torch.Tensor], torch.Tensor] | None,
    ) -> None:
        """All of them in whole passes over the layer: which tokens reach an expert is known when it runs. What reaches
        it is gathered times its router weights: so much of an error there is in what the layer gives."""
        by_first = {input_group.linears[0].name: input_group for input_group in input_groups}
        self.reached |= dict.fromkeys(by_first, 0)
        decided: dict[str, Routed | None] = {}

        def on_input(linear: Linear, x: torch.Tensor) -> None:
            x = routed(x)
            self.reached[linear.name] += len(x)
            if len(x):
                x = x if transform_input is None else transform_input(linear, x)
                weights = router_weights(decided, linear.name, len(x))
                by_first[linear.name].statistic.add(x if weights is None else x * weights[:, None].to(x))

        self._states.clear()
        finished = self._finished(done)
        firsts = [input_group.linears[0] for input_group in input_groups]
        modules = list(experts_in(self.model, self.layer.name))
        with routing(self.model, modules, decided.__setitem__), listening(self.model, firsts, on_input):
            for index in range(len(self.hidden)):
                self.stage.checkpoint()
                self._run(index, finished)

    def _gather_one(
        self,
        input_group: InputGroup[Any],
        done: set[str],
        transform_input: Callable[[Linear, torch.Tensor], torch.Tensor] | None,
    ) -> None:
        first = input_group.linears[0]
        inputs: list[torch.Tensor] = []

        def listen(_: nn.Module, arguments: tuple[torch.Tensor, ...]) -> None:
            inputs.append(arguments[0].detach())
            if first.name not in self.repeated:
                raise _Stop

        self._states.clear()
        finished = self._finished(done)
        handle = self.model.get(first.name).register_forward_pre_hook(listen)
        try:
            for index in range(len(self.hidden)):
                self.stage.checkpoint()
                inputs.clear()
                with contextlib.suppress(_Stop):
                    self._run(index, finished)
                if inputs:
                    x = together(inputs)
                    with torch.no_grad():
                        input_group.statistic.add(x if transform_input is None else transform_input(first, x))
        finally:
            handle.remove()

    def output(self, index: int = 0) -> torch.Tensor:
        """Output of the layer for a batch with its present weights; nothing is cached."""
        with torch.no_grad(), computing_in(self.compute_dtype, self.stage.device):
            return self.call.of(self.model.get(self.layer.name), self.hidden[index], index).detach()

    def propagate(self) -> None:
        """Put what the layer gives in the place of its inputs."""
        finished = self._finished({linear.name for linear in self.layer.linears})
        self._states.clear()
        finite: list[torch.Tensor] = []
        for index in range(len(self.hidden)):
            self.stage.checkpoint()
            output = self._run(index, finished, keep=False)
            finite.append(torch.isfinite(output).all())
            self.hidden[index] = output
        if not torch.stack(finite).all():  # asked once: each question waits for the device
            raise RunFailed(
                "The model's output is not finite",
                where=self.layer.name,
                why="a weight is damaged, or the numbers are too large for this format",
                advice="calibrate in float32, or check the model",
            )

    def _run(self, index: int, finished: Collection[str], keep: bool = True) -> torch.Tensor:
        fingerprints: Fingerprints = {}
        attention = _Attention(self.mixed, index, keep, fingerprints, self.shelf)
        with (
            torch.no_grad(),
            computing_in(self.compute_dtype, self.stage.device),
            self._recalled(index, finished, keep, fingerprints),
            attention,
        ):
            return self.call.of(self.model.get(self.layer.name), self.hidden[index], index).detach()

    def _finished(self, done: Collection[str]) -> tuple[str, ...]:
        """The largest submodules of the layer whose linears are all done. Taken once for all batches of a pass: with
        hundreds of experts a layer has a thousand linears."""
        unfinished: set[str] = set()
        inside: set[str] = set()
        for linear in self.layer.linears:
            above = _with_ancestors(linear.name, self.layer.name)
            inside.update(above)
            if linear.name not in done:
                unfinished.update(above)
        largest: dict[str, None] = {}
        for name, _ in self.model.get(self.layer.name).named_modules(prefix=self.layer.name, remove_duplicate=False):
            if (
                name in inside
                and name not in unfinished
                and not largest.keys() & _with_ancestors(name, self.layer.name)
            ):
                largest[name] = None
        return tuple(largest)

    @contextlib.contextmanager
    def _recalled(
        self, index: int, finished: Collection[str], keep: bool, fingerprints: Fingerprints
    ) -> Iterator[None]:
        """Finished submodules give the output that they gave before for this batch, or give it now and keep it."""
        patched: list[nn.Module] = []
        for name in {*finished, *self.cached}:
            outputs = self.cached.setdefault(name, {}) if keep else self.cached.get(name, {})
            if index in outputs or (keep and name in finished):
                module = self.model.get(name)
                module.forward = self._recalling(name, module, outputs, index, fingerprints)
                patched.append(module)
        try:
            yield
        finally:
            for module in patched:
                del module.forward
            if index == len(self.hidden) - 1:
                whole = set(finished)
                self.cached = {
                    name: outputs
                    for name, outputs in self.cached.items()
                    if whole.isdisjoint(_with_ancestors(name, self.layer.name)[1:])
                }

    def _recalling(
        self, name: str, module: nn.Module, outputs: dict[int, _CachedOutput], index: int, fingerprints: Fingerprints
    ) -> Callable[..., Any]:
        """The forward pass of a submodule, which is left out where inputs and weights are those of the kept output."""
        if name not in self._states:
            self._states[name] = state_of(module)
        state, forward = self._states[name], module.forward

        def recall(*arguments: Any, **keywords: Any) -> Any:
            inputs = fingerprint_of((arguments, keywords), fingerprints)
            cached = outputs.get(index)
            if (
                cached is None
                or (cached.state, cached.inputs) != (state, inputs)
                or TensorStore.was_changed(cached.output)
            ):
                output = forward(*arguments, **keywords)
                outputs[index] = _CachedOutput(state, inputs, self.shelf.store_all(output))
                return output
            return TensorStore.get_all(cached.output)

        return recall


def _with_ancestors(name: str, layer: str) -> tuple[str, ...]:
    """The module with this name and those that it lies in, up to the layer, which is not among them."""
    names = [name]
    while (name := name.rpartition(".")[0]) and len(name) > len(layer):
        names.append(name)
    return tuple(names)


def compute_dtype_of(chosen: str, device: torch.device) -> torch.dtype:
    """The dtype of matrix products that settings name; "auto": bfloat16 on GPUs and processors that have units for it,
    float32 elsewhere."""
    if chosen != "auto":
        return torch.bfloat16 if chosen == "bfloat16" else torch.float32
    return torch.bfloat16 if devices.has_bfloat16(device) else torch.float32


def computing_in(compute_dtype: torch.dtype, device: torch.device) -> torch.autocast:
    """Matrix products in that dtype, of this thread only."""
    return torch.autocast(device.type, dtype=compute_dtype, enabled=compute_dtype != torch.float32, cache_enabled=False)


class _Attention(TorchFunctionMode):
    """Caches the output of attention until it is called again with the same queries, keys, values and mask."""

    def __init__(
        self,
        mixed: dict[tuple[int, int], _CachedOutput],
        index: int,
        keep: bool,
        fingerprints: Fingerprints,
        shelf: TensorStore,
    ) -> None:
        super().__init__()
        self._shelf = shelf
        self._mixed, self._index, self._keep, self._fingerprints, self._count = mixed, index, keep, fingerprints, 0

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        if func is not F.scaled_dot_product_attention:
            return func(*args, **(kwargs or {}))
        key = (self._index, self._count)
        self._count += 1
        cached = self._mixed.pop(key, None)
        if cached is None and not self._keep:
            return func(*args, **(kwargs or {}))
        inputs = fingerprint_of((args, kwargs or {}), self._fingerprints)
        if cached is not None and cached.inputs == inputs and not TensorStore.was_changed(cached.output):
            return TensorStore.get_all(cached.output)
        output = func(*args, **(kwargs or {}))
        if self._keep:
            self._mixed[key] = _CachedOutput((), inputs, self._shelf.store_all(output))
        return output


def _passing(model: Model, stage: Stage, dtype: torch.dtype, span: tuple[float, float]) -> Iterator[Part]:
    """The parts one by one, each loaded before and freed after."""
    for index, part in enumerate(model.parts):
        stage.checkpoint()
        stage.progress(span[0] + (span[1] - span[0]) * index / len(model.parts), part_words("Calibrating", model, part))
        model.load(part, dtype=dtype, device=stage.device)
        yield part
        model.free(part)
