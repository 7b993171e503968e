"""QLoRA: LoRA on weights that are held in 4 bits."""

from __future__ import annotations

from typing import Literal

from engine.contracts.settings import setting, with_default
from engine.methods.base import MethodInfo, Trait
from engine.methods.low_rank.lora.settings import ADAPTERS, STARTS, AdapterSettings
from engine.methods.shared.block_settings import BlockSettings
from engine.training.settings import TRAINING, TrainingSettings

Format = Literal["nf4", "fp4"]


class QloraSettings(AdapterSettings, BlockSettings):
    """How the weights are held, the adapters, the training. The defaults of the training are the paper's (table 9)."""

    format: Format = setting(
        "nf4",
        title="Format",
        help="Which 16 values a weight may have. Those of NF4 are the quantiles of a normal distribution, which "
        "weights nearly follow.",
        choices={"nf4": "NormalFloat (NF4)", "fp4": "4 bit float (FP4)"},
    )
    init_lora_weights: Literal["kaiming", "gaussian", "orthogonal"] = setting(
        "kaiming",
        title="Initialization",
        help="Where B is zero, nothing changes at the start.",
        choices={name: STARTS[name] for name in ("kaiming", "gaussian", "orthogonal")},
        section=ADAPTERS,
        advanced=True,
    )
    r: int = setting(
        16,
        title="Rank r",
        help="Of the update of a layer. More can learn more and costs memory in proportion.",
        ge=1,
        le=4096,
        section=ADAPTERS,
    )
    result: Literal["adapter", "merged"] = setting(
        "adapter",
        title="Result",
        help="4-bit weights with adapters beside them, or 16-bit weights with the adapters merged: into the weights "
        "that the training saw and into the original ones. Both are measured, the better is kept.",
        choices={"adapter": "4 bits and adapters", "merged": "Merge them, in 16 bits"},
        section=ADAPTERS,
    )
    learning_rate: float = setting(
        2e-4, title="Learning rate", help="The highest step size.", gt=0, le=100, section=TRAINING
    )
    lr_scheduler_type: Literal["constant", "linear", "cosine"] = setting(
        "constant",
        title="Learning rate schedule",
        help="How the learning rate goes down after the warm-up.",
        choices={"constant": "Constant", "linear": "Linear to zero", "cosine": "Cosine"},
        section=TRAINING,
    )
    optimizer: Literal["adamw", "adamw_8bit", "paged_adamw", "sgd"] = setting(
        "paged_adamw",
        title="Optimizer",
        help="Paged: on a CUDA device its state moves to the CPU's memory when that of the device runs short. "
        "Elsewhere AdamW takes its place, and the log says so.",
        choices={
            "adamw": "AdamW",
            "adamw_8bit": "AdamW, 8-bit state",
            "paged_adamw": "AdamW, paged state",
            "sgd": "SGD with momentum",
        },
        section=TRAINING,
        advanced=True,
    )
    beta2: float = with_default(TrainingSettings, "beta2", 0.999)
    max_grad_norm: float = with_default(TrainingSettings, "max_grad_norm", 0.3)
    gradient_checkpointing: bool = with_default(TrainingSettings, "gradient_checkpointing", True)

    def summary(self) -> str:
        """For the block on the canvas."""
        return f"{self.format} · {AdapterSettings.summary(self)}"


def _leaves(settings: QloraSettings) -> frozenset[Trait]:
    return frozenset({"quantized", "adapters"}) if settings.result == "adapter" else frozenset()


METHOD = MethodInfo(
    id="qlora",
    title="QLoRA",
    family="low_rank",
    summary="LoRA on weights that are held in 4 bits (NF4 or FP4): fine-tunes models that would not fit otherwise, or "
    "lets a 4-bit model recover.",
    paper="Dettmers et al. 2023, arXiv 2305.14314",
    settings=QloraSettings,
    choose_for=(("the same with the weights held in 4 bits", ""),),
    algorithm="engine.methods.low_rank.qlora.method:Qlora",
    needs=frozenset({"data", "training"}),
    leaves=_leaves,
    keywords=("adapter", "peft", "bitsandbytes", "bnb", "4 bit", "nf4", "double quantization", "paged", "fine-tuning"),
)
