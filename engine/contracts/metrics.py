"""The names of metrics, the same in events, reports, tables and charts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class MetricInfo:
    """How a metric is called and shown. ``better`` is the direction of improvement, None if there is none;
    ``decimals``: with how many its values stand in a column, None for those that are no plain numbers."""

    name: str
    title: str
    unit: str
    better: Literal["lower", "higher"] | None
    help: str
    decimals: int | None = None


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
        "coverage", "Coverage", "", "higher", "Share of the parameters that the block changed; the rest is as it came."
    ),
    MetricInfo("coverage_bytes", "Coverage, bytes", "", "higher", "The same as a share of the bytes that it got."),
    MetricInfo("parameters", "Parameters", "", None, "Parameters of the dense equal, tied ones counted once."),
    MetricInfo("sparsity", "Sparsity", "", None, "Share of exact zeros among the weights of the linear layers."),
    MetricInfo("prefill_tokens_per_second", "Prefill", "tokens/s", "higher", "Measured: tokens read per second.", 1),
    MetricInfo("decode_tokens_per_second", "Decode", "tokens/s", "higher", "Measured: tokens generated per second.", 1),
    MetricInfo("seconds", "Time", "s", "lower", "Wall time of the block."),
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
QUALITY = ("perplexity", "hidden_cosine", "masked_loss")
"""What says in one number how good a model is: the first that was measured. Decoders have a perplexity; encoders the
cosine with their original, which has none itself and then the loss on masked tokens."""
COLLAPSED = "collapsed"
"""Key of a protocol whose sentence says that the model is worse than guessing, and the word for it on screen."""
SHARES = ("coverage", "coverage_bytes")
"""Metrics in 0..1 that are shown as percent everywhere."""
OF_GUESSES = ("perplexity", "loss")
"""Metrics that say nothing about a collapsed model: one such is not better than another."""


def quality_of(metrics: Mapping[str, float]) -> str | None:
    """The name of the first of `QUALITY` that was measured."""
    return next((name for name in QUALITY if name in metrics), None)


def is_collapsed(name: str, protocol: Mapping[str, Any]) -> bool:
    """Whether this metric is one of a collapsed model that must not be ranked."""
    return name in OF_GUESSES and COLLAPSED in protocol
