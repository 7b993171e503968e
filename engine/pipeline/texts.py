"""Texts of a pipeline: chosen once for all blocks, the bundled ones by the model. Torch-free."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from engine.base.errors import BadInput
from engine.contracts.settings import Settings, fields
from engine.data.texts import BUNDLED, INHERITED, MIXED, SAMPLE, suited
from engine.pipeline import legality
from engine.pipeline.document import Block, Pipeline


def with_texts(pipeline: Pipeline) -> Pipeline:
    """The same with the names of texts in the place of "pipeline" and "bundled": what a run reads. Blocks that are
    wrong in themselves stay as they are; `engine.pipeline.legality` reports them."""
    root, sources = _roots(pipeline), _sources(pipeline)
    blocks = tuple(_named(block, pipeline.text, sources.get(root.get(block.id, ""))) for block in pipeline.blocks)
    pipeline = pipeline.model_copy(update={"blocks": blocks})
    text = _evaluated(pipeline.evaluation.text, pipeline.text, sources.values())
    return pipeline.with_evaluation(pipeline.evaluation.replace(text=text))


def inherited(pipeline: Pipeline, block_id: str | None) -> str:
    """The text that a block (None: measuring) has where it says "pipeline"."""
    if block_id is None:
        return _evaluated(INHERITED, pipeline.text, _sources(pipeline).values())
    root = legality.roots(pipeline).get(block_id, "")
    model = _model(pipeline.block(root)) if pipeline.has(root) else SAMPLE
    return suited(model) if pipeline.text == BUNDLED else pipeline.text


def model_of(pipeline: Pipeline, block_id: str) -> tuple[str, str]:
    """Name and revision of the source model of a block, or of the pipeline's first source model if there is no such
    block; ("", "") if there is no source model."""
    try:
        root = legality.roots(pipeline)
    except BadInput:
        return "", ""
    first = next((name for name in root if root[name] == name), "")
    model = root[block_id] if pipeline.has(block_id) else first
    if not pipeline.has(model) or pipeline.block(model).method != "model":
        return "", ""
    settings = pipeline.block(model).settings
    return str(settings.get("model") or SAMPLE), str(settings.get("revision") or "")


def depends_on(pipeline: Pipeline) -> tuple[str, ...]:
    """Everything that the meaning of "pipeline" in a setting depends on: the pipeline's text, and which models there
    are."""
    return (pipeline.text, *(str(block.settings.get("model", "")) for block in pipeline.blocks))


def _roots(pipeline: Pipeline) -> dict[str, str]:
    try:
        return dict(legality.roots(pipeline))
    except BadInput:
        return {}


def _sources(pipeline: Pipeline) -> dict[str, str]:
    """The models that sources open, by block."""
    root = _roots(pipeline)
    return {block.id: _model(block) for block in pipeline.blocks if root.get(block.id) == block.id}


def _evaluated(text: str, of_pipeline: str, models: Collection[str]) -> str:
    """The text that results of these models are measured on, where the evaluation says ``text``."""
    text = of_pipeline if text == INHERITED else text
    if text != BUNDLED:
        return text
    return SAMPLE if all(suited(model) == SAMPLE for model in models) else MIXED


def _named(block: Block, text: str, model: str | None) -> Block:
    """A block with what "pipeline" and "bundled" mean in its settings."""
    try:
        settings = legality.resolve(block).settings
    except BadInput:
        return block
    if model is None or not _texts(settings):
        return block
    own = suited(model)
    words: Mapping[str, str] = {INHERITED: own if text == BUNDLED else text, BUNDLED: own}
    named = {name: words[value] for name, value in _texts(settings).items() if value in words}
    return block.model_copy(update={"settings": {**block.settings, **named}}) if named else block


def _texts(settings: Settings) -> dict[str, str]:
    names = [field.name for field in fields(type(settings)) if field.kind == "dataset"]
    return {name: getattr(settings, name) for name in names}


def _model(source: Block) -> str:
    """Model that a source opens, as far as its settings name one."""
    try:
        return str(getattr(legality.resolve(source).settings, "model", ""))
    except BadInput:
        return ""
