"""Activations before and after a rotation: the result of `engine.contracts.commands.InspectRotation`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.contracts.events import Histogram

Place = Literal["residual", "qkv_input", "o_input", "down_input", "queries", "keys"]

PLACES: dict[Place, str] = {
    "residual": "Residual stream",
    "qkv_input": "q, k, v input",
    "o_input": "o input",
    "down_input": "down input",
    "queries": "Queries",
    "keys": "Keys",
}
"""Every place with its title, in the order of the forward pass of a layer. Queries and keys are those that meet in the
attention: behind position embeddings and online rotations. Inputs are what the weight meets: behind an online rotation,
before rounding."""


@dataclass(frozen=True, slots=True)
class Surface:
    """Magnitudes |x| of one window as a grid: ``rows`` runs of tokens, ``columns`` runs of channels, the largest
    magnitude of each cell. ``values``: rows · columns float32 in native byte order, row by row
    (``numpy.frombuffer(values, "f4").reshape(rows, columns)``). ``tokens``, ``channels``: how many it covers."""

    rows: int
    columns: int
    values: bytes
    tokens: int
    channels: int


@dataclass(frozen=True, slots=True)
class PlaceStatistics:
    """The activations of one place in one layer.

    layer: number of the decoder layer. channels: features of a token (queries and keys: all heads beside each other).
    kurtosis: kurtosis (3 is normal) of a token over its channels, mean over tokens (queries and keys: over each head's
        channels); 0 for a normal distribution, large with a few large channels.
    kurtosis_pooled: of all activations together; large with a few large tokens too.
    peak: largest magnitude over the median magnitude of a token, mean over tokens. largest: largest magnitude of all.
    distribution: x over the root mean square, −8 … 8; what lies outside is counted in the edge bins.
    tail: log10 of |x| over the root mean square, −3 … 3.
    """

    layer: int
    place: Place
    channels: int
    kurtosis: float
    kurtosis_pooled: float
    peak: float
    largest: float
    rms: float
    distribution: Histogram
    tail: Histogram
    surface: Surface


@dataclass(frozen=True, slots=True)
class MatrixStatistics:
    """A rotation that was merged into the model.

    name: "R1", or "R2 of layer 3, head 0". start: what it started as, e.g. "random Hadamard".
    distance: ‖R − R₀‖ / ‖R₀‖ (Frobenius): 0 where it stayed, √2 for two unrelated rotations.
    angle: mean rotation angle of R₀ᵀR in degrees. orthogonality: largest entry of |RᵀR − I|.
    """

    name: str
    size: int
    start: str
    distance: float
    angle: float
    orthogonality: float


@dataclass(frozen=True, slots=True)
class RotationInspection:
    """``before``: the places of the reference (empty without one), ``after``: of the model; each in order of layers,
    then of `PLACES`. Places that a model does not have are missing. ``matrices``: empty where no rotation was merged.
    ``notes``: sentences, without a full stop, about what could not be looked at and about online rotations (e.g.
    block-diagonal ones)."""

    model: str
    reference: str | None
    text: str
    tokens: int
    before: tuple[PlaceStatistics, ...]
    after: tuple[PlaceStatistics, ...]
    matrices: tuple[MatrixStatistics, ...]
    notes: tuple[str, ...]
