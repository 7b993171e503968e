"""A run in several processes of this machine: one for each of its GPUs."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from engine.base.errors import BadInput, RunFailed, StudioError
from engine.cli.running import finish, watched
from engine.contracts.events import OVER, Event, Failure, RunChanged
from engine.pipeline.document import Pipeline

if TYPE_CHECKING:
    from engine.record.folder import RunFolder


def run_together(pipeline: Pipeline, arguments: argparse.Namespace, taken_up: RunFolder | None = None) -> int:
    """Run a pipeline, or take up the run of a folder; gives the exit status."""
    from engine.contracts.commands import RunPipeline
    from engine.record.folder import RunFolder
    from engine.record.home import Home, new_run_id
    from engine.run.runner import Outcome
    from engine.service.launched import LaunchedRun

    home = Home.default()
    if getattr(arguments, "out", None) is not None or arguments.trust_remote_code:
        raise BadInput("--out and --trust-remote-code can't be used with --processes", advice="leave them out")
    if taken_up is not None and taken_up.path.parent.resolve() != home.runs.resolve():
        why = "it is not in the workspace"
        advice = "start it with: accelerate launch -m engine resume"
        raise BadInput(
            "This run can't be taken up by several processes", where=str(taken_up.path), why=why, advice=advice
        )
    together: dict[str, Any] = {"processes": arguments.processes, "strategy": arguments.strategy or "ddp"}
    if taken_up is None:
        command = RunPipeline(id=new_run_id(), pipeline=pipeline.to_json(), until=arguments.until, **together)
    else:
        command = RunPipeline(id=taken_up.id, resume=True, **together)
    last: list[RunChanged] = []
    failures: list[Failure] = []

    def on_event(event: Event) -> None:
        if isinstance(event, RunChanged) and event.state in OVER:
            last.append(event)
        elif isinstance(event, Failure):
            failures.append(event)
        sink(event)

    with watched(pipeline, arguments) as (sink, control):
        LaunchedRun(command, home, arguments.device, on_event, control).execute()
    folder = RunFolder(home.runs / command.id)
    state = "failed" if last[-1].state == "interrupted" else last[-1].state
    error: StudioError | None = None
    if state not in ("done", "cancelled"):
        said = failures[-1] if failures else Failure(run=command.id, what=last[-1].message)
        error = RunFailed(said.what, where=said.where, why=said.why, advice=said.advice)
        if not folder.path.is_dir():
            raise error
    return finish(Outcome(state, folder, folder.report(), error), arguments)
