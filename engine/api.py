"""Compression for scripts and notebooks; all of it is also there as ``engine.compress`` and so on.

A run leaves a folder with a report and keeps what it computed, so that the same step is not computed twice::

    import engine

    result = engine.compress("sample", "gptq", format="int4", group_size=64)
    print(result.metrics["perplexity"])
    result.export("compressed-tensors", "out")

One method on a network that is in memory, without any file::

    model = engine.apply("round_to_nearest", model, format="int4")

Everything that can't be done is an exception with a sentence (`engine.base.errors`): `BadInput` for what was
given, `RunFailed` and its kind `OutOfMemory` for what went wrong.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import nn

from engine.base.errors import BadInput, Cancelled
from engine.checkpoints.checkpoint import CheckpointHeader, read_header
from engine.checkpoints.hub import resolve
from engine.contracts.commands import Verified
from engine.contracts.events import Event
from engine.data.texts import BUNDLED, suited
from engine.devices import computing_on
from engine.export.verification import check as verifying
from engine.measure.evaluate import Measurement, computing_dtype
from engine.measure.evaluate import evaluate as measure
from engine.methods.registry import method as known_method
from engine.methods.registry import register_method
from engine.models.loading import load
from engine.models.model import Model, config_dtype
from engine.models.source import open_model
from engine.pipeline.document import Evaluation, Pipeline
from engine.pipeline.names import distinct_titles
from engine.record.home import Home
from engine.run import runner
from engine.run.argument_checks import metrics_of, path_of, seed_of, steps_of
from engine.run.control import Control
from engine.run.environment import pick_device
from engine.run.local import apply_in_memory, copy_in_memory, stored_in_memory
from engine.run.passed_texts import Texts, named, with_names
from engine.run.rates import Rates
from engine.run.refusal import start_or_refuse
from engine.service.job_progress import Ends, JobMeter, export_ends, verify_ends
from engine.service.jobs import artifact_of, export_artifact
from engine.service.terminal import Terminal

if TYPE_CHECKING:
    from transformers import PreTrainedModel

__all__ = [
    "BlockResult",
    "Pipeline",
    "Result",
    "apply",
    "compress",
    "evaluate",
    "export",
    "inspect",
    "load",
    "register_method",
    "verify",
]

PathLike = str | os.PathLike[str]
Step = str | tuple[str, Mapping[str, Any]]
"""A method's id, or its id and its settings."""
Measure = Callable[[Any], Mapping[str, float]]
"""Gets a network of transformers and gives metrics by name."""
MODELS = "name a folder, a GGUF file, an id on the hub, or 'sample'"
GIVEN = "given"
"""How a text that was given itself is called in a protocol."""


@dataclass(frozen=True)
class BlockResult:
    """What one block of a run left.

    Attributes
    ----------
    block, method, title: its id in the pipeline, its method's id, its name.
    settings: all of them, defaults too.
    metrics: what was measured, by name: "perplexity", "kl_divergence" (nats a token), "top1_agreement" (0..1),
        "size_bytes", "bits_per_weight", "seconds", "peak_memory_bytes" and others (`engine.contracts.metrics`).
    protocol: how it was measured: text, windows, dtype.
    warnings: sentences.
    artifact: the folder with the compressed model; that of a source is the model itself.
    """

    block: str
    method: str
    title: str
    settings: dict[str, Any]
    metrics: dict[str, float]
    protocol: dict[str, Any]
    warnings: tuple[str, ...]
    artifact: Path
    home: Home

    def model(self, *, dtype: torch.dtype | None = None, device: torch.device | str = "cpu") -> PreTrainedModel:
        """The model as one of transformers, ready to run: see `engine.load`."""
        return load(self.artifact, dtype=dtype, device=device)

    def export(self, format: str, folder: PathLike, *, progress: bool = True, **options: Any) -> Verified:
        """Write the model for other programs: see `engine.export`."""
        return export(self.artifact, format, folder, home=self.home, progress=progress, **options)


