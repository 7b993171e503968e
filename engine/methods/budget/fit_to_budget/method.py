"""Fit to budget: sensitivities, the exact plan for a number of bytes, built and measured against a uniform model."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Mapping

import torch

from engine.architecture.anatomy import Anatomy
from engine.base.files import expanded, read_object, whole_file
from engine.base.human import bytes_text
from engine.base.likely import likely
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.contracts.budget import Measurement, Plan, Uniform
from engine.contracts.details import BUDGET
from engine.contracts.problem import Estimate, Problem
from engine.fit.plan_file import PlanFile, plan_of
from engine.fit.size import bytes_of
from engine.fit.solver import Solver
from engine.methods.budget.fit_to_budget import estimates, rounds
from engine.methods.budget.fit_to_budget.analysis import Analysis
from engine.methods.budget.fit_to_budget.building import build, offer_of
from engine.methods.budget.fit_to_budget.guard import Verdict, best_uniform, verdict
from engine.methods.budget.fit_to_budget.measuring import Divergences
from engine.methods.budget.fit_to_budget.settings import FitToBudgetSettings
from engine.methods.budget.fit_to_budget.units import dense_bytes, locked
from engine.methods.shared.layers import embedding_of, head_of, not_recognized, pattern_problems
from engine.models.model import Model
from engine.models.sampling import OWN
from engine.models.stage import Stage

ANALYZED, CHOSEN, COMPARED, BUILT = 0.55, 0.65, 0.8, 0.95
"""Shares of the progress at which analysis, choice, the uniform model and the plan are done."""


class FitToBudget:
    """The algorithm."""

    def check(self, anatomy: Anatomy, settings: FitToBudgetSettings) -> list[Problem]:
        """A network without gradients layer by layer, a size below the smallest, locks that mean nothing."""
        if not anatomy.layers or anatomy.kind != "decoder" or not anatomy.predicts_next:
            return [not_recognized(anatomy, "Fit to budget works on decoders")]
        problems = []
        if settings.text == OWN:
            message = "A text that the model writes itself has no part that could be held out"
            problems.append(Problem("error", message, advice="Choose a text"))
        if settings.other_dtype != "stored":
            message = "Fit to budget counts the bytes of all other tensors as they came"
            problems.append(Problem("error", message, advice="Set 'Other tensors stored as' to 'As they came'"))
        tables = [end for end in (embedding_of(anatomy), head_of(anatomy)) if end is not None]
        roles = {"embedding", "head"}
        problems += pattern_problems(
            anatomy, [pattern for pattern, _ in settings.locked if pattern not in roles], tables
        )
        offered = estimates.formats(anatomy, settings, offer_of(settings))
        for pattern, option in settings.locked:
            if option not in offered:
                message = f"No layer can be stored as '{option}', which the lock '{pattern}={option}' names"
                problems.append(Problem("error", message, advice=likely(option, offered)))
        smallest = estimates.smallest(anatomy, settings, offer_of(settings))
        if not smallest:
            message = f"No layer has a format for {settings.target}"
            return [*problems, Problem("error", message, advice="Choose another group size or target")]
        budget = bytes_of(settings.size, dense_bytes(anatomy))
        if budget < smallest and not settings.plan:
            message = f"{settings.size} is {bytes_text(budget)}, and the smallest formats take {bytes_text(smallest)}"
            problems.append(Problem("error", message, advice="Allow more bytes, or make the model smaller first"))
        return problems

    def targets(self, anatomy: Anatomy, settings: FitToBudgetSettings) -> Collection[str]:
        """See `engine.methods.base.Targeting`."""
        return estimates.targets(anatomy, settings, offer_of(settings))

    def estimate(
        self, header: CheckpointHeader, anatomy: Anatomy, settings: FitToBudgetSettings, device: torch.device
    ) -> Estimate:
        """Bytes of the tensor files, memory and seconds of the analysis and of building."""
        return estimates.estimate(header, anatomy, settings, device, offer_of(settings))

    def apply(self, model: Model, settings: FitToBudgetSettings, stage: Stage) -> Model:
        """Analyze, choose, build, and compare with a uniform model. Raises `BadInput` for a size that nothing fits
        into, and for a plan whose options do not exist."""
        return FitRun(model, settings, stage).run()


class FitRun:
    """One run of the method over one model."""

    def __init__(self, model: Model, settings: FitToBudgetSettings, stage: Stage) -> None:
        self.model, self.stage = model, stage
        self.started = time.monotonic()
        self.analysis = Analysis(model, settings, stage, (0.0, ANALYZED))
        self.settings = settings.model_copy(update={"num_samples": len(self.analysis.samples.seen)})
        self.problem = self.analysis.problem
        self.locks = locked(self.problem, model.anatomy, settings.locked)

    def run(self) -> Model:
        """The model as the plan has it, or the uniform one where that is better."""
        plan = self.from_file() if self.settings.plan else self.in_rounds(self.solved())
        self.report(plan)
        uniform = best_uniform(self.problem, plan) if self.settings.guard else None
        result = self.compare(plan, uniform)
        built = plan
        if uniform is not None and result.chosen == "uniform":
            built = self._plan_of(uniform.choices, plan.budget, plan.locked)
        self.report(built, result)
        self.stage.substage(result.chosen).adopt(self.model)
        return self.model

    # -- the plan ------------------------------------------------------------------------------------------------------
    def solved(self) -> Plan:
        """The best plan of at most the size, by the file's own bytes."""
        budget = bytes_of(self.settings.size, dense_bytes(self.model.anatomy))
        solver = Solver(self.problem, self.locks)
        plan, allowed = solver.plan(budget), budget
        while (nbytes := self.analysis.sizes.file_bytes(plan.choices)) > budget:
            allowed -= nbytes - budget
            plan = solver.plan(allowed)
        return plan.model_copy(update={"budget": budget, "bytes": nbytes})

    def in_rounds(self, plan: Plan) -> Plan:
        """The plan after the rounds that the settings ask for, where prices around the original do not hold."""
        if not self.settings.rounds or plan.predicted.kl < rounds.WORTH:
            return plan
        stage = self.stage.substage("rounds", (ANALYZED, CHOSEN))
        search = rounds.Rounds(self.analysis, stage, plan.budget, plan.locked, self._is_late, self._end_early)
        return self._plan_of(search.run(plan, self.settings.rounds), plan.budget, plan.locked)

    def _is_late(self) -> bool:
        """True after a request to stop early, and when the time is up."""
        limit = 60 * self.settings.max_minutes
        return self.stage.stopping or (limit > 0 and time.monotonic() - self.started > limit)

    def _end_early(self) -> None:
        """Make the result one of this run alone: what depends on a clock is not the result of its settings."""
        self.stage.stop()
        assert self.stage.stopping

    def _plan_of(self, choices: dict[str, str], budget: int | None, locked_units: Mapping[str, str]) -> Plan:
        """A plan with these options, its bytes by the file's own. Raises `BadInput` for options that do not exist."""
        nbytes = self.analysis.sizes.file_bytes(choices)
        plan = plan_of(self.problem, choices, locked_units, nbytes if budget is None else budget)
        return plan.model_copy(update={"bytes": nbytes})

    def from_file(self) -> Plan:
        """The plan of a file, priced anew. Raises `BadInput` for units or options that do not exist."""
        file = PlanFile.read(expanded(self.settings.plan))
        return self._plan_of(self.problem.complete(file.plan.choices), None, {})

    # -- building ------------------------------------------------------------------------------------------------------
    def compare(self, plan: Plan, uniform: Uniform | None) -> Verdict:
        """Build the plan, and the best uniform model too; measure both on held-out text. What an interrupted run has
        measured is read again."""
        measured: dict[str, float] = {}
        spans = {"uniform": (CHOSEN, COMPARED), "plan": (COMPARED if uniform else CHOSEN, BUILT)}
        for name, choices in (("uniform", uniform.choices if uniform else None), ("plan", plan.choices)):
            if choices is not None:
                measured[name] = self._built(name, choices, spans[name])
        result = verdict(measured["plan"], uniform, measured.get("uniform"))
        if uniform is not None:
            self._say(result)
        return result

    def _built(self, name: str, choices: dict[str, str], span: tuple[float, float]) -> float:
        """Build a choice of options in a stage of its own and measure it: KL divergence in nats a token."""
        low, high = span
        middle = low + 0.8 * (high - low)
        substage = self.stage.substage(name, (low, middle))
        file = self.stage.folder / f"{name}.json"
        if file.is_file():
            return float(read_object(file)["kl"])
        built = build(self.model, self.problem, choices, self.settings, substage)
        divergences = Divergences(self.model.opened_again(), self.stage, self.analysis.samples.held_out)
        kl = divergences.of(built, f"Measuring the {name} on held-out text", (middle, high))
        with whole_file(file) as part:
            part.write_text(json.dumps({"kl": kl}), encoding="utf-8")
        return kl

    def _say(self, result: Verdict) -> None:
        assert result.uniform_kl is not None
        numbers = f"KL {result.kl:.4f} against {result.uniform_kl:.4f} of {result.uniform} on held-out text"
        if result.chosen == "plan":
            self.stage.log(f"The plan is better than the best uniform model of at most its bytes: {numbers}")
        else:
            self.stage.log(f"The uniform model is better than the plan and is given: {numbers}", "warning")

    def report(self, built: Plan, result: Verdict | None = None) -> None:
        """Leave the problem, the plan that is built and what was measured for others to read."""
        measured = self.problem.measured
        if result is not None:
            kl = result.kl if result.chosen == "plan" or result.uniform_kl is None else result.uniform_kl
            point = Measurement(
                label="built", bytes=built.bytes, predicted=built.loss, measured=kl, rounding=self.settings.rounding
            )
            measured = (*measured, point)
        problem = self.problem.model_copy(update={"measured": measured})
        self.stage.detail(
            BUDGET,
            {
                "problem": problem.model_dump(mode="json", exclude_none=True),
                "plan": built.model_dump(mode="json", exclude_none=True),
                "guard": {} if result is None else result.as_json(),
            },
        )
