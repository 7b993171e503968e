"""The command line: everything the window does, without the window and without Qt."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import shlex
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.contracts.errors import BadInput, Cancelled, StudioError
from engine.contracts.human import bytes_text, count_text, from_percent
from engine.contracts.settings import FieldInfo, Settings, fields
from engine.methods.base import FAMILY_TITLES, MethodInfo
from engine.methods.registry import method, methods
from engine.pipeline.document import Evaluation, Pipeline
from engine.version import __version__

if TYPE_CHECKING:
    from engine.contracts.commands import Verified
    from engine.run.control import Control
    from engine.run.runner import Outcome

PROGRAM = "compression-studio"
_EXAMPLES = f"""
examples:
  {PROGRAM} compress model.gguf 'round_to_nearest format=int4 symmetric=true group_size=64' \\
      --evaluate wiki.txt --windows 16 --export compressed-tensors --out small
  {PROGRAM} run pipeline.json --model sample --set round_to_nearest_1.group_size=32
  {PROGRAM} methods
exit status: 0 done, 1 failed, 2 bad input, 130 cancelled
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status. Errors are one sentence on stderr (and in the object of --json)."""
    arguments = parser().parse_args(argv)
    try:
        return int(arguments.command(arguments))
    except (StudioError, Cancelled) as error:
        return _refused(error, arguments)
    except KeyboardInterrupt:
        return _refused(Cancelled(), arguments)
    except BrokenPipeError:  # the reader of our output went away, as `head` does
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - lives as long as the process
        return 1
    except Exception as error:
        from engine.run.failures import explain

        return _refused(explain(error), arguments, error)


def _refused(error: StudioError | Cancelled, arguments: argparse.Namespace, cause: Exception | None = None) -> int:
    if arguments.debug:
        import traceback

        traceback.print_exception(cause or error)
    message = str(error) or "Cancelled."
    print(f"{PROGRAM}: {message}", file=sys.stderr)
    if arguments.json:
        from engine.run.failures import as_json

        _print(
            {"status": "cancelled"} if isinstance(error, Cancelled) else {"status": "failed", "error": as_json(error)}
        )
    return error.exit_status


# -- commands ----------------------------------------------------------------------------------------------------------
def _compress(arguments: argparse.Namespace) -> int:
    steps = [("model", {"model": arguments.model, "trust_remote_code": arguments.trust_remote_code})]
    steps += [_step(text) for text in arguments.steps]
    evaluation = Evaluation.parse(
        {
            "when": "every_block" if arguments.evaluate else "never",
            "text": arguments.evaluate or "sample",
            "window_size": arguments.window,
            "num_windows": arguments.windows,
            "compare": arguments.compare,
            "speed": arguments.speed,
        },
        where="evaluation",
    )
    name = f"{Path(arguments.model).name}: " + ", ".join(method(step).title for step, _ in steps[1:])
    pipeline = Pipeline.linear(steps, name=name, seed=arguments.seed, evaluation=evaluation)
    if (arguments.format is None) != (arguments.out is None):
        raise BadInput("--export and --out belong together", advice="name a format and the folder to write")
    if arguments.format is not None:
        _check_export(arguments)
    outcome = _run(pipeline, arguments)
    if arguments.format is None or outcome.status != "done" or not _is_first():
        return _finish(outcome, arguments)
    try:
        verified = _exported(Path(outcome.report["stages"][-1]["artifact"]), arguments)
    except StudioError as error:
        return _kept(outcome, arguments, error)
    return max(_finish(outcome, arguments, verified), 0 if verified.ok else 1)


def _kept(outcome: Outcome, arguments: argparse.Namespace, error: StudioError) -> int:
    """The run is done, its export failed: what it left is told all the same."""
    from engine.run.failures import as_json

    again = f"{PROGRAM} export {outcome.report['run']} --format FORMAT --out DIR"
    failed = {**outcome.report, "status": "failed", "error": as_json(error)}
    _finish(dataclasses.replace(outcome, report=failed), arguments)
    print(f"{PROGRAM}: {error}\nThe result is kept. Export it in another format with: {again}", file=sys.stderr)
    return error.exit_status


def _run_file(arguments: argparse.Namespace) -> int:
    pipeline = Pipeline.read(Path(arguments.file))
    for change in arguments.set:
        pipeline = _with_setting(pipeline, change)
    if arguments.model is not None:
        pipeline = _with_model(pipeline, arguments.model)
    if arguments.seed is not None:
        pipeline = pipeline.model_copy(update={"seed": arguments.seed})
    outcome = _run(pipeline, arguments, folder=arguments.out, until=arguments.until)
    return _finish(outcome, arguments)


def _resume(arguments: argparse.Namespace) -> int:
    from engine.run import runner
    from engine.run.home import Home

    pipeline = runner.find(arguments.run, Home.default()).pipeline()
    with _watched(pipeline, arguments) as (sink, control):
        outcome = runner.resume(arguments.run, device=arguments.device, sink=sink, control=control)
    return _finish(outcome, arguments)


def _methods(arguments: argparse.Namespace) -> int:
    if arguments.json:
        _print({"methods": [_described(info) for info in methods().values()]})
        return 0
    for info in methods().values():
        print(f"{info.id}  ({info.title}, {FAMILY_TITLES[info.family]})\n  {info.summary}")
        for field in fields(info.settings):
            print(f"    {field.name} = {_value_text(field.default)}   {_range_text(field)}\n        {field.help}")
        print()
    return 0


def _inspect(arguments: argparse.Namespace) -> int:
    from engine.run.jobs import structure_of
    from engine.run.terminal import table

    structure = structure_of(arguments.model, arguments.revision)
    tensors = [dataclasses.asdict(tensor) for tensor in structure.tensors]
    facts = {
        "path": str(structure.path),
        "format": structure.format,
        "model_type": structure.model_type,
        "parameters": structure.parameters,
        "size_bytes": structure.nbytes,
    }
    if arguments.json:
        _print({**facts, "config": structure.config, "tensors": tensors})
        return 0
    rows = [(t.name, " × ".join(map(str, t.shape)), t.dtype, bytes_text(t.nbytes)) for t in structure.tensors]
    print(table(("Tensor", "Shape", "Type", "Size"), rows))
    size = f"{count_text(structure.parameters)} values, {bytes_text(structure.nbytes)}"
    print(f"\n{structure.path}: {structure.model_type} ({structure.format}), {len(rows)} tensors, {size}")
    return 0


def _export(arguments: argparse.Namespace) -> int:
    from engine.run.home import Home
    from engine.run.jobs import artifact_of

    artifact = artifact_of(arguments.source, Home.default(), arguments.block)
    return _tell_verified(_exported(artifact, arguments), arguments)


def _verify(arguments: argparse.Namespace) -> int:
    from engine.export.verify import verify

    with _bar(arguments, "Verify") as progress, _interruptible() as control:
        result = verify(Path(arguments.folder), progress, control.checkpoint)
    return _tell_verified(result, arguments)


def _history(arguments: argparse.Namespace) -> int:
    from engine.run.history import History
    from engine.run.home import Home
    from engine.run.terminal import table

    with contextlib.closing(History.open(Home.default())) as history:
        runs = history.runs(arguments.limit)
    if arguments.json:
        _print({"runs": [{**dataclasses.asdict(run), "folder": str(run.folder)} for run in runs]})
    elif runs:
        print(table(("Run", "State", "Name"), [(run.id, run.status, run.name) for run in runs], numeric=False))
    else:
        print("No runs yet.")
    return 0


# -- running -----------------------------------------------------------------------------------------------------------
def _run(
    pipeline: Pipeline, arguments: argparse.Namespace, folder: str | None = None, until: str | None = None
) -> Outcome:
    from engine.run import runner

    with _watched(pipeline, arguments) as (sink, control):
        return runner.start(
            pipeline,
            folder=None if folder is None else Path(folder),
            until=until,
            device=arguments.device,
            sink=sink,
            control=control,
        )


@contextlib.contextmanager
def _watched(pipeline: Pipeline, arguments: argparse.Namespace) -> Iterator[tuple[Callable[[Any], None], Control]]:
    from engine.pipeline.legality import name_of
    from engine.run.terminal import Terminal

    known = methods()
    titles = {block.id: name_of(block, known.get(block.method)) for block in pipeline.blocks}
    terminal = Terminal(titles, debug=arguments.debug)
    try:
        with _interruptible() as control:
            yield terminal, control
    finally:
        terminal.close()


@contextlib.contextmanager
def _interruptible() -> Iterator[Control]:
    """Ctrl-C cancels at the next safe point, a second one ends the process at once."""
    from engine.run.control import Control

    control = Control()

    def interrupt(number: int, frame: Any) -> None:
        if control.is_cancelled:
            os._exit(Cancelled.exit_status)
        control.cancel()

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield control
    finally:
        signal.signal(signal.SIGINT, before)


def _finish(outcome: Outcome, arguments: argparse.Namespace, exported: Verified | None = None) -> int:
    from engine.models import ranks
    from engine.run.terminal import report_table

    report, told = outcome.report, ranks.is_main()
    if outcome.exit_status == 0:
        ranks.part()
    if not told:  # the first process does
        return outcome.exit_status
    if arguments.json:
        shown = {name: report[name] for name in ("status", "run", "name", "seed", "folder", "stages")}
        shown["report"] = str(outcome.folder.report_path)
        shown |= {"export": dataclasses.asdict(exported)} if exported else {}
        _print({**shown, "error": report["error"]} if "error" in report else shown)
    elif any(stage["figures"] for stage in report["stages"]):
        print(report_table(report))
        print(f"Report: {outcome.folder.path / 'report.html'}")
        if exported:
            _say_verified(exported)
    if outcome.error is not None:
        print(f"{PROGRAM}: {outcome.error}", file=sys.stderr)
    if outcome.status == "cancelled":
        again = f"{PROGRAM} resume {outcome.report['run']}"
        print(f"Cancelled; what is finished is kept. Go on with: {again}", file=sys.stderr)
    return outcome.exit_status


def _is_first() -> bool:
    """Whether this is the one that exports, among processes that work together."""
    from engine.models import ranks

    return ranks.is_main()


def _check_export(arguments: argparse.Namespace) -> None:
    """What would make the export fail is said before the run, not after it."""
    from engine.export.registry import export_format

    kind = export_format(arguments.format)
    kind.options.parse(_options(arguments.option), where=f"options of {kind.title}")
    folder = Path(arguments.out)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput("The folder for the export is there already", where=str(folder), advice="choose a new one")


def _exported(artifact: Path, arguments: argparse.Namespace) -> Verified:
    from engine.run.home import Home
    from engine.run.jobs import export_artifact

    with _bar(arguments, "Export") as progress, _interruptible() as control:
        return export_artifact(
            artifact,
            arguments.format,
            Path(arguments.out),
            home=Home.default(),
            options=_options(arguments.option),
            progress=progress,
            control=control,
        )


@contextlib.contextmanager
def _bar(arguments: argparse.Namespace, title: str) -> Iterator[Callable[[float, str], None]]:
    from engine.contracts.events import Progress
    from engine.run.terminal import Terminal

    terminal = Terminal({"job": title}, debug=arguments.debug)
    try:
        yield lambda fraction, text: terminal(
            Progress(run="job", block="job", fraction=fraction, total=fraction, text=text)
        )
    finally:
        terminal.close()


def _tell_verified(result: Verified, arguments: argparse.Namespace) -> int:
    if arguments.json:
        _print({"status": "done" if result.ok else "failed", "export": dataclasses.asdict(result)})
    else:
        _say_verified(result)
    return 0 if result.ok else 1


def _say_verified(result: Verified) -> None:
    print(result)
    for warning in result.warnings:
        print(f"warning: {warning}", file=sys.stderr)


# -- words into settings -----------------------------------------------------------------------------------------------
def _step(text: str) -> tuple[str, dict[str, Any]]:
    """``"round_to_nearest format=int4"`` -> method id and settings."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise BadInput("A method can't be read", where=text, why=str(error), advice="close the quotes") from None
    if not words:
        raise BadInput("A method is empty", advice="write 'METHOD setting=value …'")
    info = _known(words[0])
    pairs = [word.partition("=") for word in words[1:]]
    wrong = [name for name, equals, _ in pairs if not equals]
    if wrong:
        raise BadInput(f"'{wrong[0]}' is no setting", where=text, advice="write setting=value, without spaces")
    values = coerced(info.settings, {name: value for name, _, value in pairs})
    info.settings.parse(values, where=info.id)
    return info.id, values


