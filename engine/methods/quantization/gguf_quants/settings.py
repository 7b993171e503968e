"""GGUF quants: llama.cpp's mixes of block formats, written as they are measured."""

from __future__ import annotations

from typing import Literal

import pydantic

from engine.base.errors import BadInput
from engine.base.patterns import pattern as pattern_of
from engine.calibration.settings import CalibrationSettings
from engine.contracts.settings import setting, with_default
from engine.methods.base import MethodInfo
from engine.methods.quantization.common.asymmetric_settings import alpha_setting
from engine.methods.quantization.common.objective_settings import (
    DAMPING,
    Objective,
    objective_setting,
    shrinkage_setting,
)
from engine.methods.quantization.gguf_quants.mixes import TYPES
from engine.methods.shared.layers import LAYERS, LayerSettings, layer_values
from engine.methods.shared.orders import factors_lost, masks_lost, quantized_already

_CALIBRATED = ("importance", ("text",))
_TABLE_TYPES = {"mix": "As in the mix", "stored": "As it is", **{name: name for name in TYPES}}
End = Literal[
    "mix",
    "stored",
    "Q4_0",
    "Q4_1",
    "Q5_0",
    "Q5_1",
    "Q8_0",
    "Q2_K",
    "Q3_K",
    "Q4_K",
    "Q5_K",
    "Q6_K",
    "IQ2_XXS",
    "IQ2_XS",
    "IQ2_S",
    "IQ3_XXS",
    "IQ3_S",
    "IQ4_NL",
    "IQ4_XS",
    "TQ1_0",
    "TQ2_0",
    "MXFP4",
]


