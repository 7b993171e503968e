"""Measures the arms of claims: each row is a run of its own, written as soon as it is there.

Rows that the present code has measured already are not measured again, so that what was cut goes on where it was.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from engine.base.errors import BadInput, Cancelled, StudioError
from engine.base.files import make_folder
from engine.claims import rows as files
from engine.claims.plan import Planned, expected_seconds, judged, measures, missing, pipeline_of, planned
from engine.claims.probes import PROBES
from engine.contracts.claims import Claim, Judged, Row
from engine.contracts.events import Event, LayerDone, Progress
from engine.contracts.metrics import BY_NAME
from engine.record.disk_usage import trim
from engine.record.home import Home
from engine.run.control import Control
from engine.run.refusal import start_or_refuse

OF_LAYERS = "layers"


@dataclass
class Claims:
    """A number of claims on a model, with the rows that there are.

    Parameters
    ----------
    file: where new rows go; those of it, of the workspace and those that ship with the program are read.
    progress: gets a fraction 0..1 of all rows and what is being done. measured: gets a claim after each of its rows.
    """

    claims: Sequence[Claim]
    model: str
    home: Home
    file: Path
    seeds: int | None = None
    device: str | None = None
    command: str = ""
    control: Control = field(default_factory=Control)
    progress: Callable[[float, str], None] = lambda fraction, text: None
    measured: Callable[[Judged], None] = lambda claim: None

    def __post_init__(self) -> None:
        self.rows = files.read(files.bundled(), files.own(self.home), self.file)
        self.failed: list[tuple[Planned, StudioError]] = []
        self._spent = 0.0

    def judged(self) -> list[Judged]:
        """All claims with what the rows say by now."""
        return [judged(claim, self.model, self.rows, self.seeds) for claim in self.claims]

    def run(self) -> list[Judged]:
        """Measure what is missing. An arm that fails is left out and named in ``failed``; raises `Cancelled`, and
        `BadInput` if another process measures claims in this workspace."""
        plan = planned(self.claims, self.model, self.seeds)
        remaining = missing(plan, self.rows)
        with self._alone() as workspace:
            for number, entry in enumerate(remaining):
                self.control.checkpoint()
                self._measure(entry, remaining[number:], workspace)
                following = remaining[number + 1 : number + 2]
                if not following or following[0].claim is not entry.claim:
                    trim(workspace, 0)
        self.progress(1.0, "Done")
        return self.judged()

    def _alone(self) -> _Alone:
        return _Alone(Home(self.home.root / "claims"))

    def _measure(self, entry: Planned, remaining: Sequence[Planned], workspace: Home) -> None:
        ahead = expected_seconds(remaining, self.rows, self.model) or float(len(remaining))
        mine = expected_seconds(remaining[:1], self.rows, self.model) or 1.0
        words = f"{entry.claim.id}: {entry.arm.name}, seed {entry.seed}"

        def progress(fraction: float) -> None:
            self.progress(min(0.999, (self._spent + mine * fraction) / (self._spent + ahead)), words)

        progress(0.0)
        started, before = time.perf_counter(), time.process_time()
        try:
            values = self._values(entry, workspace, progress)
        except StudioError as error:
            self.failed.append((entry, error))
            return
        row = Row(
            claim=entry.claim.id,
            arm=entry.arm.name,
            seed=entry.seed,
            model=Path(self.model).name,
            subject=entry.subject,
            code=entry.code,
            values=values,
            seconds=round(time.perf_counter() - started, 2),
            processor_seconds=round(time.process_time() - before, 2),
            machine=files.machine(),
            versions=files.versions(),
            command=self.command,
            date=files.today(),
        )
        files.append(self.file, row)
        self.rows.append(row)
        self._spent += row.seconds
        self.measured(judged(entry.claim, self.model, self.rows, self.seeds))

    def _values(self, entry: Planned, workspace: Home, progress: Callable[[float], None]) -> dict[str, float]:
        if entry.arm.probe:
            return PROBES[entry.arm.probe](seed=entry.seed, checkpoint=self.control.checkpoint, **entry.arm.options)
        values = self._run(entry, workspace, progress)
        if entry.measure not in values:  # the artifact of a run that was cut before its row was written reports no more
            trim(workspace, 0)
            values = self._run(entry, workspace, progress)
        if entry.measure not in values:
            reported = ", ".join(sorted(values))
            raise BadInput(f"The run reports no '{entry.measure}'", where=entry.arm.name, why=f"it reports {reported}")
        return {name: value for name, value in values.items() if name in BY_NAME or name in measures()}

    def _run(self, entry: Planned, workspace: Home, progress: Callable[[float], None]) -> dict[str, float]:
        layers = _LayerMeans()

        def on_event(event: Event) -> None:
            if isinstance(event, Progress):
                progress(event.total)
            elif isinstance(event, LayerDone):
                layers.add(event)

        outcome = start_or_refuse(
            pipeline_of(entry.claim, entry.arm, self.model, entry.seed),
            home=workspace,
            device=self.device,
            sink=on_event,
            control=self.control,
        )
        if outcome.status == "cancelled":
            raise Cancelled
        if outcome.error is not None:
            raise outcome.error
        stage = outcome.report["stages"][-1]
        return {**numbers(stage["details"]), **layers.means(stage["block"]), **stage["metrics"]}


class _Alone:
    """The workspace of claims, apart from a person's runs, held by one process at a time."""

    def __init__(self, home: Home) -> None:
        self._home = home
        make_folder(home.root)
        self._lock = FileLock(home.root / "lock")

    def __enter__(self) -> Home:
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise BadInput(
                "Claims are being measured by another process already",
                where=str(self._home.root),
                advice="wait for it, or set COMPRESSION_STUDIO_HOME to another folder",
            ) from None
        return self._home

    def __exit__(self, *_: object) -> None:
        self._lock.release()


class _LayerMeans:
    """Means of the metrics of layers, weighted by their parameters."""

    def __init__(self) -> None:
        self._layers: dict[tuple[str | None, str], Mapping[str, float]] = {}

    def add(self, event: LayerDone) -> None:
        """Note the metrics of a finished layer."""
        if event.step is None:
            self._layers[event.block, event.layer] = event.metrics

    def means(self, block: str) -> dict[str, float]:
        """Name ("layers/error") -> mean over the layers of a block that have it."""
        sums: dict[str, tuple[float, float]] = {}
        for (owner, _), metrics in self._layers.items():
            weight = metrics.get("parameters", 1.0)
            for name, value in metrics.items() if owner == block else ():
                total, weights = sums.get(name, (0.0, 0.0))
                sums[name] = total + weight * value, weights + weight
        return {f"{OF_LAYERS}/{name}": total / weights for name, (total, weights) in sums.items()}


def numbers(details: Mapping[str, Any]) -> dict[str, float]:
    """Numbers among details by their paths, such as "kurtosis_after/down_input"."""
    return dict(_numbers(details, ""))


def _numbers(value: Any, path: str) -> Iterator[tuple[str, float]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _numbers(inner, f"{path}/{name}" if path else str(name))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path, float(value)