def _known(method_id: str) -> MethodInfo:
    from engine.pipeline.document import Block
    from engine.pipeline.legality import resolve

    if method_id not in methods():
        resolve(Block(id=method_id, method=method_id))  # raises, with the name that was likely meant
    return method(method_id)


def coerced(settings: type[Settings], values: dict[str, str]) -> dict[str, Any]:
    """Words of the command line as JSON values: numbers, true/false/yes/no, none, lists with commas."""
    known = {field.name: field for field in fields(settings)}
    current = settings.renamed(values)
    return {
        name: _coerced(known[name], value) if name in known and isinstance(value, str) else value
        for name, value in current.items()
    }


def _coerced(field: FieldInfo, word: str) -> Any:
    if field.optional and word.lower() in ("none", "null", ""):
        return None
    if field.kind == "choice":
        return next((value for value, _ in field.choices if str(value) == word), word)
    if field.kind == "strings":
        return [part.strip() for part in word.split(",") if part.strip()]
    if field.share and word.rstrip().endswith("%"):
        with contextlib.suppress(ValueError):
            return from_percent(float(word.rstrip().removesuffix("%")))
    return word


def _options(words: list[str]) -> dict[str, str]:
    pairs = [word.partition("=") for word in words]
    if wrong := [name for name, equals, _ in pairs if not equals]:
        raise BadInput(f"'{wrong[0]}' is no option", advice="write --option name=value")
    return {name: value for name, _, value in pairs}


