"""Runs: one method after another, variants, and what was interrupted."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.api.arguments import pipeline_of, trusted_names
from engine.api.display import both, terminal_of
from engine.api.far import refuse_local_only, run_there
from engine.api.names import Measure, PathLike, Step, home_of
from engine.api.result import BlockResult, Result, Sweep
from engine.base.errors import BadInput, Cancelled
from engine.base.likely import likely
from engine.checkpoints.checkpoint import read_header
from engine.contracts.events import Event
from engine.contracts.settings import fields
from engine.data.texts import BUNDLED
from engine.measure.evaluate import computing_dtype
from engine.methods.registry import method as known_method
from engine.models.model import config_dtype
from engine.pipeline import variants
from engine.pipeline.document import Evaluation, Pipeline
from engine.pipeline.names import distinct_titles
from engine.record.home import Home
from engine.run import runner
from engine.run.argument_checks import metrics_of, path_of
from engine.run.environment import pick_device
from engine.run.passed_texts import Texts
from engine.run.refusal import start_or_refuse


def compress(
    model: PathLike | None,
    method: Step | Sequence[Step] | Pipeline,
    /,
    *,
    evaluation: Evaluation | Mapping[str, Any] | Texts | Measure | None = BUNDLED,
    seed: int | None = None,
    device: str | None = None,
    folder: PathLike | None = None,
    home: Home | PathLike | None = None,
    progress: bool = True,
    on_event: Callable[[Event], None] | None = None,
    trust_remote_code: bool | PathLike | Sequence[PathLike] = False,
    machine: str | None = None,
    **settings: Any,
) -> Result:
    """Compress a model with one method after another, measure what is left, and keep everything in a run's folder.

    Parameters
    ----------
    model: a folder, a GGUF file, an id on the Hugging Face hub, or "sample" (the bundled small model). None: the one
        that a pipeline names itself.
    method: the id of a method, with its settings as further arguments; a list of ids and ``(id, settings)``, one after
        the other; or a whole `Pipeline`. A setting that is called like an argument of this function is given with the
        id: ``("spinquant", {"seed": 3})``. A text among them may be a text itself, or a list of texts or of records.
    evaluation: on which text every step is measured: a file, "hub:name", "mixed", "sample", or the one of the last two
        that suits the model ("bundled"); a text itself, or several; settings of `Evaluation` (``{"text": "wiki.txt",
        "num_windows": 32}``); or a function that gives metrics by name for the network of each step. None measures
        nothing but sizes. A pipeline keeps its own unless one is given.
    seed: of everything random (0); equal seeds give equal bits on the same machine.
    device: "cpu", "cuda", "cuda:1", "xpu", "mps" …; by default the first accelerator, else the CPU.
    folder: for the files of the run, by default below ``home``: the workspace, $COMPRESSION_STUDIO_HOME or the user's
        data folder.
    progress: show a bar on standard error. on_event: hears every event of the run (`engine.contracts.events`).
    trust_remote_code: True says yes to the Python code that ``model`` brings, as it is now: it runs with all your
        rights. Names of models: yes to the code of these. The yes is kept for exactly this code.
    machine: the name of another machine (`compression-studio machines add`) that runs it. Models and texts that are
        files here are sent; metrics, layers and charts come back, weights when ``model()`` or ``export()`` need them.

    Returns
    -------
    Result: metrics, artifacts and the report.

    Raises
    ------
    BadInput: an unknown method or setting, a model that does not fit, a text that is not there.
    RunFailed, OutOfMemory: what went wrong. What was finished by then is kept: the same call goes on from there.
    Cancelled: ``on_event`` or another thread cancelled the run.
    """
    workspace = home_of(home)
    measured, on_text = (evaluation, None) if callable(evaluation) else (None, evaluation)
    pipeline = pipeline_of(model, method, settings, on_text, seed, workspace.root / "texts")
    result = run_pipeline(pipeline, workspace, device, folder, progress, on_event, trust_remote_code, machine)
    return result if measured is None else _with_metrics(result, measured, device)


def sweep(
    model: PathLike,
    method: str,
    values: Mapping[str, Sequence[Any]],
    /,
    *,
    evaluation: Evaluation | Mapping[str, Any] | Texts | None = BUNDLED,
    seed: int = 0,
    device: str | None = None,
    folder: PathLike | None = None,
    home: Home | PathLike | None = None,
    progress: bool = True,
    on_event: Callable[[Event], None] | None = None,
    trust_remote_code: bool | PathLike | Sequence[PathLike] = False,
    machine: str | None = None,
    **settings: Any,
) -> Sweep:
    """Compress a model with one method in several variants, one for each combination of values, in one run.

    Parameters
    ----------
    model: as in `compress`.
    method: the id of a method.
    values: setting -> its values: ``{"format": ["int4", "int8"], "group_size": [32, 64]}`` makes four variants.
    evaluation, seed, device, folder, home, progress, on_event, trust_remote_code, machine: as in `compress`.
    settings: of all variants.

    Returns
    -------
    Sweep: a `Result` with ``table``, a row for each variant, and ``best(metric)``.

    Raises
    ------
    BadInput: no values, too many variants, a setting that does not exist or that is given twice; else as `compress`.
    RunFailed, OutOfMemory, Cancelled: as in `compress`. Finished variants are reused by the same call.
    """
    workspace = home_of(home)
    pipeline = pipeline_of(model, method, settings, evaluation, seed, workspace.root / "texts")
    pipeline, combinations = _with_variants(pipeline, values, settings)
    result = run_pipeline(pipeline, workspace, device, folder, progress, on_event, trust_remote_code, machine)
    return Sweep(result.run, result.folder, result.report, result.blocks, combinations)


def resume(
    run: PathLike | Result,
    /,
    *,
    device: str | None = None,
    home: Home | PathLike | None = None,
    progress: bool = True,
    on_event: Callable[[Event], None] | None = None,
    trust_remote_code: PathLike | Sequence[PathLike] = (),
) -> Result:
    """Go on with a run that was killed, cancelled or failed; the result has the same bits as one that went through.

    Parameters
    ----------
    run: its id (see `history`), its folder or a file in it. One on another machine goes on there.
    device: by default the one that the run began on.
    home, progress, on_event: as in `compress`.
    trust_remote_code: names of the models whose Python code may run.

    Returns
    -------
    Result: as `compress` returns it.

    Raises
    ------
    BadInput: there is no such run, or another process executes it.
    RunFailed, OutOfMemory, Cancelled: as in `compress`.
    """
    workspace = home_of(home)
    name = str(run.folder) if isinstance(run, Result) else path_of(run, "a run", "give its id or its folder")
    trusted = [trust_remote_code] if isinstance(trust_remote_code, str) else trust_remote_code
    several = trusted if isinstance(trusted, Sequence) else [trusted]
    names = tuple(path_of(model, "the name of a model", "give the names of models") for model in several)
    past = runner.find(name, workspace)
    if past.machine:
        refuse_local_only(None, names)
        with terminal_of(distinct_titles(past.pipeline()), progress) as terminal:
            report = run_there(past.machine, workspace, terminal, on_event, run=past.id, device=device)
        return _far_result(report, workspace)
    pipeline = past.pipeline()
    with terminal_of(distinct_titles(pipeline), progress) as terminal:
        outcome = runner.resume(
            name,
            home=workspace,
            device=device,
            trust_remote_code=names,
            sink=terminal if on_event is None else both(terminal, on_event),
        )
    return _result(outcome, workspace)


def run_pipeline(
    pipeline: Pipeline,
    home: Home,
    device: str | None,
    folder: PathLike | None,
    progress: bool,
    on_event: Callable[[Event], None] | None,
    trust_remote_code: bool | PathLike | Sequence[PathLike],
    machine: str | None = None,
) -> Result:
    """Run a pipeline whose arguments were checked; arguments as of `compress`."""
    if machine is not None:
        refuse_local_only(folder, trust_remote_code)
        with terminal_of(distinct_titles(pipeline), progress) as terminal:
            report = run_there(machine, home, terminal, on_event, pipeline=pipeline, device=device)
        return _far_result(report, home)
    with terminal_of(distinct_titles(pipeline), progress) as terminal:
        outcome = start_or_refuse(
            pipeline,
            home=home,
            folder=None if folder is None else Path(path_of(folder, "a folder")),
            device=device,
            sink=terminal if on_event is None else both(terminal, on_event),
            trust_remote_code=trusted_names(trust_remote_code, pipeline),
        )
    return _result(outcome, home)


def _with_variants(
    pipeline: Pipeline, values: Mapping[str, Sequence[Any]], settings: Mapping[str, Any]
) -> tuple[Pipeline, dict[str, dict[str, Any]]]:
    """The pipeline with a branch for each combination, and block id -> its swept settings."""
    info = known_method(pipeline.blocks[-1].method)
    swept = _checked_values(values)
    current = dict(zip(info.settings.renamed(swept), swept.values(), strict=True))
    names = [field.name for field in fields(info.settings)]
    if unknown := next((name for name in current if name not in names), None):
        raise BadInput(f"Unknown setting '{unknown}'", where=info.title, advice=likely(unknown, names))
    if twice := next((name for name in info.settings.renamed(settings) if name in current), None):
        raise BadInput(f"Setting '{twice}' is given twice", why="it has several values and one", advice="give it once")
    combinations = [dict(zip(current, row, strict=True)) for row in itertools.product(*current.values())]
    if len(combinations) > variants.MOST:
        raise BadInput(f"These are {len(combinations)} variants", why=f"a sweep takes {variants.MOST} at most")
    for combination in combinations:
        info.settings.parse({**pipeline.blocks[-1].settings, **combination}, where=info.id)
    ids = [pipeline.blocks[-1].id]
    for name, row in current.items():
        rows = []
        for block_id in ids:
            pipeline, branches = (
                variants.sweep(pipeline, block_id, name, list(row))
                if len(row) > 1
                else (
                    pipeline.with_settings(block_id, **{name: row[0]}),
                    [block_id],
                )
            )
            rows.append(branches)
        ids = [block_id for branches in rows for block_id in branches]
    return pipeline, dict(zip(ids, combinations, strict=True))


def _checked_values(values: Any) -> dict[str, list[Any]]:
    """Setting -> its values, each once; raises `BadInput`."""
    advice = "write {'group_size': [32, 64, 128]}"
    if not isinstance(values, Mapping) or not values:
        raise BadInput("A sweep needs the values of a setting", advice=advice)
    checked: dict[str, list[Any]] = {}
    for name, row in values.items():
        if isinstance(row, str) or not isinstance(row, Sequence) or not row:
            raise BadInput(f"The values of '{name}' are not a list", advice=advice)
        checked[str(name)] = [value for index, value in enumerate(row) if value not in row[:index]]
    return checked


def _result(outcome: runner.Outcome, home: Home) -> Result:
    if outcome.error is not None:
        raise outcome.error
    if outcome.status == "cancelled":
        raise Cancelled
    return _result_of(outcome.report, outcome.folder.path, home)


def _far_result(report: dict[str, Any], home: Home) -> Result:
    return _result_of(report, Path(report["folder"]), home)


def _result_of(report: dict[str, Any], folder: Path, home: Home) -> Result:
    blocks = {stage["block"]: _block_result(stage, home, folder) for stage in report["stages"]}
    return Result(report["run"], folder, report, blocks)


def _with_metrics(result: Result, measured: Measure, device: str | None) -> Result:
    """The result with the metrics that a function of the script gives for the network of each block."""
    chosen_device = pick_device(device)
    blocks = {}
    for name, block in result.blocks.items():
        dtype = computing_dtype(config_dtype(read_header(block.fetched()).config), chosen_device)
        more = metrics_of(measured(block.model(dtype=dtype, device=chosen_device)), block.metrics)
        blocks[name] = dataclasses.replace(block, metrics=block.metrics | more)
    return dataclasses.replace(result, blocks=blocks)


def _block_result(stage: dict[str, Any], home: Home, folder: Path) -> BlockResult:
    return BlockResult(
        block=stage["block"],
        method=stage["method"],
        title=stage["title"],
        settings=stage["settings"],
        metrics=stage["metrics"],
        protocol=stage["protocol"],
        warnings=tuple(stage["warnings"]),
        artifact=Path(stage["artifact"]),
        home=home,
        run_folder=folder,
    )
