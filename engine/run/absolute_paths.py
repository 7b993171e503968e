"""Pipelines whose paths are absolute, or lead to the same files on another machine."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from engine.base.errors import BadInput
from engine.base.files import expanded
from engine.contracts.settings import Kind
from engine.data.texts import is_word
from engine.pipeline import legality
from engine.pipeline.document import Pipeline


def with_absolute_paths(pipeline: Pipeline) -> Pipeline:
    """The same with absolute paths, so that it can be taken up from anywhere."""
    return with_resolved_names(pipeline, _absolute)


def with_resolved_names(pipeline: Pipeline, resolve: Callable[[str, Kind], str]) -> Pipeline:
    """The same with other names of files, texts, folders and models; ``resolve`` as in `Settings.anchored`."""
    for block in pipeline.blocks:
        with contextlib.suppress(BadInput):
            before = legality.resolve(block).settings
            after = before.anchored(resolve).model_dump(mode="json")
            changed = {name: after[name] for name, old in before.model_dump(mode="json").items() if after[name] != old}
            if changed:
                pipeline = pipeline.with_settings(block.id, **changed)
    pipeline = pipeline.with_evaluation(pipeline.evaluation.anchored(resolve))
    return pipeline.model_copy(update={"text": resolve(pipeline.text, "dataset")})


def is_here(name: str, kind: Kind) -> bool:
    """True for the path of an existing file or folder, False for words of the program's own and names of the hub."""
    own = name == "sample" if kind == "model" else is_word(name)
    return bool(name) and not own and expanded(name).exists()


def _absolute(name: str, kind: Kind) -> str:
    """The path of an existing file or folder; words of the program's own stay what they are."""
    return str(expanded(name).resolve()) if is_here(name, kind) else name
