"""The setting of asymmetric calibration. Torch-free."""

from __future__ import annotations

from typing import Any

from engine.contracts.settings import setting

ALPHA = 0.5
"""Measured beside 0 in tests/benchmarks, table `gptaq`."""


def alpha_setting(**more: Any) -> Any:
    """The field ``gptaq_alpha``."""
    return setting(
        ALPHA,
        title="GPTAQ alpha",
        help="Asymmetric calibration: each layer compensates for this share of the change in its inputs that "
        "quantizing the earlier layers has caused. The original model runs alongside, so calibration takes up to "
        "twice as long. 0 is GPTQ.",
        ge=0,
        le=1,
        step=0.05,
        share=True,
        **more,
    )
