"""Metrics and headers of models."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import torch
from torch import nn

from engine.api.arguments import name_of, opened
from engine.api.display import meter, terminal_of
from engine.api.names import PathLike
from engine.api.result import BlockResult, Result
from engine.base.errors import BadInput
from engine.checkpoints.checkpoint import CheckpointHeader, read_header
from engine.checkpoints.hub import resolve
from engine.data.texts import BUNDLED, suited
from engine.devices import computing_on
from engine.measure.evaluate import Measurement, computing_dtype
from engine.measure.evaluate import evaluate as measure
from engine.measure.generation_check import generation_check
from engine.measure.reading import ReadContext
from engine.models.model import Model
from engine.pipeline.document import Evaluation
from engine.record.home import Home
from engine.run.environment import pick_device
from engine.run.llama_cpp.program import LlamaCpp
from engine.run.passed_texts import Texts, named
from engine.service.task_scores import measure_tasks

PASSED = "given"
"""Name in a protocol of a text that was passed as it is."""


def evaluate(
    model: PathLike | Result | BlockResult | nn.Module,
    text: Texts | None = None,
    *,
    tasks: Sequence[str | Path] = (),
    limit: int | None = None,
    reference: PathLike | Result | BlockResult | nn.Module | None = None,
    window_size: int = 2048,
    num_windows: int = 16,
    tokenizer: Any = None,
    speed: bool = False,
    generation: Literal["off", "check", "long"] = "off",
    device: str | None = None,
    dtype: Literal["auto", "float32"] = "auto",
    progress: bool = True,
    **earlier: int,
) -> Measurement:
    """Measure a model: perplexity, sizes and, against a reference, KL divergence and top-1 agreement; scores on tasks.

    Parameters
    ----------
    model: a folder, a GGUF file, an id on the hub, an artifact, what `compress` returned, or a network of transformers
        that is in memory: a copy of it is measured. Layer by layer: it need not fit into the memory of the device.
    text: a text file or a folder of them, "hub:name", "mixed", "sample", a text itself or several; by default the
        bundled one that suits, with ``tasks`` none.
    tasks: bundled ones ("bundled": all), YAML files in lm-eval's form, names of lm-eval's own (extra ``eval``). Metrics
        are "TASK.METRIC" and "TASK.METRIC_stderr"; the model is loaded as a whole. limit: so many records of each.
    reference: the model to compare with, usually the original.
    window_size: tokens per window, at most as many as the model has positions. num_windows: how many; 0 for all.
    tokenizer: of networks in memory: a tokenizer of transformers or its folder; by default that beside the network.
    speed: tokens per second too. generation: answers to bundled prompts beside the reference's. device: see `compress`.
    dtype: "auto": what the reference's weights are stored in, on an accelerator with units for that, else float32; for
        tasks what the model's are stored in, as lm-eval does.

    Returns
    -------
    Measurement: ``metrics``, ``protocol``, ``details`` (`engine.contracts`: metrics, generation, tasks).

    Raises
    ------
    BadInput: no such model, text or task, a short text, models with different tokenizers, a network without one.
    RunFailed: the logits are not finite.
    """
    sizes = _sizes(window_size, num_windows, earlier)
    if tasks and text is None and (reference is not None or speed or generation != "off"):
        raise BadInput("Tasks alone compare with nothing", advice="name a text too, or leave out what needs one")
    with contextlib.ExitStack() as stack:
        terminal = stack.enter_context(terminal_of({"local": "Evaluate"}, progress))
        measured = stack.enter_context(opened(model, tokenizer))
        other = None if reference is None else stack.enter_context(opened(reference, tokenizer))
        stack.enter_context(computing_on(chosen := pick_device(device)))
        scores = _on_tasks(measured, tasks, limit, chosen, dtype, meter(terminal)) if tasks else Measurement({}, {})
        if tasks and text is None:
            return scores
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="text-")))
        texts = suited(str((other or measured).path)) if text in (None, BUNDLED) else text
        name, options = named(texts, folder, "text"), {"speed": speed, "device": chosen, "dtype": dtype}
        measurement = _on_text(measured, other, name, sizes, options, meter(terminal))
        more = _generation(measured, other, generation, chosen, dtype, meter(terminal))
    return _joined(measurement, _joined(more, scores, {}), {"text": PASSED} if str(folder) in name else {})


def _on_text(
    model: Model,
    reference: Model | None,
    text: str,
    sizes: Mapping[str, int],
    options: Mapping[str, Any],
    progress: Callable[[float, str], None],
) -> Measurement:
    return measure(
        model,
        text=text,
        window=sizes["window_size"],
        windows=sizes["num_windows"],
        reference=reference,
        programs=LlamaCpp(Home.default(), options["device"]),
        progress=progress,
        checkpoint=lambda: None,
        **options,
    )


def _on_tasks(
    model: Model,
    tasks: Sequence[str | Path],
    limit: int | None,
    device: torch.device,
    dtype: str,
    progress: Callable[[float, str], None],
) -> Measurement:
    return measure_tasks(
        model,
        [tasks] if isinstance(tasks, str | Path) else tasks,
        cache=Home.default().cache,
        limit=limit,
        device=device,
        dtype=dtype,
        progress=progress,
        checkpoint=lambda: None,
    )


def _joined(one: Measurement, other: Measurement, protocol: Mapping[str, str]) -> Measurement:
    metrics, details = one.metrics | other.metrics, one.details | other.details
    return Measurement(metrics, one.protocol | other.protocol | dict(protocol), details)


def _generation(
    model: Model,
    reference: Model | None,
    scope: Literal["off", "check", "long"],
    device: torch.device,
    dtype: str,
    progress: Callable[[float, str], None],
) -> Measurement:
    if scope == "off":
        return Measurement({}, {})
    stored = (reference or model).config_dtype
    context = ReadContext(device, computing_dtype(stored, device, dtype), progress, lambda: None, "Checking")
    return generation_check(model, reference, scope, context, LlamaCpp(Home.default(), device))


def _sizes(window_size: int, num_windows: int, earlier: dict[str, int]) -> dict[str, int]:
    """The sizes by their present names, also from the names of earlier releases."""
    sizes = {"window_size": window_size, "num_windows": num_windows, **Evaluation.renamed(earlier)}
    if unknown := sizes.keys() - {"window_size", "num_windows"}:
        raise TypeError(f"evaluate() got an unexpected keyword argument '{min(unknown)}'")
    return sizes


def inspect(model: PathLike | Result | BlockResult, *, revision: str = "") -> CheckpointHeader:
    """List the tensors and the config of a model from the headers of its files; no weight is read.

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
    return read_header(resolve(name_of(model), revision))
