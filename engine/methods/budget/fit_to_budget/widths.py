"""Heads and channels that a smaller file does without: those of every layer that say least, as many as their bytes are
worth more elsewhere.

The worth of a channel of the MLP is what it adds on the text: its root mean square times the norm of the weights that
read it; of a head, over its values together (Muralidharan et al. 2024, Minitron, arXiv 2407.14679). Every layer keeps
the same number, as a stock model has it; the hidden size stays. First fewer channels are tried, then fewer groups of
heads beside them; a plan for what is left is predicted to lose the KL divergence of the narrower model and the losses
of its options.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import torch

from engine.base.errors import BadInput
from engine.checkpoints import checksum
from engine.contracts.budget import Unit
from engine.methods.budget.fit_to_budget.depth import RemovalSearch
from engine.methods.budget.fit_to_budget.removal import Removal
from engine.methods.budget.fit_to_budget.settings import FitToBudgetSettings
from engine.methods.budget.fit_to_budget.width_limits import channel_counts, group_counts, narrowest, with_groups
from engine.methods.pruning.width_pruning.by_hand import Removed
from engine.methods.pruning.width_pruning.importance import Importance, chosen, measured
from engine.methods.pruning.width_pruning.settings import WidthPruningSettings
from engine.models.slicing import Shape, places, sliced

MEASURED = 0.5
"""Share of the search's progress at which the importance of heads and channels is known."""


