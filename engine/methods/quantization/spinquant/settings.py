"""SpinQuant: rotations that take the outliers out of activations, so that 4 bits do for weights, activations, cache."""

from __future__ import annotations

from typing import ClassVar, Literal

from engine.calibration.settings import CalibrationSettings
from engine.contracts.settings import setting
from engine.methods.base import MethodInfo, Rule, Trait
from engine.methods.quantization.common.asymmetric_settings import alpha_setting
from engine.methods.quantization.common.rounding_settings import RoundingSettings
from engine.methods.quantization.common.weights import (
    MICROSCALED,
    RotatedFormat,
    ZeroPointSettings,
    format_setting,
    granularity_setting,
)
from engine.methods.shared.orders import no_adapters
from engine.training.settings import TrainingSettings

ROTATION = "Rotation"
ONLINE = "Activations and cache"
DATA = "Data"
LEARNING = "Learning"
_LEARNED = ("rotation", ("learned",))


class SpinQuantSettings(TrainingSettings, CalibrationSettings, ZeroPointSettings):
    """The rotations, the rounding of weights, activations and cache, the training of the rotations."""

    PRESETS: ClassVar = {
        "Quick": {"steps": 15},
        "As published": {
            "steps": 100,
            "learning_rate": 1.5,
            "gptaq_alpha": 0.0,
            "num_samples": 128,
            "sequence_length": 2048,
        },
    }
    """Liu et al. 2024, section 4.1: 100 steps with a rate of 1.5; GPTQ on 128 samples of 2048 tokens."""

    weight_method: Literal["gptq", "round_to_nearest", "none"] = setting(
        "gptq",
        title="Weight quantization",
        help="GPTQ lets later columns compensate for the errors of earlier ones and is much better at 4 bits; "
        "rounding to nearest takes seconds; or leave the weights in 16 bits.",
        choices={"gptq": "GPTQ", "round_to_nearest": "Round to nearest", "none": "Not quantized"},
        aliases=("weights",),
        value_aliases={"nearest": "round_to_nearest"},
    )
    format: RotatedFormat = format_setting(shown_if=("weight_method", ("gptq", "round_to_nearest")))
    granularity: Literal["group", "channel"] = granularity_setting("channel")
    clip: Literal["absmax", "four_over_six", "mse"] = setting(
        "mse",
        title="Clipping",
        help="The largest weight, or the range with the smallest error.",
        choices={
            "absmax": "Largest weight",
            "four_over_six": "Largest weight is 6 or 4 (4-bit floats)",
            "mse": "Search for the smallest error",
        },
        shown_if=("weight_method", ("gptq", "round_to_nearest")),
    )
    act_order: bool = setting(
        True,
        title="Activation order (act-order)",
        help="GPTQ rounds high-energy inputs first, while many others can still compensate for their error.",
        shown_if=("weight_method", ("gptq",)),
        advanced=True,
        aliases=("order",),
    )
    damping: float = setting(
        0.1,
        title="Damping",
        help="Added to the diagonal of GPTQ's Hessian, as a multiple of its mean. It is raised automatically where it "
        "is not enough.",
        gt=0,
        le=1,
        step=0.005,
        shown_if=("weight_method", ("gptq",)),
        advanced=True,
    )
    gptaq_alpha: float = alpha_setting(shown_if=("weight_method", ("gptq",)))
    variant: Literal["had", "no_had"] = setting(
        "had",
        title="Variant",
        help="With online Hadamard transforms inside attention and MLP, which 4-bit activations need and only this "
        "program runs; or merged rotations alone, which leave an ordinary model that can be exported everywhere.",
        choices={"had": "With online transforms", "no_had": "Merged rotations only"},
        section=ROTATION,
    )
    rotation: Literal["learned", "hadamard", "orthogonal", "none"] = setting(
        "learned",
        title="Rotations",
        help="Learned on a text, starting from random Hadamard ones; random Hadamard; random orthogonal; or none, to "
        "compare with.",
        choices={
            "learned": "Learned",
            "hadamard": "Random Hadamard",
            "orthogonal": "Random orthogonal",
            "none": "None",
        },
        section=ROTATION,
    )
    seed: int = setting(
        0, title="Seed", help="A different seed gives different random rotations.", ge=0, le=1_000_000, section=ROTATION
    )
    r1: bool = setting(
        True, title="R1: residual stream", help="One rotation of the whole model's width.", section=ROTATION
    )
    r2: bool = setting(True, title="R2: values", help="A rotation of every head's values.", section=ROTATION)
    r3: bool = setting(
        True,
        title="R3: queries and keys",
        help="A Hadamard transform behind the position embeddings, for the cache of keys.",
        shown_if=("variant", ("had",)),
        section=ROTATION,
    )
    r4: bool = setting(
        True,
        title="R4: MLP",
        help="A Hadamard transform of what the last layer of every MLP reads.",
        shown_if=("variant", ("had",)),
        section=ROTATION,
    )
    rotate_by_group: bool = setting(
        True,
        title="Rotate within groups",
        help="Hadamard transforms mix only channels that share a scale. In groups as small as those of NVFP4 and "
        "MXFP4, a transform of whole rows would spread outliers to all of them.",
        shown_if=("format", MICROSCALED),
        section=ROTATION,
    )
    r2_shared: bool = setting(
        False,
        title="One R2 per layer",
        help="As published; otherwise each value head has its own, which costs nothing.",
        section=ROTATION,
        advanced=True,
    )
    activation_bits: int = setting(
        4,
        title="Activations",
        help="Bits of the inputs of linear layers, with a scale for every token (dynamic). 16: not rounded.",
        unit="bits",
        ge=2,
        le=16,
        section=ONLINE,
    )
    activation_clip_ratio: float = setting(
        1.0,
        title="Clipping of activations",
        help="The share of a token's range that is used; values beyond it are clipped. Where ranges are learned, this "
        "is the initial value.",
        gt=0.1,
        le=1,
        step=0.05,
        section=ONLINE,
        aliases=("activation_clip",),
        share=True,
    )
    kv_bits: int = setting(
        4,
        title="Key/value cache",
        help="Bits of keys and values, with a scale for every token of every head. 16: not rounded.",
        unit="bits",
        ge=2,
        le=16,
        section=ONLINE,
    )
    kv_clip_ratio: float = setting(
        1.0,
        title="Clipping of keys and values",
        help="The share of the range that is used.",
        gt=0.1,
        le=1,
        step=0.05,
        section=ONLINE,
        aliases=("kv_clip",),
        share=True,
    )
    activation_symmetric: bool = setting(
        False,
        title="Symmetric activations",
        help="Ranges that are symmetric around zero, as runtimes for 8-bit activations expect.",
        section=ONLINE,
        advanced=True,
    )
    per_head_output: bool = setting(
        True,
        title="Attention output per head",
        help="The input of the output projection has one scale per head. Off: one scale for all heads, which other "
        "programs support.",
        section=ONLINE,
        advanced=True,
        aliases=("by_head",),
    )
    text: str = setting(
        "pipeline",
        title="Text",
        help="What is calibrated and learned on: 'pipeline' for the text of the pipeline, a text file or folder of "
        "them, a data set on the hub (hub:name or hub:name/config/split), or bundled texts ('mixed' or 'sample').",
        kind="dataset",
        section=DATA,
    )
    sequence_length: int = setting(
        512, title="Sequence length", help="Tokens of a sample.", unit="tokens", ge=8, le=131072, step=128, section=DATA
    )
    num_samples: int = setting(
        128, title="Samples", help="Pieces of the text that GPTQ is calibrated on.", ge=1, le=65536, section=DATA
    )
    objective: Literal["kl", "cross_entropy"] = setting(
        "kl",
        title="Learn from",
        help="The 16-bit model's predictions, whose gradients agree from batch to batch; or the text itself, as "
        "published, which needs many more samples.",
        choices={"kl": "The 16-bit model (KL divergence)", "cross_entropy": "The text (cross-entropy, as published)"},
        shown_if=_LEARNED,
        section=LEARNING,
    )
    range_gradient: bool = setting(
        True,
        title="Gradient through ranges",
        help="The gradient of the rotation also goes through the smallest and largest value of each token. Off: as "
        "published.",
        shown_if=_LEARNED,
        section=LEARNING,
    )
    learn_clips: bool = setting(
        True,
        title="Learn ranges",
        help="Learns the clipping ratio wherever activations are rounded.",
        shown_if=_LEARNED,
        section=LEARNING,
    )
    learn_scales: bool = setting(
        True,
        title="Learn scales",
        help="Learns a scale for every channel behind the norms and of the MLP's up-projection. The scales are merged "
        "into the weights and cost nothing.",
        shown_if=_LEARNED,
        section=LEARNING,
    )
    range_lr: float = setting(
        0.01,
        title="Learning rate of ranges and scales",
        help="The highest step size of ranges and scales. Rotations use the learning rate.",
        gt=0,
        le=10,
        shown_if=_LEARNED,
        section=LEARNING,
        advanced=True,
        aliases=("other_rate",),
    )
    steps: int = setting(60, title="Steps", help="Steps of the optimizer.", unit="steps", ge=1, le=10_000_000)
    batch_size: int = setting(2, title="Batch size", help="Samples of one step.", unit="samples", ge=1, le=65536)
    learning_rate: float = setting(
        1.5, title="Learning rate", help="The largest step of the rotations on their manifold.", gt=0, le=100
    )
    warmup_ratio: float = setting(
        0.0,
        title="Warm-up",
        help="Share of the steps in which the rates rise from zero.",
        ge=0,
        le=1,
        advanced=True,
        share=True,
    )
    max_grad_norm: float = setting(
        0.0,
        title="Maximum gradient norm",
        help="Largest norm of the gradients of ranges and scales; 0: none.",
        advanced=True,
    )
    eval_samples: int = setting(
        4, title="Held-out samples", help="Samples that are only evaluated.", unit="samples", ge=0, advanced=True
    )

    def nearest(self) -> RoundingSettings:
        """The weights' format by rounding to nearest: which layers, what fits, what it takes on disk is the same."""
        return RoundingSettings.of(self, clip=self.clip, mse_steps=20)

    def summary(self) -> str:
        """For the block on the canvas, e.g. "learned · W4 A4 KV4 · had"."""
        weights = "16" if self.weight_method == "none" else next(filter(str.isdigit, self.format))
        words = {"hadamard": "Hadamard", "none": "no rotation"}.get(self.rotation, self.rotation)
        return f"{words} · W{weights} A{self.activation_bits} KV{self.kv_bits} · {self.variant.replace('_', '-')}"


