"""Implementation of each command. Heavy rooms are imported when a command needs them, so that help and lists appear at
once."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path
from typing import Any

from engine.base.errors import BadInput, StudioError
from engine.base.files import refuse_existing, write_text
from engine.base.human import bytes_text, count_text
from engine.base.likely import likely, likely_path
from engine.cli.exports import chosen_format, list_formats
from engine.cli.listing import described, method_page, table_of_methods
from engine.cli.machines import results_on, resume_on, run_on
from engine.cli.output import PROGRAM, note, say
from engine.cli.running import (
    check_export,
    exported,
    finish,
    finish_without_export,
    is_first,
    job,
    print_json,
    run_pipeline,
    show_verified,
    watched,
)
from engine.cli.together import run_together
from engine.cli.words import steps_of, with_model, with_setting, with_sweep
from engine.data.texts import INHERITED
from engine.methods.registry import method, methods
from engine.methods.search import search
from engine.pipeline.document import Block, Evaluation, Pipeline
from engine.pipeline.recipes import open_pipeline
from engine.pipeline.survey import survey as survey_of


# -- commands ----------------------------------------------------------------------------------------------------------
def compress(arguments: argparse.Namespace) -> int:
    """One method after another, measured, and perhaps exported."""
    steps: list[tuple[str, dict[str, Any]]] = [("model", {"model": arguments.model})]
    steps += steps_of(arguments.steps)
    measured = arguments.evaluate or arguments.speed or arguments.generation != "off"
    evaluation = Evaluation.parse(
        {
            "when": "every_block" if measured else "never",
            "text": arguments.evaluate or INHERITED,
            "window_size": arguments.window_size,
            "num_windows": arguments.num_windows,
            "compare": arguments.compare,
            "speed": arguments.speed,
            "generation": arguments.generation,
        },
        where="evaluation",
    )
    name = f"{Path(arguments.model).name}: " + ", ".join(method(name).title for name, _ in steps[1:])
    pipeline = Pipeline.linear(steps, name=name, seed=arguments.seed, evaluation=evaluation)
    if (arguments.format is None) != (arguments.out is None):
        raise BadInput("--export and --out belong together", advice="name a format and the folder to write")
    if arguments.format is not None:
        check_export(arguments, steps[1:])
    outcome = run_pipeline(pipeline, arguments)
    if arguments.format is None or outcome.status != "done" or not is_first():
        return finish(outcome, arguments)
    try:
        verified = exported(Path(outcome.report["stages"][-1]["artifact"]), arguments)
    except StudioError as error:
        return finish_without_export(outcome, arguments, error)
    return max(finish(outcome, arguments, verified), 0 if verified.ok else 1)


def survey(arguments: argparse.Namespace) -> int:
    """Every method, or chosen ones, beside each other."""
    from engine.record.home import Home
    from engine.run.estimate import fitting

    measured = {
        "text": arguments.evaluate or INHERITED,
        "window_size": arguments.window_size,
        "num_windows": arguments.num_windows,
        "speed": arguments.speed,
        "generation": arguments.generation,
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
        return finish(run_pipeline(pipeline, arguments), arguments)
    refuse_existing(Path(arguments.save), "pipeline")
    write_text(Path(arguments.save), pipeline.to_json())
    note(f"Written: {arguments.save}. Run it with: {PROGRAM} run {arguments.save}")
    if arguments.json:
        print_json(arguments, pipeline=json.loads(pipeline.to_json()), left_out=[str(problem) for problem in refused])
    return 0


def claims(arguments: argparse.Namespace) -> int:
    """The claims of the survey: list, run, page."""
    from engine.cli.claims import claims as obeyed

    return obeyed(arguments)


def run_file(arguments: argparse.Namespace) -> int:
    """A pipeline file, with changes."""
    if not Path(arguments.file).exists():
        advice = likely_path(arguments.file) or "check the path"
        raise BadInput("The pipeline file does not exist", where=arguments.file, advice=advice)
    pipeline = open_pipeline(Path(arguments.file)).pipeline
    for change in arguments.set:
        pipeline = with_setting(pipeline, change)
    for values in arguments.sweep:
        pipeline = with_sweep(pipeline, values)
    if arguments.model is not None:
        pipeline = with_model(pipeline, arguments.model)
    if arguments.seed is not None:
        pipeline = pipeline.model_copy(update={"seed": arguments.seed})
    if arguments.on is not None:
        return run_on(pipeline, arguments)
    if (arguments.processes or 1) > 1:
        return run_together(pipeline, arguments)
    outcome = run_pipeline(pipeline, arguments, folder=arguments.out, until=arguments.until)
    return finish(outcome, arguments)


def resume(arguments: argparse.Namespace) -> int:
    """A run that was interrupted."""
    if arguments.on is not None:
        return resume_on(arguments)
    from engine.record.home import Home
    from engine.run import runner

    folder = runner.find(arguments.run, Home.default())
    pipeline = folder.pipeline()
    if (arguments.processes or 1) > 1:
        return run_together(pipeline, arguments, folder.executed_here())
    with watched(pipeline, arguments) as (sink, control):
        outcome = runner.resume(
            arguments.run,
            device=arguments.device,
            trust_remote_code=arguments.trust_remote_code,
            sink=sink,
            control=control,
        )
    return finish(outcome, arguments)


def list_methods(arguments: argparse.Namespace) -> int:
    """All methods, those with some words, or all of one."""
    chosen = None if arguments.method is None else method(arguments.method)
    infos = list(methods().values()) if arguments.search is None else search(arguments.search)
    if arguments.json:
        print_json(arguments, methods=[described(info) for info in ([chosen] if chosen is not None else infos)])
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
        print_json(arguments, **facts, config=header.config, tensors=tensors)
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
    return show_verified(exported(artifact, arguments), arguments)


def verify(arguments: argparse.Namespace) -> int:
    """Load an export again."""
    from engine.export.verification.check import verify
    from engine.service.job_progress import verify_ends

    with job(arguments, "Verify", verify_ends(Path(arguments.folder))) as (progress, control):
        result = verify(Path(arguments.folder), progress, control.checkpoint)
    return show_verified(result, arguments)


def audit(arguments: argparse.Namespace) -> int:
    """A quantized model beside its base."""
    from engine.cli.audit import audit as obeyed

    return obeyed(arguments)


def evaluate(arguments: argparse.Namespace) -> int:
    """Scores on tasks."""
    from engine.cli.evaluate import evaluate as obeyed

    return obeyed(arguments)


def replay(arguments: argparse.Namespace) -> int:
    """An export, made again."""
    from engine.cli.replay import replay as obeyed

    return obeyed(arguments)


def push(arguments: argparse.Namespace) -> int:
    """An export, to the hub."""
    from engine.cli.push import push as obeyed

    return obeyed(arguments)


def history(arguments: argparse.Namespace) -> int:
    """The last runs."""
    from engine.record.history import History
    from engine.record.home import Home
    from engine.service.terminal import table

    with History.readable(Home.default()) as opened:
        runs = opened.runs(arguments.limit)
    if arguments.json:
        columns = ("id", "name", "folder", "status", "started", "finished", "metrics")
        print_json(
            arguments, runs=[{key: getattr(run, key) for key in columns} | {"folder": str(run.folder)} for run in runs]
        )
    elif runs:
        say(table(("Run", "State", "Name"), [(run.id, run.status, run.name) for run in runs], numeric=False))
    else:
        say("No runs yet.")
    return 0


def results(arguments: argparse.Namespace) -> int:
    """The results of all runs that a filter takes, as a table, as CSV, or as JSON; or those of another machine."""
    if arguments.on is not None:
        return results_on(arguments)
    if arguments.fetch or arguments.block:
        raise BadInput("--fetch and --block are for results of another machine", advice="add --on MACHINE")
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
        print_json(arguments, results=lines)
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
        print_json(arguments, shell=arguments.shell, code=code)
    else:
        say(code)
    return 0