def _with_setting(pipeline: Pipeline, change: str) -> Pipeline:
    """``"block.setting=value"``, also ``"evaluation.setting=value"``."""
    path, equals, word = change.partition("=")
    block_id, dot, name = path.rpartition(".")
    if not equals or not dot:
        raise BadInput(f"'{change}' is no setting", advice="write --set block.setting=value")
    if block_id == "evaluation":
        values = {**pipeline.evaluation.model_dump(), **coerced(Evaluation, {name: word})}
        return pipeline.with_evaluation(Evaluation.parse(values, where="evaluation"))
    if not pipeline.has(block_id):
        known = ", ".join([*(block.id for block in pipeline.blocks), "evaluation"])
        raise BadInput("There is no such block", where=block_id, why=f"the pipeline has {known}")
    settings = _known(pipeline.block(block_id).method).settings
    changed = pipeline.with_settings(block_id, **coerced(settings, {name: word}))
    settings.parse(changed.block(block_id).settings, where=block_id)
    return changed


def _with_model(pipeline: Pipeline, model: str) -> Pipeline:
    known = methods()
    sources = [block.id for block in pipeline.blocks if block.method in known and known[block.method].is_source]
    if len(sources) != 1:
        raise BadInput(
            "--model needs a pipeline with one model",
            why=f"this one has {len(sources)}",
            advice="write --set block.model=… for each",
        )
    return pipeline.with_settings(sources[0], model=model)


