"""Training from scratch: random weights of any architecture, which are kept beside the result."""

from __future__ import annotations

from engine.contracts.settings import setting, with_default
from engine.methods.base import MethodInfo
from engine.training.domain_settings import DomainTrainingSettings
from engine.training.settings import TRAINING, TrainingSettings

ARCHITECTURE = "Architecture"


class TrainFromScratchSettings(DomainTrainingSettings):
    """The architecture, the text, the schedule, the stored steps."""

    config: str = setting(
        "",
        title="Config",
        help="A config.json, or a model or hub id whose config is taken; 'sample:experts' is a small mixture of "
        "experts. Empty: that of the incoming model. Its weights are not used; tokenizer and vocabulary are always "
        "those of the incoming model.",
        kind="model",
        section=ARCHITECTURE,
    )
    num_hidden_layers: int = setting(
        0,
        title="Layers",
        help="0: as the config says.",
        ge=0,
        le=1024,
        section=ARCHITECTURE,
        advanced=True,
        aliases=("layers",),
    )
    hidden_size: int = setting(
        0,
        title="Hidden size",
        help="0: as the config says.",
        ge=0,
        le=65536,
        section=ARCHITECTURE,
        advanced=True,
        aliases=("hidden",),
    )
    num_attention_heads: int = setting(
        0,
        title="Attention heads",
        help="0: as the config says.",
        ge=0,
        le=1024,
        section=ARCHITECTURE,
        advanced=True,
        aliases=("heads",),
    )
    num_key_value_heads: int = setting(
        0,
        title="Key/value heads",
        help="0: as the config says.",
        ge=0,
        le=1024,
        section=ARCHITECTURE,
        advanced=True,
        aliases=("kv_heads",),
    )
    intermediate_size: int = setting(
        0,
        title="Intermediate size",
        help="Of the MLP; 0: as the config says.",
        ge=0,
        section=ARCHITECTURE,
        advanced=True,
        aliases=("inner",),
    )
    learning_rate: float = with_default(TrainingSettings, "learning_rate", 2e-3)
    weight_decay: float = with_default(TrainingSettings, "weight_decay", 0.1)
    dropout: float = setting(
        0.0,
        title="Dropout",
        help="Share of the values behind the embedding, each attention and each MLP that are dropped while training.",
        ge=0,
        lt=1,
        step=0.05,
        section=TRAINING,
        share=True,
    )
    keep_step: int = setting(
        0,
        title="Checkpoint at step",
        help="Also stores the weights of this step with the result, so that a lottery ticket can rewind to them; 0: "
        "only the initial weights.",
        unit="steps",
        ge=0,
        section=TRAINING,
        advanced=True,
    )

    def changes(self) -> dict[str, int]:
        """Changes of the config, by the usual names of its fields."""
        values = {
            "num_hidden_layers": self.num_hidden_layers,
            "hidden_size": self.hidden_size,
            "num_attention_heads": self.num_attention_heads,
            "num_key_value_heads": self.num_key_value_heads,
            "intermediate_size": self.intermediate_size,
        }
        return {name: value for name, value in values.items() if value}

    def sample_length(self) -> int:
        """Of another network than the incoming one nothing is known."""
        return 0 if self.config else super().sample_length()

    def summary(self) -> str:
        """For the block on the canvas."""
        return f"{self.steps} steps · rate {self.learning_rate:g}"


METHOD = MethodInfo(
    id="train_from_scratch",
    title="Training from scratch",
    family="training",
    summary="Trains the architecture of a model, or of any config, from random weights. Stores the initial weights, "
    "so that lottery tickets can rewind to them.",
    settings=TrainFromScratchSettings,
    algorithm="engine.methods.training.train_from_scratch.method:TrainFromScratch",
    needs=frozenset({"data", "training"}),
    keywords=("pre-training", "random", "initialization", "baseline", "lottery ticket"),
    supporting=True,
)
