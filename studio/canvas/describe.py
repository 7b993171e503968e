"""How the window shows blocks: states in words and colors, icons, what flows out of them. No widgets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from PySide6.QtCore import QCoreApplication

from engine.methods.registry import methods
from engine.pipeline.document import Block, Pipeline
from engine.run.gathered import Glance
from studio import icons

State = Literal[
    "ready",
    "queued",
    "running",
    "paused",
    "cancelling",
    "cached",
    "done",
    "warning",
    "failed",
    "cancelled",
    "stale",
    "unconfigured",
    "bypassed",
]


class Fact(NamedTuple):
    """One line of a result: a value, and how it stands to the source's; ``tone`` is a color token of the latter."""

    value: str
    change: str = ""
    tone: str = "muted"


@dataclass(frozen=True)
class BlockState:
    """What a run says about a block.

    ``fraction`` in 0..1 draws a progress bar; ``text`` is elapsed time or ETA; ``badge`` is the tooltip of the error
    or warning badge; ``metrics`` is short, such as "ppl 28.9 · 92 MB"; ``facts`` and ``picture`` are the card.
    """

    state: State = "ready"
    fraction: float | None = None
    text: str = ""
    badge: str = ""
    metrics: str = ""
    facts: tuple[Fact, ...] = ()
    picture: Glance | None = None


READY = BlockState()

STATE_LOOK: dict[State, tuple[str, str, str]] = {
    "ready": ("Ready", "ready", "muted"),
    "queued": ("Queued", "queued", "muted"),
    "running": ("Running", "running", "running"),
    "paused": ("Paused", "pause", "warning"),
    "cancelling": ("Cancelling…", "cancel", "warning"),
    "cached": ("Cached", "cached", "cached"),
    "done": ("Done", "done", "success"),
    "warning": ("Warning", "warning", "warning"),
    "failed": ("Failed", "error", "error"),
    "cancelled": ("Cancelled", "cancel", "muted"),
    "stale": ("Outdated", "stale", "warning"),
    "unconfigured": ("Needs settings", "unconfigured", "warning"),
    "bypassed": ("Bypassed", "bypass", "muted"),
}
"""State -> word, icon, color token."""

FAMILY_ICONS = {
    "source": "model",
    "training": "training",
    "quantization": "quantization",
    "pruning": "pruning",
    "distillation": "distillation",
    "low_rank": "low_rank",
}


def state_word(state: State) -> str:
    """The translated word of a state."""
    return QCoreApplication.translate("State", STATE_LOOK[state][0])


def flow_text(block: Block, state: BlockState) -> str:
    """What flows out of a block, for its links: whose model, and each fact of it in a line."""
    whose = QCoreApplication.translate("Canvas", "The model that “{0}” leaves").format(block.name)
    lines = [f"{fact.value}   {fact.change}".rstrip() for fact in state.facts] or [state.metrics]
    if not any(lines):
        return QCoreApplication.translate("Canvas", "{0}. Its size and metrics stand here after a run.").format(whose)
    return "\n".join((whose, *lines, QCoreApplication.translate("Canvas", "Double-click: look inside")))


def icon_name(method_id: str) -> str:
    """A method has an icon of its own or that of its family; an unknown method has a question mark."""
    info = methods().get(method_id)
    if info is None:
        return "help"
    return method_id if method_id in icons.names() else FAMILY_ICONS[info.family]


def other_inputs(pipeline: Pipeline, block: Block) -> str:
    """What the inputs beside the main one get: ``"teacher: Model"``, ``"teacher (optional): the original"``."""
    into, texts = pipeline.into(block.id), []
    for port in block.inputs[1:]:
        if port in into:
            texts.append(f"{port}: {pipeline.block(into[port]).name}")
        elif port in block.optional_inputs:
            texts.append(QCoreApplication.translate("Canvas", "{0} (optional): the original").format(port))
        else:
            texts.append(QCoreApplication.translate("Canvas", "{0}: nothing linked").format(port))
    return ", ".join(texts)