# -- words out ---------------------------------------------------------------------------------------------------------
def _print(value: dict[str, Any]) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def _described(info: MethodInfo) -> dict[str, Any]:
    return {
        "id": info.id,
        "title": info.title,
        "family": info.family,
        "summary": info.summary,
        "paper": info.paper,
        "origin": info.origin,
        "inputs": list(info.inputs),
        "optional_inputs": list(info.optional),
        "needs": sorted(info.needs),
        "settings": [dataclasses.asdict(field) for field in fields(info.settings)],
    }


def _value_text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return ",".join(map(str, value)) or "(none)"
    return "none" if value is None else str(value) or "(none)"


def _range_text(field: FieldInfo) -> str:
    if field.kind == "choice":
        return "one of " + ", ".join(str(value) for value, _ in field.choices)
    if field.kind == "bool":
        return "true or false"
    low = None if field.minimum is None else f"{'more than' if field.exclusive_minimum else 'from'} {field.minimum:g}"
    high = None if field.maximum is None else f"{'less than' if field.exclusive_maximum else 'to'} {field.maximum:g}"
    words = {"int": "whole number", "float": "number", "strings": "list with commas"}.get(field.kind, field.kind)
    unit = "or a percentage" if field.share else field.unit
    return " ".join(word for word in (words, low, high, unit) if word)


