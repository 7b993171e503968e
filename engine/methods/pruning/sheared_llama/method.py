"""ShearedLlama: learn the masks, cut exactly to the target, fold what is left of them into the weights, slice; with
masks first the weights learn behind the cut."""

from __future__ import annotations

import torch

from engine.architecture.anatomy import Anatomy
from engine.base.errors import BadInput
from engine.checkpoints import checksum
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.contracts.problem import Estimate, Problem
from engine.methods.costs.training import decoder_problems, parameters_of, training_estimate
from engine.methods.pruning.common.target_shape import (
    expected_shape,
    headers_of_target,
    parameters,
    shape_problem,
    target_shape,
)
from engine.methods.pruning.sheared_llama.masking import fold, masked, masking_problem, refuse_compressed
from engine.methods.pruning.sheared_llama.objective import Gates, ShearingObjective
from engine.methods.pruning.sheared_llama.settings import MASK_SHARE, ShearedLlamaSettings
from engine.methods.shared.references import losses_of_source, set_references
from engine.methods.shared.trainable import set_trainable
from engine.models.model import Model
from engine.models.slicing import Kept, Shape, sliced
from engine.models.stage import Stage
from engine.training.batches import TokenBatches
from engine.training.domains import DomainBatches, batches_of
from engine.training.language_model import LanguageModeling
from engine.training.loop import train
from engine.training.model import close_after_training, open_for_training

TOLERANCE = 0.01
"""Difference of the expected share that is closed from the target above which the cut is said to be rough."""


