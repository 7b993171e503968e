"""Training on: fine-tuning, continued pre-training, recovery after pruning."""

from __future__ import annotations

from engine.contracts.settings import setting, with_default
from engine.methods.base import MethodInfo, Rule
from engine.training.domain_settings import DomainTrainingSettings
from engine.training.settings import TRAINING, TrainingSettings


class FineTuningSettings(DomainTrainingSettings):
    """On what, how long, and what is trained."""

    learning_rate: float = with_default(TrainingSettings, "learning_rate", 2e-4)
    train_embeddings: bool = setting(
        True,
        title="Train embeddings",
        help="Also trains the token embedding and the head; without them, less memory is needed.",
        section=TRAINING,
        advanced=True,
        aliases=("embeddings",),
    )
    dropout: float = setting(
        0.0,
        title="Dropout",
        help="Share of the values behind the embedding, each attention and each MLP that are dropped while training.",
        ge=0,
        lt=1,
        step=0.05,
        section=TRAINING,
        advanced=True,
        share=True,
    )

    def summary(self) -> str:
        """For the block on the canvas."""
        words = [f"{self.steps} steps", f"rate {self.learning_rate:g}"]
        return " · ".join([*words, f"{len(self.domains)} domains"] if self.domains else words)


METHOD = MethodInfo(
    id="fine_tuning",
    title="Fine-tuning",
    family="training",
    summary="Continues training: recovery after pruning, or continued pre-training on one text or on domains with "
    "dynamic proportions. Pruned weights stay zero.",
    paper="Domains: Xia et al. 2023, arXiv 2310.06694",
    settings=FineTuningSettings,
    algorithm="engine.methods.training.fine_tuning.method:FineTuning",
    inputs=("model", "source"),
    optional=("source",),
    needs=frozenset({"data", "training"}),
    not_after=(
        Rule(
            "quantized",
            why="Quantized layers stay as they are: only norms, biases and what is not quantized learns",
            advice="Fine-tune before quantizing",
            severity="warning",
        ),
    ),
    keywords=("continue", "pre-training", "recovery", "healing", "domains", "dynamic batch loading", "sft"),
    supporting=True,
)
