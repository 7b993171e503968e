"""Optimizers by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

import torch
from torch import nn

from engine import devices
from engine.models.stage import Stage
from engine.training.objective import Group, Objective
from engine.training.settings import TrainingSettings


class Cayley(torch.optim.Optimizer):
    """Gradient descent on the Stiefel manifold: every parameter is a square orthogonal matrix and stays one.

    Li, Fuxin and Todorovic 2020, arXiv 2002.01113, algorithm 1; the step is `engine.numerics.rotation.cayley_step`.
    """

    def __init__(self, parameters: Iterable[nn.Parameter] | Iterable[dict[str, Any]], lr: float) -> None:
        super().__init__(parameters, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """One step of all matrices."""
        from engine.numerics.rotation import cayley_step

        assert closure is None
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    parameter.copy_(cayley_step(parameter, parameter.grad, group["lr"]))


class Sign(torch.optim.Optimizer):
    """Signed gradient descent: every value moves by the rate against the sign of its gradient (SignRound, Cheng et al.
    2023, arXiv 2309.05516, equation 6). It keeps no state."""

    def __init__(self, parameters: Iterable[nn.Parameter] | Iterable[dict[str, Any]], lr: float) -> None:
        super().__init__(parameters, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """One step of all values."""
        assert closure is None
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    parameter.add_(parameter.grad.sign(), alpha=-group["lr"])


def build(objective: Objective, settings: TrainingSettings, stage: Stage) -> list[torch.optim.Optimizer]:
    """One optimizer for each kind that the objective's groups ask for. Every group carries its highest rate as
    "highest"."""
    kinds: dict[str, list[dict[str, Any]]] = {}
    for group in objective.groups():
        options = _options(group, settings)
        if options["params"]:
            kinds.setdefault(group.optimizer, []).append(options)
    return [_optimizer(kind, groups, settings, stage) for kind, groups in kinds.items()]


def _options(group: Group, settings: TrainingSettings) -> dict[str, Any]:
    highest = settings.learning_rate if group.rate is None else group.rate
    decay = settings.weight_decay if group.weight_decay is None else group.weight_decay
    options: dict[str, Any] = {"params": list(group.parameters), "lr": highest, "highest": highest}
    if group.optimizer in ("cayley", "sign"):
        return options
    return {**options, "weight_decay": decay, "maximize": group.ascend}


def _optimizer(
    kind: str, groups: list[dict[str, Any]], settings: TrainingSettings, stage: Stage
) -> torch.optim.Optimizer:
    rate, betas = settings.learning_rate, (settings.beta1, settings.beta2)
    if kind == "cayley":
        return Cayley(groups, rate)
    if kind == "sign":
        return Sign(groups, rate)
    if kind == "sgd":
        return torch.optim.SGD(groups, rate)
    if settings.optimizer == "sgd":
        return torch.optim.SGD(groups, rate, momentum=settings.beta1)
    if settings.optimizer in ("adamw_8bit", "paged_adamw"):
        ascends = any(group["maximize"] for group in groups)
        if devices.has_bitsandbytes(stage.device) and not ascends:
            return _bitsandbytes(settings.optimizer, groups, rate, betas)
        why = "can't ascend, as multipliers of constraints do" if ascends else "needs a CUDA device"
        stage.log(f"{settings.optimizer} {why}: AdamW takes its place", "warning")
    return torch.optim.AdamW(groups, rate, betas=betas)


def _bitsandbytes(
    name: str, groups: list[dict[str, Any]], rate: float, betas: tuple[float, float]
) -> torch.optim.Optimizer:
    import bitsandbytes

    for group in groups:
        del group["maximize"]
    kind = {"adamw_8bit": "AdamW8bit", "paged_adamw": "PagedAdamW32bit"}[name]
    return cast(torch.optim.Optimizer, getattr(bitsandbytes.optim, kind)(groups, lr=rate, betas=betas))
