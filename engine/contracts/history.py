"""Steps in the history of a model: their keys beside ``method``, ``title``, ``settings`` and ``details``, and the
values of settings that a step, or a block of a document, of an earlier version does not name. Torch-free."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

SEED_HASH = "seed_hash"
"""Hash of the method, its settings and all that went in: random numbers are drawn from it."""
DATA = "data"
"""Setting -> hash of the content of the file, text or model that it names."""
INPUTS = "inputs"
"""Port -> history of the model there, of ports other than the main one: a teacher."""
STOPPED = "stopped"
"""True where a person ended the step early: it can't be repeated."""


class EarlierDefault(NamedTuple):
    """``value`` of a ``setting`` of these ``methods`` in documents up to ``version`` that do not name it."""

    version: int
    methods: frozenset[str]
    setting: str
    value: object


GPTAQ: Final = frozenset({"gptq", "gguf_quants", "spinquant", "refine", "fit_to_budget"})
"""Methods that solve with asymmetric calibration."""
EARLIER_DEFAULTS: Final = (
    EarlierDefault(2, frozenset({"awq"}), "symmetric", True),
    EarlierDefault(3, GPTAQ, "gptaq_alpha", 0.0),
    EarlierDefault(4, frozenset({"refine"}), "train_norms", False),
)
"""By default AWQ's integers are asymmetric, solvers calibrate asymmetrically and Refine trains norms today."""


def with_earlier_defaults(
    method: str, settings: Mapping[str, Any], defaults: Iterable[EarlierDefault]
) -> dict[str, Any]:
    """The settings of a block of ``method``, with the earlier value of each one that they do not name."""
    return {**{entry.setting: entry.value for entry in defaults if method in entry.methods}, **settings}
