"""What the window says about blocks: titles, one-line summaries, states. No widgets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from PySide6.QtCore import QCoreApplication

from engine.contracts.errors import BadInput
from engine.contracts.settings import FieldInfo, Settings, fields
from engine.methods.base import MethodInfo
from engine.methods.registry import methods
from engine.pipeline.document import Block, Pipeline
from studio import icons
from studio.canvas.picture import Picture

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
    picture: Picture | None = None


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


def info_of(method_id: str) -> MethodInfo | None:
    """The method, None if this program doesn't have it (a file of another version)."""
    return methods().get(method_id)


def title_of(block: Block) -> str:
    """The user's title, else the method's, else the method's id."""
    info = info_of(block.method)
    return block.title or (info.title if info else block.method)


def flow_text(block: Block, state: BlockState) -> str:
    """What flows out of a block, for its links: whose model, and each fact of it in a line."""
    whose = QCoreApplication.translate("Canvas", "The model that “{0}” leaves").format(title_of(block))
    lines = [f"{fact.value}   {fact.change}".rstrip() for fact in state.facts] or [state.metrics]
    if not any(lines):
        return QCoreApplication.translate("Canvas", "{0}. Its size and metrics stand here after a run.").format(whose)
    return "\n".join((whose, *lines, QCoreApplication.translate("Canvas", "Double-click: look inside")))


def icon_name(method_id: str) -> str:
    """A method has an icon of its own or that of its family; an unknown method has a question mark."""
    info = info_of(method_id)
    if info is None:
        return "help"
    return method_id if method_id in icons.names() else FAMILY_ICONS[info.family]


def input_ports(method_id: str) -> tuple[str, ...]:
    """Port names, the main one first; an unknown method is taken to have one."""
    info = info_of(method_id)
    return info.inputs if info else ("model",)


def choices_of(info: MethodInfo, name: str) -> set[Any]:
    """What a setting of a method can be chosen from; nothing if it has none of this name."""
    return {value for field in fields(info.settings) if field.name == name for value, _ in field.choices}


def optional_ports(method_id: str) -> tuple[str, ...]:
    """The inputs that need no link: without one the original model is there."""
    info = info_of(method_id)
    return info.optional if info else ()


def other_inputs(pipeline: Pipeline, block: Block) -> str:
    """What the inputs beside the main one get: ``"teacher: Model"``, ``"teacher (optional): the original"``."""
    into, texts = pipeline.into(block.id), []
    for port in input_ports(block.method)[1:]:
        if port in into:
            texts.append(f"{port}: {title_of(pipeline.block(into[port]))}")
        elif port in optional_ports(block.method):
            texts.append(QCoreApplication.translate("Canvas", "{0} (optional): the original").format(port))
        else:
            texts.append(QCoreApplication.translate("Canvas", "{0}: nothing linked").format(port))
    return ", ".join(texts)


def summary_of(block: Block) -> str:
    """One line about the settings: the method's own words, else what differs from the defaults."""
    info = info_of(block.method)
    if info is None:
        return QCoreApplication.translate("Canvas", "This method is not installed")
    try:
        parsed = info.settings.parse(block.settings)
    except BadInput:
        return QCoreApplication.translate("Canvas", "Settings are not valid")
    return parsed.summary() or _differences(parsed)


def _differences(settings: Settings) -> str:
    """The main choice (the first) and whatever else is not as usual."""
    values = settings.model_dump()
    known = fields(type(settings))
    main = next((field for field in known if field.kind in ("choice", "model")), None)
    shown = [f for f in known if f.is_shown(values) and (f is main or plain(values[f.name]) != plain(f.default))]
    return " · ".join(filter(None, (_words(field, values[field.name]) for field in shown)))


def _words(field: FieldInfo, value: Any) -> str:
    if field.kind == "bool":
        return field.title.lower() if value else f"no {field.title.lower()}"
    if field.kind == "choice":
        return str(dict(field.choices).get(value, value))
    if field.kind in ("int", "float") and value is not None:
        return f"{field.title.lower()} {field.text(value)}"
    if field.kind in ("file", "folder", "model"):
        return str(value).rstrip("/\\").replace("\\", "/").rsplit("/", 1)[-1]
    return ""


def plain(value: Any) -> Any:
    """A default as it stands in JSON: the value of an enum member, a list for a tuple."""
    value = getattr(value, "value", value)
    return list(value) if isinstance(value, tuple) else value
