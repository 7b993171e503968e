"""A canvas on screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from pytestqt.qtbot import QtBot

from engine.pipeline.document import Pipeline
from studio.canvas.quickmenu import QuickMenu
from studio.canvas.view import CanvasView
from studio.document.document import Document

Shown = Callable[[Pipeline], CanvasView]


@pytest.fixture
def shown(qtbot: QtBot) -> Shown:
    """``shown(pipeline)``: its canvas, 1200 by 800, at its own size."""

    def show(pipeline: Pipeline) -> CanvasView:
        document = Document()
        view = CanvasView(document)
        document.setParent(view)
        document.open(pipeline, None)
        qtbot.addWidget(view)
        view.resize(1200, 800)
        view.show()
        view.zoom_actual()
        return view

    return show


@pytest.fixture
def view(shown: Shown) -> Iterator[CanvasView]:
    """A model and two blocks behind it; menus that a test leaves open are closed."""
    rounding = "round_to_nearest"
    view = shown(Pipeline.linear([("model", {}), (rounding, {}), (rounding, {"format": "int8"})]))
    view.centerOn(400, 100)
    yield view
    for menu in view.findChildren(QuickMenu):
        menu.close()
