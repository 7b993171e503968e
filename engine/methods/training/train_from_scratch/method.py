"""Training from scratch. Beside the result lie the weights of the start and of a chosen step, and the curve."""

from __future__ import annotations

from pathlib import Path

import torch

from engine.architecture.anatomy import Anatomy
from engine.base.errors import BadInput
from engine.base.files import write_json
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.contracts.problem import Estimate, Problem
from engine.methods.costs.training import decoder_problems, training_estimate
from engine.methods.shared.references import losses_of_source, set_references
from engine.methods.shared.rewind import CURVE, rewind_file, save_weights
from engine.methods.shared.trainable import set_trainable
from engine.methods.training.train_from_scratch.settings import TrainFromScratchSettings
from engine.models.fresh import config_problems, fresh_headers, fresh_model, read_config
from engine.models.model import Model
from engine.models.parameters import dense_parameters
from engine.models.stage import Stage
from engine.training.domains import DomainBatches, batches_of
from engine.training.language_model import LanguageModeling, residual_dropout
from engine.training.loop import train
from engine.training.model import close_after_training, open_for_training
from engine.training.objective import Batches


class TrainFromScratch:
    """The algorithm.

    In memory, for each weight: 16 bytes (float32, gradient, two moments; 10 with an 8-bit optimizer).
    """

    def check(self, anatomy: Anatomy, settings: TrainFromScratchSettings) -> list[Problem]:
        """Only what predicts the next token can be trained to; widths and heads have to fit together."""
        problems = config_problems(settings.config) if settings.config else decoder_problems(anatomy)
        heads, kv_heads = (
            settings.num_attention_heads or anatomy.heads,
            settings.num_key_value_heads or anatomy.kv_heads,
        )
        if not settings.config and kv_heads and heads % kv_heads:
            message = f"{heads} heads can't share {kv_heads} key/value heads"
            problems.append(
                Problem("error", message, advice="Choose a number of key/value heads that divides the heads")
            )
        if 0 < settings.steps < settings.keep_step:
            message = f"Step {settings.keep_step} is never reached: there are {settings.steps} steps"
            problems.append(Problem("error", message, advice="Keep an earlier step"))
        return problems

    def estimate(
        self, header: CheckpointHeader, anatomy: Anatomy, settings: TrainFromScratchSettings, device: torch.device
    ) -> Estimate:
        """Of the new model; as the incoming one where its config is not on this machine."""
        fresh = self.reshaped(header, anatomy, settings) or (header, anatomy)
        return training_estimate(*fresh, settings, device)

    def reshaped(
        self, header: CheckpointHeader, anatomy: Anatomy, settings: TrainFromScratchSettings
    ) -> tuple[CheckpointHeader, Anatomy] | None:
        """See `fresh_headers`."""
        return fresh_headers(header, anatomy, settings.config, settings.changes())

    def apply(self, model: Model, settings: TrainFromScratchSettings, stage: Stage) -> Model:
        """A new model in the place of the incoming one."""
        config = read_config(settings.config) if settings.config else None
        seed = stage.generator("initial weights").initial_seed()
        fresh = fresh_model(model, stage.folder / "initial", seed, config=config, changes=settings.changes())
        for problem in decoder_problems(fresh.anatomy):
            raise BadInput(problem.message, where=settings.config, advice=problem.advice)
        batches = batches_of(fresh, settings, stage)
        if isinstance(batches, DomainBatches):
            sizes = (dense_parameters(model), dense_parameters(fresh))
            set_references(batches, settings, stage, sizes, lambda: losses_of_source(model, batches, stage))
        open_for_training(fresh, stage)
        set_trainable(fresh)
        save_weights(fresh.module, rewind_file(stage.folder, 0))
        objective = Keeping(fresh, batches, stage, settings.keep_step)
        with residual_dropout(objective, fresh.anatomy, settings.dropout):
            trained = train(objective, batches, settings, stage)
        recipe = {"settings": settings.model_dump(mode="json"), "curve": objective.curve, "best": trained.best_step}
        write_json(stage.folder / CURVE, recipe)
        fresh.companions = (*fresh.companions, stage.folder / CURVE, *objective.files)
        return close_after_training(fresh)


class Keeping(LanguageModeling):
    """Next-token prediction that writes down the weights of one step; ``files``: all that are kept."""

    def __init__(self, model: Model, batches: Batches, stage: Stage, keep: int) -> None:
        super().__init__(model.module, batches, stage)
        self._folder, self._keep = stage.folder, keep

    @property
    def files(self) -> tuple[Path, ...]:
        """Those of the start and of the chosen step."""
        files = (rewind_file(self._folder, step) for step in dict.fromkeys((0, self._keep)))
        return tuple(file for file in files if file.is_file())

    def after_step(self, step: int) -> None:
        """Step numbers count what was done: after the first step it is 1."""
        if self._keep and step + 1 == self._keep:
            save_weights(self.model, rewind_file(self._folder, self._keep))