for _name in TrainingSettings.model_fields.keys() - {
    "text",
    "sequence_length",
}:  # they mean nothing where nothing is learned
    _info = SpinQuantSettings.model_fields[_name]
    _more = _info.json_schema_extra if isinstance(_info.json_schema_extra, dict) else {}
    _info.json_schema_extra = {**_more, "section": LEARNING, "shown_if": ["rotation", ["learned"]]}


def _traits(settings: SpinQuantSettings) -> frozenset[Trait]:
    """Online transforms where the variant asks for them; fewer bits of activations and cache are rounded online too."""
    transforms = settings.rotation != "none" and settings.variant == "had" and (settings.r3 or settings.r4)
    online = transforms or min(settings.activation_bits, settings.kv_bits) < 16
    traits: set[Trait] = {"online"} if online else set()
    return frozenset(traits if settings.weight_method == "none" else {*traits, "quantized"})


METHOD = MethodInfo(
    id="spinquant",
    title="SpinQuant",
    family="quantization",
    summary="Learns rotations that remove outlier channels, merges them into the weights, and rounds weights, "
    "activations and the key/value cache to 4 bits.",
    paper="Liu et al. 2024, arXiv 2405.16406",
    settings=SpinQuantSettings,
    choose_for=(("4-bit weights *and* activations *and* cache", ": it rotates outliers away first"),),
    algorithm="engine.methods.quantization.spinquant.method:SpinQuant",
    needs=frozenset({"data", "training", "anatomy"}),
    traits=_traits,
    not_after=(
        Rule(
            "quantized",
            why="The weights are quantized already: rotating would round them a second time",
            advice="Start from the original weights",
        ),
        Rule(
            "low_rank",
            why="Its factors can't be rotated",
            advice="Rotate first, with 16-bit weights, and factorize then; or leave the factorization out",
        ),
        no_adapters("They were learned in the basis before the rotation"),
        Rule(
            "mask",
            why="A rotation mixes the channels: nothing of the mask would be left",
            advice="Quantize with GPTQ, which keeps the zeros",
        ),
    ),
    keywords=("rotation", "hadamard", "quarot", "w4a4kv4", "kv cache", "outliers", "activations", "cayley", "quantize"),
)
