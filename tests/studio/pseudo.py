"""A language that nobody speaks, for tests: each text of the catalogs in brackets and 40 % longer. What a window shows
without brackets does not stand in `tr`, or not under the class that says it."""

from __future__ import annotations

import ast
import functools
import json
import math
import re
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QObject, QTranslator
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QGraphicsView,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QTabBar,
    QWidget,
)

from engine.words import short_words
from studio import catalogs

ROOT = Path(__file__).resolve().parents[2]
LONGER = 0.4
OPEN, CLOSE = "[", "]"
OF_QT = re.compile(r"Q[A-Z]\w+")
"""Contexts of Qt's own texts."""
ONE_WORD = 14
"""Letters of a text that is probably one word: it becomes a longer word, as compounds do, and no further word."""
MARKS = " .,;:…→&"
PARTS = re.compile(r"\s*(?:\n|\t| · |: |, |; |<br>|&nbsp;|\(|\))\s*")
NUMBERS = re.compile(r"[\d.,:×x%+±/–−-]+\s?(?:[kMGT]?B|s|min|h|d|ms|nats|pt|bits?)?\b|\W+")


class Pseudo(QTranslator):
    """The translator. It has what a catalog has, and texts of Qt itself."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._known = {text[:2] for text in catalogs.texts(catalogs.FOLDER / "de.ts")}

    def translate(self, context: str, source: str, disambiguation: str | None = None, n: int = -1) -> str:
        if (context, source) in self._known or OF_QT.fullmatch(context):
            return longer(source)
        return None  # type: ignore[return-value]  # an empty text would be shown

    def isEmpty(self) -> bool:
        return False


def longer(source: str) -> str:
    """A text in brackets; what is filled in, keys and lines stay."""
    if not source.strip():
        return source
    count = max(1, math.ceil(LONGER * len(source)))
    if len(source) <= ONE_WORD:
        return f"{OPEN}{source}{'en' * (count // 2)}{'s' * (count % 2)}{CLOSE}"
    words = "weil deutsche Sätze so lang sind und mehr Platz brauchen als englische "
    padding = (words * (count // len(words) + 1))[:count].rstrip()
    return f"{OPEN}{source} {padding}{CLOSE}"


def said(window: QWidget) -> Iterator[tuple[str, str]]:
    """All that the controls of a window say, seen or told in a tooltip or to a screen reader: widget, text."""
    for widget in (window, *window.findChildren(QWidget)):
        if widget is not window and not widget.isVisible():
            continue
        for text in (*_shown(widget), widget.toolTip(), widget.statusTip(), widget.accessibleName()):
            if text and not _is_qt(widget):
                yield type(widget).__name__, text
    for action in window.findChildren(QAction):
        for text in (action.text(), action.toolTip(), action.statusTip()):
            if text and not _is_qt(action):
                yield "QAction", text


def _shown(widget: QWidget) -> Iterator[str]:
    if isinstance(widget, QLabel | QAbstractButton):
        yield widget.text()
    elif isinstance(widget, QComboBox):
        yield from map(widget.itemText, range(widget.count()))
    elif isinstance(widget, QTabBar):
        yield from (widget.tabText(n) for n in range(widget.count()) if widget.isTabVisible(n))
    elif isinstance(widget, QHeaderView) and widget.model() is not None:
        for n in range(widget.count()):
            yield str(widget.model().headerData(n, widget.orientation()) or "")
    elif isinstance(widget, QLineEdit | QPlainTextEdit):
        yield widget.placeholderText()
    elif isinstance(widget, QMenu):
        yield widget.title()
    elif isinstance(widget, QGraphicsView) and widget.scene() is not None:
        yield from (item.toolTip() for item in widget.scene().items())


def _is_qt(thing: QWidget | QAction) -> bool:
    """Parts that Qt makes of others."""
    return thing.objectName().startswith("qt_")


def untranslated(texts: Iterator[tuple[str, str]], data: set[str]) -> list[str]:
    """Texts, or parts of them, that are neither translated, nor numbers, nor words of the engine or ``data``."""
    found = set()
    for widget, text in texts:
        plain = re.sub(r"</?\w[^<>]*>", "\n", text).replace("&amp;", "&")
        if OPEN in plain or plain in data or _of_engine(plain):
            continue
        parts = (re.sub(r"^[\d.,]+ ", "", part) for part in PARTS.split(plain))
        words = [part for part in parts if re.search("[A-Za-z]{2}", NUMBERS.sub(" ", part))]
        if not all(part in data or _of_engine(part) for part in words):
            found.add(f"{widget}: {text!r}")
    return sorted(found)


def _of_engine(text: str) -> bool:
    """True for what the engine says in English: sentences, states of work; not for a name that the catalogs have."""
    words = " ".join(text.split()).strip(MARKS)
    return text not in translated_names() and (words in engine_words() or words.lower() in engine_words())


@functools.cache
def translated_names() -> frozenset[str]:
    """Names of methods, settings, choices and metrics."""
    return frozenset(short_words())


@functools.cache
def engine_words() -> frozenset[str]:
    """All strings in the engine's sources, and titles of what is bundled."""
    found: set[str] = set()
    for path in (ROOT / "engine").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(" ".join(node.value.split()).strip(MARKS))
    for path in (ROOT / "resources" / "pipelines").glob("*.json"):
        found |= set(_strings(json.loads(path.read_text("utf-8"))))
    return frozenset(found | {word.lower() for word in found if len(word) < 60})


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield " ".join(value.split()).strip(MARKS)
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _strings(inner)
