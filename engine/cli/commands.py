"""Implementation of each command. Heavy rooms are imported when a command needs them, so that help and lists appear at
once."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.base.errors import BadInput, StudioError, as_json
from engine.base.files import refuse_existing, write_text
from engine.base.human import bytes_text, count_text
from engine.base.likely import likely, likely_path
from engine.cli.exports import chosen_format, list_formats
from engine.cli.listing import described, method_page, table_of_methods
from engine.cli.output import PROGRAM, complain, note, say, say_json
from engine.cli.signals import interruptible
from engine.cli.words import options_of, step, with_model, with_setting, with_sweep
from engine.data.texts import INHERITED
from engine.methods.registry import method, methods
from engine.methods.search import search
from engine.pipeline.document import Block, Evaluation, Pipeline
from engine.pipeline.names import distinct_titles
from engine.pipeline.survey import survey as survey_of

if TYPE_CHECKING:
    from engine.contracts.commands import Verified
    from engine.run.control import Control
    from engine.run.runner import Outcome
    from engine.service.job_progress import JobMeter, PhaseEnds
    from engine.service.terminal import Terminal


# -- commands ----------------------------------------------------------------------------------------------------------
def compress(arguments: argparse.Namespace) -> int:
    """One method after another, measured, and perhaps exported."""
    steps: list[tuple[str, dict[str, Any]]] = [("model", {"model": arguments.model})]
    steps += [step(text) for text in arguments.steps]
    evaluation = Evaluation.parse(
        {
            "when": "every_block" if arguments.evaluate else "never",
            "text": arguments.evaluate or INHERITED,
            "window_size": arguments.window_size,
            "num_windows": arguments.num_windows,
            "compare": arguments.compare,
            "speed": arguments.speed,
        },
        where="evaluation",
    )
    name = f"{Path(arguments.model).name}: " + ", ".join(method(name).title for name, _ in steps[1:])
    pipeline = Pipeline.linear(steps, name=name, seed=arguments.seed, evaluation=evaluation)
    if (arguments.format is None) != (arguments.out is None):
        raise BadInput("--export and --out belong together", advice="name a format and the folder to write")
    if arguments.format is not None:
        _check_export(arguments, steps[1:])
    outcome = _run(pipeline, arguments)
    if arguments.format is None or outcome.status != "done" or not _is_first():
        return _finish(outcome, arguments)
    try:
        verified = _exported(Path(outcome.report["stages"][-1]["artifact"]), arguments)
    except StudioError as error:
        return _finish_without_export(outcome, arguments, error)
    return max(_finish(outcome, arguments, verified), 0 if verified.ok else 1)


def survey(arguments: argparse.Namespace) -> int:
    """Every method, or chosen ones, beside each other."""
    from engine.record.home import Home
    from engine.run.estimate import fitting

    measured = {
        "text": arguments.evaluate or INHERITED,
        "window_size": arguments.window_size,
        "num_windows": arguments.num_windows,
        "speed": arguments.speed,
    }
    everything = survey_of(
        Block(id="model_1", method="model", settings={"model": arguments.model}),
        arguments.methods,
        preset=arguments.preset,
        evaluation=Evaluation.parse(measured, where="evaluation"),
        name=f"Survey of {Path(arguments.model).name}",
        seed=arguments.seed,
        text=arguments.text,
    )
    pipeline, refused = fitting(everything, home=Home.default(), device=arguments.device)
    for problem in refused:
        note(f"Left out: {method(everything.block(str(problem.block)).method).title}. {problem}")
    if arguments.save is None:
        return _finish(_run(pipeline, arguments), arguments)
    refuse_existing(Path(arguments.save), "pipeline")
    write_text(Path(arguments.save), pipeline.to_json())
    note(f"Written: {arguments.save}. Run it with: {PROGRAM} run {arguments.save}")
    if arguments.json:
        _json(arguments, pipeline=json.loads(pipeline.to_json()), left_out=[str(problem) for problem in refused])
    return 0


def _finish_without_export(outcome: Outcome, arguments: argparse.Namespace, error: StudioError) -> int:
    """The run is done, its export failed: its results are shown all the same."""
    again = f"{PROGRAM} export {outcome.report['run']} --format FORMAT --out DIR"
    failed = {**outcome.report, "status": "failed", "error": as_json(error)}
    _finish(dataclasses.replace(outcome, report=failed), arguments)
    complain(str(error))
    note(f"The result is kept. Export it in another format with: {again}")
    return error.exit_status


def run_file(arguments: argparse.Namespace) -> int:
    """A pipeline file, with changes."""
    if not Path(arguments.file).exists():
        advice = likely_path(arguments.file) or "check the path"
        raise BadInput("The pipeline file does not exist", where=arguments.file, advice=advice)
    pipeline = Pipeline.read(Path(arguments.file))
    for change in arguments.set:
        pipeline = with_setting(pipeline, change)
    for values in arguments.sweep:
        pipeline = with_sweep(pipeline, values)
    if arguments.model is not None:
        pipeline = with_model(pipeline, arguments.model)
    if arguments.seed is not None:
        pipeline = pipeline.model_copy(update={"seed": arguments.seed})
    outcome = _run(pipeline, arguments, folder=arguments.out, until=arguments.until)
    return _finish(outcome, arguments)


def resume(arguments: argparse.Namespace) -> int:
    """A run that was interrupted."""
    from engine.record.home import Home
    from engine.run import runner

    pipeline = runner.find(arguments.run, Home.default()).pipeline()
    with _watched(pipeline, arguments) as (sink, control):
        outcome = runner.resume(
            arguments.run,
            device=arguments.device,
            trust_remote_code=arguments.trust_remote_code,
            sink=sink,
            control=control,
        )
    return _finish(outcome, arguments)


def list_methods(arguments: argparse.Namespace) -> int:
    """All methods, those with some words, or all of one."""
    chosen = None if arguments.method is None else method(arguments.method)
    infos = list(methods().values()) if arguments.search is None else search(arguments.search)
    if arguments.json:
        _json(arguments, methods=[described(info) for info in ([chosen] if chosen is not None else infos)])
    else:
        say(table_of_methods(infos) if chosen is None else method_page(chosen))
    return 0


def inspect(arguments: argparse.Namespace) -> int:
    """List the tensors of a model."""
    from engine.service.jobs import header_of
    from engine.service.terminal import table

    header = header_of(arguments.model, arguments.revision)
    tensors = [dataclasses.asdict(tensor) for tensor in header.tensors]
    facts: dict[str, Any] = {
        "path": str(header.path),
        "format": header.format,
        "model_type": header.model_type,
        "parameters": header.parameters,
        "size_bytes": header.file_bytes,
        "tensor_bytes": header.nbytes,
        "came_packed": header.came_packed,
    }
    if arguments.json:
        _json(arguments, **facts, config=header.config, tensors=tensors)
        return 0
    rows = [(t.name, " × ".join(map(str, t.shape)), t.dtype, bytes_text(t.nbytes)) for t in header.tensors]
    say(table(("Tensor", "Shape", "Type", "Size"), rows))
    size = f"{count_text(header.parameters)} values, {bytes_text(header.file_bytes)} on disk"
    say(f"\n{header.path}: {header.model_type} ({header.format}), {len(rows)} tensors, {size}")
    if header.came_packed:
        say(
            f"Its weights are stored as {header.came_packed}: they are unpacked to be worked on, and what no block "
            "changes is kept so."
        )
    return 0


def export(arguments: argparse.Namespace) -> int:
    """Write an artifact for other programs."""
    from engine.record.home import Home
    from engine.service.jobs import artifact_of

    artifact = artifact_of(arguments.source, Home.default(), arguments.block)
    if arguments.out is None:
        return list_formats(artifact, arguments)
    if arguments.format is None:
        arguments.format = chosen_format(artifact)
    return _show_verified(_exported(artifact, arguments), arguments)


def verify(arguments: argparse.Namespace) -> int:
    """Load an export again."""
    from engine.export.verification.check import verify
    from engine.service.job_progress import verify_ends

    with _bar(arguments, "Verify", verify_ends(Path(arguments.folder))) as progress, interruptible() as control:
        control.beat = progress.beat
        result = verify(Path(arguments.folder), progress, control.checkpoint)
    return _show_verified(result, arguments)


def history(arguments: argparse.Namespace) -> int:
    """The last runs."""
    from engine.record.history import History
    from engine.record.home import Home
    from engine.service.terminal import table

    with History.readable(Home.default()) as opened:
        runs = opened.runs(arguments.limit)
    if arguments.json:
        columns = ("id", "name", "folder", "status", "started", "finished", "metrics")
        _json(
            arguments, runs=[{key: getattr(run, key) for key in columns} | {"folder": str(run.folder)} for run in runs]
        )
    elif runs:
        say(table(("Run", "State", "Name"), [(run.id, run.status, run.name) for run in runs], numeric=False))
    else:
        say("No runs yet.")
    return 0


def results(arguments: argparse.Namespace) -> int:
    """The results of all runs that a filter takes, as a table, as CSV, or as JSON."""
    from engine.record.history import History
    from engine.record.home import Home
    from engine.record.results import ALIASES, Filter, Records, column_title
    from engine.service.terminal import table

    with History.readable(Home.default()) as opened:
        records = Records(opened.results())
    every = records.columns()
    sort = ALIASES.get(arguments.sort, arguments.sort)
    if sort and sort not in every:
        raise BadInput(f"No column is called '{arguments.sort}'", advice=likely(arguments.sort, every))
    rows = records.chosen(Filter.read(" ".join(arguments.filter), every))
    rows = (records.ordered(rows, sort, down=arguments.descending) if sort else rows)[: arguments.limit]
    names = records.usual_columns()
    if arguments.json:
        lines = [{name: records.value(row, name) for name in every} | {"artifact": row.artifact} for row in rows]
        _json(arguments, results=lines)
    elif arguments.csv:
        say(records.table(rows, every).to_csv().rstrip("\n"))
    elif rows:
        say(table([column_title(name) for name in names], [[records.text(row, n) for n in names] for row in rows]))
    else:
        say("No results." if arguments.filter else "No results yet.")
    return 0


def completion(arguments: argparse.Namespace) -> int:
    """The lines that teach a shell to complete words."""
    from engine.cli.completion import shell_code

    code = shell_code(arguments.shell)
    if arguments.json:
        _json(arguments, shell=arguments.shell, code=code)
    else:
        say(code)
    return 0


def _json(arguments: argparse.Namespace, status: str = "done", **values: Any) -> None:
    say_json({"command": arguments.name, "status": status, **values})


# -- running -----------------------------------------------------------------------------------------------------------
def _run(
    pipeline: Pipeline, arguments: argparse.Namespace, folder: str | None = None, until: str | None = None
) -> Outcome:
    from engine.run.refusal import start_or_refuse

    with _watched(pipeline, arguments) as (sink, control):
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
def _watched(pipeline: Pipeline, arguments: argparse.Namespace) -> Iterator[tuple[Callable[[Any], None], Control]]:
    with _terminal(distinct_titles(pipeline), arguments) as terminal, interruptible() as control:
        yield terminal, control


@contextlib.contextmanager
def _terminal(titles: dict[str, str], arguments: argparse.Namespace) -> Iterator[Terminal]:
    from engine.service.terminal import Terminal

    terminal = Terminal(titles, show="warnings" if arguments.quiet else "all", debug=arguments.debug)
    try:
        yield terminal
    finally:
        terminal.close()


def _finish(outcome: Outcome, arguments: argparse.Namespace, exported: Verified | None = None) -> int:
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
        shown["status"] = _status(exported) if exported and not exported.ok else shown["status"]
        _json(arguments, **shown, **({"error": report["error"]} if "error" in report else {}))
    elif any(stage["metrics"] for stage in report["stages"]):
        say(report_table(report))
        say(f"Report: {outcome.folder.path / 'report.html'}")
        if exported:
            _say_verified(exported)
    if outcome.error is not None:
        complain(str(outcome.error))
    if outcome.status == "cancelled":
        again = f"{PROGRAM} resume {outcome.report['run']}"
        note(f"Cancelled; what is finished is kept. Go on with: {again}")
    return outcome.exit_status


def _is_first() -> bool:
    """True if this is the one that exports, among processes that work together."""
    from engine.models import ranks

    return ranks.is_main()


def _check_export(arguments: argparse.Namespace, steps: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """Refuse before the run what would make its export fail."""
    from engine.checkpoints.consent import trusting
    from engine.export.folder import refuse
    from engine.export.registry import export_format
    from engine.models.source import is_local, open_model
    from engine.run.planned_export import planned_problems

    kind = export_format(arguments.format)
    kind.options.parse(options_of(arguments.option), where=f"options of {kind.title}")
    folder = Path(arguments.out)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput("The folder for the export is there already", where=str(folder), advice="choose a new one")
    if is_local(arguments.model):  # what has to be fetched first is known to the export alone
        settings = [method(name).settings.parse(values, where=name) for name, values in steps]
        with trusting(arguments.trust_remote_code):
            model = open_model(arguments.model)
        problems = planned_problems(model.anatomy, settings, kind, model)
        refuse(problems)
        for problem in problems:
            note(f"warning: {problem}")


def _exported(artifact: Path, arguments: argparse.Namespace) -> Verified:
    from engine.record.home import Home
    from engine.service.job_progress import export_ends
    from engine.service.jobs import export_artifact

    with _bar(arguments, "Export", export_ends(artifact, arguments.format)) as progress, interruptible() as control:
        control.beat = progress.beat
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
def _bar(arguments: argparse.Namespace, title: str, phases: PhaseEnds = ()) -> Iterator[JobMeter]:
    from engine.record.home import Home
    from engine.run.rates import Rates
    from engine.service.job_progress import JOB, JobMeter

    with _terminal({JOB: title}, arguments) as terminal:
        yield JobMeter(JOB, terminal, phases, rates=Rates(Home.default().cache / "phases.json"), block=JOB)


def _show_verified(result: Verified, arguments: argparse.Namespace) -> int:
    if arguments.json:
        _json(arguments, _status(result), export=dataclasses.asdict(result))
    else:
        _say_verified(result)
    return 0 if result.ok else 1


def _status(result: Verified) -> str:
    """The word of a verification in ``--json``."""
    return "done" if result.ok else "unchecked" if result.unchecked else "failed"


def _say_verified(result: Verified) -> None:
    say(str(result))
    for warning in result.warnings:
        note(f"warning: {warning}")
