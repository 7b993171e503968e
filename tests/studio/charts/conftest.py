"""The board of charts, shown and empty."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from studio.plots.board import Board


@pytest.fixture
def panel(qtbot: QtBot) -> Board:
    panel = Board(None)
    qtbot.addWidget(panel)
    panel.resize(1100, 700)
    panel.clear("run")
    panel.show()
    qtbot.waitExposed(panel)
    return panel
