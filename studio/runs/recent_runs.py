"""The runs on the home page: the one that goes on, and the last ones with their pictures and metrics."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from engine.base.errors import StudioError
from engine.contracts.metrics import metrics_words
from engine.pipeline.document import Pipeline
from engine.record.folder import RunFolder
from engine.record.history import PastRun
from engine.record.run_list import past_runs
from engine.record.state import RunState
from studio.engine_words import result_name
from studio.runs.card import result_grade
from studio.states import State, run_state, state_word

SHOWN = 5
LOOKED_AT = 50
"""Some of the last runs may be gone, or damaged."""


@dataclass(frozen=True)
class RunEntry:
    """One line."""

    name: str
    pipeline: Pipeline
    state: State
    text: str
    when: str
    past: PastRun
    resumable: bool = False


def recent_runs(apart: str = "") -> list[RunEntry]:
    """The last runs of the workspace but ``apart``, the newest first; what can't be read is left out."""
    entries: list[RunEntry] = []
    for run in past_runs(LOOKED_AT):
        with contextlib.suppress(StudioError):
            if run.id != apart and len(entries) < SHOWN:
                entries.append(_entry(run))
    return entries


def _entry(run: PastRun) -> RunEntry:
    folder = RunFolder.open(run.folder)
    goes_on = run.status in ("running", "paused") and folder.executing_process() is not None
    alone = "interrupted" if run.status in ("running", "paused") else run.status
    word = "running" if goes_on else run_state(alone)
    text = " · ".join(filter(None, (state_word(word, run.grade), metrics_words(run.last_metrics, {}))))
    resumable = word in ("cancelled", "interrupted") and run.can_resume
    return RunEntry(run.name or run.id, folder.pipeline(), word, text, when_words(run.started), run, resumable)


def present_words(run: RunState) -> str:
    """Progress of this window's run, in words."""
    state = run_state(run.shown_state)
    block = run.current
    grade = result_grade(run) if state == "done" else None
    return f"{state_word(state, grade)} {run.total:.0%}" + (
        f" · {result_name(block.title)}" if block is not None else ""
    )


def when_words(started: str) -> str:
    """ "2026-03-01T14:15:03" -> "03-01 14:15"."""
    return started.replace("T", " ")[5:16]
