"""The settings of every method that is calibrated on a text. Torch-free."""

from __future__ import annotations

from typing import ClassVar, Literal

from engine.contracts.method_settings import MethodSettings
from engine.contracts.settings import setting


class CalibrationSettings(MethodSettings):
    """Calibration text, and the number and length of samples."""

    PRESETS: ClassVar = {"Quick": {"num_samples": 16, "sequence_length": 256}, "Balanced": {}}

    text: str = setting(
        "pipeline",
        title="Calibration text",
        help="'pipeline' for the text of the pipeline, a text file or folder of them, a JSON lines file with prompts "
        "and answers or chats, a data set on the hub (hub:name or hub:name/config/split), bundled texts ('mixed' or "
        "'sample'), or 'model' for a text that the model writes itself. Texts like those that the model will meet are "
        "best.",
        kind="dataset",
        section="Calibration",
    )
    num_samples: int = setting(
        128,
        title="Samples",
        help="Pieces of the text that are used, spread evenly over it.",
        ge=1,
        le=65536,
        section="Calibration",
        aliases=("samples",),
    )
    sequence_length: int = setting(
        512,
        title="Sequence length",
        help="Tokens of a sample.",
        unit="tokens",
        ge=8,
        le=131072,
        step=128,
        section="Calibration",
        aliases=("length",),
    )
    compute_dtype: Literal["auto", "float32", "bfloat16"] = setting(
        "auto",
        title="Compute dtype",
        help="What the model computes in while it is calibrated; statistics and solutions are float32. Automatic: "
        "bfloat16 where the processor has units for it.",
        choices={"auto": "Automatic", "float32": "float32", "bfloat16": "bfloat16"},
        section="Calibration",
        advanced=True,
        aliases=("products",),
    )

    def sample_length(self) -> int:
        """Length of a sample in tokens."""
        return self.sequence_length
