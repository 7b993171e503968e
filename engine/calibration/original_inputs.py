"""Inputs of linears in the model as it came, beside those behind compressed layers (Li et al. 2025, GPTAQ, arXiv
2504.02692: the layers before a linear have changed what reaches it)."""

from __future__ import annotations

from collections.abc import Callable, Container

import torch
from torch import nn

from engine.architecture.anatomy import Linear
from engine.calibration.order import is_expert
from engine.calibration.walk import LayerStep, computing_in
from engine.models.layerwise import HiddenStates, TensorStore
from engine.models.model import Model


class OriginalInputs:
    """Runs the layers of a model as they came, next to a walk that compresses them.

    In memory: one more layer, hidden states of the calibration set once more, and of each input group of a layer the
    inputs of all tokens in the dtype of products. Left out are experts, since a token may have another one by now, and
    linears that a layer calls twice.

    model: the model of the walk, before anything of it is loaded. targets: names of the linears that are worked on.
    """

    def __init__(self, model: Model, targets: Container[str]) -> None:
        self._model, self._targets = model.opened_again(), targets
        self._hidden: HiddenStates | None = None

    def run_layer(self, step: LayerStep) -> None:
        """Run the original of the layer that the walk has come to on what the original layers before it gave, and give
        the step the inputs of its linears. Of a layer that was stored before a kill only its output is needed.

        Raises `BadInput` if layers hand each other more than hidden states: those would be of the compressed ones.
        """
        step.call.refuse_shared(step.layer.name, "Asymmetric calibration")
        if self._hidden is None or step.layer.index == self._model.anatomy.first_of_decoder:
            self._hidden = step.hidden.copy()
        (part,) = (part for part in self._model.parts if part.name == step.part.name)
        self._model.load(part, dtype=torch.float32, device=step.stage.device)
        firsts = [] if step.part.stored else self._firsts(step)
        store = TensorStore(step.stage.device)
        inputs: dict[str, list[torch.Tensor]] = {}
        handles = [self._model.get(x.name).register_forward_pre_hook(_listener(x.name, inputs)) for x in firsts]
        layer = self._model.get(step.layer.name)
        try:
            with torch.no_grad(), computing_in(step.compute_dtype, step.stage.device):
                for index in range(len(self._hidden)):
                    step.stage.checkpoint()
                    inputs.clear()
                    self._hidden[index] = step.call.of(layer, self._hidden[index], index).detach()
                    for name, (x,) in inputs.items():
                        step.originals.setdefault(name, []).append(store.store(x.to(step.compute_dtype)))
        finally:
            for handle in handles:
                handle.remove()
        self._model.free(part)

    def _firsts(self, step: LayerStep) -> list[Linear]:
        """The first linears of the input groups that are worked on, in which a token has one place."""
        groups = [linears for together in step.steps() for linears in together]
        worked_on = (linears[0] for linears in groups if any(linear.name in self._targets for linear in linears))
        return [first for first in worked_on if not is_expert(first) and first.name not in step.repeated]


def _listener(
    name: str, inputs: dict[str, list[torch.Tensor]]
) -> Callable[[nn.Module, tuple[torch.Tensor, ...]], None]:
    def listen(_: nn.Module, arguments: tuple[torch.Tensor, ...]) -> None:
        inputs.setdefault(name, []).append(arguments[0].detach())

    return listen
