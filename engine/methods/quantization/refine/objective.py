"""The objective of refining: the divergence of the refined model from its original."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import torch
from torch import nn

from engine.methods.quantization.common import self_distillation
from engine.methods.quantization.refine.layer import refined_layers
from engine.methods.quantization.refine.norm import refined_norms
from engine.methods.quantization.refine.settings import RefineSettings
from engine.models import ranks
from engine.training.objective import Batch, Batches, Group, Objective, on_device

CENTERED = 3.0
"""Times the rate of codes that start in the middle of their level: the next one is half a level away."""


class RefineObjective(Objective):
    """KL(original ‖ refined) in nats a token.

    original: gives logits for the same tokens. time_is_up: called after the step at whose end ``seconds``, those of the
        steps without pauses and what was taken before them, are more than the settings allow.
    """

    def __init__(
        self,
        module: nn.Module,
        original: nn.Module,
        settings: RefineSettings,
        time_is_up: Callable[[], None],
    ) -> None:
        super().__init__()
        self.module = module
        self._original = (original,)
        self._settings, self._time_is_up = settings, time_is_up
        self.seconds, self._started = 0.0, 0.0
        self.is_late = False
        for layer in refined_layers(module).values():
            layer.requires_grad_(True)
        for norm in refined_norms(module).values():
            norm.growth.requires_grad_(True)

    @property
    def watched(self) -> nn.Module | None:
        """The network with its layers in training."""
        return self.module

    def groups(self) -> list[Group]:
        """Stored numbers and norms by the main optimizer, positions of codes by the signs of their gradients."""
        layers = refined_layers(self.module).values()
        numbers = [growth for layer in layers for growth in layer.growths.values()]
        numbers += [norm.growth for norm in refined_norms(self.module).values()]
        groups = [Group(numbers, weight_decay=0.0)] if numbers else []
        for is_centered, factor in ((False, 1.0), (True, CENTERED)):
            learning = [layer for layer in layers if layer.starts_centered == is_centered]
            positions = [layer.position for layer in learning if layer.position is not None]
            rate = factor * self._settings.rounding_lr
            sign = Group(positions, rate=rate, weight_decay=0.0, optimizer="sign", clipped=False)
            groups += [sign] if positions else []
        return groups

    def forward(self, batch: Batch) -> Mapping[str, torch.Tensor]:
        """``loss`` in nats a token."""
        (original,) = self._original
        with torch.no_grad():
            theirs = self_distillation.outputs(original, batch).logits
        ours = self_distillation.outputs(self.module, batch).logits
        return {"loss": self_distillation.divergence(theirs, ours, batch)}

    def before_step(self, step: int) -> None:
        """Start the clock of a step."""
        self._started = time.monotonic()

    def after_step(self, step: int) -> None:
        """Hold codes within a level of those that came; look at the clock."""
        for layer in refined_layers(self.module).values():
            layer.limit()
        self.seconds += time.monotonic() - self._started
        limit = 60 * self._settings.max_minutes
        if limit and self.seconds > limit and ranks.is_main():  # the loop stops all processes together
            self.is_late = True
            self._time_is_up()

    def state(self) -> dict[str, torch.Tensor]:
        """Seconds of the steps so far."""
        return {"seconds": torch.tensor(self.seconds, dtype=torch.float64)}

    def take_state(self, state: Mapping[str, torch.Tensor]) -> None:
        """Take them back."""
        self.seconds = float(state["seconds"])


@torch.no_grad()
def held_out_divergence(
    objective: RefineObjective, batches: Batches, device: torch.device, dtype: torch.dtype
) -> float:
    """The divergence on the held-out samples as it is now, in nats a token, with products in ``dtype`` as in the
    training. NaN if there are none."""
    objective.eval()
    total, count = 0.0, 0
    with torch.autocast(device.type, dtype, enabled=dtype != torch.float32):
        for batch in batches.held_out():
            targets = objective.target_count(batch)
            total += float(objective(on_device(batch, device))["loss"]) * targets
            count += targets
    return total / count if count else float("nan")
