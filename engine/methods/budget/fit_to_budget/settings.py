"""Fit to budget: the best model of a given size, by measured sensitivities and an exact choice of formats."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import pydantic

from engine.base.errors import BadInput
from engine.base.human import grouped_text
from engine.calibration.settings import CalibrationSettings
from engine.contracts.budget import TARGET_TITLES, Target
from engine.contracts.settings import setting, with_default
from engine.fit.size import bytes_of
from engine.methods.base import MethodInfo, Trait
from engine.methods.quantization.common.asymmetric_settings import alpha_setting
from engine.methods.quantization.common.objective_settings import Objective, objective_setting, shrinkage_setting
from engine.methods.shared.fisher_settings import fisher_samples_setting
from engine.methods.shared.layers import LAYERS, layer_values
from engine.methods.shared.orders import factors_lost, masks_lost, quantized_already

INTEGER_TARGETS: tuple[Target, ...] = ("compressed-tensors", "container")


class FitToBudgetSettings(CalibrationSettings):
    """The size, the program that the file is for, what is fixed, the calibration text."""

    PRESETS: ClassVar = {"Quick": {"num_samples": 16, "sequence_length": 256, "fisher_samples": 8}, "Balanced": {}}

    size: str = setting(
        "40%",
        title="Size",
        help="Bytes that the exported file may take: 60MB, 1.5GB, or a share such as 40%, of the bytes of all of the "
        "model's parameters in 16 bits, a tied head counted once.",
    )
    context: int = setting(
        0,
        title="Context",
        help="Context length whose key/value cache must fit too: the size then covers the file and this cache in 16 "
        "bits, as llama.cpp allocates it. 0: the file alone.",
        unit="tokens",
        ge=0,
        le=16_777_216,
        step=1024,
    )
    target: Target = setting(
        "gguf",
        title="For",
        help="The program that will run the file. It determines which formats are available and which layers must "
        "share one.",
        choices=dict(TARGET_TITLES),
    )
    predict_speed: bool = setting(
        False,
        title="Predict speed",
        help="Measures once, in about a minute, how fast llama.cpp reads each format on this machine's processor. "
        "Plans then predict the tokens per second, and can be chosen by that.",
        shown_if=("target", ("gguf",)),
    )
    tokens_per_second: float = setting(
        0.0,
        title="Tokens per second",
        help="Minimum number of tokens that llama.cpp generates per second on this machine's processor with an empty "
        "context, predicted from the measured speed of each format. The size limit still applies: set it to 100% to "
        "limit the speed alone. 0: any speed.",
        unit="tokens/s",
        ge=0,
        le=100_000,
        shown_if=("target", ("gguf",)),
    )
    group_size: int = setting(
        64,
        title="Group size",
        help="Weights of a row of integers that share a scale. Layers whose inputs it does not divide stay as they "
        "are.",
        unit="weights",
        ge=8,
        le=65536,
        step=32,
        shown_if=("target", INTEGER_TARGETS),
    )
    rounding: Literal["gptq", "nearest"] = setting(
        "gptq",
        title="Rounding",
        help="How the plan is built. GPTQ lets later weights compensate for the error of earlier ones, and loses "
        "less; nearest is faster.",
        choices={"gptq": "GPTQ", "nearest": "Nearest"},
    )
    objective: Objective = objective_setting(shown_if=("rounding", ("gptq",)))
    output_shrinkage: float = shrinkage_setting(shown_if=("objective", ("kl",)))
    gptaq_alpha: float = alpha_setting(shown_if=("rounding", ("gptq",)))
    text: str = with_default(
        CalibrationSettings,
        "text",
        "pipeline",
        help="Sensitivities are measured and the plan is rounded on this text. A part that neither of them uses is "
        "held out for measuring plans. 'pipeline' for the text of the pipeline, a text file or folder of them, a data "
        "set on the hub (hub:name), or bundled texts ('mixed' or 'sample').",
    )
    num_samples: int = with_default(CalibrationSettings, "num_samples", 32)
    fisher_samples: int = fisher_samples_setting()
    held_out: int = setting(
        16,
        title="Held-out samples",
        help="Samples that neither sensitivities nor rounding use: the guard compares models on them. More samples "
        "reveal smaller differences.",
        ge=1,
        le=1024,
        section="Calibration",
        advanced=True,
    )
    formats: tuple[str, ...] = setting(
        (),
        title="Formats",
        help="Formats that the plan chooses from, by name with * and ?, such as Q*_K, Q8_0 or int4; none given: all "
        "that the program reads. Without the IQ formats measuring is faster, and so are results on a CPU; they lose "
        "least in the fewest bytes.",
        section=LAYERS,
    )
    locks: tuple[str, ...] = setting(
        (),
        title="Locked formats",
        help="Layers that keep a format, as PATTERN=FORMAT: by role or by name with * and ?, such as v=Q8_0 or "
        "layers.0.*=int8. The first pattern that matches a layer applies.",
        section=LAYERS,
    )
    remove_layers: bool = setting(
        False,
        title="Remove layers",
        help="Allows removing whole layers, the least important one first, as long as their bytes are predicted to "
        "help more in other layers. The plan with all layers is built too, and the one that is better on held-out "
        "text is returned. This also reaches sizes that no format can.",
    )
    remove_experts: bool = setting(
        False,
        title="Remove experts",
        help="Allows removing experts of a mixture of experts: the least important by REAP, equally many in each "
        "layer, as long as their bytes are predicted to help more elsewhere. The plan with all experts is built too, "
        "and the one that is better on held-out text is returned. Has no effect on a model without experts.",
    )
    remove_widths: bool = setting(
        False,
        title="Remove heads and channels",
        help="Allows removing attention heads and MLP channels: the least important on the text, equally many in each "
        "layer, as long as their bytes are predicted to help more elsewhere. The plan with all of them is built too, "
        "and the one that is better on held-out text is returned. Locked layers keep their width. With 'Remove "
        "layers', a plan that removes both is built too.",
    )
    factorize: bool = setting(
        False,
        title="Factorize layers",
        help="Allows storing a layer as the product of two low-rank factors, in integers of at least 4 bits, where "
        "that loses less than a format of the same size. The plan without factors is built too, and the one that is "
        "better on held-out text is returned. Only this program's container can store factors.",
    )
    plan: str = setting(
        "",
        title="Plan",
        help="A plan that an earlier fit wrote (fit.json), possibly edited. It is built without changes.",
        kind="file",
        advanced=True,
    )
    rounds: int = setting(
        2,
        title="Rounds",
        help="How often sensitivities are measured again on the built plan, after which a few layers change their "
        "format if that lowers the loss on the calibration text. Only for plans that are rounded to nearest and "
        "predicted to lose more than 0.1 nats per token: below that, the first measurement is accurate enough.",
        ge=0,
        le=16,
        advanced=True,
        shown_if=("rounding", ("nearest",)),
    )
    max_minutes: float = setting(
        0.0,
        title="Time limit",
        help="Minutes after which no further round or search begins; 0: no limit. Building and comparing take "
        "additional time. A result that was cut short by the time limit belongs to this run alone, as after Stop "
        "early: another run with the same settings starts again.",
        unit="minutes",
        ge=0,
        le=100_000,
        advanced=True,
    )
    guard: bool = setting(
        True,
        title="Guard",
        help="Also builds the best uniform model of at most this size, measures both on held-out text, and returns "
        "the better one.",
    )

    @pydantic.field_validator("size", mode="after")
    @classmethod
    def _is_size(cls, value: str) -> str:
        try:
            bytes_of(value, 100)
        except BadInput as error:
            raise ValueError(f"{error.what}: {error.advice}") from None
        return value

    @pydantic.field_validator("locks", mode="after")
    @classmethod
    def _are_locks(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        layer_values(values, "v=Q8_0")
        return values

    @property
    def needs_speed(self) -> bool:
        """True where the speeds of the formats are to be measured."""
        return self.predict_speed or self.tokens_per_second > 0

    @property
    def locked(self) -> list[tuple[str, str]]:
        """(pattern, option), in order."""
        return layer_values(self.locks, "v=Q8_0")

    def summary(self) -> str:
        """For the block on the canvas, e.g. "40% · gguf"."""
        size = f"{self.size} with {grouped_text(self.context)} tokens" if self.context else self.size
        size += f" · {self.tokens_per_second:g} tokens/s" if self.tokens_per_second else ""
        return f"{'a given plan' if self.plan else size} · {self.target}"


def _traits(settings: Any) -> frozenset[Trait]:
    return frozenset({"quantized", "low_rank"} if settings.factorize else {"quantized"})


METHOD = MethodInfo(
    id="fit_to_budget",
    title="Fit to budget",
    family="budget",
    summary="Compresses a model to a given size: measures how much each layer loses in each format, gives bytes to "
    "the layers that need them most, and checks on held-out text that the result beats a uniform model.",
    settings=FitToBudgetSettings,
    choose_for=(
        ("the best model that fits into a number of bytes", ": it says why each layer has the format that it has"),
    ),
    algorithm="engine.methods.budget.fit_to_budget.method:FitToBudget",
    needs=frozenset({"data", "anatomy"}),
    traits=_traits,
    not_after=(
        quantized_already(),
        factors_lost(),
        masks_lost("In formats with a minimum zeros become small numbers", "Quantize pruned models with GPTQ"),
    ),
    keywords=(
        "budget",
        "target size",
        "mixed precision",
        "sensitivity",
        "allocation",
        "knapsack",
        "fisher",
        "auto",
        "gguf",
        "bits per layer",
        "quantize",
    ),
)
