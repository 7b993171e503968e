"""The setting of methods that send some samples backward through the model. Torch-free."""

from __future__ import annotations

from typing import Any

from engine.contracts.settings import setting


def fisher_samples_setting(**more: Any) -> Any:
    """Number of samples of the backward pass (see `engine.methods.shared.fisher`). ``more``: as of `setting`, such as
    ``shown_if``."""
    return setting(
        16,
        title="Samples of the backward pass",
        help="Number of samples for the backward pass, whose gradients tell how much an error of each output costs. "
        "More samples are more accurate and take longer.",
        ge=1,
        le=4096,
        section="Calibration",
        advanced=True,
        **more,
    )
