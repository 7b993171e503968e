"""Arguments of the library's functions as what the engine takes: names, pipelines, texts, workspaces."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import nn

from engine.api.names import MODELS, PathLike, Step
from engine.api.result import BlockResult, Result
from engine.base.errors import BadInput
from engine.data.texts import BUNDLED
from engine.methods.registry import method as known_method
from engine.models.model import Model
from engine.models.source import open_model
from engine.pipeline.document import Evaluation, Pipeline
from engine.run.argument_checks import path_of, seed_of, steps_of
from engine.run.local import copy_in_memory
from engine.run.passed_texts import with_names


def pipeline_of(
    model: PathLike | None,
    method: Step | Sequence[Step] | Pipeline,
    settings: Mapping[str, Any],
    evaluation: Any,
    seed: int | None,
    texts: Path,
) -> Pipeline:
    """The pipeline of the arguments of `engine.compress`. ``texts``: the folder for texts that are passed as they are.
    Raises `BadInput`."""
    seed = None if seed is None else seed_of(seed)
    if isinstance(model, nn.Module):
        raise BadInput("compress takes a model by its name", advice="a network in memory: engine.apply(method, model)")
    if isinstance(method, Pipeline):
        return _changed_pipeline(model, method, settings, evaluation, seed, texts)
    if model is None:
        raise BadInput("No model is given", advice=MODELS)
    model = path_of(model, "a model", MODELS)
    steps = [(method, settings)] if isinstance(method, str) else steps_of(method)
    if not isinstance(method, str) and settings:
        raise BadInput(
            f"Setting '{next(iter(settings))}' needs a method",
            advice="give settings with the method that they are of: [('gptq', {'format': 'int4'}), …]",
        )
    chosen = [(info := known_method(name), with_names(info.settings, values, texts, name)) for name, values in steps]
    for info, values in chosen:
        info.settings.parse(values, where=info.id)
    chain = [("model", {"model": model}), *((info.id, values) for info, values in chosen)]
    name = f"{Path(model).name}: " + ", ".join(info.title for info, _ in chosen)
    return Pipeline.linear(chain, name=name, seed=seed or 0, evaluation=evaluation_of(evaluation, texts))


def _changed_pipeline(
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
        pipeline = pipeline.with_evaluation(evaluation_of(evaluation, texts))
    return pipeline if seed is None else pipeline.model_copy(update={"seed": seed})


def evaluation_of(argument: Any, texts: Path) -> Evaluation:
    """The evaluation of an argument: its settings, a text, or None for sizes only. Raises `BadInput`."""
    if isinstance(argument, Evaluation):
        return argument
    if argument is None:
        return Evaluation(when="never")
    values = argument if isinstance(argument, Mapping) else {"text": argument}
    return Evaluation.parse(with_names(Evaluation, values, texts, "evaluation", records=False), "evaluation")


def name_of(model: PathLike | Result | BlockResult) -> str:
    """The path or the id of a model that lies on disk or on the hub. Raises `BadInput`."""
    if isinstance(model, Result | BlockResult):
        return str(model.artifact)
    if isinstance(model, nn.Module):
        raise BadInput("A network in memory has no files", advice="give its folder, or its id on the hub")
    return path_of(model, "a model", MODELS)


def opened(
    model: PathLike | Result | BlockResult | nn.Module, tokenizer: Any
) -> contextlib.AbstractContextManager[Model]:
    """The model of an argument; of a network in memory a copy, which exists while the context does."""
    if isinstance(model, nn.Module):
        return copy_in_memory(model, tokenizer)
    return contextlib.nullcontext(open_model(name_of(model)))


def trusted_names(trusted: bool | PathLike | Sequence[PathLike], pipeline: Pipeline) -> tuple[str, ...]:
    """Names of the models whose code may run. Raises `BadInput` for True where the pipeline has several models."""
    if isinstance(trusted, bool):
        sources = [block for block in pipeline.blocks if block.method == "model"]
        if trusted and len(sources) != 1:
            raise BadInput(
                "trust_remote_code=True names no model",
                why="the pipeline has several",
                advice="name it: trust_remote_code=['owner/name']",
            )
        return (str(sources[0].settings.get("model")),) if trusted else ()
    several = trusted if isinstance(trusted, Sequence) and not isinstance(trusted, str) else [trusted]
    return tuple(path_of(name, "the name of a model", "give True, or the names of models") for name in several)
