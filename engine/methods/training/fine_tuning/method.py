"""Fine-tuning: the next token, all weights, the one loop."""

from __future__ import annotations

import torch

from engine.architecture.anatomy import Anatomy
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.contracts.problem import Estimate, Problem
from engine.methods.costs.training import token_problems, training_estimate
from engine.methods.shared.references import losses_of_source, set_references
from engine.methods.shared.trainable import set_trainable
from engine.methods.training.fine_tuning.settings import FineTuningSettings
from engine.models.model import Model
from engine.models.parameters import dense_parameters
from engine.models.stage import Stage
from engine.training.domains import DomainBatches, batches_of
from engine.training.language_model import LanguageModeling, domain_losses, residual_dropout
from engine.training.loop import train
from engine.training.model import close_after_training, open_for_training


class FineTuning:
    """The algorithm.

    In memory, for each weight: 16 bytes (float32, gradient, two moments; 10 with an 8-bit optimizer).
    """

    def check(self, anatomy: Anatomy, settings: FineTuningSettings) -> list[Problem]:
        """Only what predicts tokens can be trained to."""
        return token_problems(anatomy)

    def estimate(
        self, header: CheckpointHeader, anatomy: Anatomy, settings: FineTuningSettings, device: torch.device
    ) -> Estimate:
        """The shapes stay."""
        return training_estimate(header, anatomy, settings, device)

    def apply(self, model: Model, settings: FineTuningSettings, stage: Stage) -> Model:
        """Train in place."""
        batches = batches_of(model, settings, stage)
        if isinstance(batches, DomainBatches):
            source = stage.inputs.get("source", model)
            sizes = (dense_parameters(source), dense_parameters(model))
            set_references(batches, settings, stage, sizes, lambda: losses_of_source(source, batches, stage))
        open_for_training(model, stage)
        set_trainable(model, embeddings=settings.train_embeddings)
        objective = LanguageModeling(model.module, batches, stage)
        if isinstance(batches, DomainBatches):
            stage.detail("held-out losses before", dict(domain_losses(model.module, batches, stage)))
        with residual_dropout(objective, model.anatomy, settings.dropout):
            train(objective, batches, settings, stage)
        if isinstance(batches, DomainBatches):
            stage.detail("held-out losses after", dict(domain_losses(model.module, batches, stage)))
            stage.detail("domain shares", dict(batches.proportions))
        return close_after_training(model)