# -- the parser --------------------------------------------------------------------------------------------------------
def parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    top = argparse.ArgumentParser(
        prog=PROGRAM,
        description="Compress language models: run pipelines of methods, measure, export.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    _add_compress(commands)
    run = _add(commands, "run", _run_file, "run a pipeline file")
    run.add_argument("file", metavar="FILE", help="a pipeline, as the window saves it")
    run.add_argument("--model", help="another model for the pipeline's Model block")
    run.add_argument("--set", action="append", default=[], metavar="BLOCK.SETTING=VALUE", help="change a setting")
    run.add_argument("--out", metavar="DIR", help="folder for the files of the run")
    run.add_argument("--until", metavar="BLOCK", help="the last block to run")
    run.add_argument("--seed", type=int, help="another seed than the pipeline's")
    run.add_argument("--device", help="cpu, cuda, cuda:1 …; by default the first GPU, else the CPU")
    resume = _add(commands, "resume", _resume, "go on with a run that was interrupted")
    resume.add_argument("run", metavar="RUN", help="its id or its folder")
    resume.add_argument("--device", help="another device than the one it began on")
    _add(commands, "methods", _methods, "list the methods and their settings")
    inspect = _add(commands, "inspect", _inspect, "what is in a model, from its headers")
    inspect.add_argument("model", metavar="MODEL", help="a folder, a GGUF file, a hub id, an artifact, or 'sample'")
    inspect.add_argument("--revision", default="", help="branch, tag or commit on the hub")
    export = _add(commands, "export", _export, "write an artifact in a format that other programs load")
    export.add_argument("source", metavar="RUN_OR_ARTIFACT", help="a run's id or folder, or an artifact's folder")
    export.add_argument("--block", help="which block of the run; the last by default")
    export.add_argument("--format", required=True, help="dense, compressed-tensors or container")
    export.add_argument("--out", required=True, metavar="DIR", help="folder to write; it must not be there yet")
    _add_option(export)
    verify = _add(commands, "verify", _verify, "load an export in a fresh process and compare its logits")
    verify.add_argument("folder", metavar="DIR")
    history = _add(commands, "history", _history, "list the runs, the newest first")
    history.add_argument("--limit", type=int, default=20, help="how many (20)")
    return top


def _add_compress(commands: Any) -> None:
    compress = _add(commands, "compress", _compress, "compress a model with one method after another")
    compress.add_argument("model", metavar="MODEL", help="a folder, a GGUF file, a hub id, or 'sample'")
    compress.add_argument("steps", nargs="+", metavar="METHOD", help="'METHOD setting=value …'; see: methods")
    compress.add_argument("--evaluate", metavar="TEXT", help="measure perplexity on a text file, hub:name, or 'sample'")
    compress.add_argument("--windows", type=int, default=16, help="how many windows of the text; 0: all (16)")
    compress.add_argument("--window", type=int, default=2048, help="tokens per window (2048)")
    compress.add_argument("--no-compare", dest="compare", action="store_false", help="no KL divergence to the original")
    compress.add_argument("--speed", action="store_true", help="measure tokens per second too")
    compress.add_argument("--export", dest="format", metavar="FORMAT", help="dense, compressed-tensors or container")
    compress.add_argument("--out", metavar="DIR", help="folder of the export; it must not be there yet")
    _add_option(compress)
    compress.add_argument("--seed", type=int, default=0, help="of everything random (0)")
    compress.add_argument("--device", help="cpu, cuda, cuda:1 …; by default the first GPU, else the CPU")
    compress.add_argument(
        "--trust-remote-code", action="store_true", help="run Python code that the model brings, with all your rights"
    )


def _add_option(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--option", action="append", default=[], metavar="NAME=VALUE", help="an option of the export format"
    )


def _add(commands: Any, name: str, command: Callable[[argparse.Namespace], int], help: str) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = commands.add_parser(name, help=help, description=help[0].upper() + help[1:] + ".")
    made.add_argument("--json", action="store_true", help="one JSON object on standard output")
    made.add_argument("--debug", action="store_true", help="show the traceback of an error")
    made.set_defaults(command=command)
    return made
