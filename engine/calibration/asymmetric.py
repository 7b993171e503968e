"""Asymmetric calibration (Li et al. 2025, GPTAQ, arXiv 2504.02692): beside the inputs that reach linears behind
compressed layers, those that reach the same linears of the model as it came."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence

import torch
from torch import nn

from engine.architecture.anatomy import Linear
from engine.calibration.order import is_expert
from engine.calibration.statistics import Gram
from engine.calibration.walk import InputGroup, LayerStep, computing_in, share, walk
from engine.models.layerwise import HiddenStates, Stored, TensorStore
from engine.models.model import Model, Part
from engine.models.ranks import all_reduce
from engine.models.stage import Stage


class GramAndDrift(Gram):
    """The Gram matrix of inputs X̃ behind compressed layers, and (X − X̃) X̃ᵀ with the inputs X of the original.

    original: X, batch by batch as `add` is called, each of the same tokens; None where they are not known.
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
            original = next(self._original).reshape(x.shape).float()
            self.drift.addmm_((original - x).T, x)

    def reduce(self) -> None:
        """Add up the sums and counts of all processes."""
        super().reduce()
        if self.drift is not None:
            all_reduce(self.drift)


class OriginalLayers:
    """The layers of a model as they came, next to a walk that compresses them.

    In memory: one more layer, hidden states of the calibration set once more, and of each input group of a layer the
    inputs of all tokens in the dtype of products. Left out are experts, since a token may have another one by now, and
    linears that a layer calls twice.

    model: the model of the walk, before anything of it is loaded. targets: names of the linears that are worked on.
    """

    def __init__(self, model: Model, targets: Container[str]) -> None:
        self._model, self._targets = model.opened_again(), targets
        self._hidden: HiddenStates | None = None

    def compress(
        self,
        step: LayerStep,
        on_group: Callable[[InputGroup[Gram]], None],
        transform_input: Callable[[Linear, torch.Tensor], torch.Tensor] | None = None,
    ) -> None:
        """As `LayerStep.compress`, with the statistic `GramAndDrift`. Of a layer that was stored before a kill only the
        output of the original is needed.

        Raises `BadInput` if layers hand each other more than hidden states: those would be of the compressed ones.
        """
        inputs = self._inputs(step)
        if step.part.stored:
            return
        done: set[str] = set()
        for groups in step.steps():
            input_groups = [
                InputGroup(step.part, linears, self._statistic(linears[0], inputs, step.stage.device))
                for linears in groups
                if any(linear.name in self._targets for linear in linears)
            ]
            step.gather(input_groups, done, transform_input)
            for input_group in input_groups:
                on_group(input_group)
            done |= {linear.name for linears in groups for linear in linears}

    @staticmethod
    def _statistic(first: Linear, inputs: Mapping[str, Sequence[Stored]], device: torch.device) -> Gram:
        stored = inputs.get(first.name)
        original = None if stored is None else (batch.get() for batch in stored)
        return GramAndDrift(first.in_features, device, original)

    def _inputs(self, step: LayerStep) -> dict[str, list[Stored]]:
        """Run the original of a layer on what the original layers before it gave. Returns what reaches the first linear
        of each input group, by its name and batch."""
        step.call.refuse_shared(step.layer.name, "Asymmetric calibration")
        if self._hidden is None or step.layer.index == self._model.anatomy.first_of_decoder:
            self._hidden = step.hidden.copy()
        part = self._model.part(step.part.name)
        self._model.load(part, dtype=torch.float32, device=step.stage.device)
        firsts = [] if step.part.stored else self._firsts(step)
        store = TensorStore(step.stage.device)
        received: dict[str, torch.Tensor] = {}
        inputs: dict[str, list[Stored]] = {first.name: [] for first in firsts}
        handles = [self._model.get(name).register_forward_pre_hook(_listener(name, received)) for name in inputs]
        layer = self._model.get(step.layer.name)
        try:
            with torch.no_grad(), computing_in(step.compute_dtype, step.stage.device):
                for index in range(len(self._hidden)):
                    step.stage.checkpoint()
                    self._hidden[index] = step.call.of(layer, self._hidden[index], index).detach()
                    for name, x in received.items():
                        inputs[name].append(store.store(x.to(step.compute_dtype)))
                    received.clear()
        finally:
            for handle in handles:
                handle.remove()
            self._model.free(part)
        return inputs

    def _firsts(self, step: LayerStep) -> list[Linear]:
        """The first linears of the input groups that are worked on, in which a token has one place."""
        groups = [linears for together in step.steps() for linears in together]
        worked_on = (linears[0] for linears in groups if any(linear.name in self._targets for linear in linears))
        return [first for first in worked_on if not is_expert(first) and first.name not in step.repeated]


def _listener(name: str, received: dict[str, torch.Tensor]) -> Callable[[nn.Module, tuple[torch.Tensor, ...]], None]:
    def listen(_: nn.Module, arguments: tuple[torch.Tensor, ...]) -> None:
        received[name] = arguments[0].detach()

    return listen


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
    span: tuple[float, float] = (0.0, 1.0),
) -> Model:
    """As `engine.calibration.walk.calibrate`, with the statistic `GramAndDrift`."""
    originals = OriginalLayers(model, targets)
    steps = walk(
        model,
        stage,
        share(tokens),
        batch=batch,
        compute_dtype=compute_dtype,
        prepare=prepare,
        span=span,
        targets=targets,
    )
    for step in steps:
        originals.compress(step, on_group)
    return model
