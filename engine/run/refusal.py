"""Runs of scripts and of the command line: one that is refused before its first block leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from engine.base.errors import BadInput
from engine.models import ranks
from engine.pipeline.document import Pipeline
from engine.record.folder import RunFolder
from engine.record.history import History
from engine.record.home import Home
from engine.run.control import Control
from engine.run.runner import Outcome, Sink, start


def start_or_refuse(
    pipeline: Pipeline,
    *,
    home: Home | None = None,
    folder: Path | None = None,
    until: str | None = None,
    device: str | None = None,
    trust_remote_code: Iterable[str] = (),
    sink: Sink = lambda event: None,
    control: Control | None = None,
) -> Outcome:
    """See `engine.run.runner.start`. Raises `BadInput` for a pipeline that can't be run as it stands: settings that
    don't fit the model, a model or a text that is not there. Its folder and its line in the history are gone then."""
    home = home or Home.default()
    outcome = start(
        pipeline,
        home=home,
        folder=folder,
        until=until,
        device=device,
        trust_remote_code=trust_remote_code,
        sink=sink,
        control=control,
    )
    if outcome.has_begun or not isinstance(outcome.error, BadInput):
        return outcome
    ranks.on_main(lambda: _forget(outcome.folder, home))
    outcome.error.block = outcome.report["error"]["block"]
    raise outcome.error


def _forget(folder: RunFolder, home: Home) -> str:
    with History.open(home) as history:
        history.forget(folder.id)
    folder.withdraw()
    return ""
