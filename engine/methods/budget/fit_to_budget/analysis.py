"""The analysis of a model: everything that any budget needs, measured once and kept with the workspace."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from engine.base.code_version import code_version
from engine.base.errors import BadInput
from engine.base.files import whole_file
from engine.calibration.output_gradients import OutputGradients
from engine.calibration.tokens import record_windows
from engine.checkpoints import checksum
from engine.contracts.budget import STORED, BudgetProblem, Measurement, Option, Unit
from engine.data.batches import even_windows, windows
from engine.data.samples import load_ids
from engine.fit.solver import Solver, refuse_small
from engine.methods.base import FormatOffer
from engine.methods.budget.fit_to_budget.building import offer_of
from engine.methods.budget.fit_to_budget.measuring import Divergences, Rounded
from engine.methods.budget.fit_to_budget.nearest import Nearest
from engine.methods.budget.fit_to_budget.removal import Removal
from engine.methods.budget.fit_to_budget.sensitivities import Losses, Sensitivities
from engine.methods.budget.fit_to_budget.settings import FitToBudgetSettings
from engine.methods.budget.fit_to_budget.sizes import Sizes, as_an_artifact
from engine.methods.budget.fit_to_budget.uniform import uniform_models
from engine.methods.budget.fit_to_budget.units import Group, dense_bytes, file_budget, groups
from engine.methods.shared.fisher import fisher
from engine.models.model import Model
from engine.models.running import refuse_long
from engine.models.source import load_tokenizer
from engine.models.stage import Stage

MEASURED = (0.25, 0.5, 0.75)
"""Places along the front, from the smallest file to the largest, whose plans are measured."""
FEW = 4
"""Held-out samples that these plans are measured on."""
SENSITIVITIES = 0.7
"""Share of the time of an analysis that sensitivities take."""


DAMAGED = "The sensitivities of an earlier analysis are damaged: they are measured again"


@dataclass(frozen=True)
class Samples:
    """The calibration text in windows, (n, length) int64: those that sensitivities and rounding see, and those that
    neither sees."""

    seen: torch.Tensor
    held_out: torch.Tensor
    sha256: str

    def few(self) -> torch.Tensor:
        """Some of those that are held out, on which plans of many sizes are measured."""
        count = min(FEW, len(self.held_out))
        return self.held_out[torch.arange(count) * len(self.held_out) // count]

    @classmethod
    def of(cls, model: Model, settings: FitToBudgetSettings, stage: Stage) -> Samples:
        """As `engine.calibration.tokens.calibration_tokens` spreads them, and others between them. A text without
        enough windows gives fewer of those that are seen."""
        refuse_long(model, settings.sequence_length)
        ids, sha256 = load_ids(load_tokenizer(model), settings.text)
        whole = windows(ids, settings.sequence_length, name=settings.text)
        apart = min(settings.held_out, max(1, len(whole) // 4))
        if len(whole) < 2:
            raise BadInput(
                "The text has no window that could be held out",
                where=settings.text,
                why=f"it has {len(ids)} tokens, a sample {settings.sequence_length}",
                advice="choose a longer text or shorter samples",
            )
        count = min(settings.num_samples, len(whole) - apart)
        if count < settings.num_samples:
            stage.log(
                f"The text gives {count} samples beside {apart} held-out ones, not {settings.num_samples}", "warning"
            )
        places = even_windows(len(whole), count)
        record_windows(stage, sha256, settings.sequence_length, places)
        others = torch.tensor(sorted(set(range(len(whole))) - set(places.tolist())))
        return cls(whole[places], whole[others[torch.arange(apart) * len(others) // apart]], sha256)


class Analysis:
    """The problem of a model for a target, and what measuring plans takes. ``stage``: that of the block.
    ``removal``: parts that ``model`` was made without."""

    def __init__(
        self,
        model: Model,
        settings: FitToBudgetSettings,
        stage: Stage,
        span: tuple[float, float],
        removal: Removal = Removal(),  # noqa: B008 - frozen
    ) -> None:
        self.model, self.settings, self.removal = model, settings, removal
        self.samples = Samples.of(model, settings, stage)
        self.offer: FormatOffer = offer_of(settings)
        self.nearest = Nearest(self.offer)
        self.key = self._key(stage)
        self.folder = stage.cache / self.key
        self.stage = self.formats_stage = stage.substage("sensitivities", span, key=self.key, folder=self.folder)
        self.groups = groups(model.anatomy, settings.target)
        self._beside = stage.folder / f"beside{removal.suffix}" / "artifact"  # files may be named after the folder
        self.sizes = self._sizes(self.offer)
        self.problem = self._problem()

    def _key(self, stage: Stage) -> str:
        """Hash of all that the analysis depends on: model, text, settings, code, kind of device."""
        settings = self.settings
        about = {
            "code": code_version(__name__).on(stage.device.type),
            "model": self.model.header.fingerprint,
            "removed": self.removal.layers,
            "removed experts": self.removal.experts,
            "removed widths": (self.removal.widths.heads, self.removal.widths.channels),
            "text": self.samples.sha256,
            "settings": settings.model_dump(
                mode="json",
                include={
                    "target", "group_size", "num_samples", "fisher_samples", "held_out", "sequence_length",
                    "compute_dtype", "rounding", "formats",
                },
            ),
        }  # fmt: skip
        return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:32]

    def _sizes(self, offer: FormatOffer) -> Sizes:
        """Sizes of plans of the options of an offer."""
        settings = self.settings
        bias = torch.float32 if settings.rounding == "gptq" and settings.target != "gguf" else None
        return Sizes(as_an_artifact(self.model, self._beside), settings.target, offer, self.groups, bias)

    # -- the problem ---------------------------------------------------------------------------------------------------
    def _problem(self) -> BudgetProblem:
        file = self.folder / "problem.json"
        if file.is_file() and not any(checksum.damage(path) for path in self._losses()):
            try:
                problem = BudgetProblem.parse(file.read_text(encoding="utf-8", errors="replace"), str(file))
                self.stage.log("The sensitivities are those of an earlier analysis of this model and text")
                return problem
            except BadInput:
                self.stage.log(DAMAGED, "warning")
        problem = self._measured(self._priced())
        with whole_file(file) as part:
            part.write_text(problem.to_json(), encoding="utf-8")
        return problem

    def _priced(self) -> BudgetProblem:
        offered = {group.name: self.sizes.options(group) for group in self.groups}
        if not any(offered.values()):
            raise BadInput(
                f"No layer of this model has a format for {self.settings.target}",
                where=str(self.model.path),
                advice="choose another group size or target",
            )
        sizes, fixed = self.sizes.of_options(offered)
        self._refuse_small(fixed + sum(min(of_group.values()) for of_group in sizes.values()))
        formats = {
            x.name: [option for option in offered[group.name] if option != STORED]
            for group in self.groups
            for x in group.linears
            if offered[group.name]
        }
        model = self.model.opened_again()
        priced = Sensitivities(model, self.settings, self.stage, self.nearest, formats, self.samples.seen)
        priced.run(SENSITIVITIES)
        units = [_unit(group, sizes[group.name], priced) for group in self.groups if group.name in sizes]
        problem = BudgetProblem(
            target=self.settings.target,
            model=self.model.path.name,
            text=self.settings.text,
            tokens=self.samples.seen.numel(),
            fixed_bytes=fixed,
            dense_bytes=dense_bytes(self.model.anatomy),
            units=tuple(units),
        )
        return problem.model_copy(update={"uniform": uniform_models(problem, self.model.anatomy)})

    def _refuse_small(self, smallest: int) -> None:
        """Raise `BadInput` for a size below that of the smallest file, before anything is measured, unless parts of the
        model may go."""
        settings = self.settings
        may_be_smaller = settings.remove_layers or settings.remove_experts or settings.remove_widths
        if not (settings.plan or settings.factorize or may_be_smaller):
            refuse_small(file_budget(settings, self.model.anatomy), smallest)

    def _measured(
        self, problem: BudgetProblem, is_worth: Callable[[Mapping[str, str]], bool] = lambda choices: True
    ) -> BudgetProblem:
        """With the losses of some plans on the held-out windows, rounded to nearest; of those that are ``is_worth``
        it."""
        solver = Solver(problem, {})
        divergences = Divergences(self.model.opened_again(), self.stage, self.samples.few())
        points = []
        for number, share_of_front in enumerate(MEASURED):
            plan = solver.quick(int(solver.smallest + share_of_front * (solver.largest - solver.smallest)))
            if not is_worth(plan.choices):
                continue
            low, high = (SENSITIVITIES + (1 - SENSITIVITIES) * x / len(MEASURED) for x in (number, number + 1))
            words = f"Measuring plan {number + 1} of {len(MEASURED)}"
            points.append(
                self.measure(problem, plan.choices, f"front {share_of_front:.0%}", divergences, words, (low, high))
            )
        return problem.model_copy(update={"measured": tuple(points)})

    def measure(
        self,
        problem: BudgetProblem,
        choices: Mapping[str, str],
        label: str,
        divergences: Divergences,
        words: str,
        span: tuple[float, float],
    ) -> Measurement:
        """The loss of a choice of options that is rounded to nearest."""
        subject = self.model.opened_again()
        rounded = Rounded(subject, self.nearest, self.options_of(choices, problem), self.energies())
        kl = divergences.of(subject, words, span, rounded.look)
        return Measurement(
            label=label,
            bytes=problem.bytes_of(dict(choices)),
            predicted=problem.nearest_loss_of(choices),
            measured=kl,
            rounding="nearest",
        )

    def options_of(self, choices: Mapping[str, str], problem: BudgetProblem | None = None) -> dict[str, str]:
        """Layer, embedding or head -> its option, for a choice of units' options."""
        units = (problem or self.problem).units
        return {name: choices[unit.name] for unit in units for name in unit.layers if choices[unit.name] != STORED}

    def gradients(self) -> OutputGradients:
        """E[g²] at the outputs of all units' layers, from the analysis."""
        names = {name for unit in self.problem.units for name in unit.layers}
        stage = self.formats_stage
        return fisher(self.model.opened_again(), self.settings, stage, self.samples.seen, names, (0.0, 0.0))

    def _losses(self) -> list[Path]:
        """Files of the analysis, one for each part of the model."""
        return sorted(self.folder.glob("losses-*.safetensors"))

    def energies(self) -> dict[str, torch.Tensor]:
        """Mean square of the inputs of each layer; that of a tied head for its embedding too."""
        energies: dict[str, torch.Tensor] = {}
        for file in self._losses():
            energies |= {name: x for name, x in checksum.load(file, self.stage.device).items() if name}
        anatomy = self.model.anatomy
        if anatomy.tied and anatomy.head in energies:
            energies[anatomy.embeddings[0]] = energies[anatomy.head]
        return energies


def _unit(group: Group, sizes: Mapping[str, int], priced: Sensitivities) -> Unit:
    def summed(losses: Losses, option: str) -> float:
        return 0.0 if option == STORED else sum(losses[linear.name][option] for linear in group.linears)

    options = []
    for name, nbytes in sizes.items():
        loss, nearest = summed(priced.losses, name), summed(priced.nearest_losses, name)
        options.append(Option(id=name, bytes=nbytes, loss=loss, nearest_loss=None if nearest == loss else nearest))
    return Unit(
        name=group.name,
        layers=tuple(linear.name for linear in group.linears),
        layer=group.layer,
        role=group.role,
        parameters=group.parameters,
        options=tuple(options),
    )
