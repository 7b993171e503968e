"""States of blocks and runs as the window shows them: word, icon and color of each, in one table. No widgets."""

from __future__ import annotations

from typing import Literal, NamedTuple

from PySide6.QtCore import QCoreApplication

from engine.contracts.grading import Grade
from engine.record import state as engine_state
from studio.kit.marking import QT_TRANSLATE_NOOP

State = engine_state.State | Literal["unconfigured", "bypassed", "checking"]
"""The states of the engine, two of a block that no run knows, and that of a pipeline that is being checked."""


class Look(NamedTuple):
    """The look of a state: an English word, which `state_word` translates, an icon, and a color token."""

    word: str
    icon: str
    token: str


LOOKS: dict[State, Look] = {
    "ready": Look(QT_TRANSLATE_NOOP("State", "Ready"), "ready", "muted"),
    "queued": Look(QT_TRANSLATE_NOOP("State", "Queued"), "queued", "muted"),
    "running": Look(QT_TRANSLATE_NOOP("State", "Running"), "running", "running"),
    "paused": Look(QT_TRANSLATE_NOOP("State", "Paused"), "pause", "warning"),
    "cancelling": Look(QT_TRANSLATE_NOOP("State", "Canceling…"), "cancel", "warning"),
    "cached": Look(QT_TRANSLATE_NOOP("State", "Cached"), "cached", "cached"),
    "done": Look(QT_TRANSLATE_NOOP("State", "Done"), "done", "success"),
    "warning": Look(QT_TRANSLATE_NOOP("State", "Warning"), "warning", "warning"),
    "failed": Look(QT_TRANSLATE_NOOP("State", "Failed"), "error", "error"),
    "cancelled": Look(QT_TRANSLATE_NOOP("State", "Canceled"), "cancel", "muted"),
    "skipped": Look(QT_TRANSLATE_NOOP("State", "Not run"), "ready", "muted"),
    "interrupted": Look(QT_TRANSLATE_NOOP("State", "Interrupted"), "error", "error"),
    "stale": Look(QT_TRANSLATE_NOOP("State", "Outdated"), "stale", "warning"),
    "unconfigured": Look(QT_TRANSLATE_NOOP("State", "Needs settings"), "unconfigured", "error"),
    "bypassed": Look(QT_TRANSLATE_NOOP("State", "Bypassed"), "bypass", "muted"),
    "checking": Look(QT_TRANSLATE_NOOP("State", "Checking…"), "check", "accent"),
}
GRADE_LOOKS: dict[Grade, Look] = {
    "noticeable": Look(QT_TRANSLATE_NOOP("State", "Degraded"), "warning", "warning"),
    "broken": Look(QT_TRANSLATE_NOOP("State", "Broken"), "error", "error"),
}
"""Looks of a block that is done and whose model lost more than a little."""
GRADE_TOKENS: dict[Grade, str] = {"good": "success", "noticeable": "warning", "broken": "error"}
GRADED: tuple[State, ...] = ("done", "cached", "warning")
"""States whose look depends on the loss."""
ERRORS: tuple[State, ...] = ("failed", "interrupted", "unconfigured")
"""States that stand in the way of a result."""


def look_of(state: State, grade: Grade | None = None) -> Look:
    """The look of a state; ``grade``: of the result, where there is one."""
    if state in GRADED and grade == "broken":
        return GRADE_LOOKS[grade]
    if state in ("done", "cached") and grade == "noticeable":
        return GRADE_LOOKS[grade]
    return LOOKS[state]


def state_word(state: State, grade: Grade | None = None) -> str:
    """The translated word of a state."""
    return QCoreApplication.translate("State", look_of(state, grade).word)


def run_state(state: str) -> State:
    """The state of a run as blocks show theirs; an unknown one of a newer engine counts as queued."""
    return next((look for look in LOOKS if look == state), "queued")


def change_token(verdict: str, grade: Grade | None) -> str | None:
    """The color of a metric that is held against another: small losses are not marked, None for nothing to mark."""
    if verdict == "better":
        return "success"
    if verdict == "worse":
        return GRADE_TOKENS[grade] if grade in ("noticeable", "broken") else "muted"
    return {"collapsed": "error", "both collapsed": "warning", "unknown": "muted"}.get(verdict)
