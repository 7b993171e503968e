"""Everything by keyboard, and a name for screen readers: in every room and dialog."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_engine import PIPELINE, FakeEngine, finish_run
from PySide6.QtWidgets import QApplication, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from studio.shell.assembly import Studio
from tests.looks import unreachable

OTHER_KEYS = ("Help for ", "Reset ", "QListWidget(Actions) in QFrame in CommandPalette")
"""Tab passes by: F1 in a field shows its help, Ctrl+Shift+Backspace its default, arrows go through the actions."""
PANELS = ("run", "charts", "inspector", "compare", "fit", "results", "export", "tryit")
DIALOGS = (
    "run.survey",
    "run.claims",
    "run.machines",
    "edit.preferences",
    "run.history",
    "run.queue",
    "file.open_model",
    "file.card",
    "help.palette",
    "help.guide",
    "help.updates",
)


def faults(window: QWidget) -> list[str]:
    passed = [f for f in unreachable(window) if any(word in f for word in OTHER_KEYS) and "no key" in f]
    return [fault for fault in unreachable(window) if fault not in passed]


def test_what_is_in_the_window(studio: Studio, engine: FakeEngine, tmp_path: Path, qtbot: QtBot) -> None:
    found = {"home": faults(studio.window)}
    studio.document.open(PIPELINE, None)
    studio.window.show_workspace()
    for name in ("model_1", "round_to_nearest_1"):
        studio.canvas.select([name])
        qtbot.wait(20)
        found[f"form of {name}"] = faults(studio.window)
    finish_run(studio, engine, tmp_path)
    for name in PANELS:
        studio.window.workspace.bring(name)
        qtbot.wait(30)
        found[name] = faults(studio.window)
    assert not {where: what for where, what in found.items() if what}


@pytest.mark.parametrize("name", DIALOGS)
def test_what_is_in_the_dialogs(studio: Studio, name: str, qtbot: QtBot) -> None:
    studio.document.open(PIPELINE, None)
    studio.window.show_workspace()
    before = set(QApplication.topLevelWidgets())
    studio.window.table[name].trigger()
    opened = [window for window in QApplication.topLevelWidgets() if window.isVisible() and window not in before]
    qtbot.wait(30)
    found = [sentence for window in opened for sentence in faults(window)]
    for window in opened:
        window.close()
    assert opened and not found


def test_what_cannot_be_reached_is_found(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    QToolButton(window).setFixedSize(20, 20)
    window.show()
    assert len(unreachable(window)) == 1 and "screen reader" in unreachable(window)[0]
