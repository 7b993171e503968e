"""The runs that a workspace has: those that can be looked at or taken up, earlier forms of a pipeline, and what blocks
showed in the runs that computed them. Torch-free."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.base.errors import StudioError
from engine.contracts.details import BUDGET
from engine.contracts.events import Curve, Event, Grid, LayerDone, Metric
from engine.pipeline.differences import is_version_of
from engine.pipeline.document import Pipeline
from engine.record.disk_usage import folder_bytes
from engine.record.folder import HOLDER, INTERRUPTED, RunFolder
from engine.record.history import MOST, History, PastRun
from engine.record.home import Home

DRAWN = (Metric, LayerDone, Curve, Grid)
"""Events that charts are drawn from, whenever they were told."""
VERSIONS = 40
"""Runs of one pipeline that are looked at."""


def past_runs(limit: int = MOST) -> list[PastRun]:
    """The last runs whose folder is still there, the newest first."""
    with History.open(Home.default()) as history:
        return [run for run in history.runs(limit) if os.path.isdir(run.folder)]


def interrupted() -> list[PastRun]:
    """Runs that can be taken up, the newest first."""
    return [run for run in past_runs() if run.can_resume]


def run_bytes(run: str, folder: Path) -> int:
    """Bytes of a run on disk, with the artifacts that no other run has."""
    with History.open(Home.default()) as history:
        return folder_bytes(folder) + sum(map(folder_bytes, history.own_artifacts(run)))


@dataclass(frozen=True)
class Unfinished:
    """A run that goes on in another process, or whose process died."""

    folder: RunFolder
    name: str
    is_running: bool


def unfinished(home: Home) -> list[Unfinished]:
    """Runs of the workspace that go on or were interrupted, the newest first; what can't be read is left out."""
    runs = []
    marked = {path.parent for name in (HOLDER, INTERRUPTED) for path in home.runs.glob(f"*/{name}")}
    for folder in map(RunFolder, sorted(marked, reverse=True)):
        is_running = not folder.was_interrupted
        with contextlib.suppress(StudioError):
            name = folder.pipeline().name or folder.id
            if is_running or folder.report().get("status") != "done":
                runs.append(Unfinished(folder, name, is_running))
    return runs


def executed_run(home: Home, but: Collection[str] = ()) -> RunFolder | None:
    """A run of the workspace that a process of this computer executes now, ``but`` none of these."""
    folders = (RunFolder(path.parent) for path in home.runs.glob(f"*/{HOLDER}"))
    return next((folder for folder in folders if folder.id not in but and folder.executing_process() is not None), None)


@dataclass(frozen=True)
class Version:
    """A run of a pipeline that was another one then, perhaps."""

    run: PastRun
    pipeline: Pipeline


def versions(document: Pipeline) -> list[Version]:
    """The runs of a pipeline, the newest first; what can't be read, or never began, is left out."""
    runs: list[Version] = []
    for run in past_runs():
        if run.name != document.name or len(runs) >= VERSIONS:
            continue
        with contextlib.suppress(StudioError):
            folder = RunFolder.open(run.folder)
            pipeline = folder.pipeline()
            if is_version_of(pipeline, document) and (run.metrics or folder.has_begun()):
                runs.append(Version(run, pipeline))
    return runs


@dataclass(frozen=True)
class Reused:
    """Charts of blocks that came from the cache, as the runs that computed them reported them. ``maker``: one of these
    runs, None if all are gone."""

    events: tuple[Event, ...]
    maker: RunFolder | None

    @property
    def name(self) -> str:
        """The name of that run's pipeline; "" where it can't be read."""
        return str(self._report().get("name", ""))

    @property
    def started(self) -> str:
        """The time when it was started, as reports have it; "" where it can't be read."""
        return str(self._report().get("started", ""))

    def _report(self) -> Mapping[str, Any]:
        with contextlib.suppress(StudioError, OSError):
            return self.maker.report() if self.maker is not None else {}
        return {}


def reused(run: str, cached: Mapping[str, str], home: Home | None = None) -> Reused:
    """Layers, curves and plots of blocks that came from the cache, with ``run`` as their run. ``cached``: block id ->
    folder of its artifact."""
    with History.open(home or Home.default()) as history:
        makers = {block: history.maker(artifact) for block, artifact in cached.items()}
    events: list[Event] = []
    folders = []
    for block, maker in makers.items():
        if maker is not None and maker[0].is_dir():
            folders.append(RunFolder(maker[0]))
            events += _drawn_by(*maker, run, block)
    return Reused(tuple(events), folders[0] if folders else None)


def drawn_before(run: str, cached: Mapping[str, str], home: Home | None = None) -> list[Event]:
    """The charts that `reused` finds."""
    return list(reused(run, cached, home).events)


def _drawn_by(folder: Path, maker: str, run: str, block: str) -> list[Event]:
    events: list[Event] = []
    with contextlib.suppress(StudioError, OSError):
        for event in RunFolder.open(folder).events():
            if isinstance(event, DRAWN) and event.block == maker and event.run != run:
                events.append(dataclasses.replace(event, run=run, block=block))
    return events


def plan_before(artifact: str, home: Home) -> dict[str, Any] | None:
    """The plan for a budget that an artifact was made by, from the report of the run that computed it; None for one
    that was made without."""
    with History.open(home) as history:
        maker = history.maker(artifact)
    if maker is not None:
        with contextlib.suppress(StudioError, OSError):
            for stage in RunFolder.open(maker[0]).report().get("stages", ()):
                details = stage.get("details", {}).get(BUDGET) if stage.get("block") == maker[1] else None
                if isinstance(details, dict):
                    return details
    return None


def events_in_batches(folder: RunFolder, size: int) -> Iterator[list[Event]]:
    """The events of a run in order, so many at once; what can be read of a damaged log."""
    batch: list[Event] = []
    with contextlib.suppress(StudioError, OSError):
        for event in folder.events():
            batch.append(event)
            if len(batch) == size:
                yield batch
                batch = []
    yield batch
