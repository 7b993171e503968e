"""Losses of all options of all units, in nats, from one backward and one forward walk through the model."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar

import torch

from engine.architecture.anatomy import Linear
from engine.calibration.head_inputs import add_head_inputs
from engine.calibration.output_gradients import OutputGradients
from engine.calibration.statistics import Gram
from engine.calibration.walk import BATCH_TOKENS, InputGroup, LayerStep, compute_dtype_of, share, walk
from engine.checkpoints import checksum
from engine.methods.budget.fit_to_budget.nearest import Nearest
from engine.methods.budget.fit_to_budget.sampling import (
    SOLVED_INPUTS,
    Sampled,
    Shares,
    rows_of,
    slowness,
    solved_shares,
)
from engine.methods.budget.fit_to_budget.settings import FitToBudgetSettings
from engine.methods.shared.fisher import fisher
from engine.models import ranks
from engine.models.layer import LinearLayer, refusing, stored_weight
from engine.models.model import Model, Part
from engine.models.stage import Stage
from engine.modules.quantized_embedding import PackedEmbedding
from engine.numerics.quantization.fisher import Sample, expected_loss, lookup_loss, sample_rows
from engine.numerics.workers import largest_first, workers

UNSEEN = 0.1
"""Share of tokens that are taken to be any of the vocabulary: a row that the text never looks up is not worthless."""
Losses = dict[str, dict[str, float]]
"""Layer -> option -> nats a token."""


@dataclass
class Sensitivities:
    """One analysis of a model. ``formats``: layer, embedding or head -> the options that it is asked about.
    ``losses``: as a plan is built; ``nearest_losses``: as it is first measured, rounded to nearest."""

    model: Model
    settings: FitToBudgetSettings
    stage: Stage
    nearest: Nearest
    formats: Mapping[str, Sequence[str]]
    tokens: torch.Tensor
    losses: Losses = field(default_factory=dict)
    nearest_losses: Losses = field(default_factory=dict)
    energies: dict[str, torch.Tensor] = field(default_factory=dict)
    gradients: OutputGradients = field(init=False)
    BACKWARD: ClassVar[float] = 0.6
    """Share of the time that the backward walk takes."""
    FILES: ClassVar[str] = "losses"
    """Beginning of the names of the files of each part."""

    def run(self, end: float = 1.0) -> None:
        """Fill in `losses` and `energies`. What was done before a kill is not done again. ``end``: the share of the
        stage's progress that is done then."""
        compute = compute_dtype_of(self.settings.compute_dtype, self.stage.device)
        batch = max(1, BATCH_TOKENS // self.tokens.shape[1])
        self.gradients = self._fisher((0.0, end * self.BACKWARD))
        steps = walk(
            self.model,
            self.stage,
            share(self.tokens),
            batch=batch,
            compute_dtype=compute,
            store=False,
            span=(end * self.BACKWARD, end),
            prepare=self._tables,
        )
        self._hidden: LayerStep | None = None
        for step in steps:
            self._hidden = step
            if not self._restore(step.part.name):
                statistic = functools.partial(_gram, device=self.stage.device)
                step.compress(statistic, self._group, _with_one, targets=self.formats)
                self._keep(step.part.name, [linear.name for linear in step.layer.linears])

    def _fisher(self, span: tuple[float, float]) -> OutputGradients:
        return fisher(self.model, self.settings, self.stage, self.tokens, self.formats, span)

    # -- layers --------------------------------------------------------------------------------------------------------
    def _group(self, group: InputGroup[Gram]) -> None:
        gram = self._gram(group)
        linears = [linear for linear in group.linears if linear.name in self.formats]
        squares = {linear.name: self._squares(linear) for linear in linears}
        weights = {linear.name: LinearLayer(self.model, linear).weight for linear in linears}
        shares = self._shares(gram, weights, squares)
        for linear in linears:
            name = linear.name
            self.energies[name] = gram.diagonal().clone()
            self._price(name, weights[name], gram, squares[name], shares.get(name, {}))

    def _shares(
        self, gram: torch.Tensor, weights: Mapping[str, torch.Tensor], squares: Mapping[str, torch.Tensor]
    ) -> Shares:
        """Of layers whose inputs have this Gram matrix; none where plans are built by rounding to nearest."""
        part = gram[:SOLVED_INPUTS, :SOLVED_INPUTS].contiguous()
        solver = self.nearest.solver(part)
        if solver is None:
            return {}
        layers = [Sampled.of(name, weight, gram.diagonal(), squares[name]) for name, weight in weights.items()]
        return solved_shares(self.nearest, solver, part, layers, self.formats)

    @staticmethod
    def _gram(group: InputGroup[Gram]) -> torch.Tensor:
        matrix = group.statistic.matrix()
        return matrix[:-1, :-1] / matrix[-1, -1].clamp_min(1e-12)

    def _squares(self, linear: Linear) -> torch.Tensor:
        """E[g²] at its outputs. An expert that no token reached counts as one that one token reached."""
        device = self.stage.device
        if linear.name in self.gradients.statistics and self.gradients.statistics[linear.name].tokens:
            return self.gradients.mean_square(linear.name).to(device)
        siblings = [
            self.gradients.statistics[other.name]
            for other in self.model.anatomy.linears
            if (other.layer, other.role) == (linear.layer, linear.role) and other.name in self.gradients.statistics
        ]
        sums = [one.total / max(1, one.tokens) for one in siblings if one.tokens]
        if not sums:
            return torch.zeros(linear.out_features, device=device)
        return torch.stack(sums).mean(0).to(device) / max(1, self.gradients.tokens)

    def _price(
        self,
        name: str,
        weight: torch.Tensor,
        gram: torch.Tensor,
        squares: torch.Tensor,
        shares: Mapping[str, float] = MappingProxyType({}),
    ) -> None:
        """``shares``: of options that lose less than the nearest weights as a plan is built."""
        energy, squares = gram.diagonal(), squares.to(weight.device)
        importance = squares * (weight.float().square() @ energy)

        def loss(option: str) -> float:
            sample = sample_rows(importance, rows_of(option, weight.shape[1]))
            delta, rows = self._delta(name, weight, option, sample, energy)
            return expected_loss(delta, gram, squares[rows], sample.weights.to(delta.device))

        self._add_losses(name, loss, shares)

    def _add_losses(
        self, name: str, loss: Callable[[str], float], shares: Mapping[str, float] = MappingProxyType({})
    ) -> None:
        self.stage.checkpoint()
        with workers(self.stage.device) as pool:
            options = list(self.formats[name])
            nearest = dict(zip(options, largest_first(pool, loss, options, slowness), strict=True))
        self.nearest_losses[name] = nearest
        self.losses[name] = {option: value * shares.get(option, 1.0) for option, value in nearest.items()}

    def _delta(
        self, name: str, weight: torch.Tensor, option: str, sample: Sample, energy: torch.Tensor | None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        rows = sample.rows.to(weight.device)
        with refusing("quantized", name):
            rounded = self.nearest.rounded(name, weight, option, energy, rows)
        return rounded - weight.index_select(0, rows).float(), rows

    # -- ends ----------------------------------------------------------------------------------------------------------
    def _tables(self, part: Part) -> None:
        """Price the embedding and the head, where they lie in this part."""
        anatomy = self.model.anatomy
        embedding, head = next(iter(anatomy.embeddings), None), anatomy.head
        here = embedding is not None and embedding in self.formats and part.owns(embedding)
        if here and embedding is not None and not self._restore("embedding"):
            self._lookup(embedding)
            self._keep("embedding", [embedding])
        if head is not None and head in self.formats and part.owns(head) and not self._restore("head"):
            self._head(head)
            self._keep("head", [head])

    def _lookup(self, name: str) -> None:
        """Loss of the rows as they are looked up."""
        module = self.model.get(name)
        weight = stored_weight(module).detach()
        factor = PackedEmbedding.factor_of(module) or 1.0
        squares = (self.gradients.mean_square(name) * factor**2).to(weight.device)
        counts = torch.bincount(self.tokens.flatten().cpu(), minlength=len(weight))[: len(weight)].double()
        shares = ((1 - UNSEEN) * counts / counts.sum() + UNSEEN / len(weight)).float().to(weight.device)
        importance = shares * (weight.float().square() @ squares)

        def loss(option: str) -> float:
            sample = sample_rows(importance, rows_of(option, weight.shape[1]))
            delta, rows = self._delta(name, weight, option, sample, None)
            return lookup_loss(delta, shares[rows], squares, sample.weights.to(delta.device))

        self._add_losses(name, loss)

    def _head(self, name: str) -> None:
        assert self._hidden is not None
        gram = Gram(self.model.anatomy.hidden_size, self.stage.device)
        add_head_inputs(gram, self.model, self._hidden, self.stage)
        matrix = gram.matrix() / max(1, gram.tokens)
        self.energies[name] = matrix.diagonal().clone()
        weight, squares = stored_weight(self.model.get(name)).detach(), self.gradients.mean_square(name)
        shares = self._shares(matrix, {name: weight}, {name: squares})
        self._price(name, weight, matrix, squares, shares.get(name, {}))

    # -- what a killed run goes on with --------------------------------------------------------------------------------
    def _keep(self, part: str, names: Sequence[str]) -> None:
        if not ranks.is_main():
            return
        energies = {name: self.energies[name].cpu() for name in names if name in self.energies}
        about = {"losses": self.losses, "nearest_losses": self.nearest_losses}
        words = {key: json.dumps({name: of[name] for name in names if name in of}) for key, of in about.items()}
        checksum.save(energies or {"": torch.zeros(1)}, self._file(part), words)

    def _restore(self, part: str) -> bool:
        """True for a part that was done before."""
        file = self._file(part)
        if not ranks.broadcast_object(file.is_file() and not checksum.damage(file)):
            return False
        self.energies |= {name: x for name, x in checksum.load(file, self.stage.device).items() if name}
        words = checksum.metadata(file)
        self.losses |= json.loads(words["losses"])
        self.nearest_losses |= json.loads(words["nearest_losses"])
        return True

    def _file(self, part: str) -> Path:
        return self.stage.folder / f"{self.FILES}-{part}.safetensors"


def _gram(features: int, device: torch.device) -> Gram:
    return Gram(features + 1, device)


def _with_one(linear: Linear, x: torch.Tensor) -> torch.Tensor:
    """The inputs and a one, whose square sums up what they are multiplied with on the way: an expert's by what its
    router gives it, which its output gradients hold already."""
    return torch.cat([x, x.new_ones(*x.shape[:-1], 1)], -1)
