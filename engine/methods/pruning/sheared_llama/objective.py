"""The gates that are learned and the min-max objective that drives them to the target shape."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import torch
from torch import nn

from engine.methods.pruning.sheared_llama.masking import Values
from engine.methods.pruning.sheared_llama.settings import ShearedLlamaSettings
from engine.methods.shared.report import binned
from engine.models.slicing import Kept, Shape
from engine.models.stage import Stage
from engine.numerics import hard_concrete
from engine.training.language_model import LanguageModeling
from engine.training.objective import Batch, Batches, Group

SETTLED = 0.1
"""Share of the steps, the last ones, in which the expected cut is held at the target."""
RANKED = 64
"""Samples whose gradients order the gates at the start: over those of one small step the order is mostly noise."""
PICTURES = 40
"""Number of pictures of the masks in a training."""


class Gates(nn.Module):
    """log α of every structure that is cut, by its name, with the number that stays.

    hidden (d,); layers (L,); kv_heads (L, groups): whole groups; heads (L, heads of a group): the same ones in each
    group; inner (L, inner).

    ``penalty``: what λ2 starts from; λ1 starts from 0. ``hard``: gates that are not sampled are 0 or 1, so that
    nothing of them has to be folded into weights.
    """

    def __init__(
        self, before: Shape, after: Shape, generator: torch.Generator, penalty: float = 0.0, *, hard: bool = False
    ) -> None:
        super().__init__()
        self._hard = hard
        groups = before.heads // before.kv_heads, after.heads // after.kv_heads
        sizes: dict[str, tuple[tuple[int, ...], int]] = {
            "hidden": ((before.hidden,), after.hidden),
            "layers": ((before.layers,), after.layers),
            "kv_heads": ((before.layers, before.kv_heads), after.kv_heads),
            "heads": ((before.layers, groups[0]), groups[1]),
            "inner": ((before.layers, before.inner), after.inner),
        }
        self.staying = {name: count for name, (shape, count) in sizes.items() if count < shape[-1]}
        self.log_alpha = nn.ParameterDict(
            {name: nn.Parameter(hard_concrete.initial_log_alpha(sizes[name][0], generator)) for name in self.staying}
        )
        self.lambda_1 = nn.ParameterDict({name: nn.Parameter(torch.zeros(())) for name in self.staying})
        self.lambda_2 = nn.ParameterDict({name: nn.Parameter(torch.tensor(penalty)) for name in self.staying})
        self._group = groups[0]
        self._kv_heads = before.kv_heads
        self._layers = before.layers
        self.limit()

    def target(self, name: str) -> float:
        """Share of a structure that goes."""
        return 1 - self.staying[name] / int(self.log_alpha[name].shape[-1])

    def sparsity(self, name: str) -> torch.Tensor:
        """Expected share that is closed, (L,) or ()."""
        return 1 - hard_concrete.open_probability(self.log_alpha[name]).mean(dim=-1)

    @torch.no_grad()
    def rank(self, scores: Mapping[str, torch.Tensor]) -> None:
        """Let gates start the more open the higher their scores, all of them open by far."""
        for name, log_alpha in self.log_alpha.items():
            places = scores[name].argsort(dim=-1, stable=True).argsort(dim=-1, stable=True)
            log_alpha.copy_(hard_concrete.ordered_log_alpha(places / max(1, log_alpha.shape[-1] - 1)))

    @torch.no_grad()
    def limit(self) -> None:
        """Hold log α where it has a gradient."""
        for log_alpha in self.log_alpha.values():
            log_alpha.clamp_(-hard_concrete.LIMIT, hard_concrete.LIMIT)

    def sampled(self, generator: torch.Generator) -> Values:
        """Gates drawn anew, with gradients. ``generator``: on the CPU."""
        drawn = {
            name: hard_concrete.sample_gates(
                log_alpha, torch.rand(log_alpha.shape, generator=generator).to(log_alpha.device)
            )
            for name, log_alpha in self.log_alpha.items()
        }
        return self.values_of(drawn)

    def deterministic(self) -> Values:
        """Exactly as many gates as should stay, at their soft values or at 1."""
        values = {n: hard_concrete.deterministic_gates(a, self.staying[n]) for n, a in self.log_alpha.items()}
        return self.values_of({n: (gates > 0).float() for n, gates in values.items()} if self._hard else values)

    @torch.no_grad()
    def settle(self) -> None:
        """Move the gates of each layer together to their target."""
        for name, log_alpha in self.log_alpha.items():
            log_alpha.copy_(hard_concrete.shift_to_share(log_alpha, 1 - self.target(name)))

    def values_of(self, gates: Mapping[str, torch.Tensor]) -> Values:
        """Masks of the model from gates by structure."""
        return Values(gates.get("hidden"), gates.get("layers"), self._heads(gates), gates.get("inner"))

    def _heads(self, gates: Mapping[str, torch.Tensor]) -> torch.Tensor | None:
        """(L, heads): a head is as open as its group, and as the head of this place in every group."""
        groups, inside = gates.get("kv_heads"), gates.get("heads")
        if groups is None and inside is None:
            return None
        shape = self._layers, self._kv_heads, self._group
        ones = torch.ones((), device=next(iter(gates.values())).device)
        whole = ones if groups is None else groups[:, :, None]
        return (whole * (ones if inside is None else inside[:, None, :])).expand(shape).flatten(1)

    def indices(self) -> Kept:
        """Indices of the structures that stay, in order."""
        now = self.deterministic()

        def rows(values: torch.Tensor | None) -> dict[int, torch.Tensor] | None:
            return None if values is None else {i: row.nonzero().flatten().cpu() for i, row in enumerate(values)}

        return Kept(
            hidden=None if now.hidden is None else now.hidden.nonzero().flatten().cpu(),
            layers=None if now.layers is None else tuple(now.layers.nonzero().flatten().tolist()),
            heads=rows(now.heads),
            inner=rows(now.inner),
        )


class ShearingObjective(LanguageModeling):
    """Loss of the next token under sampled masks, plus the constraint, which the multipliers maximize. Held-out samples
    are measured under the exact cut to the target."""

    def __init__(
        self, module: nn.Module, gates: Gates, batches: Batches, settings: ShearedLlamaSettings, stage: Stage
    ) -> None:
        super().__init__(module, batches, stage)
        self.gates = gates
        self._settings = settings
        self._warmup = round(settings.lagrangian_warmup_ratio * settings.steps)
        self._step = 0
        self.values: Values | None = None
        """Masks of the model at this moment."""

    def groups(self) -> list[Group]:
        """Weights, gates and multipliers, each with a rate of their own."""
        settings = self._settings
        gates, multipliers = (
            list(self.gates.log_alpha.values()),
            [*self.gates.lambda_1.values(), *self.gates.lambda_2.values()],
        )
        parameter_groups = [
            Group(gates, rate=settings.mask_lr, weight_decay=0.0, clipped=False),
            Group(multipliers, rate=settings.lagrangian_lr, weight_decay=0.0, ascend=True, clipped=False),
        ]
        weights = [p for p in self.model.parameters() if p.requires_grad]
        return [Group(weights), *parameter_groups] if weights else parameter_groups

    def rank(self, batches: Batches) -> None:
        """Let gates start the more open the more the loss depends on them, by the mean square of its gradient over
        samples of the first steps (Molchanov et al. 2019, arXiv 1906.10771, eq. 8), which are read again then."""
        log_alphas = {name: log_alpha.detach() for name, log_alpha in self.gates.log_alpha.items()}
        ones = {name: torch.ones_like(log_alpha, requires_grad=True) for name, log_alpha in log_alphas.items()}
        scores = {name: torch.zeros_like(log_alpha) for name, log_alpha in log_alphas.items()}
        start, rows = batches.state(), self._settings.batch_size
        for step, row in itertools.product(range(min(self._settings.steps, -(-RANKED // rows))), range(rows)):
            self._stage.checkpoint()
            sample = batches.batch(step, range(row, row + 1))
            self.values = self.gates.values_of(ones)
            loss = super().forward({name: tensor.to(self._stage.device) for name, tensor in sample.items()})["loss"]
            for name, gradient in zip(ones, torch.autograd.grad(loss, list(ones.values())), strict=True):
                scores[name] += gradient.square()
        batches.take_state(start)
        self.gates.rank(scores)

    def forward(self, batch: Batch) -> Mapping[str, torch.Tensor]:
        """``loss``; in training its parts too."""
        if not self.training:
            self.values = self.gates.deterministic()
            return super().forward(batch)
        self.values = self.gates.sampled(self.random.cpu)
        cross_entropy = super().forward(batch)["loss"]
        constraint = sum(
            (
                hard_concrete.constraint_loss(
                    self.gates.sparsity(name), self.target(name), self.gates.lambda_1[name], self.gates.lambda_2[name]
                )
                for name in self.gates.staying
            ),
            torch.zeros((), device=cross_entropy.device),
        )
        return {"loss": cross_entropy + constraint, "cross_entropy": cross_entropy, "constraint": constraint}

    def target(self, name: str) -> float:
        """The share of a structure that should be closed in this step."""
        return hard_concrete.warmed_up_target(self.gates.target(name), self._step, self._warmup)

    def before_step(self, step: int) -> None:
        """Move the target."""
        self._step = step

    def after_step(self, step: int) -> None:
        """Hold the gates where they have gradients, in the last steps at their target: the multipliers alone would end
        some percent before or beyond it. Draw them from time to time."""
        self.gates.limit()
        if step >= self._settings.steps - max(1, round(SETTLED * self._settings.steps)):
            self.gates.settle()
        if step % max(1, self._settings.steps // PICTURES) == 0 or step + 1 == self._settings.steps:
            self.draw()

    def scalars(self) -> Mapping[str, float]:
        """Expected and target sparsity (the share of a structure that is closed), and the multipliers, by structure."""
        values: dict[str, float] = {}
        with torch.no_grad():
            for name in self.gates.staying:
                values[f"sparsity/{name}"] = float(self.gates.sparsity(name).mean())
                values[f"sparsity/{name}_target"] = self.target(name)
                values[f"lambda_1/{name}"] = float(self.gates.lambda_1[name])
                values[f"lambda_2/{name}"] = float(self.gates.lambda_2[name])
        return values

    @torch.no_grad()
    def draw(self) -> None:
        """Grids of how open the gates are: layers by heads, inner values, and the whole stream."""
        for name, log_alpha in self.gates.log_alpha.items():
            opened = hard_concrete.open_probability(log_alpha).cpu()
            rows = opened[None] if opened.ndim == 1 and name == "hidden" else opened.view(self.gates._layers, -1)
            rows = binned(rows)
            self._stage.grid(
                "Masks",
                name.replace("_", " "),
                rows.tolist(),
                row_title="" if name == "hidden" else "layer",
                column_title=name.replace("_", " "),
                low=0.0,
                high=1.0,
            )