class ShearedLlama:
    """The algorithm.

    In memory, for each weight: 16 bytes where it learns (float32, gradient, two moments), 4 where masks alone do.
    """

    def check(self, anatomy: Anatomy, settings: ShearedLlamaSettings) -> list[Problem]:
        """Only decoders with the known seven linears; the target has to be smaller and fit the heads."""
        problems = decoder_problems(anatomy)
        why = "" if problems else masking_problem(anatomy)
        if why:
            problems.append(
                Problem("error", f"The model can't be sheared: {why}", advice="Depth pruning cuts any decoder")
            )
        if problems or (settings.target == "budget" and settings.budget_unit in ("milliseconds", "megabytes")):
            return problems
        try:
            shape = expected_shape(anatomy, settings)
        except BadInput as error:
            return [Problem.of(error)]
        why = "" if shape is None else shape_problem(Shape.of(anatomy), shape)
        return [Problem("error", f"The target does not fit: {why}", advice="Choose a smaller one")] if why else []

    def estimate(
        self, header: CheckpointHeader, anatomy: Anatomy, settings: ShearedLlamaSettings, device: torch.device
    ) -> Estimate:
        """The tensors in the new shape; the memory and time of training the whole model, or of masks over its frozen
        weights and then of training what is left."""
        whole = training_estimate(header, anatomy, settings, device)
        smaller = self.reshaped(header, anatomy, settings)
        if smaller is None:
            return whole
        cut = training_estimate(*smaller, settings, device)
        if not settings.mask_steps():
            return Estimate(cut.disk_bytes, whole.memory_bytes, whole.seconds)
        frozen = whole.memory_bytes - 12 * parameters_of(header, anatomy)
        seconds = None if whole.seconds is None else MASK_SHARE * whole.seconds + (1 - MASK_SHARE) * (cut.seconds or 0)
        return Estimate(cut.disk_bytes, max(frozen, cut.memory_bytes), seconds)

    def reshaped(
        self, header: CheckpointHeader, anatomy: Anatomy, settings: ShearedLlamaSettings
    ) -> tuple[CheckpointHeader, Anatomy] | None:
        """See `headers_of_target`."""
        return None if masking_problem(anatomy) else headers_of_target(header, anatomy, settings)

    def apply(self, model: Model, settings: ShearedLlamaSettings, stage: Stage) -> Model:
        """A model of exactly the target shape."""
        after = target_shape(model, settings, stage, settings.sequence_length)
        batches = batches_of(model, settings, stage)
        if isinstance(batches, DomainBatches):
            sizes = (parameters(model.anatomy, Shape.of(model.anatomy)), parameters(model.anatomy, after))
            set_references(batches, settings, stage, sizes, lambda: losses_of_source(model, batches, stage))
        if settings.mask_steps():
            staying = self._masks_first(model, after, settings, stage, batches)
            return self._recovered(sliced(model, staying, stage), settings, stage, batches)
        gates = self._learn(model, after, settings, stage, batches)
        fold(model, gates.deterministic())
        close_after_training(model)
        return sliced(model, gates.indices(), stage)

    def _learn(
        self,
        model: Model,
        after: Shape,
        settings: ShearedLlamaSettings,
        stage: Stage,
        batches: TokenBatches | DomainBatches,
        *,
        first: bool = False,
    ) -> Gates:
        """Gates that were trained, with the weights or, with ``first``, alone and before them."""
        open_for_training(model, stage)
        refuse_compressed(model)
        if settings.train_weights and not first:
            set_trainable(model)
        gates = Gates(Shape.of(model.anatomy), after, stage.generator("masks"), settings.lambda_2_init, hard=first).to(
            stage.device
        )
        if first:
            settings = settings.replace(steps=settings.mask_steps())
        objective = ShearingObjective(model.module, gates, batches, settings, stage)
        with masked(model, lambda: objective.values):
            if settings.mask_init == "importance":
                objective.rank(batches)
            if first:
                trained = train(objective, batches, settings, stage, name="masks", span=(0.0, MASK_SHARE), after=0)
            else:
                trained = train(objective, batches, settings, stage)
        self._report(gates, stage)
        stage.detail("held-out loss of the cut", trained.held_out.get("loss", float("nan")))
        return gates

    def _masks_first(
        self,
        model: Model,
        after: Shape,
        settings: ShearedLlamaSettings,
        stage: Stage,
        batches: TokenBatches | DomainBatches,
    ) -> Kept:
        """The structures that stay, learned by masks over frozen weights; they are remembered in the stage's folder, as
        are the shares of the domains."""
        memory, shares = stage.folder / "kept.json", stage.folder / "domains.kept"
        stored = checksum.load_values(memory, stage.log)
        if stored is None or not checksum.is_sound(shares, stage.log):
            gates = self._learn(model, after, settings, stage, batches, first=True)
            checksum.save(batches.state(), shares)
            stored = gates.indices().plain()
            checksum.save_values(memory, stored)
            close_after_training(model)
            model.free()
        batches.take_state(checksum.load(shares))
        return Kept.of(stored)

    def _recovered(
        self, model: Model, settings: ShearedLlamaSettings, stage: Stage, batches: TokenBatches | DomainBatches
    ) -> Model:
        """The model that was cut out, its weights trained on the samples behind those of the masks."""
        open_for_training(model, stage)
        set_trainable(model)
        objective = LanguageModeling(model.module, batches, stage)
        trained = train(objective, batches, settings, stage, span=(MASK_SHARE, 1.0), first=settings.mask_steps())
        stage.detail("held-out loss after recovery", trained.held_out.get("loss", float("nan")))
        return close_after_training(model)

    def _report(self, gates: Gates, stage: Stage) -> None:
        """Report how closed the masks were before the exact cut, and the layers that stay."""
        for name in gates.staying:
            with torch.no_grad():
                closed = float(gates.sparsity(name).mean())
            target = gates.target(name)
            if abs(closed - target) > TOLERANCE:
                stage.log(
                    f"The masks of {name.replace('_', ' ')} are {100 * closed:.1f} % closed, {100 * target:.1f} % were "
                    "wanted: the cut is exact all the same, more steps would make it smoother",
                    "warning",
                )
        layers = gates.indices().layers
        if layers is not None:
            stage.log(f"Layers that stay: {', '.join(map(str, layers))}")