class GgufQuantsSettings(CalibrationSettings, LayerSettings):
    """The mix of types, the rounding, the importance matrix."""

    type: Literal[
        "Q2_K",
        "Q2_K_S",
        "Q3_K_S",
        "Q3_K_M",
        "Q3_K_L",
        "Q4_0",
        "Q4_1",
        "Q4_K_S",
        "Q4_K_M",
        "Q5_0",
        "Q5_1",
        "Q5_K_S",
        "Q5_K_M",
        "Q6_K",
        "Q8_0",
        "IQ2_XXS",
        "IQ2_XS",
        "IQ2_S",
        "IQ2_M",
        "IQ3_XXS",
        "IQ3_XS",
        "IQ3_S",
        "IQ3_M",
        "IQ4_NL",
        "IQ4_XS",
        "TQ1_0",
        "TQ2_0",
        "MXFP4",
    ] = setting(
        "Q4_K_M",
        title="Type",
        help="The name in llama-quantize: the type of most tensors, and which tensors get another. The number gives "
        "the bits; S, M and L tell how many tensors get more. Rows whose length is not a multiple of 256 get the type "
        "that llama.cpp gives them.",
    )
    method: Literal["nearest", "gptq"] = setting(
        "gptq",
        title="Rounding",
        help="Nearest takes a second for each 10 to 20 million weights on a core. GPTQ lets later weights compensate "
        "for the error of earlier ones, and loses less.",
        choices={"nearest": "Nearest", "gptq": "GPTQ"},
    )
    objective: Objective = objective_setting(shown_if=("method", ("gptq",)))
    output_shrinkage: float = shrinkage_setting(shown_if=("objective", ("kl",)))
    gptaq_alpha: float = alpha_setting(shown_if=("method", ("gptq",)))
    importance: Literal["text", "file", "none"] = setting(
        "text",
        title="Importance matrix",
        help="The energy of the input of each weight, so that errors are weighted by their effect. Collected on a "
        "text, or read from a file that llama-imatrix or this program wrote. GPTQ needs the text.",
        choices={"text": "Gather it on a text", "file": "Read a file", "none": "None"},
        section="Calibration",
    )
    imatrix: str = setting(
        "",
        title="Importance matrix file",
        help="imatrix.gguf, or the older imatrix.dat.",
        kind="file",
        section="Calibration",
        shown_if=("importance", ("file",)),
    )
    save_imatrix: str = setting(
        "",
        title="Save the importance matrix as",
        help="A path that ends with .gguf, for llama-quantize and other programs. Only an earlier importance matrix of "
        "the same model and text is replaced there, no other file.",
        section="Calibration",
        advanced=True,
        shown_if=_CALIBRATED,
    )
    text: str = with_default(CalibrationSettings, "text", "pipeline", shown_if=_CALIBRATED)
    num_samples: int = with_default(CalibrationSettings, "num_samples", 128, shown_if=_CALIBRATED)
    sequence_length: int = with_default(CalibrationSettings, "sequence_length", 512, shown_if=_CALIBRATED)
    compute_dtype: Literal["auto", "float32", "bfloat16"] = with_default(
        CalibrationSettings, "compute_dtype", "auto", shown_if=_CALIBRATED
    )
    damping: float = setting(
        DAMPING,
        title="Damping",
        help="Added to the Hessian's diagonal, as a multiple of its mean. More relies less on the calibration text.",
        gt=0,
        le=1,
        step=0.05,
        advanced=True,
        shown_if=("method", ("gptq",)),
    )
    token_embedding_type: End = setting(
        "mix", title="Token embedding", help="The type of the token embedding.", choices=_TABLE_TYPES, section=LAYERS
    )
    output_tensor_type: End = setting(
        "mix",
        title="Output tensor",
        help="The type of the head; of the embedding too where they are one tensor.",
        choices=_TABLE_TYPES,
        section=LAYERS,
    )
    tensor_types: tuple[str, ...] = setting(
        (),
        title="Tensor types",
        help="Exceptions from the mix, as PATTERN=TYPE: a regular expression that is searched in a tensor's name in "
        "the GGUF file, such as ffn_down=Q6_K or blk\\.[0-3]\\.=Q8_0. The first that is found counts.",
        section=LAYERS,
        kind="tensor_types",
    )

    @pydantic.field_validator("tensor_types", mode="after")
    @classmethod
    def _are_types(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            pattern, _, kind = value.rpartition("=")
            if not pattern or kind not in TYPES:
                raise ValueError(f"'{value}' is not PATTERN=TYPE with a type of {', '.join(TYPES)}")
            try:
                pattern_of(pattern)
            except BadInput as error:
                raise ValueError(f"'{pattern}' is not a regular expression: {error.why}") from None
        return values

    @property
    def overrides(self) -> dict[str, str]:
        """Pattern -> type."""
        return dict(layer_values(self.tensor_types))

    @property
    def source(self) -> Literal["text", "file", "none"]:
        """Origin of the importance matrix: GPTQ gathers its statistics on a text."""
        return "text" if self.method == "gptq" else self.importance

    def summary(self) -> str:
        """For the block on the canvas, e.g. "Q4_K_M · gptq"."""
        return f"{self.type} · {self.method}"


METHOD = MethodInfo(
    id="gguf_quants",
    title="GGUF quants",
    family="quantization",
    summary="llama.cpp's own formats, Q2_K to Q8_0 and IQ2 to IQ4, in its own mixes, with an importance matrix or "
    "GPTQ. The measured weights are bit-identical to those in the GGUF file.",
    settings=GgufQuantsSettings,
    choose_for=(("a file for llama.cpp, Ollama or LM Studio", ": export it as GGUF"),),
    algorithm="engine.methods.quantization.gguf_quants.method:GgufQuants",
    needs=frozenset({"data", "anatomy"}),
    traits=frozenset({"quantized"}),
    not_after=(
        quantized_already(),
        factors_lost(),
        masks_lost("In the types with a minimum zeros become small numbers", "Choose a type without one, such as Q4_0"),
    ),
    keywords=("gguf", "ggml", "llama.cpp", "imatrix", "k-quants", "q4_k_m", "llama-quantize", "ollama", "quantize"),
)
