"""A and B look the same in every view."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QWidget
from pytestqt.qtbot import QtBot

from engine.contracts.events import Metric
from studio.inspector.panel import InspectorPanel
from studio.kit.ab_badge import Letter, letter_icon
from studio.kit.theme import theme
from studio.plots.board import Board
from studio.tryit.panel import TryItPanel


def picture(box: QComboBox, index: int) -> bytes:
    return bytes(box.itemIcon(index).pixmap(18, 16).toImage().constBits())


def badge(letter: str) -> bytes:
    return bytes(letter_icon(letter).pixmap(18, 16).toImage().constBits())


def test_lists_and_titles_have_the_letters(qtbot: QtBot, studio) -> None:
    inspector, tryit = InspectorPanel(studio.window), studio.tryit
    assert isinstance(tryit, TryItPanel)
    inspector.set_letters({"/a": "A", "/b": "B"})
    inspector.set_artifacts([("/x", "X"), ("/a", "First"), ("/b", "Second")])
    box = inspector._artifacts
    assert box.itemIcon(0).isNull() and picture(box, 1) == badge("A") and picture(box, 2) == badge("B") != badge("A")
    tryit.set_models([("First", "/a"), ("X", "/x"), ("Second", "/b")])
    tryit.set_letters({"/a": "A", "/b": "B"})
    assert picture(tryit._left.choice, 0) == badge("A") and picture(tryit._right.choice, 2) == badge("B")
    assert tryit._left.choice.itemIcon(1).isNull()
    shown = Letter(tryit, "A")
    assert shown.isVisibleTo(tryit) and shown.accessibleName() == "A"
    shown.show_letter("")
    assert not shown.isVisibleTo(tryit)


def test_curves_of_a_and_b_have_their_colors(qtbot: QtBot) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)
    panel = Board(holder)
    holder.show()
    panel.clear("run")
    panel.set_titles({"one": "One", "two": "Two", "three": "Three"})
    panel.add_events([Metric(run="run", block=b, name="loss", step=1, value=1.0) for b in ("one", "two", "three")])
    panel.flush()
    tokens = theme().tokens
    assert [curve.stroke.color for curve in panel.curves.curves()] == list(tokens.chart[:3])
    panel.set_letters({"three": "A", "one": "B"})
    found = {curve.name: curve.stroke.color for curve in panel.curves.curves()}
    assert found == {"B · One": tokens.b, "Two": tokens.chart[2], "A · Three": tokens.a}
