"""Running, exporting and showing results: shared by the commands. Heavy rooms are imported when they are needed."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.base.errors import BadInput, StudioError, as_json
from engine.cli.output import PROGRAM, complain, note, say, say_json
from engine.cli.signals import interruptible
from engine.cli.words import options_of
from engine.methods.registry import method
from engine.pipeline.document import Pipeline
from engine.pipeline.names import distinct_titles

if TYPE_CHECKING:
    from engine.contracts.commands import Verified
    from engine.contracts.opening import OpenIn
    from engine.run.control import Control
    from engine.run.runner import Outcome
    from engine.service.job_progress import JobMeter, PhaseEnds
    from engine.service.terminal import Terminal


def print_json(arguments: argparse.Namespace, status: str = "done", **values: Any) -> None:
    """One JSON object on standard output."""
    say_json({"command": arguments.name, "status": status, **values})


def run_pipeline(
    pipeline: Pipeline, arguments: argparse.Namespace, folder: str | None = None, until: str | None = None
) -> Outcome:
    """Run a pipeline with a terminal; signals cancel it. Raises what its check refuses."""
    from engine.run.refusal import start_or_refuse

    with watched(pipeline, arguments) as (sink, control):
        return start_or_refuse(
            pipeline,
            folder=None if folder is None else Path(folder),
            until=until,
            device=arguments.device,
            trust_remote_code=arguments.trust_remote_code,
            sink=sink,
            control=control,
        )


@contextlib.contextmanager
def watched(
    pipeline: Pipeline | None, arguments: argparse.Namespace
) -> Iterator[tuple[Callable[[Any], None], Control]]:
    """A terminal that hears the events of a run, and the control that signals use. Without a pipeline, blocks are
    called by their ids."""
    with (
        _terminal({} if pipeline is None else distinct_titles(pipeline), arguments) as terminal,
        interruptible() as control,
    ):
        yield terminal, control


@contextlib.contextmanager
def _terminal(titles: dict[str, str], arguments: argparse.Namespace) -> Iterator[Terminal]:
    from engine.service.terminal import Terminal

    terminal = Terminal(titles, show="warnings" if arguments.quiet else "all", debug=arguments.debug)
    try:
        yield terminal
    finally:
        terminal.close()


def finish(outcome: Outcome, arguments: argparse.Namespace, exported: Verified | None = None) -> int:
    """Show the metrics of a run, and of its export; gives the exit status."""
    from engine.models import ranks
    from engine.service.terminal import report_table

    report, is_first = outcome.report, ranks.is_main()
    if outcome.exit_status == 0:
        ranks.finalize()
    if not is_first:  # the first process does
        return outcome.exit_status
    if arguments.json:
        shown = {name: report[name] for name in ("status", "run", "name", "seed", "folder", "stages")}
        shown["report"] = str(outcome.folder.report_path)
        shown |= {"export": dataclasses.asdict(exported)} if exported else {}
        shown["status"] = status_of(exported) if exported and not exported.ok else shown["status"]
        print_json(arguments, **shown, **({"error": report["error"]} if "error" in report else {}))
    elif any(stage["metrics"] for stage in report["stages"]):
        say(report_table(report))
        say(f"Report: {outcome.folder.path / 'report.html'}")
        if exported:
            say_verified(exported)
    if outcome.error is not None:
        complain(str(outcome.error))
    if outcome.status == "cancelled":
        again = f"{PROGRAM} resume {outcome.report['run']}"
        note(f"Cancelled; what is finished is kept. Go on with: {again}")
    return outcome.exit_status


def finish_without_export(outcome: Outcome, arguments: argparse.Namespace, error: StudioError) -> int:
    """The run is done, its export failed: its results are shown all the same."""
    again = f"{PROGRAM} export {outcome.report['run']} --format FORMAT --out DIR"
    failed = {**outcome.report, "status": "failed", "error": as_json(error)}
    finish(dataclasses.replace(outcome, report=failed), arguments)
    complain(str(error))
    note(f"The result is kept. Export it in another format with: {again}")
    return error.exit_status


def is_first() -> bool:
    """True if this is the one that exports, among processes that work together."""
    from engine.models import ranks

    return ranks.is_main()


def check_new_folder(folder: Path) -> None:
    """Raise `BadInput` for a folder of an export that holds something."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput("The folder for the export is there already", where=str(folder), advice="choose a new one")


def check_export(arguments: argparse.Namespace, steps: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """Refuse before the run what would make its export fail."""
    from engine.checkpoints.consent import trusting
    from engine.export.folder import refuse
    from engine.export.registry import export_format
    from engine.models.source import is_local, open_model
    from engine.run.planned_export import planned_problems

    kind = export_format(arguments.format)
    kind.options.parse(options_of(arguments.option), where=f"options of {kind.title}")
    check_new_folder(Path(arguments.out))
    if is_local(arguments.model):  # what has to be fetched first is known to the export alone
        settings = [method(name).settings.parse(values, where=name) for name, values in steps]
        with trusting(arguments.trust_remote_code):
            model = open_model(arguments.model)
        problems = planned_problems(model.anatomy, settings, kind, model)
        refuse(problems)
        for problem in problems:
            note(f"warning: {problem}")


def exported(artifact: Path, arguments: argparse.Namespace) -> Verified:
    """Write an artifact to ``arguments.out`` and verify it."""
    from engine.record.home import Home
    from engine.service.job_progress import export_ends
    from engine.service.jobs import export_artifact

    with job(arguments, "Export", export_ends(artifact, arguments.format)) as (progress, control):
        return export_artifact(
            artifact,
            arguments.format,
            Path(arguments.out),
            home=Home.default(),
            options=options_of(arguments.option),
            progress=progress,
            control=control,
        )


@contextlib.contextmanager
def bar(arguments: argparse.Namespace, title: str, phases: PhaseEnds = ()) -> Iterator[JobMeter]:
    """A progress bar for a job other than a run."""
    from engine.record.home import Home
    from engine.run.rates import Rates
    from engine.service.job_progress import JOB, JobMeter

    with _terminal({JOB: title}, arguments) as terminal:
        yield JobMeter(JOB, terminal, phases, rates=Rates(Home.default().cache / "phases.json"), block=JOB)


@contextlib.contextmanager
def job(arguments: argparse.Namespace, title: str, phases: PhaseEnds = ()) -> Iterator[tuple[JobMeter, Control]]:
    """A `bar` for a job that signals cancel: its progress, and the control that it looks at."""
    with bar(arguments, title, phases) as progress, interruptible() as control:
        control.beat = progress.beat
        yield progress, control


def show_verified(result: Verified, arguments: argparse.Namespace) -> int:
    """Show a verification; gives the exit status."""
    if arguments.json:
        print_json(arguments, status_of(result), export=dataclasses.asdict(result))
    else:
        say_verified(result)
    return 0 if result.ok else 1


def status_of(result: Verified) -> str:
    """The word of a verification in ``--json``."""
    return "done" if result.ok else "unchecked" if result.unchecked else "failed"


def say_verified(result: Verified) -> None:
    """Its sentence and its warnings."""
    say(str(result))
    for warning in result.warnings:
        note(f"warning: {warning}")
    if result.ok:
        say_open_in(result.open_in)


def say_open_in(entries: Sequence[OpenIn]) -> None:
    """Lines that open a model in other programs."""
    for entry in entries:
        say(f"\nOpen in {entry.program}:\n" + "\n".join(f"  {line}".rstrip() for line in entry.lines.splitlines()))
