"""Objectives of OneBit: for the whole model, and for a single layer."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn

from engine.methods.quantization.common import self_distillation
from engine.models.layerwise import Call
from engine.modules.onebit import OneBitTraining
from engine.numerics.quantization.onebit import relative_errors, token_distances
from engine.training.objective import Batch, Objective, WatchedWeight, target_indices


class WholeObjective(Objective):
    """Predictions and hidden states of the teacher (section 3.4 of the paper).

    The hidden states are those that enter each layer and not the last, normed ones; distances are averaged over
    tokens and summed over layers.
    """

    def __init__(self, module: nn.Module, teacher: nn.Module, kl_weight: float, hidden_weight: float) -> None:
        super().__init__()
        self.module = module
        self._teacher = (teacher,)
        self._kl_weight, self._hidden_weight = kl_weight, hidden_weight

    @property
    def watched(self) -> nn.Module | None:
        """The student with its layers in training."""
        return self.module

    def forward(self, batch: Batch) -> Mapping[str, torch.Tensor]:
        """``loss``, and its terms without their weights: ``kl`` in nats per token, ``hidden``."""
        (teacher,) = self._teacher
        states = self._hidden_weight > 0
        with torch.no_grad():
            teacher_output = self_distillation.outputs(teacher, batch, output_hidden_states=states)
        student_output = self_distillation.outputs(self.module, batch, output_hidden_states=states)
        kl = self_distillation.divergence(teacher_output.logits, student_output.logits, batch)
        terms = {"loss": self._kl_weight * kl, "kl": kl}
        if states:
            pairs = zip(teacher_output.hidden_states[:-1], student_output.hidden_states[:-1], strict=True)
            hidden = torch.stack([self._distance(one, other, batch) for one, other in pairs]).sum()
            terms["loss"] = terms["loss"] + self._hidden_weight * hidden
            terms["hidden"] = hidden
        return terms

    @staticmethod
    def _distance(target: torch.Tensor, output: torch.Tensor, batch: Batch) -> torch.Tensor:
        distances = token_distances(target, output).flatten()
        return distances[target_indices(batch)].mean()


class LayerObjective(Objective):
    """Matches the output of the teacher's layer, given the outputs of the student's layers before this one.

    Batches hold the ``hidden`` states that enter the layer and the ``target``, (samples, length, features).
    name: of the layer in the model. lengths: whether the lengths of the states count. With a LayerNorm in every layer
    they can't be met, and need not be: what reads the states normalizes them. Only their directions are compared then,
    as for the whole model.
    """

    def __init__(self, layer: nn.Module, call: Call, *, name: str, lengths: bool) -> None:
        super().__init__()
        self.layer, self.name = layer, name
        self._call = call
        self._distances = relative_errors if lengths else token_distances

    @property
    def watched_weights(self) -> Mapping[str, WatchedWeight]:
        """Signs times vectors of the linears that are trained."""
        return {
            f"{self.name}.{name}": WatchedWeight.of(module)
            for name, module in self.layer.named_modules()
            if isinstance(module, OneBitTraining)
        }

    def forward(self, batch: Batch) -> Mapping[str, torch.Tensor]:
        """``loss``: the mean squared distance of the tokens' states, as a share of the target's squared length."""
        return {"loss": self._distances(batch["target"], self._call.of(self.layer, batch["hidden"])).mean()}

    def target_count(self, batch: Batch) -> int:
        """All tokens."""
        return batch["input_ids"].numel()
