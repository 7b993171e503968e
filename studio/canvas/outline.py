"""The pipeline as a tree: for the keyboard, for screen readers, and for whoever likes lists better than drawings."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator
from functools import partial

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFont, QFontMetrics, QIcon, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from engine.pipeline.document import Block, Pipeline
from engine.pipeline.layout import branches
from studio.canvas import describe
from studio.canvas.describe import READY, BlockState
from studio.canvas.editor import CanvasEditor
from studio.canvas.menus import BlockMenus, add_action
from studio.canvas.quickmenu import QuickMenu
from studio.engine_words import block_name
from studio.kit import icons
from studio.kit.plaintext import as_plain
from studio.kit.theme import color, font, scaled, theme
from studio.kit.widgets import single_shot, size_icons

_ID = Qt.ItemDataRole.UserRole
_STATE = Qt.ItemDataRole.UserRole + 1
_INPUTS = Qt.ItemDataRole.UserRole + 2
_LINE = 18
MANY = 60
"""Blocks from which on the rows are made anew in turns of the event loop of their own."""
REBUILD_MS = 100
"""Until the first of these turns: the canvas is painted before it."""
SLICE_SECONDS = 0.005
"""Of such a turn."""


class Outline(QTreeWidget):
    """Follows document and states of an editor; all that can be done on the canvas can be done here by keys. GUI thread
    only."""

    selection_changed = Signal(list)
    """Ids of the selected blocks, when the user selected."""

    def __init__(self, editor: CanvasEditor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._editor, self._document, self._scene = editor, editor.document, editor.scene
        self._menus = OutlineMenus(self, editor)
        self._items: dict[str, QTreeWidgetItem] = {}
        self._later = single_shot(self._go_on, self, REBUILD_MS)
        self._rows: Iterator[None] | None = None
        self._quiet = False
        self.setAccessibleName(self.tr("Pipeline outline"))
        self.setAccessibleDescription(
            self.tr(
                "Insert adds a method, Delete removes a block, Ctrl+Up and Ctrl+Down reorder, Enter opens the settings."
            )
        )
        self.setHeaderHidden(True)
        self.setItemDelegate(_RowDelegate(self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setFrameShape(QFrame.Shape.NoFrame)
        size_icons(self, 16)
        self.setIndentation(16)
        self.setUniformRowHeights(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._on_context_menu)
        self.itemSelectionChanged.connect(self._on_selection_changed)
        self.itemActivated.connect(self._on_activated)
        self._document.changed.connect(self._on_changed)
        self._scene.state_changed.connect(self._on_state_changed)
        theme().changed.connect(self._rebuild)
        self._rebuild()

    # -- in step with canvas and run -------------------------------------------------------------------------------
    def _on_state_changed(self, block_id: str) -> None:
        for name in [block_id] if block_id else self._items:
            if name in self._items:
                self._describe(self._items[name])

    def select(self, ids: Iterable[str]) -> None:
        """Select these blocks, without telling `selection_changed`."""
        chosen = set(ids)
        if chosen == set(self.selected_ids()):
            return
        self._quiet = True
        current = next((self._items[name] for name in chosen if name in self._items), None)
        if current is not None:
            self.setCurrentItem(current)
        for name, item in self._items.items():
            item.setSelected(name in chosen)
        self._quiet = False

    def selected_ids(self) -> list[str]:
        """Ids of the selected blocks."""
        return [item.data(0, _ID) for item in self.selectedItems()]

    # -- following the document ------------------------------------------------------------------------------------
    def _on_changed(self, old: Pipeline, new: Pipeline) -> None:
        if old.links != new.links or [b.id for b in old.blocks] != [b.id for b in new.blocks]:
            if len(new.blocks) > MANY:  # the canvas is seen first
                self._rows = None
                self._later.start(REBUILD_MS)
            else:
                self._rebuild()
            return
        if self._later.isActive():
            self._rows = None  # those of the pipeline before
            return
        for before, block in zip(old.blocks, new.blocks, strict=True):
            if before is not block or len(block.inputs) > 1:
                self._show_block(self._items[block.id], block)

    def _rebuild(self) -> None:
        """All rows anew, at once."""
        self._rows = None
        self._go_on(math.inf)

    def _go_on(self, seconds: float = SLICE_SECONDS) -> None:
        """Make rows as long as that takes; the others in the next turns of the event loop."""
        self._later.stop()
        self._rows = self._rows or self._make_rows()
        end = time.monotonic() + seconds
        self._quiet = True
        for _ in self._rows:
            if time.monotonic() > end:
                self._later.start(0)
                break
        else:
            self._rows = None
        self._quiet = False

    def _make_rows(self) -> Iterator[None]:
        selected, current = self.selected_ids(), self.currentItem()
        current_id = current.data(0, _ID) if current is not None else None
        closed = {name for name, item in self._items.items() if item.childCount() and not item.isExpanded()}
        self.clear()
        self._items = {}
        rows = branches(self._document.pipeline)
        todo: list[tuple[str | None, QTreeWidgetItem | None]] = [(None, None)]
        while todo:
            parent_id, parent = todo.pop()
            for block_id in rows.get(parent_id, []):
                item = QTreeWidgetItem(self if parent is None else parent)
                item.setData(0, _ID, block_id)
                self._items[block_id] = item
                self._show_block(item, self._document.pipeline.block(block_id))
                todo.append((block_id, item))
                yield
        for name, item in self._items.items():
            item.setExpanded(name not in closed)
            yield
        if current_id in self._items:
            self.setCurrentItem(self._items[current_id])
        self.select(self.selected_ids() or selected)

    def _show_block(self, item: QTreeWidgetItem, block: Block) -> None:
        info = block.info
        tint = theme().tokens.family[info.family] if info else "error"
        item.setIcon(0, icons.icon(describe.icon_name(block.method), tint))
        item.setText(0, block_name(block))
        item.setData(0, Qt.ItemDataRole.AccessibleDescriptionRole, block.summary())
        item.setData(0, _INPUTS, describe.other_inputs(self._document.pipeline, block))
        self._describe(item)

    def _describe(self, item: QTreeWidgetItem) -> None:
        """Set the state column, the accessible text and the tooltip of a row."""
        state = self._scene.block_state(item.data(0, _ID))
        item.setData(0, _STATE, state)
        said = (item.text(0), state_line(state), state.metrics, state.badge, item.data(0, _INPUTS))
        item.setData(0, Qt.ItemDataRole.AccessibleTextRole, ", ".join(filter(None, said)))
        summary = item.data(0, Qt.ItemDataRole.AccessibleDescriptionRole)
        item.setToolTip(0, as_plain("\n".join(filter(None, (said[0], summary, *said[1:])))))

    # -- verbs -----------------------------------------------------------------------------------------------------
    def open_quick_menu(self) -> QuickMenu:
        """The methods that can follow the current block (all of them if there is none)."""
        if (current := self._current_id()) is not None:
            return self._menus.add_after(current)
        return self._menus.quick(self.place_of(None), partial(self._editor.add_method_after, None))

    def place_of(self, block_id: str | None) -> QPoint:
        """The lower left corner of a row, or of all, on the screen."""
        item = self._items.get(block_id or "")
        rect = self.visualItemRect(item) if item is not None else self.viewport().rect()
        return self.viewport().mapToGlobal(rect.bottomLeft())

    def move_current(self, by: int) -> None:
        """Let the current block change places with the one before (-1) or after (+1) it in its chain."""
        if (current := self._current_id()) is not None:
            self._editor.move_in_chain(current, by)

    def _current_id(self) -> str | None:
        item = self.currentItem()
        return item.data(0, _ID) if item is not None else None

    # -- user ------------------------------------------------------------------------------------------------------
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Insert, Delete, Ctrl+Up, Ctrl+Down; the rest is the tree's."""
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if event.key() == Qt.Key.Key_Delete:
            self._editor.delete(self.selected_ids())
        elif event.key() == Qt.Key.Key_Insert:
            self.open_quick_menu()
        elif control and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.move_current(-1 if event.key() == Qt.Key.Key_Up else 1)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and (current := self._current_id()):
            self._editor.block_activated.emit(current)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """There is always a current row to start from."""
        super().focusInEvent(event)
        first = self.topLevelItem(0)
        if self.currentItem() is None and first is not None:
            self.setCurrentItem(first)

    def _on_selection_changed(self) -> None:
        if not self._quiet:
            self.selection_changed.emit(self.selected_ids())

    def _on_activated(self, item: QTreeWidgetItem) -> None:
        self._editor.block_activated.emit(item.data(0, _ID))

    def _on_context_menu(self, pos: QPoint) -> None:
        self.context_menu().popup(self.viewport().mapToGlobal(pos))

    def context_menu(self) -> QMenu:
        """The menu of the current block."""
        menu, current = self._menus.new_menu(), self._current_id()
        if current is None:
            add_action(menu, "new", self.tr("Add method…"), self.open_quick_menu)
            return menu
        self._menus.add_verbs(menu, current)
        add_action(menu, "move_up", self.tr("Move up"), partial(self.move_current, -1))
        add_action(menu, "move_down", self.tr("Move down"), partial(self.move_current, 1))
        add_action(menu, "delete", self.tr("Delete"), partial(self._editor.delete, self.selected_ids()))
        self._menus.add_inputs(menu, current)
        return menu


