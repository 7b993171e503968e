"""Claims: sentences of a paper, put so that measurements can show or contradict them. Torch-free.

A claim names its arms (chains of methods), what is measured of each, and comparisons between arms with bounds. Rows are
measurements of arms, one for each seed. A verdict follows from the 95 % interval of each comparison: inside its bounds
it is shown, outside of them contradicted, across one of them not shown.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Verdict = Literal["shown", "not shown", "contradicted", "not measured"]
VERDICTS: tuple[Verdict, ...] = ("shown", "not shown", "contradicted", "not measured")
Comparing = Literal["difference", "ratio", "value"]
SAMPLE = "sample"
"""The bundled model, which claims are measured on unless another one is named."""
LEAST_SEEDS = 3
"""A claim about something random is judged from so many seeds on."""


@dataclass(frozen=True, slots=True)
class Step:
    """One method of a chain with the settings that differ from its defaults."""

    method: str
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Arm:
    """One side of a comparison: the model itself, or what a chain of methods makes of it.

    Attributes
    ----------
    measure: name of the value to compare; "" for that of the claim (see `Row.values`).
    probe: name of a measurement that runs no method (`engine.claims.probes`); ``options`` are its arguments.
    speed: tokens per second are measured too.
    """

    name: str
    steps: tuple[Step, ...] = ()
    measure: str = ""
    probe: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    speed: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """An arm beside another, seed by seed, and the bounds that the claim sets to their difference (first - second),
    their ratio (first / second), or, with no second arm, to the value itself."""

    first: str
    second: str = ""
    by: Comparing = "ratio"
    at_least: float = -math.inf
    at_most: float = math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A sentence of the survey that measurements can show or contradict.

    Attributes
    ----------
    id: word of the command line, such as "nf4-order". section: of the survey, such as "2.2.1 SpinQuant".
    measure: name of the value that is compared, in each arm that names no other.
    seeds: number of seeds that are measured; 1 where nothing is random, see ``deterministic``.
    text: what is calibrated, trained and measured on, as in `engine.data.texts`; "bundled" for what suits the model.
    missing: sentence that says what it would take, where the claim is not shown.
    models: "any", or "sample" for claims whose settings suit the bundled model alone.
    """

    id: str
    section: str
    sentence: str
    measure: str
    arms: tuple[Arm, ...]
    comparisons: tuple[Comparison, ...]
    seeds: int = LEAST_SEEDS
    deterministic: bool = False
    text: str = "bundled"
    missing: str = ""
    models: Literal["any", "sample"] = "any"

    def check(self) -> Claim:
        """The claim itself. Raises ValueError where its arms, comparisons and seeds do not belong together."""
        names = [arm.name for arm in self.arms]
        compared = {name for one in self.comparisons for name in (one.first, one.second) if name}
        if len(set(names)) != len(names) or compared != set(names):
            raise ValueError(f"{self.id}: arms {sorted(names)} and comparisons {sorted(compared)} do not match")
        if self.deterministic != (self.seeds == 1) or (not self.deterministic and self.seeds < LEAST_SEEDS):
            raise ValueError(f"{self.id}: {self.seeds} seeds")
        return self

    def arm(self, name: str) -> Arm:
        """The arm of this name."""
        return next(arm for arm in self.arms if arm.name == name)

    def measure_of(self, arm: Arm) -> str:
        """Name of the value that is compared of an arm."""
        return arm.measure or self.measure


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measurement: an arm with one seed, one JSON line.

    Attributes
    ----------
    subject: hash of what was measured: methods with all settings, evaluation, model, seed. code: hash of the sources
        that computed it. Equal words of both mean equal bits.
    values: metrics of the result (`engine.contracts.metrics`), numbers of the method's own details ("kurtosis_after/
        down_input"), and means over its layers ("layers/error").
    seconds: wall time. processor_seconds: of all cores.
    """

    claim: str
    arm: str
    seed: int
    model: str
    subject: str
    code: str
    values: dict[str, float]
    seconds: float
    processor_seconds: float
    machine: str
    versions: dict[str, str]
    command: str
    date: str

    @property
    def key(self) -> tuple[str, str]:
        """Whoever has measured this need not measure it again."""
        return self.subject, self.code


@dataclass(frozen=True, slots=True)
class ArmMean:
    """Mean of an arm's values over its seeds and half width of the 95 % interval (0 where nothing is random)."""

    name: str
    mean: float
    half_width: float
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """Mean of a comparison over the seeds, its 95 % interval, and what that says."""

    comparison: Comparison
    mean: float
    low: float
    high: float
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A claim with all that its rows say.

    Attributes
    ----------
    measured, needed: rows that there are, and that a verdict takes. outdated: rows among them of earlier code or
        bundled texts.
    seconds: processor seconds of these rows. expected: seconds that the missing ones will take, None if not known.
    """

    claim: Claim
    model: str
    verdict: Verdict
    arms: tuple[ArmMean, ...] = ()
    compared: tuple[Compared, ...] = ()
    seeds: int = 0
    measured: int = 0
    needed: int = 0
    outdated: int = 0
    seconds: float = 0.0
    expected: float | None = None


@dataclass(frozen=True, slots=True)
class MeasuredClaims:
    """Claims with what their rows say now, and a sentence for each arm that could not be measured."""

    claims: tuple[Judged, ...]
    failed: tuple[str, ...] = ()
