"""Asymmetric calibration (Li et al. 2025, GPTAQ, arXiv 2504.02692): beside the inputs that reach linears behind
compressed layers, those that reach the same linears of the model as it came."""

from __future__ import annotations

from collections.abc import Callable, Container, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import nn

from engine.architecture.anatomy import Linear
from engine.calibration.order import is_expert
from engine.calibration.statistics import Gram
from engine.calibration.walk import InputGroup, LayerStep, share, walk
from engine.models.layerwise import Stored, TensorStore
from engine.models.model import Model, Part
from engine.models.ranks import all_reduce
from engine.models.stage import Stage


class GramAndDrift(Gram):
    """The Gram matrix of inputs X̃ behind compressed layers, and (X − X̃) X̃ᵀ with the inputs X of the original.

    original: X, batch by batch as `add` is called, each of the same tokens; None where they are not known. X̃ is
        rounded to the dtype that they are held in, so that inputs which have not changed give no drift.
    drift: float32 (features, features); None without ``original``.
    """

    def __init__(
        self, features: int, device: torch.device | str = "cpu", original: Iterator[torch.Tensor] | None = None
    ) -> None:
        super().__init__(features, device)
        self._original = original
        self.drift = None if original is None else torch.zeros(features, features, device=device)

    def _accumulate(self, x: torch.Tensor) -> None:
        super()._accumulate(x)
        if self._original is not None and self.drift is not None:
            original = next(self._original).reshape(x.shape)
            self.drift.addmm_((original.float() - x.to(original.dtype).float()).T, x)

    def reduce(self) -> None:
        """Add up the sums and counts of all processes."""
        super().reduce()
        if self.drift is not None:
            all_reduce(self.drift)


