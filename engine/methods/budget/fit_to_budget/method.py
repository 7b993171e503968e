"""Fit to budget: sensitivities, the exact plan for a number of bytes, built and measured against a uniform model."""

from __future__ import annotations

import dataclasses
import json
import math
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from engine.architecture.anatomy import Anatomy
from engine.architecture.cache import cache_of, size_for_file
from engine.base.errors import BadInput
from engine.base.files import expanded, read_object, whole_file
from engine.base.human import bytes_text
from engine.base.likely import likely
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.contracts.budget import STORED, Measurement, Plan, Uniform
from engine.contracts.details import BUDGET
from engine.contracts.problem import Estimate, Problem
from engine.fit.depth import as_it_came, renamed_plan
from engine.fit.factored import ranks_of, stored_as
from engine.fit.plan_file import PlanFile, plan_of
from engine.fit.size import bytes_of
from engine.fit.solver import Solver
from engine.fit.words import layers_text, name_of
from engine.methods.budget.fit_to_budget import estimates, rounds
from engine.methods.budget.fit_to_budget.analysis import Analysis
from engine.methods.budget.fit_to_budget.building import build, matches_format, offer_of, target_offer, whole_offer_of
from engine.methods.budget.fit_to_budget.depth import RemovalSearch, Search
from engine.methods.budget.fit_to_budget.experts import ExpertSearch
from engine.methods.budget.fit_to_budget.guard import Verdict, best_uniform
from engine.methods.budget.fit_to_budget.measuring import Divergences
from engine.methods.budget.fit_to_budget.rank_offer import no_ranks
from engine.methods.budget.fit_to_budget.ranks import RankAnalysis
from engine.methods.budget.fit_to_budget.removal import Change, Kind, Removal, detail_of_experts
from engine.methods.budget.fit_to_budget.removal_limits import expert_counts
from engine.methods.budget.fit_to_budget.settings import FitToBudgetSettings
from engine.methods.budget.fit_to_budget.smallest import smallest_anatomies
from engine.methods.budget.fit_to_budget.speed import speed_problems, with_times
from engine.methods.budget.fit_to_budget.units import dense_bytes, file_budget, locked
from engine.methods.budget.fit_to_budget.width_limits import can_be_narrower
from engine.methods.budget.fit_to_budget.widths import WidthSearch
from engine.methods.pruning.width_pruning.method import show_masks
from engine.methods.shared.layers import embedding_of, head_of, not_recognized, pattern_problems
from engine.models.model import Model
from engine.models.sampling import OWN
from engine.models.slicing import Shape
from engine.models.stage import Stage, SubStage

ANALYZED, CHOSEN, COMPARED, BUILT = 0.55, 0.65, 0.8, 0.95
"""Shares of the progress at which analysis, choice, the uniform model and the plan are done."""
WHOLE, REMOVED = 0.45, 0.55
"""The same of a fit that may remove parts: the plan with all of them, the choice of those that go."""
SHALLOWER, NARROWER = 0.3, 0.4
"""Shares of the progress of a fit without layers, heads and channels: at which the model without the layers is
analyzed, and the heads and channels are chosen."""

