"""Check of a pipeline: can it run, and if not, why, in a sentence. Torch-free: it answers while the user drags.

Looks at the document alone; what depends on the model (group sizes, anatomy) is found by `engine.run.estimate.check`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from engine.base.errors import BadInput, ended
from engine.contracts.problem import Problem
from engine.contracts.settings import Settings
from engine.methods.base import MethodInfo, Trait
from engine.methods.registry import likely_method, methods, unknown
from engine.pipeline.document import Block, Pipeline


class CheckedBlock(NamedTuple):
    """A block whose method is known and whose settings are right."""

    block: Block
    info: MethodInfo
    settings: Settings


def problems(
    pipeline: Pipeline, until: str | None = None, infos: Mapping[str, MethodInfo] | None = None
) -> list[Problem]:
    """Everything wrong with the pipeline, or with what leads to block ``until``, in order of blocks.

    ``infos``: methods by id, the registry's by default.
    """
    infos = methods() if infos is None else infos
    pipeline = pipeline.active()
    try:
        blocks = selected(pipeline, until)
    except BadInput as error:
        return [Problem("error", f"{error.what}: {error.where}", advice=_sentence(error.advice))]
    problems_so_far = _nothing_to_do(blocks, infos)
    leavers = _leavers(pipeline, infos)
    for block in blocks:
        problems_so_far += _of_block(pipeline, block, infos, leavers)
    return problems_so_far


def selected(pipeline: Pipeline, until: str | None = None) -> tuple[Block, ...]:
    """The blocks that a run works on, in their order, sources first; raises `BadInput` for a cycle or an unknown
    ``until``."""
    if until is not None and not pipeline.has(until):
        raise BadInput(
            "Unknown block",
            where=until,
            why="the pipeline has " + (", ".join(block.id for block in pipeline.blocks) or "none"),
        )
    chosen = None if until is None else {until, *pipeline.upstream(until)}
    blocks = [block for block in pipeline.order() if chosen is None or block.id in chosen]
    return tuple(sorted(blocks, key=lambda block: bool(pipeline.into(block.id))))


def resolve(block: Block) -> CheckedBlock:
    """The method and settings of a block; raises `BadInput`."""
    infos = methods()
    if block.method not in infos:
        raise BadInput(unknown(block.method), where=block.id, advice=likely_method(block.method, infos))
    info = infos[block.method]
    return CheckedBlock(block, info, info.settings.parse(block.settings, where=block.name))


def main_port(info: MethodInfo) -> str | None:
    """The port of the model that is compressed, None for a source."""
    return info.inputs[0] if info.inputs else None


def inputs_of(pipeline: Pipeline, block_id: str, root: str) -> dict[str, str]:
    """Port name -> id of the block whose model is there; ``root``, the block's source, at optional ports without a
    link."""
    optional = methods()[pipeline.block(block_id).method].optional
    return {**{port: root for port in optional if root != block_id}, **pipeline.into(block_id)}


def roots(pipeline: Pipeline) -> dict[str, str]:
    """Block id -> the source that its model comes from, following the main ports upwards."""
    infos, sources = methods(), dict[str, str]()
    for block in pipeline.order():
        above = _above(pipeline, block.id, infos)
        sources[block.id] = block.id if above is None else sources[above]
    return sources


def _nothing_to_do(blocks: Iterable[Block], infos: Mapping[str, MethodInfo]) -> list[Problem]:
    sources = [block for block in blocks if block.method in infos and infos[block.method].is_source]
    if not sources:
        return [Problem("error", "The pipeline has no model", advice="Start it with a Model block.")]
    return []


def _of_block(
    pipeline: Pipeline, block: Block, infos: Mapping[str, MethodInfo], leavers: Mapping[str, Mapping[Trait, str]]
) -> list[Problem]:
    info = infos.get(block.method)
    if info is None:
        return [Problem("error", unknown(block.method), advice=likely_method(block.method, infos), block=block.id)]
    problems_of_block = [
        Problem("error", _sentence(wrong), block=block.id) for wrong in info.settings.problems(block.settings).values()
    ]
    problems_of_block += [Problem("warning", note, block=block.id) for note in info.settings.notes(block.settings)]
    return [
        *problems_of_block,
        *_ports(pipeline, block, info),
        *_order(pipeline, block, info, infos, leavers[block.id]),
    ]


def _ports(pipeline: Pipeline, block: Block, info: MethodInfo) -> list[Problem]:
    linked = pipeline.into(block.id)
    title = block.name
    if info.is_source:
        if linked:
            return [
                Problem(
                    "error",
                    f"{title} brings a model of its own and takes none",
                    advice="Remove the link into it.",
                    block=block.id,
                )
            ]
        return []
    missing = [
        Problem("error", f"{title} has nothing at its input '{port}'", advice="Link a model to it.", block=block.id)
        for port in info.inputs
        if port not in linked and port not in info.optional
    ]
    unknown = [
        Problem(
            "error",
            f"{title} has no input '{port}'",
            advice=f"Its inputs are: {', '.join(info.inputs)}.",
            block=block.id,
        )
        for port in linked
        if port not in info.inputs
    ]
    return missing + unknown


def _order(
    pipeline: Pipeline, block: Block, info: MethodInfo, infos: Mapping[str, MethodInfo], leaver: Mapping[Trait, str]
) -> list[Problem]:
    """Rules hold for what the model itself went through, not for its teacher. A rule that several blocks break is told
    of the nearest; of several rules that one block breaks, the first counts."""
    problems_of_order: list[Problem] = []
    reported: set[str] = set()
    for rule in info.not_after:
        earlier_id = leaver.get(rule.after)
        if earlier_id is None or earlier_id in reported:
            continue
        reported.add(earlier_id)
        before = pipeline.block(earlier_id)
        verb = "can't" if rule.severity == "error" else "shouldn't"
        earlier = before.name
        message = f"{block.name} {verb} come after {earlier}: {rule.why.rstrip('.')}"
        problems_of_order.append(Problem(rule.severity, message, advice=_sentence(rule.advice), block=block.id))
    return problems_of_order


def _leavers(pipeline: Pipeline, infos: Mapping[str, MethodInfo]) -> dict[str, dict[Trait, str]]:
    """Block id -> trait -> the nearest block that its model went through and that leaves the trait. Each block is
    looked at once."""
    leavers: dict[str, dict[Trait, str]] = {}
    for block in pipeline.order():
        above = _above(pipeline, block.id, infos)
        leavers[block.id] = (
            {} if above is None else leavers[above] | dict.fromkeys(_remaining_traits(pipeline, above, infos), above)
        )
    return leavers


def _remaining_traits(pipeline: Pipeline, block_id: str, infos: Mapping[str, MethodInfo]) -> frozenset[Trait]:
    """The traits that a block leaves; none where its settings are wrong, which is told at that block."""
    block = pipeline.block(block_id)
    info = infos.get(block.method)
    if info is None or info.settings.problems(block.settings):
        return frozenset()
    return info.traits_of(info.settings.parse(block.settings))


def _above(pipeline: Pipeline, block_id: str, infos: Mapping[str, MethodInfo]) -> str | None:
    """The block that a block's model comes from."""
    info = infos.get(pipeline.block(block_id).method)
    port = main_port(info) if info else "model"
    return pipeline.into(block_id).get(port) if port else None


def _sentence(text: str) -> str:
    """With a capital and an end."""
    return ended(f"{text[0].upper()}{text[1:]}") if text else ""
