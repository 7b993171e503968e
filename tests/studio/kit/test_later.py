"""Calls in the next turn of the event loop."""

from __future__ import annotations

import ast
import gc
import weakref
from pathlib import Path

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.kit.later import later

STUDIO = Path(__file__).resolve().parents[3] / "studio"


class _Owner(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def count(self) -> None:
        self.calls += 1


def test_it_comes_once_and_nothing_holds_an_owner_that_is_gone(qtbot: QtBot) -> None:
    owner, gone = _Owner(), _Owner()
    later(owner, owner.count)
    later(gone, gone.count)
    assert not owner.calls
    gone.deleteLater()
    QApplication.sendPostedEvents(gone, QEvent.Type.DeferredDelete)
    held = weakref.ref(gone)
    del gone
    qtbot.waitUntil(lambda: owner.calls == 1)
    qtbot.wait(20)
    gc.collect()
    assert owner.calls == 1 and held() is None and not owner.children()


def test_no_other_way_is_taken() -> None:
    """A single shot of Qt's own holds its owner for good."""
    for path in STUDIO.rglob("*.py"):
        names = {node.attr for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Attribute)}
        assert "singleShot" not in names, path
