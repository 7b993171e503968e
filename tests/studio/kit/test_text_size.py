"""A text size that is changed while the window is open looks as one that was there from the start: everywhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_engine import FakeEngine, finish_run
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QApplication, QTableView, QTreeView, QWidget
from pytestqt.qtbot import QtBot

from studio.bridge import Bridge
from studio.document.settings import UserSettings
from studio.kit.theme import theme
from studio.shell.assembly import Studio

LARGER = 5


@pytest.fixture(autouse=True)
def usual_size() -> Iterator[None]:
    yield
    theme().enlarge(0)


def window_after_a_run(studio: Studio, engine: FakeEngine, folder: Path) -> Studio:
    folder.mkdir()
    studio.window.resize(1440, 900)
    studio.window.show()
    finish_run(studio, engine, folder)
    studio.window.workspace.make_panels()
    studio.window.workspace.lay_out("build")
    studio.canvas.select(["round_to_nearest_1"])
    studio.canvas.fit()
    return studio


def sizes(window: QWidget) -> Counter[tuple[object, ...]]:
    """Of every widget its kind, its font in points, what is fixed of its size, and its rows and columns; how many there
    are of each. Plain widgets and viewports write nothing."""
    QApplication.processEvents()
    found: Counter[tuple[object, ...]] = Counter()
    for widget in window.findChildren(QWidget):
        if type(widget) is QWidget:
            continue
        fixed = (widget.minimumHeight(), min(widget.maximumHeight(), 2000), widget.minimumWidth())
        cells: tuple[object, ...] = ()
        if isinstance(widget, QTableView):
            columns = range(widget.model().columnCount() if widget.model() is not None else 0)
            cells = (widget.verticalHeader().defaultSectionSize(), *(widget.columnWidth(c) for c in columns))
        elif isinstance(widget, QTreeView) and widget.model() is not None and widget.model().rowCount():
            cells = (widget.sizeHintForRow(0),)
        found[type(widget).__name__, round(widget.font().pointSizeF(), 1), *fixed, *cells] += 1
    return found


def test_all_sizes_change_at_once_and_back(studio: Studio, engine: FakeEngine, tmp_path: Path, qtbot: QtBot) -> None:
    window_after_a_run(studio, engine, tmp_path / "first")
    before, zoom = sizes(studio.window), studio.canvas.zoom
    theme().enlarge(LARGER)
    changed = sizes(studio.window)
    assert studio.canvas.zoom >= zoom
    settings = UserSettings.read()
    settings.text_size = LARGER
    settings.write()
    other_engine = FakeEngine()
    other = window_after_a_run(Studio(Bridge(make=lambda lane: other_engine)), other_engine, tmp_path / "second")
    fresh = sizes(other.window)
    other.document.undo_stack.setClean()
    other.window.close()
    other.window.deleteLater()
    assert not changed - fresh and not fresh - changed
    theme().enlarge(0)
    assert not sizes(studio.window) - before


def test_blocks_are_as_large_as_the_texts_around_them(studio: Studio) -> None:
    studio.files.open_sample()
    studio.canvas.zoom_actual()
    small = _card(studio)
    theme().enlarge(LARGER)
    assert theme().scale > 1.3 and studio.canvas.zoom == pytest.approx(theme().scale)
    assert _card(studio).height() == pytest.approx(small.height() * theme().scale, abs=2)
    studio.canvas.zoom_in()
    studio.canvas.zoom_actual()
    assert studio.canvas.zoom == pytest.approx(theme().scale), "actual size"


def _card(studio: Studio) -> QRect:
    """A block on the screen."""
    item = next(iter(studio.canvas.pipeline_scene.blocks.values()))
    return studio.canvas.mapFromScene(item.mapRectToScene(item.card())).boundingRect()
