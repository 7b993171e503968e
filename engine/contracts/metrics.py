"""The names of metrics and how their values read, the same in events, reports, tables and charts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from engine.base.human import bytes_text, count_text, duration_text, fixed_text, number_text


@dataclass(frozen=True)
class MetricInfo:
    """Title, unit and format of a metric. ``better`` is the direction of improvement, None if there is none;
    ``decimals``: with how many its values stand in a column, None for those that are no plain numbers; ``short``: its
    title where there is little room, "" for the same."""

    name: str
    title: str
    unit: str
    better: Literal["lower", "higher"] | None
    help: str
    decimals: int | None = None
    short: str = ""


METRICS: tuple[MetricInfo, ...] = (
    MetricInfo("perplexity", "Perplexity", "", "lower", "exp of the mean negative log-likelihood per token.", 2),
    MetricInfo("loss", "Loss", "nats/token", "lower", "Mean negative log-likelihood per predicted token.", 4),
    MetricInfo(
        "kl_divergence", "KL divergence", "nats/token", "lower", "Mean KL(original || this) over all tokens.", 5
    ),
    MetricInfo(
        "top1_agreement", "Top-1 agreement", "", "higher", "Share of tokens with the same most likely successor.", 4
    ),
    MetricInfo(
        "hidden_cosine", "Hidden cosine", "", "higher", "Mean cosine of the last hidden states with the original's.", 4
    ),
    MetricInfo(
        "pooled_cosine",
        "Pooled cosine",
        "",
        "higher",
        "Mean cosine of the mean hidden state of each window with the original's: what embeddings are made of.",
        4,
    ),
    MetricInfo(
        "masked_loss", "Masked loss", "nats/token", "lower", "Mean negative log-likelihood of masked tokens.", 4
    ),
    MetricInfo("size_bytes", "Size on disk", "bytes", "lower", "Bytes of all tensor files as they lie on disk."),
    MetricInfo(
        "bits_per_weight", "Bits per weight", "bits", "lower", "All stored bits, scales included, per parameter.", 2
    ),
    MetricInfo(
        "coverage", "Coverage", "", "higher", "Share of the parameters that the block changed; the rest is unchanged."
    ),
    MetricInfo("coverage_bytes", "Coverage, bytes", "", "higher", "The same as a share of the bytes that it got."),
    MetricInfo("parameters", "Parameters", "", None, "Parameters of the dense equal, tied ones counted once."),
    MetricInfo("sparsity", "Sparsity", "", None, "Share of exact zeros among the weights of the linear layers."),
    MetricInfo("prefill_tokens_per_second", "Prefill", "tokens/s", "higher", "Measured: tokens read per second.", 1),
    MetricInfo("decode_tokens_per_second", "Decode", "tokens/s", "higher", "Measured: tokens generated per second.", 1),
    MetricInfo(
        "loops",
        "Loops",
        "",
        "lower",
        "Share of the generation check's answers that repeat themselves.",
        3,
    ),
    MetricInfo(
        "token_flips",
        "Token flips",
        "",
        "lower",
        "Share of the tokens that the original is sure of (90 %) in its answers, and this one would write otherwise.",
        3,
    ),
    MetricInfo(
        "generation_agreement",
        "Generation agreement",
        "",
        "higher",
        "Share of the original's greedy answer before the first token that differs, mean over prompts.",
        3,
    ),
    MetricInfo(
        "generation_distance",
        "Answer distance",
        "",
        "lower",
        "Edit distance of greedy answers from the original's, in tokens, by the length of the longer.",
        3,
    ),
    MetricInfo(
        "seconds",
        "Compression time",
        "s",
        "lower",
        "Time of the block without measuring: it loads layers, compresses them and stores the result.",
    ),
    MetricInfo("peak_memory_bytes", "Peak memory", "bytes", "lower", "Largest resident set while the block ran."),
    MetricInfo(
        "peak_device_memory_bytes",
        "Peak device memory",
        "bytes",
        "lower",
        "Most that tensors took of the accelerator's memory while the block ran.",
    ),
)
BY_NAME = {metric.name: metric for metric in METRICS}
OF_LAYERS: tuple[MetricInfo, ...] = (
    MetricInfo("parameters", "Parameters", "", None, "Weights of the dense equal."),
    MetricInfo(
        "bits_per_weight",
        "Bits per weight",
        "bits",
        "lower",
        "Stored bits per weight, scales and zero points included.",
        2,
        "Bits/weight",
    ),
    MetricInfo(
        "sqnr_db",
        "SQNR (dB)",
        "dB",
        "higher",
        "Signal to quantization noise against the original weight, in decibels; higher is better.",
        short="SQNR",
    ),
    MetricInfo(
        "error",
        "Relative error",
        "",
        "lower",
        "Frobenius norm of the difference, relative to that of the original.",
        short="Rel. error",
    ),
    MetricInfo(
        "nf4_error", "Error in NF4", "", None, "Relative error that NF4 would make, in blocks of 64.", short="NF4 error"
    ),
    MetricInfo(
        "fp4_error",
        "Error in FP4",
        "",
        None,
        "Relative error that FP4 (E2M1) would make, in blocks of 64.",
        short="FP4 error",
    ),
    MetricInfo(
        "nvfp4_error",
        "Error in NVFP4",
        "",
        None,
        "Relative error that NVFP4 would make, in its groups of 16.",
        short="NVFP4 error",
    ),
    MetricInfo(
        "mxfp4_error",
        "Error in MXFP4",
        "",
        None,
        "Relative error that MXFP4 would make, in its groups of 32.",
        short="MXFP4 error",
    ),
    MetricInfo(
        "int4_error",
        "Error in int4",
        "",
        None,
        "Relative error that symmetric int4 would make, in groups of 64.",
        short="int4 error",
    ),
    MetricInfo("sparsity", "Sparsity", "", None, "Share of exact zeros."),
    MetricInfo(
        "kurtosis",
        "Kurtosis",
        "",
        None,
        "Kurtosis of the weights: 3 for a normal distribution; large means outliers.",
        2,
    ),
    MetricInfo(
        "divergence",
        "Cumulative KL divergence",
        "nats/token",
        "lower",
        "Divergence from the original, in nats a token, if both predicted after this layer: where it begins to differ.",
        4,
        "Cumulative KL",
    ),
    MetricInfo(
        "input_kurtosis",
        "Input kurtosis, token",
        "",
        None,
        "Kurtosis of what the layer reads, within each token, averaged over tokens.",
        2,
        "Input kurt., token",
    ),
    MetricInfo(
        "input_kurtosis_pooled",
        "Input kurtosis, pooled",
        "",
        None,
        "Kurtosis of all values that the layer reads, together.",
        2,
        "Input kurt., pooled",
    ),
    MetricInfo("minimum", "Minimum", "", None, "Smallest weight.", short="Min"),
    MetricInfo("maximum", "Maximum", "", None, "Largest weight.", short="Max"),
    MetricInfo("mean", "Mean", "", None, "Mean of the weights."),
    MetricInfo("standard_deviation", "Standard deviation", "", None, "Standard deviation of the weights.", short="Std"),
)
"""Metrics of one layer, in the order of `engine.contracts.inspection.LayerStatistics`."""
_INFOS = {metric.name: metric for metric in OF_LAYERS} | BY_NAME
QUALITY = ("perplexity", "hidden_cosine", "masked_loss")
"""Metrics that say in one number how good a model is: the first that was measured. Decoders have a perplexity; encoders
the cosine with their original, which has none itself and then the loss on masked tokens."""
COLLAPSED = "collapsed"
"""Key of a protocol whose sentence says that the model is worse than guessing, and the word for it on screen."""
SHARES = (
    "coverage", "coverage_bytes", "top1_agreement", "sparsity", "error",
    "loops", "token_flips", "generation_agreement", "generation_distance",
    "nf4_error", "fp4_error", "nvfp4_error", "mxfp4_error", "int4_error",
)  # fmt: skip
"""Metrics in 0..1 that `value_text` gives as percent."""
OF_WEIGHTS = ("minimum", "maximum", "mean", "standard_deviation")
"""Metrics in the unit of the weights."""
ENOUGH = 0.6
"""A smaller share of the parameters is worth a warning: the result is mostly the model as it came."""
SHORT = {"perplexity": "ppl", "hidden_cosine": "cosine", "masked_loss": "masked loss"}
"""Names of metrics of quality where there is little room."""
PROGRAM = {
    **dict.fromkeys(("prefill_tokens_per_second", "decode_tokens_per_second"), "speed_program"),
    **dict.fromkeys(("loops", "token_flips", "generation_agreement", "generation_distance"), "generation_program"),
}
"""Key of a protocol that says which program measured a metric, for metrics that several can measure."""
OF_ITSELF = {
    "kl_divergence": 0.0, "top1_agreement": 1.0, "hidden_cosine": 1.0, "pooled_cosine": 1.0,
    "token_flips": 0.0, "generation_agreement": 1.0, "generation_distance": 0.0,
}  # fmt: skip
"""Metrics of a model against itself, by definition: an original is not measured for these."""
OF_GUESSES = ("perplexity", "loss")
"""Metrics that say nothing about a collapsed model: one such is not better than another."""


def quality_of(metrics: Mapping[str, float]) -> str | None:
    """The name of the first of `QUALITY` that was measured."""
    return next((name for name in QUALITY if name in metrics), None)


def is_collapsed(name: str, protocol: Mapping[str, Any]) -> bool:
    """True if this metric is one of a collapsed model that must not be ranked."""
    return name in OF_GUESSES and COLLAPSED in protocol


def info_of(name: str) -> MetricInfo | None:
    """Description of a metric, of a model or else of a layer; None for one that a method made up."""
    return _INFOS.get(name)


def title_of(name: str) -> str:
    """The title of a metric; an unknown one by its name."""
    info = info_of(name)
    return info.title if info is not None else name.replace("_", " ").capitalize()


def metric_title(group: str) -> str:
    """Title of a chart of metrics: ``gradient_norm`` -> ``Gradient norm``."""
    words = group.replace("_", " ")
    return words[:1].upper() + words[1:]


def metric_group(name: str) -> str:
    """``loss/kl`` and ``loss/train`` are two curves of the chart ``loss``."""
    return name.partition("/")[0]


TARGET = "_target"
"""Ending of the name of a curve that another one of the same name should reach: it has its color, dashed."""


def series_title(part: str) -> str:
    """Title of a curve within a chart: ``hidden_target`` -> ``hidden, target``."""
    words = part.removesuffix(TARGET).replace("_", " ")
    return f"{words}, target" if part.endswith(TARGET) else words


def help_of(name: str) -> str:
    """Explanation of a metric in a sentence; an unknown one by its name."""
    info = info_of(name)
    return info.help if info is not None else title_of(name)


def unit_of(name: str) -> str:
    """The unit that stands behind a plain number of a metric, "" for what has none or a notation of its own."""
    unit = BY_NAME[name].unit if name in BY_NAME else ""
    return unit if "/" in unit else ""


def title_with_unit(name: str) -> str:
    """The title of a metric over numbers that `metric_text` gives without their unit."""
    return f"{title_of(name)} ({unit_of(name)})" if unit_of(name) else title_of(name)


def program_text(name: str, text: str, protocol: Mapping[str, Any]) -> str:
    """The text of a metric with the program that measured it, e.g. "101.3 tokens/s · llama.cpp", where the protocol
    names one."""
    program = str(protocol.get(PROGRAM.get(name, ""), "")).partition(" ")[0]
    return f"{text} · {program}" if program else text


def metric_text(
    name: str,
    metrics: Mapping[str, float],
    protocol: Mapping[str, Any],
    missing: str = "",
    *,
    with_unit: bool = True,
) -> str:
    """A metric of a model, ``missing`` where it was not measured; "collapsed" for the perplexity of a model that is
    worse than guessing. ``with_unit``: off where the unit stands in the title above or beside it."""
    if name not in metrics:
        return missing
    if name == "perplexity" and is_collapsed(name, protocol):
        return COLLAPSED
    value = metrics[name]
    bare = not with_unit and unit_of(name) and math.isfinite(value)
    return program_text(name, plain_text(name, value) if bare else value_text(name, value), protocol)


def metrics_words(metrics: Mapping[str, float], protocol: Mapping[str, Any]) -> str:
    """The metrics that matter most, in a few words: ``"ppl 28.9 · 92 MB"``; of an encoder its hidden states'
    cosine."""
    parts = []
    if name := quality_of(metrics):
        text = metric_text(name, metrics, protocol)
        parts.append(text if text == COLLAPSED else f"{SHORT[name]} {text}")
    if "size_bytes" in metrics:
        parts.append(bytes_text(metrics["size_bytes"]))
    if 0 <= (share := metrics.get("coverage", 1.0)) < ENOUGH:
        parts.append(f"{value_text('coverage', share)} covered")
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
    if name in OF_WEIGHTS and 1e-4 <= abs(value) < 100:
        return f"{value:#.3g}"
    if name == "sqnr_db":
        return f"{value:.1f} dB"
    if name == "seconds":
        return duration_text(value)
    if name in BY_NAME and BY_NAME[name].unit == "bytes":
        return bytes_text(value)
    return f"{plain_text(name, value)} {unit_of(name)}".rstrip()


def plain_text(name: str, value: float) -> str:
    """A number without its unit: always as many decimals as its metric has, so that a column can be compared."""
    decimals = BY_NAME[name].decimals if name in BY_NAME else None
    return fixed_text(value, decimals) if decimals is not None else number_text(value, 4 if name in BY_NAME else 3)
