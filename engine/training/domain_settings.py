"""The settings of a training that may draw from several domains. Torch-free."""

from __future__ import annotations

from engine.contracts.settings import with_default
from engine.data.domains import DomainSettings
from engine.training.settings import TrainingSettings


class DomainTrainingSettings(DomainSettings, TrainingSettings):
    """A training on one text, or on domains in moving proportions."""

    eval_steps: int = with_default(
        TrainingSettings,
        "eval_steps",
        25,
        help="Steps between two evaluations on held-out samples, after which the shares of domains move; 0: "
        "only at the end.",
    )