TITLES = {"plan": "plan", "uniform": "uniform model"}
"""Names of what is built, in sentences."""


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
        names = estimates.formats(anatomy, settings, target_offer(settings))
        for pattern in settings.formats:
            if not any(matches_format(name, (pattern,)) for name in names):
                message = f"No layer can be stored as '{pattern}', which 'Formats' names"
                return [*problems, Problem("error", message, advice=likely(pattern, names))]
        offer = whole_offer_of(settings)
        offered = estimates.formats(anatomy, settings, offer)
        problems += rank_problems(settings)
        problems += speed_problems(settings)
        for pattern, option in settings.locked:
            if option not in offered and not (option == STORED and estimates.ends_may_stay(settings.target)):
                message = f"No layer can be stored as '{option}', which the lock '{pattern}={option}' names"
                problems.append(Problem("error", message, advice=likely(option, offered)))
        if settings.context and cache_of(anatomy) is None:
            message = "The size of this model's keys and values is not known: not all of its layers are attention"
            problems.append(Problem("error", message, advice="Set 'Context' to 0, for the file alone"))
        if not estimates.smallest(anatomy, settings, offer):
            message = f"No layer has a format for {settings.target}"
            problems.append(Problem("error", message, advice="Choose another group size or target"))
        return [*problems, *smallest_anatomies(anatomy, settings)[1]]

    def check_bytes(self, header: CheckpointHeader, anatomy: Anatomy, settings: FitToBudgetSettings) -> list[Problem]:
        """A size below that of the smallest file."""
        if settings.plan:
            return []
        offer, formats_alone = whole_offer_of(settings), offer_of(settings)
        smaller, _ = smallest_anatomies(anatomy, settings)
        # factors come on top of a smaller model that fits without them
        possible = [(anatomy, "", offer), *((one, words, formats_alone) for one, words in smaller)]
        sizes = [
            (estimates.smallest(one, settings, its_offer), -size_for_file(0, one, settings.context), words)
            for one, words, its_offer in possible
        ]
        smallest, cache, of = min(sizes, key=lambda size: size[0] + size[1])
        tables = estimates.other_tables(header, anatomy, settings, offer)
        size = bytes_of(settings.size, dense_bytes(anatomy))
        if size >= smallest + cache + tables:
            return []
        needed = f"the smallest formats{of} take {bytes_text(smallest)}"
        needed += f", the embedding and the head {bytes_text(tables)}" if tables else ""
        needed += f", keys and values {bytes_text(cache)}" if settings.context else ""
        message = f"{settings.size} is {bytes_text(size)}, and {needed}"
        target = "choose GGUF, which quantizes these too, " if tables else ""
        return [Problem("error", message, advice=f"Allow more bytes, {target}or make the model smaller first")]

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
        if settings.plan:
            file = PlanFile.read(expanded(settings.plan))
            requested = frozenset(file.plan.choices.values())
            run = FitRun(model, settings, stage, Removal.of(file.problem), ranks=_ranks(requested) or None)
            return run.give(run.built(run.from_file(file)))
        if ranks := _ranks(option for _, option in settings.locked):
            run = FitRun(model, settings, stage, ranks=ranks)
        elif settings.remove_layers or settings.remove_experts or settings.remove_widths or settings.factorize:
            return SmallerRun(model, settings, stage).run()
        else:
            run = FitRun(model, settings, stage)
        return run.give(run.fitted())


def rank_problems(settings: FitToBudgetSettings) -> list[Problem]:
    """A target whose files hold no factors, and ranks that are locked where parts may go."""
    if not settings.factorize:
        return []
    if why := no_ranks(settings.target):
        return [Problem("error", why, advice="Choose that target, or switch 'Factorize layers' off")]
    removes = settings.remove_layers or settings.remove_experts or settings.remove_widths
    if removes and _ranks(option for _, option in settings.locked):
        message = "Ranks are locked, and parts of the model may go: what is left would have other ranks"
        return [Problem("error", message, advice="Take the locks away, or let nothing be removed")]
    return []


def _ranks(options: Iterable[str]) -> frozenset[str]:
    """Those of some options that store factors."""
    return frozenset(option for option in options if stored_as(option).rank)


@dataclass(frozen=True)
class Fitted:
    """A plan that was built, and what was measured of it. ``plan``: as it is given, which may be a uniform model."""

    plan: Plan
    verdict: Verdict


Other = tuple[Kind, Fitted]
"""Another plan, and what it changes beside formats."""


