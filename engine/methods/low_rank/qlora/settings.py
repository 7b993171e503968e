"""QLoRA: LoRA on weights that are held in 4 bits."""

from __future__ import annotations

from typing import Literal

from engine.contracts.settings import setting, with_default
from engine.methods.base import MethodInfo, Trait
from engine.methods.low_rank.lora.settings import ADAPTERS, STARTS, AdapterSettings
from engine.methods.shared.block_settings import BlockSettings
from engine.training.settings import TrainingSettings

Format = Literal["nf4", "fp4"]


class QloraSettings(AdapterSettings, BlockSettings):
    """The 4-bit format of the weights, the adapters, the training. The defaults of the training are the paper's (table
    9)."""

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
    result: Literal["adapter", "merged"] = setting(
        "adapter",
        title="Result",
        help="4-bit weights with adapters beside them, or 16-bit weights with the adapters merged: into the weights "
        "that the training saw and into the original ones. Both are measured, the better is kept.",
        choices={"adapter": "4 bits and adapters", "merged": "Merge them, in 16 bits"},
        section=ADAPTERS,
    )
    learning_rate: float = with_default(TrainingSettings, "learning_rate", 2e-4)
    lr_scheduler_type: Literal["constant", "linear", "cosine"] = with_default(
        TrainingSettings, "lr_scheduler_type", "constant"
    )
    optimizer: Literal["adamw", "adamw_8bit", "paged_adamw", "sgd"] = with_default(
        TrainingSettings,
        "optimizer",
        "paged_adamw",
        help="Paged: on a CUDA device its state moves to the CPU's memory when that of the device runs short. "
        "Elsewhere AdamW takes its place, and the log says so.",
    )
    beta2: float = with_default(TrainingSettings, "beta2", 0.999)
    max_grad_norm: float = with_default(TrainingSettings, "max_grad_norm", 0.3)
    gradient_checkpointing: bool = with_default(TrainingSettings, "gradient_checkpointing", True)

    def summary(self) -> str:
        """For the block on the canvas."""
        return f"{self.format} · {AdapterSettings.summary(self)}"


def _traits(settings: QloraSettings) -> frozenset[Trait]:
    return frozenset({"quantized", "adapters"}) if settings.result == "adapter" else frozenset()


METHOD = MethodInfo(
    id="qlora",
    title="QLoRA",
    family="low_rank",
    summary="LoRA on frozen 4-bit weights (NF4 or FP4): fine-tunes models that would not fit otherwise, or lets a "
    "4-bit model recover.",
    paper="Dettmers et al. 2023, arXiv 2305.14314",
    settings=QloraSettings,
    choose_for=(("the same with the weights held in 4 bits", ""),),
    algorithm="engine.methods.low_rank.qlora.method:Qlora",
    needs=frozenset({"data", "training"}),
    traits=_traits,
    keywords=("adapter", "peft", "bitsandbytes", "bnb", "4 bit", "nf4", "double quantization", "paged", "fine-tuning"),
)
