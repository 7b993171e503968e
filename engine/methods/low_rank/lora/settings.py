"""LoRA: a low-rank update of each chosen layer is learned, the weights themselves stay."""

from __future__ import annotations

from typing import Literal, Self

import pydantic

from engine.contracts.settings import setting, with_default
from engine.methods.base import MethodInfo, Trait
from engine.training.settings import TRAINING, TrainingSettings

ADAPTERS = "Adapters"
Start = Literal["kaiming", "gaussian", "orthogonal", "pissa", "pissa_niter_16", "olora"]
OF_THE_WEIGHTS = ("pissa", "pissa_niter_16", "olora")
"""Starts that take a part out of the weight: it has to be dense."""
STARTS = {
    "kaiming": "Random, B zero (Kaiming uniform)",
    "gaussian": "Random, B zero (Gaussian)",
    "orthogonal": "Orthogonal halves",
    "pissa": "Largest singular vectors (PiSSA)",
    "pissa_niter_16": "Largest singular vectors, approximate (PiSSA)",
    "olora": "Orthonormal basis of the weight (OLoRA)",
}


class AdapterSettings(TrainingSettings):
    """Target layers, rank, initialization, and the result of the adapters."""

    target_modules: tuple[str, ...] = setting(
        (),
        title="Target modules",
        help="Layers by role (q, k, v, o, gate, up, down; fc1, fc2; qkv, gate_up where they are fused) or by name with "
        "* and ?. Nothing: all linear layers, which learns best; those of experts only if they are named "
        "(expert_gate_up, expert_down).",
        section=ADAPTERS,
        kind="linears",
        aliases=("targets",),
    )
    r: int = setting(
        16,
        title="Rank r",
        help="Rank of each layer's update. A higher rank can learn more and costs memory in proportion.",
        ge=1,
        le=4096,
        section=ADAPTERS,
        aliases=("rank",),
    )
    lora_alpha: float = setting(
        32.0,
        title="LoRA alpha",
        help="The update is multiplied by alpha / rank (rank-stabilized: alpha / √rank). A larger rank with the same "
        "alpha makes smaller steps.",
        gt=0,
        le=65536,
        step=1,
        section=ADAPTERS,
        aliases=("alpha",),
    )
    lora_dropout: float = setting(
        0.0,
        title="LoRA dropout",
        help="Share of a layer's inputs that is dropped before the update during training.",
        ge=0,
        lt=1,
        step=0.05,
        section=ADAPTERS,
        aliases=("adapter_dropout",),
        share=True,
    )
    use_rslora: bool = setting(
        False,
        title="Rank-stabilized (rsLoRA)",
        help="Divides by the square root of the rank, so that high ranks learn as fast as low ones.",
        section=ADAPTERS,
        aliases=("rank_stabilized",),
    )
    use_dora: bool = setting(
        False,
        title="Weight decomposition (DoRA)",
        help="Learns the length of each row of a weight apart from its direction: closer to full fine-tuning at low "
        "ranks, slower.",
        section=ADAPTERS,
        aliases=("dora",),
    )
    init_lora_weights: Start = setting(
        "kaiming",
        title="Initialization",
        help="Where B is zero, nothing changes at the start. The others start inside the weights, which has to be "
        "dense, and learn faster at first.",
        choices=dict(STARTS),
        section=ADAPTERS,
        advanced=True,
        aliases=("start",),
    )
    loraplus_lr_ratio: float = setting(
        1.0,
        title="Learning rate ratio of B (LoRA+)",
        help="Learning rate of B as a multiple of that of A (LoRA+): 16 where wide models learn slowly.",
        gt=0,
        le=1024,
        step=1,
        section=ADAPTERS,
        advanced=True,
        aliases=("b_rate",),
    )

    @pydantic.model_validator(mode="after")
    def _even(self) -> Self:
        if self.init_lora_weights == "orthogonal" and self.r % 2:
            raise ValueError("orthogonal halves need an even rank")
        return self

    @property
    def scale(self) -> float:
        """Factor of B A."""
        return self.lora_alpha / (self.r**0.5 if self.use_rslora else self.r)

    def summary(self) -> str:
        """For the block on the canvas: alpha / rank is what a change of the rank must not move unseen."""
        words = [f"r {self.r}", f"scale {self.scale:g}", *(["DoRA"] if self.use_dora else [])]
        return " · ".join([*words, f"{self.steps} steps"])


class LoraSettings(AdapterSettings):
    """LoRA on the weights of the incoming model."""

    result: Literal["auto", "adapter", "merged"] = setting(
        "auto",
        title="Adapters after training",
        help="Merged adapters cost nothing and can't be told from a fine-tuned model; kept apart they can be exported "
        "on their own (PEFT). Automatic: merged, but beside layers that are quantized, which merging would unpack.",
        choices={"auto": "Automatic", "adapter": "Keep the adapters", "merged": "Merge them"},
        section=ADAPTERS,
    )
    cache_dense_weights: bool = setting(
        True,
        title="Cache dequantized weights",
        help="Keeps the dense weights of quantized layers in memory while training: faster. Without, each pass unpacks "
        "them layer by layer.",
        section=TRAINING,
        advanced=True,
        aliases=("unpack",),
    )
    learning_rate: float = with_default(TrainingSettings, "learning_rate", 2e-4)
    beta2: float = with_default(TrainingSettings, "beta2", 0.999)


def _traits(settings: LoraSettings) -> frozenset[Trait]:
    return frozenset({"adapters"}) if settings.result == "adapter" else frozenset()


METHOD = MethodInfo(
    id="lora",
    title="LoRA",
    family="low_rank",
    summary="Learns a low-rank update of each layer while the weights are frozen: fine-tuning, or recovery after any "
    "compression, with little memory. Pruned weights stay pruned, quantized weights stay quantized.",
    paper="Hu et al. 2021, arXiv 2106.09685",
    settings=LoraSettings,
    choose_for=(("fine-tuning, or recovery, with little memory", ""),),
    algorithm="engine.methods.low_rank.lora.method:Lora",
    inputs=("model", "source"),
    optional=("source",),
    needs=frozenset({"data", "training"}),
    traits=_traits,
    keywords=("adapter", "peft", "fine-tuning", "recovery", "healing", "dora", "rslora", "pissa", "olora", "lora+"),
)
