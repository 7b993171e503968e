"""The keys of the canvas that the window's actions don't have: arrows, letters, standard keys."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from engine.pipeline import layout
from studio.canvas.editor import CanvasEditor


class Keyed(Protocol):
    """The interface that key handling needs: the canvas."""

    editor: CanvasEditor

    def select(self, ids: Iterable[str]) -> None: ...
    def paste(self) -> None: ...
    def fit(self) -> None: ...
    def zoom_in(self) -> None: ...
    def zoom_out(self) -> None: ...
    def zoom_actual(self) -> None: ...
    def open_quick_menu(self) -> object: ...


_PAIR: dict[int, str] = {Qt.Key.Key_1: "A", Qt.Key.Key_2: "B"}
_ARROWS: dict[int, tuple[int, int]] = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


def press(view: Keyed, event: QKeyEvent) -> bool:
    """Do what a key means; False if it means nothing here."""
    return _standard(view, event) or _plain(view, event)


def _standard(view: Keyed, event: QKeyEvent) -> bool:
    standard = QKeySequence.StandardKey
    verbs = {
        standard.Copy: view.editor.copy,
        standard.Cut: view.editor.cut,
        standard.Paste: view.paste,
        standard.SelectAll: view.editor.select_all,
        standard.Delete: view.editor.delete_selected,
        standard.ZoomIn: view.zoom_in,
        standard.ZoomOut: view.zoom_out,
    }
    for key, verb in verbs.items():
        if event.matches(key):
            verb()
            return True
    return False


def _plain(view: Keyed, event: QKeyEvent) -> bool:
    key, control = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
    selected = view.editor.selected_ids()
    if key in _ARROWS:
        if control:
            _nudge(view, _ARROWS[key])
        else:
            _step(view, _ARROWS[key])
    elif control and key == Qt.Key.Key_D:
        view.editor.duplicate()
    elif control and key == Qt.Key.Key_0:
        view.zoom_actual()
    elif control and key == Qt.Key.Key_Equal:  # the plus key without Shift
        view.zoom_in()
    elif key == Qt.Key.Key_Backspace:
        view.editor.delete_selected()
    elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and selected:
        view.editor.block_activated.emit(selected[-1])
    elif key == Qt.Key.Key_Slash:
        view.open_quick_menu()
    elif key in (Qt.Key.Key_F, Qt.Key.Key_Home) and not control:
        view.fit()
    elif key == Qt.Key.Key_B and not control:
        view.editor.bypass()
    elif key in _PAIR and not control:
        view.editor.compared_as.emit(_PAIR[key])
    else:
        return False
    return True


def _nudge(view: Keyed, direction: tuple[int, int]) -> None:
    names = view.editor.scene.selected_ids()
    dx, dy = direction[0] * layout.GRID, direction[1] * layout.GRID
    view.editor.move(names, dx, dy, merge="nudge " + " ".join(names))


def _step(view: Keyed, direction: tuple[int, int]) -> None:
    """Select the neighbor in a direction: linked blocks first, then the nearest."""
    selected, pipeline = view.editor.selected_ids(), view.editor.document.pipeline
    if not selected:
        view.select([block.id for block in pipeline.blocks[:1]])
        return
    here = pipeline.block(selected[-1])
    linked = {1: pipeline.out_of(here.id), -1: tuple(pipeline.into(here.id).values())}.get(direction[0], ())
    nearest: list[tuple[float, str]] = []
    for block in pipeline.blocks:
        along = (block.x - here.x) * direction[0] + (block.y - here.y) * direction[1]
        across = abs((block.x - here.x) * direction[1]) + abs((block.y - here.y) * direction[0])
        if along > 0 and (not linked or block.id in linked):
            nearest.append((along + 2 * across, block.id))
    if nearest:
        view.select([min(nearest)[1]])
    elif linked:
        view.select([linked[0]])
