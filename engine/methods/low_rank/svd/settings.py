"""SVD factorization: two skinny matrices in the place of each weight."""

from __future__ import annotations

from typing import ClassVar, Literal

import pydantic

from engine.architecture.anatomy import Linear
from engine.calibration.settings import CalibrationSettings
from engine.contracts.settings import setting
from engine.methods.base import MethodInfo, Rule
from engine.methods.shared.fisher_settings import fisher_samples_setting
from engine.methods.shared.layers import LayerSettings, layer_values, value_of

RANKS = "Ranks"


class SvdSettings(CalibrationSettings, LayerSettings):
    """The error to minimize, the ranks of the factors, the calibration text."""

    PRESETS: ClassVar = {"As published": {"variant": "whitened", "num_samples": 256, "sequence_length": 2048}}
    """Wang et al. 2024 (SVD-LLM), section 4: whitening on 256 samples of 2048 tokens."""

    variant: Literal["whitened", "fisher", "activation", "plain"] = setting(
        "whitened",
        title="Error to minimize",
        help="What a rank keeps most of. The outputs on the calibration text (SVD-LLM) are far better than the weights "
        "alone, which collapse soon. By their gradients an error of each output counts by what it costs the model's "
        "predictions: that takes a backward pass, and a decoder.",
        choices={
            "whitened": "The outputs (whitened, SVD-LLM)",
            "fisher": "The outputs, by their gradients (whitened, Fisher)",
            "activation": "Weights scaled by activations (ASVD)",
            "plain": "The weights (plain SVD)",
        },
    )
    alpha: float = setting(
        0.5,
        title="ASVD exponent α",
        help="Exponent of the mean magnitude of each input.",
        ge=0,
        le=2,
        step=0.1,
        shown_if=("variant", ("activation",)),
    )
    compression_ratio: float = setting(
        0.2,
        title="Parameters removed",
        help="Share of the weights of the linear layers that is removed. Not used with ranks by energy.",
        gt=0,
        lt=1,
        step=0.05,
        aliases=("removed",),
        share=True,
    )
    pivoting: bool = setting(
        True,
        title="Pivoting factorization (PIFA)",
        help="A weight of rank r is determined by r of its rows and the coefficients that combine them into the "
        "others: r² numbers fewer than two plain factors, so the same size holds a much larger rank. Exact (pivoting "
        "factorization, arXiv 2501.19090). Plain factors lose less where they are rounded to 4 bits later.",
        aliases=("pivot",),
    )
    update: Literal["none", "second", "original"] = setting(
        "none",
        title="Least-squares update",
        help="Solves the second factor again for the layer's inputs behind the already compressed layers; or first "
        "fits the whole weight to the outputs of the original model, which compensates for part of the errors of "
        "earlier layers.",
        choices={"none": "No", "second": "Second factor", "original": "Toward the original's outputs"},
    )
    fisher_samples: int = fisher_samples_setting(shown_if=("variant", ("fisher",)))
    statistics: Literal["sequential", "one-shot"] = setting(
        "one-shot",
        title="Calibration statistics",
        help="Measured once in the original model, or layer by layer behind the already compressed layers.",
        choices={"one-shot": "Of the original model", "sequential": "Behind compressed layers"},
        section="Calibration",
    )
    rank_allocation: Literal["uniform", "global", "energy"] = setting(
        "global",
        title="Rank allocation",
        help="The same share for every layer; one budget that is distributed over the layers to remove the most "
        "error; or the rank at which each layer retains a share of its energy.",
        choices={"uniform": "Same share everywhere", "global": "Spread by error", "energy": "By energy"},
        section=RANKS,
        aliases=("ranks",),
    )
    min_rank_ratio: float = setting(
        0.7,
        title="Minimum rank",
        help="Share of its uniform rank that every layer keeps. Without a floor some ranks fall to almost nothing.",
        ge=0,
        le=1,
        step=0.05,
        shown_if=("rank_allocation", ("global",)),
        section=RANKS,
        aliases=("floor",),
        share=True,
    )
    energy: float = setting(
        0.98,
        title="Energy kept",
        help="Share of the sum of squared singular values that is kept. Layers where that saves nothing stay as they "
        "are.",
        gt=0,
        le=1,
        step=0.01,
        shown_if=("rank_allocation", ("energy",)),
        section=RANKS,
        share=True,
    )
    rank_multiple: int = setting(
        1,
        title="Rank multiple",
        help="Ranks are rounded down to a multiple, which suits processors, and later quantization in groups.",
        ge=1,
        le=1024,
        advanced=True,
        section=RANKS,
        aliases=("multiple",),
    )
    layer_ranks: tuple[str, ...] = setting(
        (),
        title="Ranks of some layers",
        help="Exceptions from the allocation, as PATTERN=RANK: layers by role or by name with * and ?, such as down=64 "
        "or layers.0.*=128. The first pattern that matches a layer applies. A budget is spread over the others alone.",
        section=RANKS,
        kind="layer_values",
    )
    damping: float = setting(
        0.01,
        title="Damping",
        help="Added to the Gram matrix's diagonal, as a multiple of its mean, when a weight is fitted to the outputs "
        "of the original.",
        ge=0,
        le=1,
        step=0.005,
        advanced=True,
        shown_if=("update", ("original",)),
    )

    @pydantic.field_validator("layer_ranks", mode="after")
    @classmethod
    def _whole(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        for pattern, value in layer_values(values, "down=64"):
            if not (value.isascii() and value.isdigit() and int(value)):
                raise ValueError(f"'{pattern}={value}' is not PATTERN=RANK with a whole number of at least 1")
        return values

    def rank_of(self, linear: Linear) -> int | None:
        """The rank that is asked for this layer, None where the allocation chooses it."""
        return value_of(linear, [(pattern, int(value)) for pattern, value in layer_values(self.layer_ranks)], None)

    def summary(self) -> str:
        """For the block on the canvas."""
        share = (
            f"energy {self.energy:g}" if self.rank_allocation == "energy" else f"{self.compression_ratio:.0%} removed"
        )
        return f"{self.variant} · {share}" + (" · mixed" if self.layer_ranks else "")


METHOD = MethodInfo(
    id="svd",
    title="SVD",
    family="low_rank",
    summary="Replaces each weight matrix by the product of two low-rank factors, chosen to change the layer's output "
    "on a text as little as possible.",
    paper="Wang et al. 2024, SVD-LLM, arXiv 2403.07378; Yuan et al. 2023, ASVD, arXiv 2312.05821",
    settings=SvdSettings,
    choose_for=(
        ("a smaller model without training", ", *whitened*: it loses least of what the layers give on a text"),
    ),
    algorithm="engine.methods.low_rank.svd.method:Svd",
    needs=frozenset({"data", "anatomy"}),
    traits=frozenset({"low_rank"}),
    not_after=(
        Rule(
            "quantized",
            why="The weights are quantized: factors of them would be stored in full precision again",
            advice="Put SVD before the quantization",
            severity="warning",
        ),
    ),
    keywords=("svd", "low rank", "factorization", "asvd", "svd-llm", "whitening"),
)
