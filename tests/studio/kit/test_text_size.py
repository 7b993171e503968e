"""A text size that is changed while the window is open changes everywhere at once, and back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_engine import FakeEngine, finish_run
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QApplication, QTableView, QTreeView, QWidget

from studio.forms.editors import ParagraphEditor
from studio.kit.theme import theme
from studio.shell.assembly import Studio

LARGER = 5


@pytest.fixture(autouse=True)
def usual_size() -> Iterator[None]:
    yield
    theme().enlarge(0)


def fonts(window: QWidget) -> dict[int, tuple[str, float]]:
    """Kind and font in points of every widget, by its identity. Plain widgets and viewports write nothing."""
    QApplication.processEvents()
    widgets = (widget for widget in window.findChildren(QWidget) if type(widget) is not QWidget)
    return {id(widget): (type(widget).__name__, widget.font().pointSizeF()) for widget in widgets}


def heights(window: QWidget) -> list[int]:
    """Of the rows of all tables and lists, and of what is as high as some lines of text."""
    tables = [table.verticalHeader().defaultSectionSize() for table in window.findChildren(QTableView)]
    trees = [tree.sizeHintForRow(0) for tree in window.findChildren(QTreeView) if tree.model().rowCount()]
    return [*tables, *trees, *(editor.text.height() for editor in window.findChildren(ParagraphEditor))]


def test_all_sizes_change_at_once_and_back(studio: Studio, engine: FakeEngine, tmp_path: Path) -> None:
    finish_run(studio, engine, tmp_path)
    for panel in studio.window.workspace.panels.values():
        panel.content()
    studio.window.workspace.lay_out("build")
    before, rows = fonts(studio.window), heights(studio.window)
    theme().enlarge(LARGER)
    after, larger = fonts(studio.window), heights(studio.window)
    same = before.keys() & after.keys()
    assert len(same) > 500 and len(rows) > 8
    assert {after[key] for key in same if after[key][1] != pytest.approx(before[key][1] + LARGER)} == set()
    pairs = list(zip(rows, larger, strict=True))
    assert [(old, new) for old, new in pairs if old > 0 and new <= 1.2 * old] == []
    theme().enlarge(0)
    back = fonts(studio.window)
    assert {back[key] for key in same & back.keys() if back[key] != before[key]} == set()
    assert heights(studio.window) == rows


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