class OutlineMenus(BlockMenus):
    """The menus of the outline: lists of methods open below the row of their block."""

    def __init__(self, outline: Outline, editor: CanvasEditor) -> None:
        super().__init__(outline, editor)
        self._outline = outline

    def menu_position(self, block_id: str, *, behind: bool) -> QPoint:
        """See `BlockMenus`."""
        return self._outline.place_of(block_id)


def state_line(state: BlockState) -> str:
    """State in words, with the share that is done and the time."""
    word = state.word
    if state.fraction is not None and state.state in ("running", "paused"):
        word = f"{word} {state.fraction:.0%}"
    return f"{word} · {state.text}" if state.text else word


class _RowDelegate(QStyledItemDelegate):
    """Two lines a row, so that a narrow panel is enough: title; state and metrics."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, 2 * scaled(_LINE) + 8)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        self.initStyleOption(option, index)
        title, icon = option.text, QIcon(option.icon)
        option.text, option.icon = "", QIcon()
        style = option.widget.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, option.widget)
        area = option.rect.adjusted(4, 4, -8, -4)
        icon.paint(painter, QRect(area.left(), area.top() + 1, 16, 16))
        left, width, high = area.left() + 24, area.width() - 24, scaled(_LINE)
        painter.save()
        self._text(painter, QRect(left, area.top(), width, high), title, font(), "text")
        state: BlockState = index.data(_STATE) or READY
        _, picture, token = state.look
        small = font(-1)
        below = QRect(left, area.top() + high, width, high)
        icons.icon(picture, token).paint(painter, QRect(below.left(), below.top() + 3, 12, 12))
        metrics = QFontMetrics(small).horizontalAdvance(state.metrics)
        self._text(painter, below.adjusted(17, 0, -metrics - 8, 0), state_line(state), small, token)
        self._text(painter, below.adjusted(width - metrics - 2, 0, 2, 0), state.metrics, small, "muted")
        if inputs := index.data(_INPUTS):
            # below where there is room, else behind the title
            said = QFontMetrics(small).horizontalAdvance(state_line(state)) + 30
            first = QFontMetrics(font()).horizontalAdvance(title) + 10
            free = (
                below.adjusted(said, 0, 0, 0) if not metrics else QRect(left + first, area.top(), width - first, high)
            )
            if free.width() > 30:
                self._text(painter, free, inputs, small, "muted")
        painter.restore()

    def _text(self, painter: QPainter, area: QRect, text: str, style: QFont, token: str) -> None:
        painter.setFont(style)
        painter.setPen(color(token))
        shown = QFontMetrics(style).elidedText(text, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, shown)
