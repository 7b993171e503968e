"""The settings of a training that may draw from several domains. Torch-free."""

from __future__ import annotations

from engine.contracts.settings import setting
from engine.data.domains import DomainSettings
from engine.training.settings import TRAINING, TrainingSettings


class DomainTrainingSettings(DomainSettings, TrainingSettings):
    """A training on one text, or on domains in moving proportions."""

    eval_steps: int = setting(
        25,
        title="Evaluate every",
        help="Steps between two looks at the held-out part of the text, after which the shares of domains move; 0: "
        "only at the end.",
        unit="steps",
        ge=0,
        section=TRAINING,
        advanced=True,
    )
