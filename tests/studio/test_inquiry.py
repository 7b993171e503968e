"""Shared parts: boxes of choices, tables of cells, pages of what a person asks for."""

from __future__ import annotations

import pytest
from fake_engine import FakeEngine
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from engine.contracts.commands import Inspect
from engine.contracts.events import Failure, Progress
from studio.bridge import Bridge
from studio.inquiry import Inquiry, InquiryPages
from studio.kit.combo import Choice
from studio.kit.tables import NUMBERS, WORDS, Cell, CellsModel, CellsTable
from studio.kit.theme import color


@pytest.fixture
def holder(qtbot: QtBot) -> QWidget:
    holder = QWidget()
    qtbot.addWidget(holder)
    holder.show()
    return holder


def test_what_was_chosen_stays_while_it_is_offered(holder: QWidget) -> None:
    box = Choice("Metric", holder)
    assert box.value == "" and box.offer([("a", "A"), ("b", "B")]) and box.value == "a"
    assert box.choose("b") and not box.choose("b") and not box.choose("nowhere")
    assert not box.offer([("a", "A"), ("b", "B")]) and box.value == "b"
    assert box.offer([("c", "C"), ("b", "B")]) and (box.value, box.currentIndex()) == ("b", 1)
    assert box.offer([("c", "C"), ("d", "D")], otherwise=1) and box.value == "d"
    assert not box.offer([("c", "C"), ("d", "D")], chosen="c") and box.value == "c"


class Squares(CellsModel):
    """Numbers and their squares; counts how often it is asked."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.rows = [1, 2, 3]
        self.asked = 0

    def width(self) -> int:
        return 2

    def head(self, column: int) -> Cell:
        return Cell(("Number", "Square")[column], "a tip")

    def cell(self, row: int, column: int) -> Cell:
        self.asked += 1
        number = self.rows[row] ** (column + 1)
        return Cell(str(number), tone="error" if number > 4 else None, bold=number == 4)


def test_a_model_is_asked_once_for_all_that_a_cell_says(holder: QWidget) -> None:
    model, roles = Squares(holder), Qt.ItemDataRole
    found = model.index(2, 1)
    assert (found.data(), found.data(roles.ForegroundRole)) == ("9", color("error"))
    assert found.data(roles.TextAlignmentRole) == NUMBERS and found.data(roles.FontRole) is None
    assert model.asked == 1 and model.index(1, 1).data(roles.FontRole).bold()
    across = Qt.Orientation.Horizontal
    assert model.headerData(0, across) == "Number" and model.headerData(0, across, roles.TextAlignmentRole) == WORDS
    model.beginResetModel()
    model.rows = [5]
    model.endResetModel()
    assert model.index(0, 0).data() == "5" and model.rowCount() == 1


def test_a_table_of_cells_is_filled_as_a_whole(holder: QWidget) -> None:
    table = CellsTable("Numbers", holder)
    table.show_cells(["Name", "Value"], [[Cell("a", "tip"), Cell("1", tone="error")], [Cell("b"), Cell("2")]])
    assert table.item(0, 1).foreground().color() == color("error") and table.item(0, 0).toolTip() == "tip"
    assert table.item(0, 1).textAlignment() == NUMBERS and table.item(0, 0).textAlignment() == WORDS
    table.show_cells(["Name"], [[Cell("c")]])
    assert (table.rowCount(), table.columnCount(), table.item(0, 0).text()) == (1, 1, "c")


def test_pages_show_how_far_the_answer_is(holder: QWidget, qtbot: QtBot) -> None:
    engine = FakeEngine()
    bridge = Bridge(holder, make=lambda lane: engine)
    pages = InquiryPages(QWidget(holder), QWidget(holder), holder)
    answers: list[object] = []
    inquiry = Inquiry(bridge, pages, answers.append)
    assert pages.shown is pages.ask and not pages.is_asked
    inquiry.send(Inspect(model="m"), "Reading…", part=1, parts=2)
    assert pages.shown is pages.waiting and pages.text.text() == "Reading…" and pages.bar.value() == 500
    inquiry._show_progress(Progress(run="r", fraction=0.5, total=0.0, text="layer 3"))
    assert pages.text.text() == "layer 3" and pages.bar.value() == 750
    inquiry.give_up()
    assert pages.shown is pages.ask and not inquiry.is_open
    inquiry._show_failure(Failure(run="r", what="No model", where="m", why="It is gone.", advice="Run it again."))
    assert pages.shown is pages.failed and pages.failed._text.text() == "m: It is gone. Run it again."
    inquiry._show_failure(None)
    assert pages.shown is pages.ask and not answers


def test_what_failed_is_said_in_sentences_and_can_be_asked_again(holder: QWidget, qtbot: QtBot) -> None:
    engine = FakeEngine()
    bridge = Bridge(holder, make=lambda lane: engine)
    pages = InquiryPages(QWidget(holder), QWidget(holder), holder)
    inquiry = Inquiry(bridge, pages, lambda answer: pages.show_answer())
    inquiry.send(Inspect(model="m"), "Reading…")
    first = engine.commands[-1]
    engine.say(
        Failure(run=first.id, what="No memory", why="it used 497 MB of 25 GB", advice="close others, then retry")
    )
    bridge.pump()
    assert pages.failed._text.text() == "It used 497 MB of 25 GB. Close others, then retry."
    assert not pages.retry.isHidden()
    pages.retry.click()
    again = engine.commands[-1]
    assert pages.shown is pages.waiting and isinstance(again, Inspect) and again.model == "m" and again.id != first.id
