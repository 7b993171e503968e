"""The program as a person has it, with somebody who tells what is on the screen: for `person.py`.

Reads a line with a Python expression from its standard input, answers with a line of JSON. The expressions only look:
``where(text)`` is the middle, in pixels of the screen, of whatever visible thing has that text or accessible name;
``block(id)`` and ``port(id)`` of a card and its output; ``s`` is the window's parts.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

PARTS: list[Any] = []


def dialog(name: str) -> Any:
    """The dialog of this class that is open, or None."""
    from PySide6.QtWidgets import QDialog

    shown = (each for each in PARTS[0].window.findChildren(QDialog) if each.isVisible())
    return next((each for each in shown if type(each).__name__ == name), None)


def where(text: str, last: bool = False) -> tuple[int, int] | None:
    """The middle of the first (or last) visible thing called so; popups come first, then the active window."""
    from PySide6.QtWidgets import QApplication

    first = [each for each in (QApplication.activePopupWidget(), QApplication.activeWindow()) if each is not None]
    windows = first + [each for each in QApplication.topLevelWidgets() if each not in first and each.isVisible()]
    found = [place for window in windows for place in _places(window, text)]
    return found[-1 if last else 0] if found else None


def _places(window: Any, text: str) -> list[tuple[int, int]]:
    from PySide6.QtCore import QPoint
    from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QLabel, QMenu, QMenuBar, QTabBar, QWidget

    found = []
    for widget in (window, *window.findChildren(QWidget)):
        if not widget.isVisible() or widget.visibleRegion().isEmpty():
            continue
        places = []
        if isinstance(widget, QMenu | QMenuBar):
            named = [a for a in widget.actions() if a.text().replace("&", "").rstrip("…") == text and a.isEnabled()]
            places += [widget.actionGeometry(action).center() for action in named]
        elif isinstance(widget, QTabBar):
            for index in range(widget.count()):
                if widget.isTabVisible(index) and widget.tabText(index).replace("&", "") == text:
                    places.append(widget.tabRect(index).center())
        elif isinstance(widget, QAbstractItemView) and widget.model() is not None:
            places += _rows(widget, text)
        said = widget.text().replace("&", "") if isinstance(widget, QAbstractButton | QLabel) else ""
        if text in (said, widget.accessibleName()) and not isinstance(widget, QMenu | QMenuBar):
            places.append(widget.visibleRegion().boundingRect().center())
        scale = widget.devicePixelRatioF()
        for place in places:
            at = widget.mapToGlobal(QPoint(place))
            found.append((round(at.x() * scale), round(at.y() * scale)))
    return found


def _rows(view: Any, text: str) -> list[Any]:
    from PySide6.QtCore import QModelIndex

    found, waiting = [], [QModelIndex()]
    while waiting:
        parent = waiting.pop()
        for row in range(min(view.model().rowCount(parent), 400)):
            index = view.model().index(row, 0, parent)
            waiting.append(index)
            if str(index.data()) == text and not view.visualRect(index).isEmpty():
                place = view.visualRect(index).center()
                if view.viewport().rect().contains(place):
                    found.append(view.viewport().mapTo(view, place))
    return found


def _on_canvas(point: Any) -> tuple[int, int]:
    canvas = PARTS[0].canvas
    at = canvas.viewport().mapToGlobal(canvas.mapFromScene(point))
    scale = canvas.devicePixelRatioF()
    return round(at.x() * scale), round(at.y() * scale)


def block(name: str) -> tuple[int, int]:
    """The title of a card, by the block's id, or its row on the card of a sweep."""
    from PySide6.QtCore import QPointF

    from studio.canvas.groupcard import GroupItem

    item = PARTS[0].canvas.pipeline_scene.shown(name)
    place = item.row_place(name) if isinstance(item, GroupItem) else None
    return _on_canvas(item.pos() + (QPointF(90, 20) if place is None else place.center()))


def shifted(place: tuple[int, int], x: float, y: float) -> tuple[int, int]:
    """A place that far to the right and below, in widget pixels."""
    scale = PARTS[0].canvas.devicePixelRatioF()
    return round(place[0] + scale * x), round(place[1] + scale * y)


def port(name: str) -> tuple[int, int]:
    """The output of a card."""
    return _on_canvas(PARTS[0].canvas.pipeline_scene.blocks[name].output_pos())


def focused() -> str:
    """The name of what takes the keys."""
    from PySide6.QtWidgets import QApplication

    widget = QApplication.focusWidget()
    return widget.accessibleName() if widget is not None else ""


def _answer(line: str) -> str:
    try:
        value = eval(
            line, {"s": PARTS[0], **{each.__name__: each for each in (dialog, where, block, port, shifted, focused)}}
        )
    except Exception as error:  # whoever asks says what it was
        return json.dumps({"error": f"{type(error).__name__}: {error}"})
    return json.dumps({"value": value}, default=str)


def main() -> int:
    """Open the window and answer until it is closed."""
    import studio.shell.assembly
    from studio.shell import app

    assemble = studio.shell.assembly.Studio

    def assembled(*arguments: Any) -> Any:
        from PySide6.QtCore import QSocketNotifier, Qt

        made = assemble(*arguments)
        PARTS.append(made)
        width, height = (int(number) for number in os.environ["PERSON_SIZE"].split("x"))
        made.window.setWindowFlag(Qt.WindowType.FramelessWindowHint)
        made.window.setGeometry(0, 0, width, height)
        told = QSocketNotifier(0, QSocketNotifier.Type.Read, made.window)

        def hear() -> None:
            line = sys.stdin.readline()
            if line:
                print(_answer(line), flush=True)
            else:
                told.setEnabled(False)

        told.activated.connect(hear)
        return made

    studio.shell.assembly.Studio = assembled
    return app.open_window(None)


if __name__ == "__main__":
    raise SystemExit(main())