@dataclass(frozen=True)
class Result:
    """A finished run. What is asked of it is asked of its last block; the others are in ``blocks``.

    Attributes
    ----------
    run: its id, which the command line and the window know it by.
    folder: its files: pipeline, environment, events, report.
    report: report.json as a dict.
    blocks: id of a block -> what it left, in the order in which they ran.
    """

    run: str
    folder: Path
    report: dict[str, Any]
    blocks: dict[str, BlockResult]

    @property
    def last(self) -> BlockResult:
        """What the last block left."""
        return next(reversed(self.blocks.values()))

    @property
    def metrics(self) -> dict[str, float]:
        """What was measured of the last block's model, by name."""
        return self.last.metrics

    @property
    def artifact(self) -> Path:
        """The folder of the last block's model."""
        return self.last.artifact

    def model(self, *, dtype: torch.dtype | None = None, device: torch.device | str = "cpu") -> PreTrainedModel:
        """The last block's model as one of transformers, ready to run: see `engine.load`."""
        return self.last.model(dtype=dtype, device=device)

    def export(self, format: str, folder: PathLike, *, progress: bool = True, **options: Any) -> Verified:
        """Write the last block's model for other programs: see `engine.export`."""
        return self.last.export(format, folder, progress=progress, **options)

    def __repr__(self) -> str:
        names = [name for name in ("perplexity", "size_bytes") if name in self.metrics]
        shown = ", ".join(f"{name}={self.metrics[name]:.4g}" for name in names)
        return f"Result({' > '.join(block.title for block in self.blocks.values())}: {shown})"


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

    Returns
    -------
    Result: metrics, artifacts and the report.

    Raises
    ------
    BadInput: an unknown method or setting, a model that does not fit, a text that is not there.
    RunFailed, OutOfMemory: what went wrong. What was finished by then is kept: the same call goes on from there.
    Cancelled: ``on_event`` or another thread cancelled the run.
    """
    place = _home(home)
    measured, on_text = (evaluation, None) if callable(evaluation) else (None, evaluation)
    pipeline = _pipeline(model, method, settings, on_text, seed, place.root / "texts")
    with _shown(distinct_titles(pipeline), progress) as terminal:
        outcome = start_or_refuse(
            pipeline,
            home=place,
            folder=None if folder is None else Path(path_of(folder, "a folder")),
            device=device,
            sink=terminal if on_event is None else _both(terminal, on_event),
            trust_remote_code=_trusted(trust_remote_code, pipeline),
        )
    result = _result(outcome, place)
    return result if measured is None else _with_metrics(result, measured, device)


def apply(
    method: Step,
    model: nn.Module,
    /,
    *,
    inputs: Mapping[str, nn.Module | PathLike] | None = None,
    tokenizer: Any = None,
    seed: int = 0,
    progress: bool = True,
    **settings: Any,
) -> nn.Module:
    """Apply one method to a network of transformers that is in memory; nothing is written to a workspace.

    The network itself is changed: its compressed layers become `CompressedModule` s. Only a method that gives the
    network another shape (pruned widths or depths, a smaller student) returns another object. Where a method fails, the
    network is as it was. Apply one method after another to go on with what the last one left.

    Parameters
    ----------
    method: its id, with its settings as further arguments, or ``(id, settings)``.
    model: what ``AutoModelForCausalLM.from_pretrained(…)`` returned, on the CPU or a GPU: the work is done there.
    inputs: the models of a method's other ports: ``{"teacher": teacher}``, a network or anything that `engine.load`
        opens. A port without one gets a copy of ``model`` as it is now.
    tokenizer: for methods that read texts: a tokenizer of transformers or its folder; by default that of the folder
        that ``model`` was loaded from.
    seed: of everything random.
    progress: show a bar on standard error.
    settings: a text may be a text itself, a list of texts or of records, as in `compress`.

    Returns
    -------
    nn.Module: the compressed network, its dense tensors in the dtypes that they had.

    Raises
    ------
    BadInput: an unknown method or setting, a network that the method can't work on, a missing tokenizer.
    RunFailed: what went wrong.
    """
    [(name, given)] = steps_of(method)
    info, settings = known_method(name), {**given, **settings}
    with _shown({"local": info.title}, progress) as terminal:
        return apply_in_memory(
            info,
            settings,
            model,
            inputs=inputs or {},
            tokenizer=tokenizer,
            seed=seed_of(seed),
            emit=terminal,
            progress=_job(terminal),
        )


def evaluate(
    model: PathLike | Result | BlockResult | nn.Module,
    text: Texts = BUNDLED,
    *,
    reference: PathLike | Result | BlockResult | nn.Module | None = None,
    window_size: int = 2048,
    num_windows: int = 16,
    tokenizer: Any = None,
    speed: bool = False,
    device: str | None = None,
    dtype: Literal["auto", "float32"] = "auto",
    progress: bool = True,
    **earlier: int,
) -> Measurement:
    """Measure a model: perplexity, sizes and, against a reference, KL divergence and top-1 agreement.

    Parameters
    ----------
    model: a folder, a GGUF file, an id on the hub, an artifact, what `compress` returned, or a network of transformers
        that is in memory: a copy of it is measured. Layer by layer: it need not fit into the memory of the device.
    text: a text file, "hub:name", "mixed", "sample", a text itself or several; by default the bundled one that suits.
    reference: the model to compare with, usually the original.
    window_size: tokens per window, at most as many as the model has positions. num_windows: how many; 0 for all.
    tokenizer: of networks in memory: a tokenizer of transformers or its folder; by default that beside the network.
    speed: measure tokens per second too. device: as in `compress`.
    dtype: what is computed in. "auto": an accelerator in what the weights of the reference, else of the model, are
        stored in, if it has units for that, else float32, as on the CPU.

    Returns
    -------
    Measurement: ``metrics`` by name (see `engine.contracts.metrics`), and the ``protocol`` that they were measured by.

    Raises
    ------
    BadInput: no such model or text, a short text, models with different tokenizers, a network without a tokenizer.
    RunFailed: the logits are not finite.
    """
    sizes = {"window_size": window_size, "num_windows": num_windows, **Evaluation.renamed(earlier)}
    if unknown := sizes.keys() - {"window_size", "num_windows"}:
        raise TypeError(f"evaluate() got an unexpected keyword argument '{min(unknown)}'")
    with contextlib.ExitStack() as stack:
        terminal = stack.enter_context(_shown({"local": "Evaluate"}, progress))
        opened = stack.enter_context(_opened(model, tokenizer))
        other = None if reference is None else stack.enter_context(_opened(reference, tokenizer))
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="text-")))
        name = named(suited(str((other or opened).path)) if text == BUNDLED else text, work, "text")
        stack.enter_context(computing_on(place := pick_device(device)))
        found = measure(
            opened,
            text=name,
            window=sizes["window_size"],
            windows=sizes["num_windows"],
            reference=other,
            speed=speed,
            device=place,
            dtype=dtype,
            progress=_job(terminal),
            checkpoint=lambda: None,
        )
    return dataclasses.replace(found, protocol=found.protocol | ({"text": GIVEN} if str(work) in name else {}))


def inspect(model: PathLike | Result | BlockResult, *, revision: str = "") -> CheckpointHeader:
    """What is in a model, from the headers of its files; no weight is read.

    Parameters
    ----------
    model: a folder, a GGUF file, an id on the hub, an artifact, or what `compress` returned.
    revision: branch, tag or commit on the hub.

    Returns
    -------
    CheckpointHeader: ``tensors`` (name, shape, dtype, bytes), ``config``, ``model_type``, ``parameters``, ``nbytes``.

    Raises
    ------
    BadInput: there is no such model, or its headers are damaged.
    """
    return read_header(resolve(_name(model), revision))


def export(
    source: PathLike | Result | BlockResult | nn.Module,
    format: str,
    folder: PathLike,
    /,
    *,
    tokenizer: Any = None,
    home: Home | PathLike | None = None,
    progress: bool = True,
    **options: Any,
) -> Verified:
    """Write a model in a format that other programs load, then load it there in a fresh process and compare.

    Parameters
    ----------
    source: what `compress` returned, the folder of an artifact or another model, the id or folder of a run, or a
        network of transformers that is in memory, such as `apply` returns: it stays as it is.
    format: "compressed-tensors", "gguf", "dense", "container" and others (`engine.export.registry.formats`).
    folder: to be written; it must not be there yet.
    tokenizer: of a network in memory, see `evaluate`.
    options: of the format, e.g. ``dtype="bfloat16"``.

    Returns
    -------
    Verified: whether the other program says the same (``ok``), in a ``sentence``, with ``metrics`` and ``warnings``.

    Raises
    ------
    BadInput: an unknown format or option, layers that the format can't express, a folder that is taken.
    RunFailed: a full disk.
    """
    place = _home(home)
    with contextlib.ExitStack() as stack:
        terminal = stack.enter_context(_shown({"local": "Export"}, progress))
        if isinstance(source, nn.Module):
            artifact = stack.enter_context(stored_in_memory(source, tokenizer, Path(folder)))
        else:
            artifact = artifact_of(_name(source), place)
        control = Control()
        job = _job(terminal, export_ends(artifact, format))
        control.beat = job.beat
        return export_artifact(
            artifact,
            format,
            Path(folder),
            home=place,
            options=options,
            progress=job,
            control=control,
        )


def verify(folder: PathLike, *, progress: bool = True) -> Verified:
    """Load an exported folder in a fresh process again, and compare with what the artifact said when it was written.

    Raises
    ------
    BadInput: the folder was not written by `export`. All else that is wrong with it is in the result.
    """
    with _shown({"local": "Verify"}, progress) as terminal:
        path = Path(path_of(folder, "an exported folder"))
        return verifying.verify(path, _job(terminal, verify_ends(path)), lambda: None)


# -- what was given ----------------------------------------------------------------------------------------------------
def _pipeline(
    model: PathLike | None,
    method: Step | Sequence[Step] | Pipeline,
    settings: Mapping[str, Any],
    evaluation: Any,
    seed: int | None,
    texts: Path,
) -> Pipeline:
    """``texts``: the folder for texts that are given as they are."""
    seed = None if seed is None else seed_of(seed)
    if isinstance(model, nn.Module):
        raise BadInput("compress takes a model by its name", advice="a network in memory: engine.apply(method, model)")
    if isinstance(method, Pipeline):
        return _given_pipeline(model, method, settings, evaluation, seed, texts)
    if model is None:
        raise BadInput("No model is given", advice=MODELS)
    model = path_of(model, "a model", MODELS)
    steps = [(method, settings)] if isinstance(method, str) else steps_of(method)
    if not isinstance(method, str) and settings:
        raise BadInput(
            f"Setting '{next(iter(settings))}' needs a method",
            advice="give settings with the method that they are of: [('gptq', {'format': 'int4'}), …]",
        )
    known = [(info := known_method(name), with_names(info.settings, given, texts, name)) for name, given in steps]
    for info, values in known:
        info.settings.parse(values, where=info.id)
    chain = [("model", {"model": model}), *((info.id, values) for info, values in known)]
    name = f"{Path(model).name}: " + ", ".join(info.title for info, _ in known)
    return Pipeline.linear(chain, name=name, seed=seed or 0, evaluation=_evaluation(evaluation, texts))


def _given_pipeline(
    model: PathLike | None,
    pipeline: Pipeline,
    settings: Mapping[str, Any],
    evaluation: Any,
    seed: int | None,
    texts: Path,
) -> Pipeline:
    if settings:
        raise BadInput(
            f"The pipeline has its own settings, '{next(iter(settings))}' is one too many",
            advice="change them with pipeline.with_settings(block, name=value)",
        )
    if model is not None:
        sources = [block.id for block in pipeline.blocks if block.method == "model"]
        if len(sources) != 1:
            raise BadInput(
                f"The pipeline has {len(sources)} source models", advice="give None as the model: it names its own"
            )
        pipeline = pipeline.with_settings(sources[0], model=path_of(model, "a model", MODELS))
    if evaluation != BUNDLED:
        pipeline = pipeline.with_evaluation(_evaluation(evaluation, texts))
    return pipeline if seed is None else pipeline.model_copy(update={"seed": seed})


def _evaluation(given: Any, texts: Path) -> Evaluation:
    if isinstance(given, Evaluation):
        return given
    if given is None:
        return Evaluation(when="never")
    values = given if isinstance(given, Mapping) else {"text": given}
    return Evaluation.parse(with_names(Evaluation, values, texts, "evaluation", records=False), "evaluation")


def _home(home: Home | PathLike | None) -> Home:
    if home is None or isinstance(home, Home):
        return home or Home.default()
    return Home(path_of(home, "a workspace"))


def _name(model: PathLike | Result | BlockResult) -> str:
    if isinstance(model, Result | BlockResult):
        return str(model.artifact)
    if isinstance(model, nn.Module):
        raise BadInput("A network in memory has no files to look at", advice="give its folder, or its id on the hub")
    return path_of(model, "a model", MODELS)


def _opened(
    model: PathLike | Result | BlockResult | nn.Module, tokenizer: Any
) -> contextlib.AbstractContextManager[Model]:
    if isinstance(model, nn.Module):
        return copy_in_memory(model, tokenizer)
    return contextlib.nullcontext(open_model(_name(model)))


def _trusted(given: bool | PathLike | Sequence[PathLike], pipeline: Pipeline) -> tuple[str, ...]:
    """Names of the models to whose code the caller says yes."""
    if isinstance(given, bool):
        sources = [block for block in pipeline.blocks if block.method == "model"]
        return (str(sources[0].settings.get("model")),) if given and len(sources) == 1 else _unclear(given)
    several = given if isinstance(given, Sequence) and not isinstance(given, str) else [given]
    return tuple(path_of(name, "the name of a model", "give True, or the names of models") for name in several)


def _unclear(given: bool) -> tuple[str, ...]:
    if given:
        raise BadInput(
            "trust_remote_code=True names no model",
            why="the pipeline has several",
            advice="name it: trust_remote_code=['owner/name']",
        )
    return ()


def _result(outcome: runner.Outcome, home: Home) -> Result:
    if outcome.error is not None:
        raise outcome.error
    if outcome.status == "cancelled":
        raise Cancelled
    blocks = {stage["block"]: _block_result(stage, home) for stage in outcome.report["stages"]}
    return Result(outcome.report["run"], outcome.folder.path, outcome.report, blocks)


def _with_metrics(result: Result, measured: Measure, device: str | None) -> Result:
    """The same with what a function of the script says of the network of each block."""
    place = pick_device(device)
    blocks = {}
    for name, block in result.blocks.items():
        dtype = computing_dtype(config_dtype(read_header(block.artifact).config), place)
        more = metrics_of(measured(block.model(dtype=dtype, device=place)), block.metrics)
        blocks[name] = dataclasses.replace(block, metrics=block.metrics | more)
    return dataclasses.replace(result, blocks=blocks)


def _block_result(stage: dict[str, Any], home: Home) -> BlockResult:
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
    )


# -- showing -----------------------------------------------------------------------------------------------------------
@contextlib.contextmanager
def _shown(titles: Mapping[str, str], progress: bool) -> Iterator[Terminal]:
    terminal = Terminal(titles, show="all" if progress else "nothing")
    try:
        yield terminal
    finally:
        terminal.close()


def _both(first: Callable[[Event], None], second: Callable[[Event], None]) -> Callable[[Event], None]:
    def hear(event: Event) -> None:
        first(event)
        second(event)

    return hear


def _job(terminal: Terminal, ends: Ends = ()) -> JobMeter:
    return JobMeter("local", terminal, ends, rates=Rates(Home.default().cache / "phases.json"), block="local")