class _Background:
    """The stage of a walk beside another one: its progress is not shown."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stage, name)

    def progress(self, fraction: float, text: str = "") -> None:
        """Show nothing."""


@dataclass(frozen=True)
class Original:
    """The model that a walk compresses, opened again.

    prepare: of its parts, as of `walk`. transform_input: turns what reaches a linear into what its weight is multiplied
        with. Both do what is done to the compressed model but for the rounding.
    """

    model: Model
    prepare: Callable[[Part], None] | None = None
    transform_input: Callable[[Linear, torch.Tensor], torch.Tensor] | None = None


class OriginalLayers:
    """The layers of a model as they came, walked beside those that are compressed.

    In memory: one more layer, hidden states of the calibration set once more, and of each input group of a layer the
    inputs of all tokens in the dtype of products, until the group is solved. Left out are experts, since a token may
    have another one by now, and linears that a layer calls twice.

    targets: names of the linears that are worked on. Other parameters as of `walk`.
    """

    def __init__(
        self,
        original: Original,
        stage: Stage,
        tokens: torch.Tensor,
        targets: Container[str],
        *,
        batch: int = 1,
        compute_dtype: torch.dtype = torch.float32,
    ) -> None:
        self._model, self._targets, self._transform_input = original.model, targets, original.transform_input
        self._batches = -(-len(tokens) // batch)
        self._compute_dtype = compute_dtype
        layers = [layer.index for layer in original.model.anatomy.layers if _any_in(layer.linears, targets)]
        self._last = max(layers, default=-1)
        steps = walk(
            original.model,
            cast("Stage", _Background(stage)),
            tokens,
            batch=batch,
            compute_dtype=compute_dtype,
            store=False,
            prepare=original.prepare,
            targets=targets,
        )
        self._walk = cast("Generator[LayerStep, None, None]", steps)
        self._step: LayerStep | None = None

    def compress(
        self,
        step: LayerStep,
        on_group: Callable[[InputGroup[Gram]], None],
        transform_input: Callable[[Linear, torch.Tensor], torch.Tensor] | None = None,
    ) -> None:
        """As `LayerStep.compress`, with the statistic `GramAndDrift`. A layer that was stored before a kill is only
        passed."""
        if step.layer.index > self._last:
            return
        steps = [] if step.part.stored else step.steps()
        inputs = self._inputs(step, self._firsts(step, steps))
        done: set[str] = set()
        for groups in steps:
            input_groups = [
                InputGroup(step.part, linears, self._statistic(linears[0], inputs, step.stage.device))
                for linears in groups
                if _any_in(linears, self._targets)
            ]
            step.gather(input_groups, done, transform_input)
            for input_group in input_groups:
                on_group(input_group)
            done |= {linear.name for linears in groups for linear in linears}

    @staticmethod
    def _statistic(first: Linear, inputs: dict[str, list[Stored]], device: torch.device) -> Gram:
        stored = inputs.pop(first.name, None)
        original = None if stored is None else (batch.get() for batch in stored)
        return GramAndDrift(first.in_features, device, original)

    def _firsts(self, step: LayerStep, steps: Sequence[Sequence[tuple[Linear, ...]]]) -> list[Linear]:
        """The first linears of the input groups that are worked on, in which a token has one place."""
        groups = [linears for together in steps for linears in together]
        worked_on = (linears[0] for linears in groups if _any_in(linears, self._targets))
        return [first for first in worked_on if not is_expert(first) and first.name not in step.repeated]

    def _inputs(self, step: LayerStep, firsts: Sequence[Linear]) -> dict[str, list[Stored]]:
        """Run the original of a layer on what the original layers before it gave. Returns what reaches linears of it,
        by name and batch."""
        original = next(self._walk) if self._step is None else self._step
        store = TensorStore(step.stage.device)
        inputs: dict[str, list[Stored]] = {first.name: [] for first in firsts}
        handles = [
            self._model.get(first.name).register_forward_pre_hook(self._listener(first, inputs[first.name], store))
            for first in firsts
        ]
        try:
            if step.layer.index < self._last:
                self._step = next(self._walk)  # which passes on what this layer gives
            else:
                for index in range(self._batches if firsts else 0):
                    step.stage.checkpoint()
                    original.output(index)
                self._walk.close()
                self._model.free()
        finally:
            for handle in handles:
                handle.remove()
        return inputs

    def _listener(
        self, linear: Linear, inputs: list[Stored], store: TensorStore
    ) -> Callable[[nn.Module, tuple[torch.Tensor, ...]], None]:
        def listen(_: nn.Module, arguments: tuple[torch.Tensor, ...]) -> None:
            x = arguments[0].detach()
            x = x if self._transform_input is None else self._transform_input(linear, x)
            inputs.append(store.store(x.to(self._compute_dtype)))

        return listen


def _any_in(linears: Iterable[Linear], targets: Container[str]) -> bool:
    return any(linear.name in targets for linear in linears)


def calibrate_asymmetric(
    model: Model,
    stage: Stage,
    tokens: torch.Tensor,
    *,
    on_group: Callable[[InputGroup[Gram]], None],
    targets: Container[str],
    batch: int = 1,
    compute_dtype: torch.dtype = torch.float32,
    prepare: Callable[[Part], None] | None = None,
    transform_input: Callable[[Linear, torch.Tensor], torch.Tensor] | None = None,
    span: tuple[float, float] = (0.0, 1.0),
    original: Original | None = None,
) -> Model:
    """As `engine.calibration.walk.calibrate`, with the statistic `GramAndDrift`. ``original``: None for the model as it
    is."""
    mine = share(tokens)
    original = original or Original(model.opened_again())
    originals = OriginalLayers(original, stage, mine, targets, batch=batch, compute_dtype=compute_dtype)
    steps = walk(
        model,
        stage,
        mine,
        batch=batch,
        compute_dtype=compute_dtype,
        prepare=prepare,
        span=span,
        targets=targets,
    )
    for step in steps:
        originals.compress(step, on_group, transform_input)
    return model
