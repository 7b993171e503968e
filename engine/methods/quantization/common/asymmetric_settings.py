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
        help="Asymmetric calibration: a layer makes up for this share of the change that quantizing the layers before "
        "it has made in its inputs. The original runs beside the calibration, which takes up to twice as long. 0 is "
        "GPTQ.",
        ge=0,
        le=1,
        step=0.05,
        share=True,
        **more,
    )
