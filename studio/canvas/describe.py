"""Blocks in words and icons: the state of a card, the tooltips of its links. No widgets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication

from engine.contracts.grading import Grade
from engine.methods.registry import methods
from engine.pipeline.document import Block, Pipeline
from engine.record.block_digest import Glance
from studio.engine_words import block_name
from studio.kit import icons
from studio.states import Look, State, look_of, state_word


class Fact(NamedTuple):
    """One line of a result: a value, and how it stands to the source's; ``tone`` is a color token of the latter.
    ``short_value`` and ``short_change`` say the same where there is little room; ``share`` is the value in 0..1 of one
    that is a share of the weights."""

    value: str
    change: str = ""
    tone: str = "muted"
    short_change: str = ""
    short_value: str = ""
    share: float | None = None


@dataclass(frozen=True)
class BlockState:
    """A block's state in a run, as its card shows it.
    ``fraction`` in 0..1 draws a progress bar; ``text`` is elapsed time or ETA; ``badge`` is the tooltip of the error
    or warning badge; ``metrics`` is short, such as "ppl 28.9 · 92 MB"; ``facts`` and ``picture`` are the card;
    ``grade`` is that of the result's loss, ``reason`` why.
    """

    state: State = "ready"
    fraction: float | None = None
    text: str = ""
    badge: str = ""
    metrics: str = ""
    facts: tuple[Fact, ...] = ()
    picture: Glance | None = None
    grade: Grade | None = None
    reason: str = ""
    activity: str = ""
    """The present step, shown instead of the summary."""
    source_facts: tuple[Fact, ...] = ()
    """Size and quality of a source, which nothing stands against."""
    model: str = ""
    """Of a source: parameters, bits, context, architecture."""

    @property
    def look(self) -> Look:
        """Word, icon and color of the state, with the loss of the result in them."""
        return look_of(self.state, self.grade)

    @property
    def word(self) -> str:
        """The translated word of the same."""
        return state_word(self.state, self.grade)


READY = BlockState()

FAMILY_ICONS = {
    "source": "model",
    "training": "training",
    "budget": "budget",
    "quantization": "quantization",
    "pruning": "pruning",
    "distillation": "distillation",
    "low_rank": "low_rank",
}


def flow_text(block: Block, state: BlockState) -> str:
    """Tooltip of a block's outgoing links: the block's name, then one fact of its model a line."""
    whose = QCoreApplication.translate("Canvas", "Output of “{0}”").format(block_name(block))
    lines = [f"{fact.value}   {fact.change}".rstrip() for fact in state.facts] or [state.metrics]
    if not any(lines):
        return QCoreApplication.translate("Canvas", "{0}. Run the pipeline to see its size and metrics.").format(whose)
    return "\n".join((whose, *lines, QCoreApplication.translate("Canvas", "Double-click to inspect it")))


def icon_name(method_id: str) -> str:
    """A method has an icon of its own or that of its family; an unknown method has a question mark."""
    info = methods().get(method_id)
    if info is None:
        return "help"
    return method_id if method_id in icons.names() else FAMILY_ICONS[info.family]


def other_inputs(pipeline: Pipeline, block: Block) -> str:
    """Sources of the inputs beside the main one: ``"teacher: Model"``, ``"teacher (optional): the original"``."""
    into, texts = pipeline.into(block.id), []
    for port in block.inputs[1:]:
        if port in into:
            texts.append(f"{port}: {block_name(pipeline.block(into[port]))}")
        elif port in block.optional_inputs:
            texts.append(QCoreApplication.translate("Canvas", "{0} (optional): the original").format(port))
        else:
            texts.append(QCoreApplication.translate("Canvas", "{0}: not linked").format(port))
    return ", ".join(texts)
