"""Rounds at the operating point: prices of single changes are taken at the plan that one has.

Sums of second-order losses around the original are wrong where losses are large. Around a plan that is rounded already
a change Δ of a weight costs ⟨∂KL/∂W, Δ⟩ + ½ Σᵢ E[gᵢ²] (Δ H Δᵀ)ᵢᵢ. Within a trust region, a share of the layers that may
change, the best plan by these prices is taken if its measured loss is smaller; otherwise the region halves.
"""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch

from engine.architecture.anatomy import Layer, Linear
from engine.base.files import read_object, whole_file
from engine.calibration.output_gradients import OutputGradients, backward_walk
from engine.calibration.statistics import Gram
from engine.contracts.budget import BudgetProblem, Plan
from engine.fit.solver import Solver, nanoseconds
from engine.measure.reading import ReadContext, freed, read
from engine.methods.budget.fit_to_budget.analysis import Analysis
from engine.methods.budget.fit_to_budget.measuring import Divergences, Rounded
from engine.methods.budget.fit_to_budget.sampling import rows_of
from engine.models.layer import LinearLayer
from engine.models.stage import Stage
from engine.numerics import knapsack
from engine.numerics.divergences import token_divergences
from engine.numerics.quantization.fisher import expected_loss, sample_rows
from engine.numerics.workers import largest_first, workers

WORTH = 0.1
"""Predicted loss of a plan in nats a token above which rounds are worth their time: below, the prices around the
original hold."""
WINDOWS = 8
"""Samples that a round reads."""
REGION = 0.15
"""Share of the units that may change in the first round."""
HALVINGS = 40
"""Steps of the search for the price of a change at which few enough units change."""
Prices = dict[str, dict[str, float]]
"""Unit -> option -> nats a token that it costs more than the present option."""


@dataclass
class _State:
    """Of rounds that were done: the present options, the share of units that may change, rounds, and the loss."""

    choices: dict[str, str]
    region: float
    done: int
    loss: float
    is_over: bool = False
    """The time was up before all rounds were done."""