@dataclass
class WidthSearch(RemovalSearch):
    """Search for the heads and channels that stay in each layer. Where a unit keeps an option, so does its width."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.before = Shape.of(self.model.anatomy)
        self.axes = places(self.model.anatomy)
        self._file = self.analysis.folder / "narrower.json"
        units = {unit.name: unit for unit in self.analysis.problem.units}
        locked = {axis for name in self.locks for layer in units[name].layers for axis in self.axes.get(layer, ())}
        anatomy, settings = self.model.anatomy, self.analysis.settings
        self.channels = [] if "inner" in locked else channel_counts(anatomy, settings)
        self.groups = [] if {"heads", "kv_heads"} & locked else group_counts(anatomy, settings)
        self.trials: list[tuple[Shape, float]] = []
        """Shapes with the KL divergence of the model in each."""

    def run(self) -> Removal:
        """The heads and channels of the best prediction; none where all had better stay."""
        if not (self.channels or self.groups):
            self.stage.log("The model stays as wide as it is: locked layers keep their heads and channels")
            return Removal()
        try:
            return self._best()
        except BadInput as error:
            self.stage.log(f"The model stays as wide as it is. {error}", "warning")
            return Removal()

    def _best(self) -> Removal:
        """The search: each shape is tried as long as the one before was predicted to be better than all before it."""
        best, gone = self.before, self.analysis.removal.loss
        self.kl = self._predicted(best, gone)
        for narrower in (self._fewer_channels, self._fewer_groups):
            for number, shape in narrower(best):
                loss = self._loss(shape, number)
                if loss is None:
                    return self._removal(best, gone)
                self.trials.append((shape, loss))
                kl = self._predicted(shape, loss)
                if kl >= self.kl < math.inf:
                    break  # what goes next is worth more than what went
                best, self.kl, gone = shape, kl, loss
        return self._removal(best, gone)

    def _removal(self, shape: Shape, loss: float) -> Removal:
        """With what the model that was searched lacked already."""
        if shape == self.before or self.kl == math.inf:
            return Removal()
        return dataclasses.replace(self.analysis.removal, widths=self._removed(shape), loss=loss)

    def beside(self, removals: Sequence[Removal], limit: float) -> Removal:
        """The one of some removals of layers beside which narrower layers are predicted to be best, as if the losses of
        both added up; none where the KL divergence is not below ``limit``, the last one where nothing fits."""
        best, best_kl = Removal(), limit
        for removal, (shape, loss) in itertools.product(removals, self.trials):
            kl = self._predicted(shape, removal.loss + loss, removal.layers)
            if kl < best_kl:
                best, best_kl = removal, kl
        return removals[-1] if removals and best_kl == math.inf else best

    def _fewer_channels(self, base: Shape) -> Iterator[tuple[int, Shape]]:
        """Numbers of trials, and their shapes."""
        for number, count in enumerate(self.channels):
            yield number, dataclasses.replace(base, inner=count)

    def _fewer_groups(self, base: Shape) -> Iterator[tuple[int, Shape]]:
        for number, count in enumerate(self.groups, start=len(self.channels)):
            yield number, with_groups(base, count)

    def _loss(self, shape: Shape, number: int) -> float | None:
        """KL divergence of the model in this shape, measured once; None where the time is up."""
        key = f"{shape.inner} channels, {shape.kv_heads} key/value heads"
        losses: dict[str, float] = checksum.load_values(self._file, self.stage.log) or {}
        if key not in losses:
            if self.is_late():
                self.stage.log("The time is up: no further width is tried")
                self.end_early()
                return None
            losses[key] = self._measured(shape, number)
            checksum.save_values(self._file, losses)
        return losses[key]

    def _measured(self, shape: Shape, number: int) -> float:
        smaller = Removal(widths=self._removed(shape)).applied(self.model, self.stage)
        words = f"{shape.inner} of {self.before.inner} channels and {shape.heads} of {self.before.heads} heads"
        total = len(self.channels) + len(self.groups)
        low, high = (MEASURED + (1 - MEASURED) * x / total for x in (number, number + 1))
        loss = max(0.0, self.divergences().of(smaller, f"Trying {words}", (low, high)))  # a sum of rounded numbers
        self.stage.log(f"With {words} in each layer the KL divergence is {loss:.4f}")
        return loss

    def _removed(self, shape: Shape) -> Removed:
        """The heads and channels that are worth least."""
        return Removed.of(chosen(self._importance(), self.model.anatomy, shape), self.model.anatomy)

    def _importance(self) -> Importance:
        """Of each head and channel; measured once for a model and text. Raises `BadInput` for a model that can't be
        cut."""
        file = self.analysis.folder / "widths.safetensors"
        if not checksum.is_sound(file, self.stage.log):
            self._try_to_cut()
            stage = self.stage.substage("importance", (0.0, MEASURED))
            tokens = self.analysis.samples.seen.to(stage.device)
            importance = measured(self.model.opened_again(), pruning_settings(self.analysis.settings), stage, tokens)
            checksum.save({"heads": torch.stack(importance.heads), "inner": torch.stack(importance.inner)}, file)
        values = checksum.load(file)
        return Importance(heads=list(values["heads"]), inner=list(values["inner"]))

    def _try_to_cut(self) -> None:
        """Raise `BadInput` for a model that can't be cut, before anything is measured."""
        layers, before = range(self.before.layers), self.before
        alike = Importance([torch.ones(before.heads)] * len(layers), [torch.ones(before.inner)] * len(layers))
        shape = narrowest(self.model.anatomy, self.analysis.settings)
        sliced(self.model.opened_again(), chosen(alike, self.model.anatomy, shape), self.stage)

    def _predicted(self, shape: Shape, loss: float, without: Collection[int] = ()) -> float:
        """KL divergence of the best plan in this shape, ``without`` some layers. The rounding of what is left counts in
        full: it is worth most."""
        units = (unit for unit in self.analysis.problem.units if unit.layer not in without)
        return self.predicted(tuple(self._smaller(unit, shape) for unit in units), loss)

    def _smaller(self, unit: Unit, shape: Shape) -> Unit:
        """The unit with the bytes of what is left of its weights."""
        share = 1.0
        for axis in self.axes.get(unit.layers[0], ()):  # its layers read or write the same
            share *= 1.0 if axis is None else shape.size(axis) / self.before.size(axis)
        options = tuple(
            one.model_copy(
                update={
                    "bytes": round(one.bytes * share),
                    "milliseconds": None if one.milliseconds is None else one.milliseconds * share,
                }
            )
            for one in unit.options
        )
        return unit.model_copy(update={"options": options})


def pruning_settings(settings: FitToBudgetSettings) -> WidthPruningSettings:
    """Settings of the importance: what each head and channel adds, on the text of the fit."""
    return WidthPruningSettings(
        text=settings.text,
        num_samples=settings.num_samples,
        sequence_length=settings.sequence_length,
        compute_dtype=settings.compute_dtype,
    )
