"""Words of the plots that methods draw, for translators: titles of charts, axes and curves, and of metrics that a
method makes up. A test holds each plot against this list.

Numbers are places: "layer 3, rank 8" is "layer {0}, rank {1}". Names of layers, formats and papers stay as they are,
and so does what follows a colon: "Energy: q_proj" is "Energy".
"""

from __future__ import annotations

import re

CHARTS = (
    "Angular distance", "Attention memory", "Attention time", "Block influence", "Code values",
    "Early stop against sparsity", "Energy", "Error by format", "Error over ratio", "Held-out loss", "Importance",
    "Kurtosis", "Kurtosis while learning", "Kurtosis, all tokens together", "Loss against sparsity", "Loss by depth",
    "Loss without a layer", "Masks", "Rank of the update", "Ranks", "Ratio", "Singular values",
    "Singular values of the update", "Tokens per expert", "Use of the codes",
)  # fmt: skip
AXES = (
    "before layer", "Error, as a share of rounding without scales", "expert", "Expert", "experts", "heads", "hidden",
    "influence", "inner", "kv heads", "layer", "Layer", "layers", "Linears", "lowest loss (nats)", "MB for one head",
    "ms for one head", "nats", "number", "place", "Place", "rank", "Rank", "Ratio", "Relative error", "removed layers",
    "share of the energy", "share of the largest", "singular value", "step", "tokens", "Value",
    "weights of the pruned layers that remain (%)",
)  # fmt: skip
CURVES = (
    "after", "attention", "before", "between layers", "chosen", "constraint", "cross entropy", "divergence", "dense",
    "down of experts", "effective rank", "eval", "exact", "exact, causal", "exact, written out", "gate, up of experts",
    "layer {0}", "layer {0}, rank {1}", "loss", "mean", "new weights", "new weights {0}", "now", "random mask",
    "random mask {0}", "relations", "search {0}, dense", "search {0}, new weights {1}", "search {0}, random mask {1}",
    "search {0}, ticket {1}", "target", "ticket", "ticket {0}", "Tokens", "train", "{0} removed", "{0} slots",
    "{0} slots per {1} tokens",
)  # fmt: skip
METRICS = (
    "Clip ratio", "Domain", "Eval", "Gradient cosine", "Lambda {0}", "Orthogonality error", "Sparsity",
)  # fmt: skip
TRAININGS = (
    "Dense", "Fitting", "Round {0}", "Round {0} trial {1}, new weights", "Round {0} trial {1}, random mask",
    "Search {0}, dense", "Search {0}, round {1}", "Search {0}, round {1} trial {2}, new weights",
    "Search {0}, round {1} trial {2}, random mask",
)  # fmt: skip
"""Before the metrics of a block that trains several times: "Round 2: loss"."""
WORDS = frozenset((*CHARTS, *AXES, *CURVES, *METRICS, *TRAININGS))
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?: %)?(?![\w.])")


def pattern(text: str) -> tuple[str, list[str]]:
    """The text with a place for each number, and the numbers."""
    numbers: list[str] = _NUMBER.findall(text)
    places = iter(range(len(numbers)))
    return _NUMBER.sub(lambda match: f"{{{next(places)}}}", text), numbers
