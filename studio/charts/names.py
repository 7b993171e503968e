"""What metrics of layers and of whole models are called on screen, and how their values read."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QCoreApplication

from engine.contracts.human import bytes_text, count_text, duration_text, fixed_text, number_text
from engine.contracts.metrics import BY_NAME, COLLAPSED, is_collapsed, quality_of
from engine.contracts.metrics import SHARES as WHOLE_SHARES
from engine.models.coverage import ENOUGH

SHARES = (
    "sparsity",
    "error",
    "nf4_error",
    "fp4_error",
    "nvfp4_error",
    "mxfp4_error",
    "int4_error",
    "top1_agreement",
    *WHOLE_SHARES,
)
"""Metrics in 0..1 that are shown as percent."""
WEIGHTS = ("minimum", "maximum", "mean", "standard_deviation")
"""Metrics in the unit of the weights."""
_LAYER_TITLES = {
    "minimum": "Minimum",
    "maximum": "Maximum",
    "mean": "Mean",
    "standard_deviation": "Standard deviation",
    "kurtosis": "Kurtosis",
    "input_kurtosis": "Input kurtosis, token",
    "input_kurtosis_pooled": "Input kurtosis, pooled",
    "sqnr_db": "SQNR (dB)",
    "error": "Relative error",
    "nf4_error": "Error in NF4",
    "fp4_error": "Error in FP4",
    "nvfp4_error": "Error in NVFP4",
    "mxfp4_error": "Error in MXFP4",
    "int4_error": "Error in int4",
}


SHORT = {"perplexity": "ppl", "hidden_cosine": "cosine", "masked_loss": "masked loss"}
"""What one number of quality is called where there is little room."""


def title_of(name: str) -> str:
    """The title of a metric; an unknown one by its name."""
    known = BY_NAME[name].title if name in BY_NAME else _LAYER_TITLES.get(name)
    return QCoreApplication.translate("metrics", known) if known else name.replace("_", " ").capitalize()


def metric_text(name: str, metrics: Mapping[str, float], protocol: Mapping[str, Any], missing: str = "") -> str:
    """A metric of a model, ``missing`` where it was not measured; "collapsed" for the perplexity of a model that is
    worse than guessing."""
    if name not in metrics:
        return missing
    if name == "perplexity" and is_collapsed(name, protocol):
        return QCoreApplication.translate("metrics", COLLAPSED)
    return value_text(name, metrics[name])


def metrics_words(metrics: Mapping[str, float], protocol: Mapping[str, Any]) -> str:
    """The metrics that matter most, in a few words: ``"ppl 28.9 · 92 MB"``; of an encoder its hidden states'
    cosine."""
    parts = []
    if name := quality_of(metrics):
        text = metric_text(name, metrics, protocol)
        parts.append(text if COLLAPSED in protocol else f"{SHORT[name]} {text}")
    if "size_bytes" in metrics:
        parts.append(bytes_text(metrics["size_bytes"]))
    if 0 <= (share := metrics.get("coverage", 1.0)) < ENOUGH:
        parts.append(QCoreApplication.translate("metrics", "{0} covered").format(value_text("coverage", share)))
    return " · ".join(parts)


def value_text(name: str, value: float) -> str:
    """A metric as people read it, with its unit."""
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if name == "parameters":
        return count_text(value)
    if name in SHARES:
        percent = 100 * value
        return f"{percent:.1f} %" if percent == 0 or percent >= 0.1 else f"{percent:.2g} %"
    if "kurtosis" in name:
        return fixed_text(value, 2)
    if name in WEIGHTS and 1e-4 <= abs(value) < 100:
        return f"{value:#.3g}"
    if name == "sqnr_db":
        return f"{value:.1f} dB"
    if name == "seconds":
        return duration_text(value)
    unit = BY_NAME[name].unit if name in BY_NAME else ""
    if unit == "bytes":
        return bytes_text(value)
    return f"{plain_text(name, value)} {unit if unit != 'bits' else ''}".rstrip()


def plain_text(name: str, value: float) -> str:
    """A number without its unit: always as many decimals as its metric has, so that a column can be compared."""
    decimals = BY_NAME[name].decimals if name in BY_NAME else None
    return fixed_text(value, decimals) if decimals is not None else number_text(value, 4 if name in BY_NAME else 3)


def natural(text: str) -> list[tuple[int, str]]:
    """A key that sorts "layer 2" before "layer 10"."""
    return [(int(part), "") if part.isdigit() else (-1, part.lower()) for part in re.split(r"(\d+)", text)]
