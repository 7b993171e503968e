"""Prices of the ranks of layers, beside those of their formats: the analysis of a fit that may factorize layers.

The factors of a rank are those of the least price: whitened by the inputs, and weighted by the squares of the gradients
at the outputs (see `engine.numerics.svd`); rounding them to nearest adds its error. The change of the weight is priced
in nats as any other. The ranks of a layer that lose more than an option of no more bytes are not offered.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import ClassVar

from engine.base.code_version import code_version
from engine.base.errors import BadInput
from engine.base.files import make_folder, whole_file
from engine.calibration.output_gradients import OutputGradients
from engine.calibration.statistics import Gram
from engine.calibration.walk import InputGroup
from engine.contracts.budget import BudgetProblem, Option, Unit
from engine.fit.factored import ranks_of, stored_as
from engine.methods.budget.fit_to_budget.analysis import DAMAGED, SENSITIVITIES, Analysis
from engine.methods.budget.fit_to_budget.building import rank_offer_of
from engine.methods.budget.fit_to_budget.nearest import NearestFactors
from engine.methods.budget.fit_to_budget.removal import Removal
from engine.methods.budget.fit_to_budget.sensitivities import Losses, Sensitivities
from engine.methods.budget.fit_to_budget.settings import FitToBudgetSettings
from engine.models import ranks
from engine.models.layer import LinearLayer, refusing
from engine.models.model import Model
from engine.models.stage import Stage
from engine.numerics import svd

PRICED = 0.6
"""Share of the time of the prices of formats; ranks get the rest."""


class RankAnalysis(Analysis):
    """The analysis of a model whose layers may be factorized, on top of that of its formats. ``requested``: options
    that stay in the problem although others are better."""

    nearest: NearestFactors

    def __init__(
        self,
        model: Model,
        settings: FitToBudgetSettings,
        stage: Stage,
        span: tuple[float, float],
        removal: Removal,
        requested: Container[str] = (),
    ) -> None:
        low, high = span
        middle = low + PRICED * (high - low)
        offer = rank_offer_of(settings)
        super().__init__(model, settings, stage, (low, middle), removal)
        code = json.dumps(code_version(__name__).on(stage.device.type), sort_keys=True)
        self.rank_folder = self.folder / f"ranks-{hashlib.sha256(code.encode()).hexdigest()[:16]}"
        make_folder(self.rank_folder)
        self.stage = stage.substage("ranks", (middle, high), key=f"{self.key}/ranks", folder=self.rank_folder)
        self.offer, self.nearest = offer, NearestFactors(offer, self.rank_folder)
        self.sizes = self._sizes(offer)
        self.problem = without_beaten(self._with_ranks(), requested)

    def _with_ranks(self) -> BudgetProblem:
        file = self.rank_folder / "problem.json"
        if file.is_file():
            try:
                problem = BudgetProblem.parse(file.read_text(encoding="utf-8", errors="replace"), str(file))
                if all(map(self.nearest.has, _ranked_layers(problem))):
                    return problem
            except BadInput:
                pass
            self.stage.log(DAMAGED, "warning")
        problem = self._priced_ranks()
        with whole_file(file) as part:
            part.write_text(problem.to_json(), encoding="utf-8")
        return problem

    def _priced_ranks(self) -> BudgetProblem:
        """The problem of the formats, with all ranks that were priced."""
        formats_alone = self.problem
        units = {unit.name: unit for unit in formats_alone.units}
        offered = {group.name: self.sizes.options(group) for group in self.groups if group.name in units}
        ranked = {name: [one for one in options if stored_as(one).rank] for name, options in offered.items()}
        sizes, _ = self.sizes.of_options(offered)
        formats = {name: ranked[unit.name] for unit in formats_alone.units for name in unit.layers if ranked[unit.name]}
        priced = RankSensitivities(
            self.model.opened_again(), self.settings, self.stage, self.nearest, formats, self.samples.seen
        )
        priced.of_formats = self.gradients()
        if formats:
            priced.run(SENSITIVITIES)
        more = []
        for unit in formats_alone.units:
            new = _options(unit, ranked[unit.name], sizes, priced.losses)
            more.append(unit.model_copy(update={"options": (*unit.options, *new)}))
        problem = formats_alone.model_copy(update={"units": tuple(more)})
        measured = self._measured(without_beaten(problem), lambda choices: bool(ranks_of(choices))).measured
        return problem.model_copy(update={"measured": (*formats_alone.measured, *measured)})


class RankSensitivities(Sensitivities):
    """Prices of ranks. ``of_formats``: E[g²] at the outputs, from the prices of formats."""

    of_formats: OutputGradients
    nearest: NearestFactors
    BACKWARD: ClassVar[float] = 0.0
    FILES: ClassVar[str] = "ranks"

    def _fisher(self, span: tuple[float, float]) -> OutputGradients:
        return self.of_formats

    def _group(self, group: InputGroup[Gram]) -> None:
        gram = self._gram(group)
        for linear in group.linears:
            if options := self.formats.get(linear.name):
                largest = max(rank for option in options if (rank := stored_as(option).rank))
                with refusing("factorized", linear.name):
                    weight = LinearLayer(self.model, linear).weight.float()
                    spectrum = svd.decompose(weight, gram, self._squares(linear))
                if ranks.is_main():
                    self.nearest.keep(linear.name, spectrum, largest)
        ranks.barrier()
        super()._group(group)

    def _restore(self, part: str) -> bool:
        """True for a part that was done before, with its spectra."""
        return super()._restore(part) and all(self.nearest.has(name) for name in self.losses if name in self.formats)


def _ranked_layers(problem: BudgetProblem) -> set[str]:
    """Layers that may be factorized."""
    return {name for unit in problem.units if any(stored_as(x.id).rank for x in unit.options) for name in unit.layers}


def _options(
    unit: Unit, names: Sequence[str], sizes: Mapping[str, Mapping[str, int]], losses: Losses
) -> Iterator[Option]:
    for name in names:
        yield Option(id=name, bytes=sizes[unit.name][name], loss=sum(losses[layer][name] for layer in unit.layers))


def without_beaten(problem: BudgetProblem, requested: Container[str] = ()) -> BudgetProblem:
    """The problem without ranks that lose at least as much as another option of no more bytes."""
    units = [unit.model_copy(update={"options": _unbeaten(unit, requested)}) for unit in problem.units]
    return problem.model_copy(update={"units": tuple(units)})


def _unbeaten(unit: Unit, requested: Container[str]) -> tuple[Option, ...]:
    staying: list[Option] = [option for option in unit.options if not stored_as(option.id).rank]
    for one in sorted(unit.options, key=lambda option: (option.bytes, option.loss)):
        beaten = any(other.bytes <= one.bytes and other.loss <= one.loss for other in staying)
        if one not in staying and (one.id in requested or not beaten):
            staying.append(one)
    return tuple(option for option in unit.options if option in staying)
