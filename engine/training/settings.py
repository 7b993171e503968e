"""The settings of every method that trains. Torch-free.

A method derives its settings from `TrainingSettings` and overrides the defaults that its paper or its measured
default recipe asks for.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from engine.contracts.method_settings import MethodSettings
from engine.contracts.settings import setting

DATA = "Training data"
TRAINING = "Training"


class TrainingSettings(MethodSettings):
    """Data, length, step size and the rest of one training."""

    PRESETS: ClassVar = {"Quick": {"steps": 25}, "Balanced": {}}

    text: str = setting(
        "pipeline",
        title="Text",
        help="'pipeline' for the text of the pipeline, a text file or folder of them, a JSON lines file with prompts "
        "and answers or chats, a data set on the hub (hub:name or hub:name/config/split), bundled texts ('mixed' or "
        "'sample'), or 'model' for a text that the model (or its teacher) writes itself: for learning from a teacher "
        "without data.",
        kind="dataset",
        section=DATA,
    )
    sequence_length: int = setting(
        512,
        title="Sequence length",
        help="Tokens of a sample.",
        unit="tokens",
        ge=8,
        le=131072,
        step=128,
        section=DATA,
        aliases=("length",),
    )
    steps: int = setting(
        200, title="Steps", help="Steps of the optimizer.", unit="steps", ge=1, le=10_000_000, section=TRAINING
    )
    batch_size: int = setting(
        8,
        title="Batch size",
        help="Samples of one step, over all devices.",
        unit="samples",
        ge=1,
        le=65536,
        section=TRAINING,
        aliases=("batch",),
    )
    micro_batch_size: int = setting(
        2,
        title="Micro-batch size",
        help="Samples of one forward pass on one device; the gradients of several passes are added up to a step. "
        "Smaller needs less memory. It changes the result only by rounding.",
        unit="samples",
        ge=1,
        le=65536,
        section=TRAINING,
        aliases=("micro_batch",),
    )
    learning_rate: float = setting(
        1e-3, title="Learning rate", help="The highest step size.", gt=0, le=100, section=TRAINING
    )
    lr_scheduler_type: Literal["constant", "linear", "cosine"] = setting(
        "cosine",
        title="Learning rate schedule",
        help="How the learning rate decreases after the warm-up.",
        choices={"constant": "Constant", "linear": "Linear to zero", "cosine": "Cosine"},
        section=TRAINING,
        aliases=("schedule",),
    )
    warmup_ratio: float = setting(
        0.05,
        title="Warm-up",
        help="Share of the steps in which the learning rate rises from zero.",
        ge=0,
        le=1,
        step=0.01,
        section=TRAINING,
        advanced=True,
        aliases=("warmup",),
        share=True,
    )
    min_lr_ratio: float = setting(
        0.0,
        title="Final learning rate",
        help="Final learning rate, as a share of the highest.",
        ge=0,
        le=1,
        step=0.05,
        section=TRAINING,
        advanced=True,
        aliases=("final_rate",),
        share=True,
    )
    optimizer: Literal["adamw", "adamw_8bit", "paged_adamw", "sgd"] = setting(
        "adamw",
        title="Optimizer",
        help="8-bit and paged AdamW need a CUDA device; elsewhere AdamW takes their place, and the log says so.",
        choices={
            "adamw": "AdamW",
            "adamw_8bit": "AdamW, 8-bit state",
            "paged_adamw": "AdamW, paged state",
            "sgd": "SGD with momentum",
        },
        section=TRAINING,
        advanced=True,
    )
    weight_decay: float = setting(
        0.0, title="Weight decay", help="Decoupled, as in AdamW.", ge=0, le=10, section=TRAINING, advanced=True
    )
    beta1: float = setting(
        0.9, title="Beta 1", help="Momentum (of SGD too).", ge=0, lt=1, section=TRAINING, advanced=True
    )
    beta2: float = setting(
        0.95, title="Beta 2", help="Decay of AdamW's second moment.", ge=0, lt=1, section=TRAINING, advanced=True
    )
    max_grad_norm: float = setting(
        1.0,
        title="Maximum gradient norm",
        help="Largest norm of all gradients together; 0 switches it off.",
        ge=0,
        section=TRAINING,
        advanced=True,
        aliases=("clip_norm",),
    )
    mixed_precision: Literal["auto", "float32", "bfloat16", "float16"] = setting(
        "auto",
        title="Mixed precision",
        help="Precision of matrix products; weights, losses and optimizer stay in float32. Automatic: bfloat16 on a "
        "GPU that has it, float32 elsewhere.",
        choices={"auto": "Automatic", "float32": "float32", "bfloat16": "bfloat16", "float16": "float16"},
        section=TRAINING,
        advanced=True,
        aliases=("precision",),
    )
    gradient_checkpointing: bool = setting(
        False,
        title="Gradient checkpointing",
        help="Recomputes each layer in the backward pass instead of storing its activations: a third more time, much "
        "less memory.",
        section=TRAINING,
        advanced=True,
        aliases=("recompute",),
    )
    eval_steps: int = setting(
        0,
        title="Evaluate every",
        help="Steps between two evaluations on held-out samples; 0: only at the end.",
        unit="steps",
        ge=0,
        section=TRAINING,
        advanced=True,
        aliases=("evaluate_every",),
    )
    eval_samples: int = setting(
        16,
        title="Held-out samples",
        help="Samples held out for evaluation, spread evenly over the text, if possible none that an earlier block was "
        "calibrated on; 0: none.",
        unit="samples",
        ge=0,
        section=TRAINING,
        advanced=True,
        aliases=("held_out",),
    )
    early_stopping_patience: int = setting(
        0,
        title="Early stopping patience",
        help="Stops after this many evaluations in a row without a better loss, and restores the best weights; 0: "
        "never.",
        unit="evaluations",
        ge=0,
        section=TRAINING,
        advanced=True,
        aliases=("patience",),
    )

    def sample_length(self) -> int:
        """Length of a sample in tokens."""
        return self.sequence_length
