"""Pipelines whose paths are absolute."""

from __future__ import annotations

import contextlib

from engine.base.errors import BadInput
from engine.base.files import expanded
from engine.contracts.settings import Kind
from engine.data.texts import is_word
from engine.pipeline import legality
from engine.pipeline.document import Pipeline


def with_absolute_paths(pipeline: Pipeline) -> Pipeline:
    """The same with absolute paths, so that it can be taken up from anywhere."""
    for block in pipeline.blocks:
        with contextlib.suppress(BadInput):
            before = legality.resolve(block).settings
            after = before.anchored(_absolute).model_dump(mode="json")
            changed = {name: after[name] for name, old in before.model_dump(mode="json").items() if after[name] != old}
            if changed:
                pipeline = pipeline.with_settings(block.id, **changed)
    pipeline = pipeline.with_evaluation(pipeline.evaluation.anchored(_absolute))
    return pipeline.model_copy(update={"text": _absolute(pipeline.text, "dataset")})


def _absolute(name: str, kind: Kind) -> str:
    """The path of an existing file or folder; words of the program's own stay what they are."""
    path = expanded(name)
    own = name == "sample" if kind == "model" else is_word(name)
    return name if own or not path.exists() else str(path.resolve())