@dataclass
class Rounds:
    """Rounds over one plan. ``budget``: bytes of the file; ``locked``: unit -> option that it keeps. ``is_late``: True
    when no further round is to begin; ``end_early`` is called then: the result is this run's alone. ``speed``: tokens
    per second that a plan has to write by the times of its options; 0 for any."""

    analysis: Analysis
    stage: Stage
    budget: int
    locked: Mapping[str, str]
    is_late: Callable[[], bool] = lambda: False
    end_early: Callable[[], None] = lambda: None
    speed: float = 0.0

    def __post_init__(self) -> None:
        seen = self.analysis.samples.seen
        self.problem: BudgetProblem = self.analysis.problem
        self.tokens = seen[torch.arange(min(WINDOWS, len(seen))) * len(seen) // min(WINDOWS, len(seen))]
        self.original = self.analysis.model.opened_again()
        self.divergences = Divergences(self.original, self.stage, self.tokens)
        self.energies = self.analysis.energies()

    def run(self, plan: Plan, count: int) -> dict[str, str]:
        """The options after so many rounds, or after those that there was time for; rounds of an interrupted run are
        not done again."""
        file = self.stage.folder / "rounds.json"
        if file.is_file():
            state = _State(**read_object(file))
        else:
            loss = self._loss(plan.choices, "Measuring the plan", (0.0, 1 / (count + 1)))
            state = _State(dict(plan.choices), REGION, 0, loss)
        while state.done < count and not state.is_over:
            if self.is_late():
                self.stage.log(f"The time is up after {state.done} of {count} rounds")
                state.is_over = True
            else:
                self._round(state, count)
            with whole_file(file) as part:
                part.write_text(json.dumps(dataclasses.asdict(state)), encoding="utf-8")
        if state.is_over:
            self.end_early()
        return state.choices

    def _round(self, state: _State, count: int) -> None:
        """Take prices at the present plan, and the best plan near it if its measured loss is smaller."""
        low, high = ((state.done + 1 + x) / (count + 1) for x in (0, 1))
        prices = self._prices(state.choices, (low, low + 0.7 * (high - low)))
        proposal = self._within(state.choices, prices, state.region)
        changed = sum(state.choices[name] != proposal[name] for name in state.choices)
        state.done += 1
        if not changed:
            state.done = count
            return
        words = f"Measuring round {state.done} of {count}"
        new = self._loss(proposal, words, (low + 0.7 * (high - low), high))
        words = f"{changed} of {len(proposal)} units changed, KL {state.loss:.4f} before and {new:.4f} after"
        is_better = new < state.loss
        self.stage.log(f"Round {state.done}: {words}: {'taken' if is_better else 'not taken'}")
        if is_better:
            state.choices, state.loss = proposal, new
        else:
            state.region /= 2

    def _loss(self, choices: Mapping[str, str], words: str, span: tuple[float, float]) -> float:
        measured = self.analysis.measure(self.problem, choices, "round", self.divergences, words, span)
        return measured.measured

    # -- prices at the plan ------------------------------------------------------------------------------------------
    def _prices(self, choices: Mapping[str, str], span: tuple[float, float]) -> Prices:
        subject = self.analysis.model.opened_again()
        options = self.analysis.options_of(choices)
        rounded = Rounded(subject, self.analysis.nearest, options, self.energies)
        subject.on_load = rounded.look
        slopes = _Slopes(self.analysis, options, self.energies)
        context = ReadContext(self.stage.device, torch.float32, lambda *_: None, self.stage.checkpoint)
        with freed(self.original):
            theirs = read(self.original, self.tokens, context, states_folder=self.divergences.states)

            def loss(logits: torch.Tensor, batch: int, start: int) -> torch.Tensor:
                theirs.turn_to(batch)
                return token_divergences(theirs.logits(start, start + len(logits)), logits).sum()

            backward_walk(subject, self.stage, self.tokens, loss, slopes.add, span=span)
        slopes.finish()
        return {
            unit.name: {
                option.id: sum(slopes.prices[name][option.id] for name in unit.layers) for option in unit.options
            }
            for unit in self.problem.units
            if all(name in slopes.prices for name in unit.layers)
        }

    # -- the trust region --------------------------------------------------------------------------------------------
    def _within(self, choices: Mapping[str, str], prices: Prices, region: float) -> dict[str, str]:
        """The best options of at most the budget's bytes of which few enough are others than now."""
        most = max(1, int(region * len(choices)))
        allowed = self.budget
        while True:
            low, high = 0.0, max((abs(x) for of_unit in prices.values() for x in of_unit.values()), default=0.0) + 1e-9
            best = dict(choices)
            for _ in range(HALVINGS):
                middle = (low + high) / 2
                proposal = self._solved(choices, prices, middle, allowed)
                if sum(choices[name] != proposal[name] for name in choices) <= most:
                    best, high = proposal, middle
                else:
                    low = middle
            excess = self.analysis.sizes.file_bytes(best) - self.budget
            if excess <= 0 or best == dict(choices):
                return best
            allowed -= excess

    def _solved(self, choices: Mapping[str, str], prices: Prices, change: float, allowed: int) -> dict[str, str]:
        costs, losses, times, names = [], [], [], []
        for unit in self.problem.units:
            is_free = unit.name in prices and unit.name not in self.locked
            options = unit.options if is_free else (unit.option(choices[unit.name]),)
            names.append([option.id for option in options])
            costs.append([option.bytes for option in options])
            times.append([nanoseconds(option) for option in options])
            losses.append(
                [
                    prices[unit.name][option.id] + (change if option.id != choices[unit.name] else 0.0)
                    if is_free
                    else 0.0
                    for option in options
                ]
            )
        spare = allowed - self.problem.fixed_bytes
        if self.speed:
            limit = Solver(self.problem, {}).nanoseconds_at(self.speed)
            chosen = knapsack.solve_within(costs, losses, spare, times, limit)
        else:
            chosen = knapsack.solve(costs, losses, spare)
        if chosen is None:
            return dict(choices)
        return {unit.name: names[k][chosen[k]] for k, unit in enumerate(self.problem.units)}


class _Slopes:
    """Sums up ∂KL/∂W of the linears of one layer after the other, and prices their options when the layer is done."""

    def __init__(
        self,
        analysis: Analysis,
        options: Mapping[str, str],
        energies: Mapping[str, torch.Tensor],
    ) -> None:
        self.original = analysis.model.opened_again()
        self.analysis, self.options, self.energies = analysis, options, energies
        self.gradients: OutputGradients = analysis.gradients()
        units = analysis.problem.units
        self.offered = {name: [option.id for option in unit.options] for unit in units for name in unit.layers}
        self.layers = {
            x.name: layer for layer in self.original.anatomy.layers for x in layer.linears if x.name in options
        }
        self.prices: Prices = {}
        self._layer: Layer | None = None
        self._sums: dict[str, torch.Tensor] = {}
        self._grams: dict[str, Gram] = {}

    def add(self, name: str, inputs: torch.Tensor, gradients: torch.Tensor) -> None:
        """Take in inputs (tokens, in) and gradients (tokens, out) of a linear."""
        layer = self.layers.get(name)
        if layer is None:
            return
        if layer is not self._layer:
            self.finish()
            self._layer = layer
        product = gradients.float().T @ inputs.float()
        self._sums[name] = self._sums[name].add_(product) if name in self._sums else product
        linear = next(linear for linear in layer.linears if linear.name == name)
        first = next(x for x in layer.linears if x.input_group == linear.input_group and x.name in self.options)
        if first.name == name:
            self._grams.setdefault(linear.input_group, Gram(inputs.shape[-1], inputs.device)).add(inputs)

    def finish(self) -> None:
        """Price the options of the layer whose sums are complete."""
        layer, self._layer = self._layer, None
        if layer is None:
            return
        part = self.original.part(layer.name)
        device = self.analysis.stage.device
        self.original.load(part, dtype=torch.float32, device=device)
        grams = {group: gram.matrix() / max(1, gram.tokens) for group, gram in self._grams.items()}
        tokens = max(gram.tokens for gram in self._grams.values())
        items = [
            (linear, option)
            for linear in layer.linears
            if linear.name in self._sums
            for option in self.offered[linear.name]
        ]
        with workers(device) as pool:
            price = functools.partial(self._price, grams=grams, tokens=tokens)
            for (linear, option), value in zip(items, largest_first(pool, price, items, _size), strict=True):
                self.prices.setdefault(linear.name, {})[option] = value
        self._sums.clear()
        self._grams.clear()
        self.original.free(part)

    def _price(self, item: tuple[Linear, str], grams: Mapping[str, torch.Tensor], tokens: int) -> float:
        linear, option = item
        present = self.options[linear.name]
        if option == present:
            return 0.0
        weight = LinearLayer(self.original, linear).weight
        energy, gram = self.energies[linear.name], grams[linear.input_group]
        squares = self.gradients.mean_square(linear.name).to(weight.device)
        slope = self._sums[linear.name] / tokens
        sample = sample_rows(squares * (weight.square() @ energy), rows_of(option, weight.shape[1]))
        rows = sample.rows.to(weight.device)
        then, now = (self.analysis.nearest.rounded(linear.name, weight, one, energy, rows) for one in (option, present))
        delta = then - now
        counts = sample.weights.to(delta.device)
        first = float(((slope[rows] * delta).sum(1).double() * counts.double()).sum())
        return first + expected_loss(delta, gram, squares[rows], counts)


def _size(item: tuple[Linear, str]) -> float:
    return float(item[0].in_features * item[0].out_features)
