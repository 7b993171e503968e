"""All that a method sees of a run. Implemented by `engine.run`; a plain recorder in the tests.

Torch and the model are only imported for checking: this module loads neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from engine.contracts.events import Histogram

if TYPE_CHECKING:
    import torch

    from engine.models.model import Model, Part


class Stage(Protocol):
    """One block being executed."""

    @property
    def seed(self) -> int:
        """Seed of this block, derived from the run's seed and the block's signature."""

    @property
    def device(self) -> torch.device:
        """Device of the computations."""

    @property
    def folder(self) -> Path:
        """Scratch folder of this block: what is written here (whole or not at all) is found again on resume."""

    @property
    def cache(self) -> Path:
        """Folder of what any run may use again: each file is named by all that it depends on. It may be emptied at any
        time."""

    @property
    def inputs(self) -> dict[str, Model]:
        """Models at the further inputs of the block by port name, e.g. "teacher"; the main input is not in here."""

    def generator(self, purpose: str) -> torch.Generator:
        """A CPU generator seeded from `seed` and a word that says what for: the same on every run and resume."""

    def parts(
        self,
        model: Model,
        *,
        stored: bool = False,
        dtype: torch.dtype | None = None,
        span: tuple[float, float] = (0.0, 1.0),
    ) -> Iterator[Part]:
        """Walk the model one part (embeddings, each decoder layer, head) at a time.

        Each part is loaded before it is yielded and stored in the artifact and freed after, so that the model may
        be larger than the memory. Parts stored before a kill are skipped on resume or, with ``stored``, yielded all
        the same (``part.stored`` tells). ``dtype``: of the dense tensors while the part is worked on. ``span``: the
        share of the block's progress that the walk makes up. Progress, pause and cancel happen between parts.
        """

    def progress(self, fraction: float, text: str = "") -> None:
        """Report the share of this block's work that is done (0..1) and what is being done."""

    def metric(self, name: str, value: float, step: int) -> None:
        """Report one scalar of a live curve."""

    def layer(
        self,
        name: str,
        metrics: dict[str, float],
        before: Histogram | None = None,
        after: Histogram | None = None,
        step: int | None = None,
        quantity: Literal["weight", "update"] = "weight",
    ) -> None:
        """Report the statistics of one finished layer (names: see `engine.contracts.events.LayerDone`), or of one at
        this ``step`` of its training."""

    def curve(
        self,
        chart: str,
        series: str,
        x: Sequence[float],
        y: Sequence[float],
        *,
        x_title: str = "",
        y_title: str = "",
        log_x: bool = False,
        log_y: bool = False,
    ) -> None:
        """Draw or replace a curve of a chart of the method's own (see `engine.contracts.events.Curve`)."""

    def grid(
        self,
        chart: str,
        series: str,
        values: Sequence[Sequence[float]],
        *,
        row_title: str = "",
        column_title: str = "",
        rows: Sequence[str] = (),
        columns: Sequence[str] = (),
        unit: str = "",
        low: float | None = None,
        high: float | None = None,
        log: bool = False,
        surface: bool = False,
    ) -> None:
        """Draw or replace a heat map of the method's own (see `engine.contracts.events.Grid`)."""

    @property
    def stopping(self) -> bool:
        """True after a request to stop early and keep the result so far: training ends after this step as if it were
        the last."""

    def stop(self) -> None:
        """Ask for an early stop on the block's own behalf, as when its time is up. What depends on a clock must not
        pass for the result of its settings: other runs never take it for theirs."""

    def log(self, text: str, level: Literal["info", "warning", "error"] = "info") -> None:
        """Write a line to the log; a warning also marks the block."""

    def checkpoint(self) -> None:
        """A safe point: waits here while paused, raises `Cancelled` when cancelled. Call it at least every second."""

    def detail(self, name: str, value: float | dict[str, Any], *, keep: bool = False) -> None:
        """Add a detail of the method's own to the stage's entry of the report. ``keep``: to the history in the artifact
        too; it must not depend on when or how often the block was run."""

    def substage(
        self, name: str, span: tuple[float, float] = (0.0, 1.0), *, key: str = "", folder: Path | None = None
    ) -> SubStage:
        """A stage for a piece of the work, with a scratch folder and random numbers of its own.

        What it stores part by part is taken up again on resume, and is not the block's result until `SubStage.adopt`
        says so. ``span``: the share of this stage's progress that it makes up. ``key``: what its random numbers depend
        on instead of the block; ``folder``: its scratch folder instead of one in `folder`.
        """


class SubStage(Stage, Protocol):
    """A piece of the work of a block, whose result may or may not become that of the block."""

    def is_complete(self, model: Model) -> bool:
        """True if all parts of ``model`` are stored."""

    def store_rest(self, model: Model) -> None:
        """Store the parts that were not walked."""

    def take_back(self, model: Model) -> None:
        """Let ``model`` read all its parts from what is stored here."""

    def adopt(self, model: Model) -> None:
        """The same, and what was reported of layers and in details becomes the block's."""