class FitRun:
    """One run of the method over one model, or over what is left of it without some parts.

    removal: parts that it is without. span: the share of the block's progress that it makes up. ranks: options of
    factors that are asked for; None for a fit without factors. beside: what was measured of the plan without factors.
    """

    def __init__(
        self,
        model: Model,
        settings: FitToBudgetSettings,
        stage: Stage,
        removal: Removal = Removal(),  # noqa: B008 - frozen
        span: tuple[float, float] = (0.0, 1.0),
        *,
        ranks: Collection[str] | None = None,
        beside: Verdict | None = None,
    ) -> None:
        self.original, self.stage, self.removal, self.span = model, stage, removal, span
        self.started = time.monotonic()
        self.beside = beside
        self.kind: Kind = removal.kind if ranks is None else (*removal.kind, "ranks")
        self.suffix = removal.suffix + ("-ranks" if ranks is not None else "")
        self.model = removal.applied(model, self._substage("plan", 0.0, 0.0))
        analyzed = self._between(0.0, ANALYZED)
        self.analysis = (
            Analysis(self.model, settings, stage, analyzed, removal)
            if ranks is None
            else RankAnalysis(self.model, settings, stage, analyzed, removal, ranks)
        )
        if settings.needs_speed:
            analysis, rates = self.analysis, self._between(ANALYZED, ANALYZED)
            analysis.problem = with_times(analysis.problem, analysis.groups, self.model, stage, rates)
        self.settings = settings.model_copy(update={"num_samples": len(self.analysis.samples.seen)})
        self.problem = self.analysis.problem.model_copy(
            update={
                "removed_loss": removal.loss,
                "dense_bytes": dense_bytes(model.anatomy),
                "cache": cache_of(self.model.anatomy),
            }
        )
        self.named, self._names = as_it_came(self.problem, removal.layers)
        """The problem with the names of the model as it came, and unit -> its name there."""
        locks = locked(self.named, model.anatomy, settings.locked) if self._is_free else {}
        self.locks = {new: locks[old] for new, old in self._names.items() if old in locks}

    @property
    def _is_free(self) -> bool:
        """False for a plan that is built as it is."""
        return not self.settings.plan

    @property
    def budget(self) -> int:
        """Bytes that the file may take."""
        return file_budget(self.settings, self.original.anatomy, self.model.anatomy)

    @property
    def fits(self) -> bool:
        """True where a plan is small enough and fast enough."""
        try:
            self.solved()
        except BadInput:
            return False
        return True

    def fitted(self) -> Fitted:
        """The best plan of at most the size, built and measured."""
        return self.built(self.in_rounds(self.solved()))

    def built(self, plan: Plan) -> Fitted:
        """A plan that was built, and the uniform model where that is better."""
        self.report(plan)
        sizes = self.analysis.sizes
        uniform = best_uniform(self.problem, plan, sizes.file_bytes) if self.settings.guard else None
        result = self.compare(plan, uniform)
        if uniform is not None and result.chosen == "uniform":
            plan = self._plan_of(uniform.choices, plan)
        return Fitted(plan, result)

    def give(self, fitted: Fitted, others: Sequence[Other] = ()) -> Model:
        """The model as the plan has it. ``others``: the best without other parts, which are worse."""
        self.report(fitted.plan, fitted.verdict, others)
        if self.removal.layers or self.removal.is_narrower:
            self.stage.detail("shape", dataclasses.asdict(Shape.of(self.model.anatomy)))
        if self.removal.is_narrower:
            before = self.original.anatomy
            show_masks(self.stage, self.removal.staying(before), Shape.of(before))
        if self.removal.layers:
            self.stage.detail("removed layers", {str(layer): 1.0 for layer in self.removal.layers})
        if self.removal.experts:
            self.stage.detail("pruned experts", detail_of_experts(self.removal, self.original.anatomy), keep=True)
        self._substage(fitted.verdict.chosen).adopt(self.model)
        return self.model

    def _between(self, low: float, high: float) -> tuple[float, float]:
        """A share of this run's work as one of the block's progress."""
        start, end = self.span
        return start + (end - start) * low, start + (end - start) * high

    def _substage(self, name: str, low: float = 0.0, high: float = 1.0) -> SubStage:
        return self.stage.substage(f"{name}{self.suffix}", self._between(low, high))

    # -- the plan ------------------------------------------------------------------------------------------------------
    def solved(self) -> Plan:
        """The best plan of at most the size, by the file's own bytes, and as fast as it has to be. Raises `BadInput`
        where there is none."""
        budget, speed = self.budget, self.settings.tokens_per_second
        solver = Solver(self.problem, self.locks)
        plan, allowed = solver.plan(budget, speed), budget
        while (nbytes := self.analysis.sizes.file_bytes(plan.choices)) > budget:
            allowed -= nbytes - budget
            plan = solver.plan(allowed, speed)
        return plan.model_copy(update={"budget": budget, "bytes": nbytes})

    def in_rounds(self, plan: Plan) -> Plan:
        """The plan after the rounds that the settings ask for, where prices around the original do not hold. Rounds
        measure what is rounded to nearest: they made plans that GPTQ builds worse."""
        settings = self.settings
        if settings.rounding != "nearest" or not settings.rounds or plan.predicted.kl < rounds.WORTH:
            return plan
        stage = self._substage("rounds", ANALYZED, CHOSEN)
        search = rounds.Rounds(self.analysis, stage, plan.budget, plan.locked, self.is_late, self.end_early, plan.speed)
        return self._plan_of(search.run(plan, self.settings.rounds), plan)

    def is_late(self) -> bool:
        """True after a request to stop early, and when the time is up."""
        limit = 60 * self.settings.max_minutes
        return self.stage.stopping or (limit > 0 and time.monotonic() - self.started > limit)

    def end_early(self) -> None:
        """Make the result one of this run alone: what depends on a clock is not the result of its settings."""
        self.stage.stop()
        assert self.stage.stopping

    def _plan_of(self, choices: dict[str, str], former: Plan | None = None) -> Plan:
        """A plan with these options, its bytes by the file's own. ``former``: the one whose budget, locks and speed it
        has. Raises `BadInput` for options that do not exist."""
        nbytes = self.analysis.sizes.file_bytes(choices)
        if former is None:
            plan = plan_of(self.problem, choices, {}, nbytes)
        else:
            plan = plan_of(self.problem, choices, former.locked, former.budget, former.speed)
        return plan.model_copy(update={"bytes": nbytes})

    def from_file(self, file: PlanFile) -> Plan:
        """The plan of a file, priced anew. Raises `BadInput` for units or options that do not exist."""
        choices = self.named.complete(file.plan.choices)
        return self._plan_of({new: choices[old] for new, old in self._names.items()})

    # -- building ------------------------------------------------------------------------------------------------------
    def compare(self, plan: Plan, uniform: Uniform | None) -> Verdict:
        """Build the plan, and the best uniform model too; measure both on held-out text. What an interrupted run has
        measured is read again."""
        measured: dict[str, tuple[float, ...]] = {}
        if self.beside is not None and uniform is not None and self.beside.label == uniform.label:
            samples = self._built("plan", plan.choices, (CHOSEN, BUILT))
            return Verdict(samples, uniform.label, self.beside.uniform)
        spans = {"uniform": (CHOSEN, COMPARED), "plan": (COMPARED if uniform else CHOSEN, BUILT)}
        for name, choices in (("uniform", uniform.choices if uniform else None), ("plan", plan.choices)):
            if choices is not None:
                measured[name] = self._built(name, choices, spans[name])
        result = Verdict(measured["plan"], uniform.label if uniform else None, measured.get("uniform", ()))
        if uniform is not None:
            self._say(result)
        return result

    def _built(self, name: str, choices: dict[str, str], span: tuple[float, float]) -> tuple[float, ...]:
        """Build a choice of options in a stage of its own and measure it: KL divergence of each held-out sample in nats
        a token."""
        low, high = span
        middle = low + 0.8 * (high - low)
        substage = self._substage(name, low, middle)
        file = self.stage.folder / f"{name}{self.suffix}.json"
        if file.is_file():
            return tuple(map(float, read_object(file)["samples"]))
        built = build(self.model, self.problem, choices, self.settings, substage)
        divergences = Divergences(self.original.opened_again(), self.stage, self.analysis.samples.held_out)
        words = f"Measuring the {TITLES[name]} on held-out text"
        samples = divergences.of_each(built, words, self._between(middle, high))
        with whole_file(file) as part:
            part.write_text(json.dumps({"samples": samples}), encoding="utf-8")
        return samples

    def _say(self, result: Verdict) -> None:
        assert result.uniform_kl is not None
        numbers = f"KL {result.kl:.4f} against {result.uniform_kl:.4f} of {result.label} on held-out text"
        if result.interval is not None:
            numbers += f", a difference of {abs(result.kl - result.uniform_kl):.4f} ± {result.interval:.4f}"
        if result.chosen == "plan":
            self.stage.log(f"The plan is better than the best uniform model within the budget: {numbers}")
        else:
            self.stage.log(f"The uniform model is better than the plan and is given: {numbers}", "warning")

    def report(self, plan: Plan, result: Verdict | None = None, others: Sequence[Other] = ()) -> None:
        """Leave the problem, the plan that is built and what was measured for others to read, with the names of the
        model as it came."""
        measured = self.named.measured
        if result is not None and (kl := result.given_kl - self.removal.loss) > 0:  # of the options alone
            rounding = self.settings.rounding
            point = Measurement(label="built", bytes=plan.bytes, predicted=plan.loss, measured=kl, rounding=rounding)
            measured = (*measured, point)
        problem = self.named.model_copy(update={"measured": measured, **self.removal.entries()})
        named = renamed_plan(plan, self._names)
        self.stage.detail(
            BUDGET,
            {
                "problem": problem.model_dump(mode="json", exclude_none=True),
                "plan": named.model_dump(mode="json", exclude_none=True),
                "guard": {} if result is None else self._guard(result, others),
            },
        )

    def _guard(self, result: Verdict, others: Sequence[Other]) -> dict[str, Any]:
        more: dict[str, Any] = {"removed": name_of(self.kind)} if self.kind else {}
        if others:
            more["others"] = [{"removed": name_of(kind), "kl": fitted.verdict.given_kl} for kind, fitted in others]
        return {**result.as_json(), **more}


