"""Statistics of an inspection: the result of `engine.contracts.commands.Inspect`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from operator import attrgetter, is_not
from typing import Literal, NamedTuple

from engine.contracts.events import Histogram


@dataclass(frozen=True)
class FourBitFit:
    """A weight in one 4-bit format. ``error``: relative, ‖w − ŵ‖ / ‖w‖; ``values``: the 16 of the format in rising
    order, in units of the largest magnitude of a block; ``shares`` of the weights that become each, in 0..1."""

    error: float
    values: tuple[float, ...]
    shares: tuple[float, ...]


FOUR_BIT_ERRORS = {
    "nf4_error": "nf4", "fp4_error": "fp4_e2m1", "nvfp4_error": "nvfp4", "mxfp4_error": "mxfp4", "int4_error": "int4",
}  # fmt: skip
"""Columns of errors in formats of 4 bits, with the format."""


@dataclass(frozen=True)
class LayerStatistics:
    """One linear layer, embedding or head.

    ``role`` as in the anatomy, or "embedding" or "head"; ``layer`` its decoder layer or None. ``format``: how the
    weight is stored, e.g. "bfloat16" or "int4 g64 sym". Kurtosis is 3 for a normal distribution.
    ``input_kurtosis`` is the mean over tokens, ``input_kurtosis_pooled`` of all activations together; None where it
    was not asked for. ``sqnr_db``, ``error`` (relative Frobenius) and ``reference`` (a histogram over the same range)
    compare with the weight of the same name in the reference; None without it, or where the shape is another one.
    ``divergence``, of the last linear of a decoder layer: that of what model and reference would predict if they ended
    after the layer, in nats a token; None elsewhere, and without text or reference.
    ``four_bit``: what each 4-bit format would make of the weight, in blocks of 64 or those that it prescribes; empty
    where there is nothing to say.
    """

    name: str
    layer: int | None
    role: str
    shape: tuple[int, ...]
    format: str
    parameters: int
    bits_per_weight: float
    sparsity: float
    minimum: float
    maximum: float
    mean: float
    standard_deviation: float
    kurtosis: float
    finite: bool
    histogram: Histogram
    input_kurtosis: float | None = None
    input_kurtosis_pooled: float | None = None
    sqnr_db: float | None = None
    error: float | None = None
    reference: Histogram | None = None
    divergence: float | None = None
    four_bit: dict[str, FourBitFit] = field(default_factory=dict)

    @staticmethod
    def any_has(rows: Iterable[LayerStatistics], name: str) -> bool:
        """True if any layer has a value of this name. Models of experts have thousands of layers: none is asked for an
        error in a format that was not tried."""
        if name in FOUR_BIT_ERRORS:
            form = FOUR_BIT_ERRORS[name]
            return any(form in fits for fits in filter(None, map(attrgetter("four_bit"), rows)))
        return any(map(partial(is_not, None), map(attrgetter(name), rows)))

    def _loss(self, name: str) -> float | None:
        form = FOUR_BIT_ERRORS[name]
        return self.four_bit[form].error if form in self.four_bit else None

    @property
    def size_bytes(self) -> float:
        """Of its weights, as they are stored."""
        return self.parameters * self.bits_per_weight / 8

    @property
    def nf4_error(self) -> float | None:
        """Relative error in NF4."""
        return self._loss("nf4_error")

    @property
    def fp4_error(self) -> float | None:
        """Relative error in FP4 (E2M1)."""
        return self._loss("fp4_error")

    @property
    def nvfp4_error(self) -> float | None:
        """Relative error in NVFP4."""
        return self._loss("nvfp4_error")

    @property
    def mxfp4_error(self) -> float | None:
        """Relative error in MXFP4."""
        return self._loss("mxfp4_error")

    @property
    def int4_error(self) -> float | None:
        """Relative error in symmetric int4."""
        return self._loss("int4_error")


@dataclass(frozen=True)
class Inspection:
    """The layers in order of execution. Without tensors. ``size_bytes``, ``bits_per_weight`` and
    ``parameters`` are of the whole model, by `engine.measure.size`."""

    model: str
    reference: str | None
    text: str | None
    tokens: int
    layers: tuple[LayerStatistics, ...]
    size_bytes: float = 0.0
    bits_per_weight: float = 0.0
    parameters: float = 0.0


class Concern(NamedTuple):
    """Something to worry about: how much, in a word, and why."""

    level: Literal["warning", "error"]
    word: str
    why: str


KURTOSES = ("kurtosis", "input_kurtosis", "input_kurtosis_pooled")
NOT_NUMBERS = Concern("error", "broken", "Some values are not numbers.")
CONCERNS: tuple[tuple[tuple[str, ...], Callable[[float], bool], Concern], ...] = (
    (
        ("sqnr_db",),
        lambda value: value < 10,
        Concern("error", "poor", "Below 10 dB: the noise has more than a tenth of the power of the weights."),
    ),
    (
        ("sqnr_db",),
        lambda value: value < 15,
        Concern("warning", "low", "Below 15 dB: about as noisy as three bits without clipping."),
    ),
    (
        KURTOSES,
        lambda value: value > 100,
        Concern("error", "outliers", "A few huge values set the range: rotate, clip or use smaller groups."),
    ),
    (
        KURTOSES,
        lambda value: value > 10,
        Concern("warning", "heavy tails", "Rare large values widen the range that has to be covered."),
    ),
    (
        ("sparsity",),
        lambda value: value >= 1,
        Concern("error", "all zero", "Every weight of this layer is zero."),
    ),
)
"""Names of metrics, what is conspicuous of them, and the remark; the first that fits counts."""


def concern(name: str, value: object) -> Concern | None:
    """A remark about a conspicuous value of a layer; None for ordinary ones."""
    if not isinstance(value, float):
        return None
    if math.isnan(value):
        return NOT_NUMBERS
    return next((remark for names, is_so, remark in CONCERNS if name in names and is_so(value)), None)
