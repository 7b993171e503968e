"""Events of the engine: small immutable records, already reduced, that JSON can hold.

State changes, reports, failures and log lines are never dropped; progress, metrics and memory may be thinned.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import operator
import time
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

import pydantic

from engine.base.errors import StudioError

State = Literal["queued", "running", "paused", "cancelling", "cached", "done", "failed", "cancelled", "skipped"]
Metrics = Annotated[dict[str, float], pydantic.Field(validation_alias=pydantic.AliasChoices("metrics", "figures"))]
"""By name. "figures" is what runs of the first release wrote."""
RunStatus = State | Literal["interrupted"]
"""A run is interrupted if the process died that computed it; it can be resumed like one that was cancelled."""

OVER: frozenset[RunStatus] = frozenset(("done", "failed", "cancelled", "interrupted"))
"""States after which nothing more is heard of a run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Base of all events. ``run`` is the id of the run or job that it belongs to; ``block`` the block, or None."""

    run: str
    block: str | None = None
    time: float = field(default_factory=time.time)

    droppable: ClassVar[bool] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunChanged(Event):
    """The run as a whole changed its state. ``report`` is the path of report.json once it is over. ``total_elapsed``:
    seconds of the run so far, without pauses; None in logs of earlier releases."""

    state: RunStatus
    message: str = ""
    report: str | None = None
    total_elapsed: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkChanged(Event):
    """The connection to the ``machine`` that executes the run was lost, or is there again. The run goes on either
    way."""

    machine: str
    connected: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StageChanged(Event):
    """A block changed its state. ``artifact`` is the folder of what it left, once done or cached.

    seconds: of its method alone. elapsed: of the block so far, with loading, storing and measuring. total_elapsed: of
    the run so far. Pauses don't count; None in logs of earlier releases.
    """

    state: State
    message: str = ""
    seconds: float = 0.0
    artifact: str | None = None
    elapsed: float | None = None
    total_elapsed: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress(Event):
    """``fraction`` of this block and ``total`` of the run in 0..1; ETAs in seconds, None while unknown.

    text: the present activity. elapsed, total_elapsed: seconds of the block and of the run so far, without pauses.
    phase: see `engine.run.pace.Phase`, "" if there is none. unit: expected seconds until the present unit of work is
    done, 0 if that is not known.
    """

    fraction: float
    total: float
    text: str = ""
    elapsed: float = 0.0
    eta: float | None = None
    total_elapsed: float = 0.0
    total_eta: float | None = None
    phase: str = ""
    unit: float = 0.0

    droppable: ClassVar[bool] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric(Event):
    """One scalar of a live curve, e.g. name "loss" or "train/kl"; ``step`` is its x axis."""

    name: str
    value: float
    step: int

    droppable: ClassVar[bool] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory(Event):
    """Bytes: resident set of the process and its peak, memory of the accelerator and its peak (None without one), what
    it is called and how much memory it has."""

    process: int
    process_peak: int
    device: int | None = None
    device_peak: int | None = None
    device_name: str = ""
    device_total: int | None = None

    droppable: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Histogram:
    """Equal bins between ``low`` and ``high``; values outside are counted in the edge bins."""

    low: float
    high: float
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerDone(Event):
    """Statistics of one layer (module) as a method finished it.

    ``metrics`` uses these names where they apply: parameters, bits_per_weight, sparsity, minimum, maximum,
    standard_deviation, kurtosis (3 is normal), sqnr_db, error (relative Frobenius). ``before`` and ``after`` are
    weight histograms over the same range. ``step``: of the training in the midst of which the layer was looked at;
    None where it is finished. ``quantity``: "update" if the histograms are of what an adapter adds to the weight
    (scaling·BA of LoRA), else of the weight itself.
    """

    layer: str
    index: int
    count: int
    metrics: Metrics
    before: Histogram | None = None
    after: Histogram | None = None
    step: int | None = None
    quantity: Literal["weight", "update"] = "weight"


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve(Event):
    """One whole curve of a chart of the method's own, already reduced to some hundred points at most. A later one with
    the same ``chart`` and ``series`` replaces it. Examples: chart "Singular values", series "layers.3.q_proj";
    chart "Loss against sparsity", series "random reinitialization"."""

    chart: str
    series: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    x_title: str = ""
    y_title: str = ""
    log_x: bool = False
    log_y: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid(Event):
    """A table of numbers to be seen as a heat map (or, with ``surface``, also as a surface in 3D), already reduced to
    some 20 000 cells at most. A later one with the same ``chart`` and ``series`` replaces it. Examples: chart
    "Kurtosis", series "random Hadamard", rows layers, columns places; chart "Activations layers.3 down input", series
    "before", rows tokens, columns channels.

    ``values`` has a tuple for each row; NaN where there is nothing. ``rows`` and ``columns``: names, or empty where
    they are only numbered. ``low``, ``high``: ends of the color scale that series of one chart share, if fixed.
    """

    chart: str
    series: str
    values: tuple[tuple[float, ...], ...]
    row_title: str = ""
    column_title: str = ""
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    unit: str = ""
    low: float | None = None
    high: float | None = None
    log: bool = False
    surface: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured(Event):
    """Metrics of an artifact (see `engine.contracts.metrics`), the protocol that they were measured by, and details by
    name (see `engine.contracts.generation`)."""

    artifact: str
    metrics: Metrics
    protocol: dict[str, Any]
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Log(Event):
    """A line for the log."""

    level: Literal["info", "warning", "error"]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure(Event):
    """Something failed; the fields of `StudioError`, plus the traceback for whoever wants it."""

    what: str
    where: str = ""
    why: str = ""
    advice: str = ""
    traceback: str = ""

    def __str__(self) -> str:
        """One text: the same words as in the terminal."""
        return str(StudioError(self.what, where=self.where, why=self.why, advice=self.advice))


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated(Event):
    """A piece of text that ``model`` (its path) wrote."""

    model: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobDone(Event):
    """The answer to a command other than a run: a plain dataclass or dict of numbers, strings and tuples."""

    result: Any


@functools.cache
def _reader() -> pydantic.TypeAdapter[Event]:
    """Makes the event that its "kind" names: every class of this module but `JobDone`, which is not for disk."""
    kinds = [kind for kind in globals().values() if isinstance(kind, type) and issubclass(kind, Event)]
    tagged = [Annotated[kind, pydantic.Tag(kind.__name__)] for kind in kinds if kind not in (Event, JobDone)]
    union: Any = functools.reduce(operator.or_, tagged)
    return pydantic.TypeAdapter(Annotated[union, pydantic.Discriminator(_kind_of)])


def _kind_of(values: Any) -> Any:
    return values.get("kind") if isinstance(values, dict) else type(values).__name__


def to_line(event: Event) -> str:
    """JSON in one line, without its end, that `from_line` turns back into an equal event. Not for `JobDone`."""
    plain = {"kind": type(event).__name__, **_fields(event)}
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"), default=_fields)


def _fields(value: Any) -> dict[str, Any]:
    """As `dataclasses.asdict`, which copies every count of every histogram, for what is only written down."""
    return {item.name: getattr(value, item.name) for item in dataclasses.fields(value)}


def from_line(line: str | bytes) -> Event:
    """The event of a line that `to_line` made; ValueError for anything else."""
    return _reader().validate_json(line)