class SmallerRun:
    """A fit that may remove layers, experts, or heads and channels, or factorize layers: the best plan with all of them
    whole, the best of each kind of change, the best without some layers and with fewer heads and channels, and the
    best of these smaller models with factors."""

    def __init__(self, model: Model, settings: FitToBudgetSettings, stage: Stage) -> None:
        self.model, self.settings, self.stage = model, settings, stage
        self.plans: list[tuple[FitRun, Fitted]] = []
        self.missed: list[FitRun] = []
        """Those whose smallest file is too large, or whose fastest one is too slow."""
        self.smallest = math.inf
        """About the bytes of the smallest file that any search came to."""

    def run(self) -> Model:
        """The best model on held-out text. Raises `BadInput` where nothing fits, whatever goes."""
        self.whole = whole = FitRun(self.model, self.settings, self.stage, span=(0.0, WHOLE))
        self._add(whole)
        searches = self._searches(whole)
        results = {change: search.run() for change, search in searches.items()}
        removals = [removal for removal in results.values() if removal.kind]
        self.smallest = min((search.smallest for search in searches.values()), default=math.inf)
        beside = _layers_beside(searches, results)
        smaller = len(removals) + bool(beside.kind)
        spans = self._spans(smaller + self.settings.factorize * (1 + bool(smaller)))
        for removal in removals:
            self._add(self._without(removal, next(spans)))
        if beside.kind:
            self._make_narrower(beside, next(spans))
        if self.settings.factorize:
            self._factorize(Removal(), next(spans))
            if (best_removal := self._best_removal()) is not None:
                self._factorize(best_removal, next(spans))
        if not self.plans:
            self._refuse()
        if searches and not smaller:
            self.stage.log("All of the model stays: what it takes is worth more in it than elsewhere")
        best, fitted = min(self.plans, key=lambda one: one[1].verdict.given_kl)
        return best.give(fitted, [(run.kind, other) for run, other in self.plans if run is not best])

    def _spans(self, count: int) -> Iterator[tuple[float, float]]:
        """Shares of the progress of the fits behind the first one."""
        for number in range(count):
            yield REMOVED + (1.0 - REMOVED) * number / count, REMOVED + (1.0 - REMOVED) * (number + 1) / count

    def _without(self, removal: Removal, span: tuple[float, float]) -> FitRun:
        """The fit of what a removal leaves, in the time of all of them."""
        run = FitRun(self.model, self.settings, self.stage, removal, span)
        run.started = self.whole.started
        return run

    def _add(self, run: FitRun) -> None:
        """Build the best plan of a fit where there is one."""
        if run.fits:
            self.plans.append((run, run.fitted()))
        else:
            self.missed.append(run)

    def _refuse(self) -> None:
        """Raise `BadInput` that says what the smallest file takes, or how fast the fastest one is."""
        sizes = {run: Solver(run.problem, run.locks).smallest for run in self.missed}
        nearest = min(sizes, key=lambda run: sizes[run])
        if nearest.budget < self.smallest < sizes[nearest]:
            raise BadInput(
                f"Nothing fits into {bytes_text(nearest.budget)}",
                why=f"without all that may go, the smallest file takes about {bytes_text(int(self.smallest))}",
                advice="allow more bytes, or unlock units",
            )
        nearest.solved()

    def _is_late(self, what: str) -> bool:
        """True where the time is up, and there is a result without ``what``."""
        if not self.plans or not self.whole.is_late():
            return False
        self.stage.log(f"The time is up: {what}")
        self.whole.end_early()
        return True

    # -- parts that go -------------------------------------------------------------------------------------------------
    def _searches(self, whole: FitRun) -> dict[Change, RemovalSearch]:
        """Searches for what may go: of the parts that the model has."""
        anatomy, settings = self.model.anatomy, self.settings
        kinds: dict[Change, type[RemovalSearch]] = {}
        kinds |= {"layers": Search} if settings.remove_layers and not anatomy.not_alike else {}
        kinds |= {"experts": ExpertSearch} if settings.remove_experts and expert_counts(anatomy) else {}
        kinds |= {"widths": WidthSearch} if settings.remove_widths and can_be_narrower(anatomy, settings) else {}
        searches: dict[Change, RemovalSearch] = {}
        for number, (change, search) in enumerate(kinds.items()):
            low, high = (WHOLE + (REMOVED - WHOLE) * x / len(kinds) for x in (number, number + 1))
            stage = self.stage.substage(change, (low, high))
            searches[change] = search(whole.analysis, stage, whole.locks, whole.budget, whole.is_late, whole.end_early)
        return searches

    def _make_narrower(self, base: Removal, span: tuple[float, float]) -> None:
        """Add the best plan with fewer heads and channels of the layers that a removal leaves, where some had better go
        too."""
        if self._is_late("fewer heads and channels beside fewer layers are not tried"):
            return
        low, high = span
        analyzed, searched = low + SHALLOWER * (high - low), low + NARROWER * (high - low)
        runs = (*(run for run, _ in self.plans), *self.missed)
        shallower = next((run for run in runs if run.removal == base), None) or self._without(base, (low, analyzed))
        gone = layers_text(base.layers)
        self.stage.log(f"Without {gone}, fewer heads and channels are tried in what is left")
        stage = self.stage.substage(f"widths{base.suffix}", (analyzed, searched))
        is_late, end_early = self.whole.is_late, self.whole.end_early
        search = WidthSearch(
            shallower.analysis, stage, shallower.locks, shallower.budget, is_late, end_early, self.model
        )
        removal = search.run()
        self.smallest = min(self.smallest, search.smallest)
        if removal.kind:
            self._add(self._without(removal, (searched, high)))
        elif search.kl < math.inf:
            self.stage.log(f"Without {gone}, all heads and channels of what is left stay")

    # -- factors -------------------------------------------------------------------------------------------------------
    def _best_removal(self) -> Removal | None:
        """The removal of the smaller model that is best on held-out text; None where none was built."""
        smaller = [(fitted.verdict.given_kl, run.removal) for run, fitted in self.plans if run.removal.kind]
        return min(smaller, key=lambda one: one[0])[1] if smaller else None

    def _factorize(self, removal: Removal, span: tuple[float, float]) -> None:
        """Add the best plan that factorizes layers of what a removal leaves, where some had better be factorized."""
        of = " of the smaller model" if removal.kind else ""
        if self._is_late(f"no layer{of} is factorized"):
            return
        beside = next((fitted.verdict for run, fitted in self.plans if run.removal == removal), None)
        run = FitRun(self.model, self.settings, self.stage, removal, span, ranks=(), beside=beside)
        run.started = self.whole.started
        if not run.fits:
            self.missed.append(run)
            return
        plan = run.in_rounds(run.solved())
        if ranks_of(plan.choices):
            self.plans.append((run, run.built(plan)))
        else:
            self.stage.log(f"No layer{of} is factorized: its format loses less than any rank of as many bytes")


def _layers_beside(searches: Mapping[Change, RemovalSearch], results: Mapping[Change, Removal]) -> Removal:
    """The layers that go beside heads and channels: the likeliest of those that the search for layers took out, where
    either alone is predicted to help, or one that helps reaches no size alone; none otherwise."""
    layers, widths = searches.get("layers"), searches.get("widths")
    if not isinstance(layers, Search) or not isinstance(widths, WidthSearch) or not widths.trials:
        return Removal()
    pairs = ((layers, results["layers"]), (widths, results["widths"]))
    if any(search.kl < math.inf and not removal.kind for search, removal in pairs):
        return Removal()
    return widths.beside(layers.removals, math.inf if layers.kl < math.inf else widths.kl)
