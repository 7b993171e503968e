"""The canvas: what the user sees of the scene, and where mouse, keys, drops and menus become edits."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QGraphicsView, QWidget

from engine.pipeline import layout
from engine.pipeline.document import Pipeline
from engine.pipeline.folding import shown_blocks
from studio.canvas import keys
from studio.canvas.card import BlockItem
from studio.canvas.describe import BlockState
from studio.canvas.editor import CanvasEditor
from studio.canvas.groupcard import GroupItem
from studio.canvas.groupframe import GroupFrame
from studio.canvas.interactions import (
    DrawLink,
    Gesture,
    Move,
    Pan,
    ResizeComment,
    RubberBand,
    Surface,
    pan,
)
from studio.canvas.items import CommentItem, LinkItem
from studio.canvas.menus import CanvasMenus
from studio.canvas.minimap import MiniMap
from studio.canvas.overlay import Hint, Overlay
from studio.canvas.palette import method_of
from studio.canvas.quickmenu import QuickMenu
from studio.canvas.scene import PipelineScene
from studio.document.document import Document
from studio.kit.theme import RADIUS, set_font, theme

ZOOM_MIN, ZOOM_MAX, ZOOM_STEP = 0.15, 3.0, 1.2
MARGIN = 40.0
"""Around a pipeline that is shown as a whole."""
SETTLED_MS = 150
"""So long after the last step a movement is over."""


class CanvasView(QGraphicsView):
    """The pipeline as a drawing that can be edited. Every change goes through ``document.change``. GUI thread only."""

    selection_changed = Signal(list)
    """Ids of the selected blocks."""
    zoom_changed = Signal(float)

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.map = MiniMap(self)
        self._settling = QTimer(self, singleShot=True, interval=SETTLED_MS)  # a view scrolls while it is made
        self._settling.timeout.connect(self._show_map)
        self.document = document
        self.pipeline_scene = PipelineScene(document, self)
        self.setScene(self.pipeline_scene)
        self.setAccessibleName(self.tr("Pipeline canvas"))
        self.setAccessibleDescription(self.tr("The Outline panel shows the same pipeline as a list."))
        self._set_up_view()
        self.editor = CanvasEditor(document, self.pipeline_scene, self)
        self.menus = CanvasMenus(self, self.editor)
        self.hint = Hint(self)
        self._surface = Surface(self, self.editor, self.menus, self.hint)
        self._gesture: Gesture | None = None
        self._dragged: str | None = None
        """The method that is dragged over the canvas."""
        self._space = False
        self._mouse: QPoint | None = None
        """Mouse position over the canvas; None while it is elsewhere."""
        self._had_all = False
        self._keeps_fit = True
        """The whole pipeline stays in view when the canvas gets another size: nothing was moved since it was fitted."""
        self._natural = theme().scale
        """Zoom at which texts are as large as in the window around the canvas."""
        self._last_selection: list[str] = []
        self._has_pair = False
        self._empty = Overlay(self)
        self._connect()
        self._style_overlays()
        self._place_empty_hint()

    def _connect(self) -> None:
        self.pipeline_scene.selectionChanged.connect(self._on_selection_changed)
        self.document.changed.connect(self._on_changed)
        self.document.opened.connect(self._on_opened)
        self.editor.added.connect(self._on_added)
        self.editor.tidied.connect(self.fit)
        self.editor.refused.connect(self._on_refused)
        self.menus.fit_requested.connect(self.fit)
        self.map.moved.connect(self._on_map_moved)
        self.pipeline_scene.drawings.rested.connect(self._on_rested)
        theme().changed.connect(self._style_overlays)
        theme().changed.connect(self._on_text_size)

    def _set_up_view(self) -> None:
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAcceptDrops(True)
        self.setMouseTracking(True)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)
        self.setCacheMode(QGraphicsView.CacheModeFlag.CacheBackground)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.centerOn(0, 0)

    # -- states and selection --------------------------------------------------------------------------------------
    def set_block_state(self, block_id: str, state: BlockState) -> None:
        """Show what a run says of a block; unknown ids (late events) are ignored."""
        self.pipeline_scene.set_block_state(block_id, state)

    def set_pair(self, a: str, b: str) -> None:
        """Mark the blocks that are held against each other, "" for none."""
        self._has_pair = bool(a and b)
        self.pipeline_scene.set_marks({b: "B", a: "A"})

    def set_locked(self, ids: Iterable[str]) -> None:
        """These blocks are being run and can't be deleted."""
        self.editor.locked = frozenset(ids)

    def selected_ids(self) -> list[str]:
        """Ids of the selected blocks."""
        return self.editor.selected_ids()

    def select(self, ids: Iterable[str]) -> None:
        """Select these blocks and bring them into view."""
        existing = [name for name in ids if name in self.pipeline_scene.blocks]
        self.pipeline_scene.select(existing)
        if existing:
            self._show_block(existing[-1])

    def _show_block(self, block_id: str) -> None:
        self.ensureVisible(self.pipeline_scene.shown(block_id), 24, 24)

    def _on_added(self, block_id: str) -> None:
        """A new block is brought into view; who had all in view has so again, with what it pushed aside."""
        seen = self.mapToScene(self.viewport().rect()).boundingRect()
        if self._had_all and not seen.contains(self.pipeline_scene.content_rect()):
            self.fit()
        else:
            self._show_block(block_id)

    def _on_selection_changed(self) -> None:
        selected = self.selected_ids()
        if selected != self._last_selection:
            self._last_selection = selected
            self.selection_changed.emit(selected)

    def _on_changed(self, old: Pipeline, new: Pipeline) -> None:
        self._keeps_fit = False
        seen = self.mapToScene(self.viewport().rect()).boundingRect()
        self._had_all = all(
            seen.contains(QRectF(b.x, b.y, layout.BLOCK_WIDTH, layout.BLOCK_HEIGHT)) for b in shown_blocks(old)
        )
        if self._gesture is not None:  # not by this gesture: it is taken off before it finishes
            self._cancel()
        self._place_empty_hint()
        self._on_selection_changed()

    def _on_opened(self) -> None:
        self.pipeline_scene.clear_states()
        self.pipeline_scene.select(())
        self.editor.locked = frozenset()
        self.fit()

    # -- zoom ------------------------------------------------------------------------------------------------------
    @property
    def zoom(self) -> float:
        """1.0 is the natural size at the desktop's size of texts."""
        return self.transform().m11()

    def zoom_in(self) -> None:
        """A step nearer."""
        self._zoom_by(ZOOM_STEP, QGraphicsView.ViewportAnchor.AnchorViewCenter)

    def zoom_out(self) -> None:
        """A step farther."""
        self._zoom_by(1 / ZOOM_STEP, QGraphicsView.ViewportAnchor.AnchorViewCenter)

    def zoom_actual(self) -> None:
        """Natural size: texts are as large as in the window around the canvas."""
        self._zoom_by(self._natural / self.zoom, QGraphicsView.ViewportAnchor.AnchorViewCenter)

    def fit(self) -> None:
        """Show the whole pipeline, not larger than natural size."""
        area = self.pipeline_scene.content_rect()
        if area.isNull():
            self.resetTransform()
            self.scale(self._natural, self._natural)
            self.centerOn(0, 0)
        else:
            self.fitInView(area.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN), Qt.AspectRatioMode.KeepAspectRatio)
            zoom = max(ZOOM_MIN, min(self._natural, self.zoom))
            self._zoom_by(zoom / self.zoom, QGraphicsView.ViewportAnchor.NoAnchor)
            self.centerOn(area.center())
        self._keeps_fit = True
        self.zoom_changed.emit(self.zoom)

    def paintEvent(self, event: QPaintEvent) -> None:
        self.pipeline_scene.drawings.begin_frame()
        super().paintEvent(event)
        self.pipeline_scene.drawings.end_frame()
        if self._settling.isActive() or not self.pipeline_scene.drawings.all_sharp:
            self.map.show_seen(self._seen())
        else:
            self._show_map()

    def _seen(self) -> QRectF:
        return self.mapToScene(self.viewport().rect()).boundingRect()

    def _show_map(self) -> None:
        """The map follows whatever was painted, unless the canvas is too low for one. While the view moves only the
        part that is seen follows: to look at hundreds of cards takes as long as the rest of a frame."""
        scene, seen = self.pipeline_scene, self._seen()
        cards = [card for card in (*scene.blocks.values(), *scene.groups.values()) if card.isVisible()]
        low = self.height() < 3 * self.map.height()
        self.map.show_part([] if low else cards, seen)

    def _on_rested(self) -> None:
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.viewport().update()

    def _on_map_moved(self, center: QPointF) -> None:
        self._keeps_fit = False
        self.centerOn(center)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Another part is seen: by the hand, a key, or what brings a block into view."""
        self.pipeline_scene.drawings.moved()
        self._settling.start()
        super().scrollContentsBy(dx, dy)

    def _zoom_by(self, factor: float, anchor: QGraphicsView.ViewportAnchor) -> None:
        factor = max(ZOOM_MIN, min(ZOOM_MAX, self.zoom * factor)) / self.zoom
        self._keeps_fit = False
        self.setTransformationAnchor(anchor)
        self.pipeline_scene.drawings.moved(zoomed=True)
        self.setRenderHint(QPainter.RenderHint.Antialiasing, False)  # lines are rough until it rests
        self._settling.start()
        self.scale(factor, factor)
        self.zoom_changed.emit(self.zoom)

    # -- sentences on the canvas -----------------------------------------------------------------------------------
    def _on_refused(self, text: str) -> None:
        self.hint.refuse(text, self.viewport().rect().center())

    def _place_empty_hint(self) -> None:
        pipeline = self.document.pipeline
        empty = not pipeline.blocks and not pipeline.comments
        text = self.tr("Drag a method here, or press / to search.\nA pipeline starts with a model.")
        self._empty.say(text if empty else "")
        self._empty.move((self.width() - self._empty.width()) // 2, (self.height() - self._empty.height()) // 2)

    def _on_text_size(self) -> None:
        """Blocks grow and shrink with the texts of the window."""
        factor, fits = theme().scale / self._natural, self._keeps_fit
        if factor != 1.0:
            self._natural = theme().scale
            self._zoom_by(factor, QGraphicsView.ViewportAnchor.AnchorViewCenter)
            if fits:
                self.fit()

    def _style_overlays(self) -> None:
        t = theme().tokens
        self.resetCachedContent()
        self._empty.setStyleSheet(f"color: {t.muted}; border: 1px dashed {t.border}; border-radius: {RADIUS}px;")
        set_font(self._empty, 2)
        self.hint.setStyleSheet(
            f"color: {t.text}; background: {t.raised}; border: 1px solid {t.warning}; border-radius: {RADIUS}px;"
        )

    def paste(self) -> None:
        """Add the clipboard's blocks under the mouse; beside their originals while it is elsewhere."""
        self.editor.paste(self.mapToScene(self._mouse) if self._mouse is not None else None)

    # -- menus -----------------------------------------------------------------------------------------------------
    def add_comment(self) -> None:
        """A new comment: around the selected blocks, or in the middle of what is seen."""
        if any(name in self.pipeline_scene.blocks for name in self.selected_ids()):
            self.editor.frame()
        else:
            self.editor.add_comment(self.mapToScene(self.viewport().rect().center()))

    def open_quick_menu(self, pos: QPoint | None = None) -> QuickMenu:
        """The searchable list of methods at a place of the viewport (or beside the selected block)."""
        selected = self.selected_ids()
        if pos is None and selected:
            return self.menus.add_after(selected[-1])
        return self.menus.add_at(pos if pos is not None else self.viewport().rect().center())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The menu of what lies under the mouse, or of the selection when asked for by a key."""
        pos = event.pos()
        item = self.pipeline_scene.thing_at(self.mapToScene(pos), 4.0)
        if event.reason() == QContextMenuEvent.Reason.Keyboard and self.selected_ids():
            item = self.pipeline_scene.shown(self.selected_ids()[-1])
            pos = self.mapFromScene(item.sceneBoundingRect().center())
        self.menus.context(item, pos).popup(self.viewport().mapToGlobal(pos))
        event.accept()

    # -- mouse -----------------------------------------------------------------------------------------------------
    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Start the gesture that belongs to what is under the mouse."""
        if self._gesture is not None:
            return
        self._keeps_fit = False
        self.hint.hide()
        pos, is_left = event.position().toPoint(), event.button() == Qt.MouseButton.LeftButton
        if event.button() == Qt.MouseButton.MiddleButton or (is_left and self._space):
            self._gesture = Pan(self._surface, pos)
        elif is_left:
            editing = self.pipeline_scene.focusItem()
            if editing is not None and editing.contains(editing.mapFromScene(self.mapToScene(pos))):
                super().mousePressEvent(event)
                return
            self.pipeline_scene.clearFocus()
            self._gesture = self._left_gesture(pos, event.modifiers())

    def _left_gesture(self, pos: QPoint, modifiers: Qt.KeyboardModifier) -> Gesture | None:
        scene, position = self.pipeline_scene, self.mapToScene(pos)
        add = bool(modifiers & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier))
        port = scene.port_at(position)
        if port is not None:
            return DrawLink(self._surface, pos, *port)
        item = scene.thing_at(position, 2.0)
        if item is None:
            return RubberBand(self._surface, pos, add)
        if isinstance(item, GroupFrame):
            scene.select({*item.ids, *(scene.selected_ids() if add else ())})
            return Move(self._surface, pos, scene.blocks[item.ids[0]])
        if isinstance(item, GroupItem) and not add and (row := item.row_at(position)):
            scene.select([row])
        elif add:
            item.setSelected(not item.isSelected())
        elif isinstance(item, GroupItem):
            scene.select(item.ids)
        else:
            scene.select_item(item)
        if isinstance(item, CommentItem) and item.on_handle(position):
            return ResizeComment(self._surface, pos, item)
        if isinstance(item, BlockItem | CommentItem) and item.isSelected():
            return Move(self._surface, pos, item, alone=not add)
        return None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Feed the gesture; without one, light ports under the mouse."""
        self._mouse = pos = event.position().toPoint()
        if self._gesture is not None:
            self._gesture.move(pos)
            return
        super().mouseMoveEvent(event)
        self._light_port(self.pipeline_scene.port_at(self.mapToScene(pos)))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Finish the gesture."""
        if self._gesture is None:
            super().mouseReleaseEvent(event)
            return
        gesture, self._gesture = self._gesture, None
        gesture.finish(event.position().toPoint())
        self._light_port(None)

    def leaveEvent(self, event: QEvent) -> None:
        self._light_port(None)
        self._mouse = None
        super().leaveEvent(event)

    def _light_port(self, target: tuple[BlockItem, str] | None) -> None:
        """Light the port under the mouse and no other."""
        for item in self.pipeline_scene.blocks.values():
            item.set_hot_port(target[1] if target and target[0] is item else None)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open what is under the mouse: settings, text, or the quick menu."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        pos = event.position().toPoint()
        item = self.pipeline_scene.thing_at(self.mapToScene(pos))
        if isinstance(item, GroupFrame):
            self.editor.scene.select(item.ids)
            self.editor.fold()
        elif isinstance(item, GroupItem) and not item.row_at(self.mapToScene(pos)):
            self.editor.unfold()
        elif isinstance(item, BlockItem):
            self.editor.block_activated.emit(self.selected_ids()[-1] if isinstance(item, GroupItem) else item.block.id)
        elif isinstance(item, CommentItem):
            item.text.start()
        elif isinstance(item, LinkItem):
            self.editor.link_activated.emit(item.link.source)
        else:
            self.open_quick_menu(pos)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the mouse; with Shift, shift sideways."""
        turn = event.angleDelta()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            pan(self, QPoint(turn.y() or turn.x(), 0) / 2)
        elif turn.y():
            here = event.position().toPoint()
            position = self.mapToScene(here)
            self._zoom_by(ZOOM_STEP ** (turn.y() / 120), QGraphicsView.ViewportAnchor.NoAnchor)
            pan(self, here - self.mapFromScene(position))
        event.accept()

    # -- drops -----------------------------------------------------------------------------------------------------
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take methods; anything else (files) is for the window."""
        self._dragged = method_of(event.mimeData())
        event.setAccepted(self._dragged is not None)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        event.setAccepted(self._dragged is not None)
        if self._dragged is not None:
            self.editor.drops.preview(self.mapToScene(event.position().toPoint()), self._dragged)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._dragged = None
        self.editor.drops.preview(None, "")

    def dropEvent(self, event: QDropEvent) -> None:
        """Make the block that was dragged here, as it was previewed. A source is refused in a link."""
        method_id, position = self._dragged, self.mapToScene(event.position().toPoint())
        self._dragged = None
        event.setAccepted(method_id is not None)
        if method_id is None:
            return
        self.editor.drops.drop(position, method_id)
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- keys ------------------------------------------------------------------------------------------------------
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys of the canvas; while a comment is edited they are the text's."""
        if self.pipeline_scene.focusItem() is not None:
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = True
            self.viewport().setCursor(Qt.CursorShape.OpenHandCursor)
        elif event.key() == Qt.Key.Key_Escape:
            self._cancel()
        elif not keys.press(self, event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = False
            self.viewport().unsetCursor()
        super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._space = False
        self.viewport().unsetCursor()
        super().focusOutEvent(event)

    def _cancel(self) -> None:
        if self._gesture is not None:
            gesture, self._gesture = self._gesture, None
            gesture.cancel()
        else:
            self.pipeline_scene.clearSelection()

    # -- size ------------------------------------------------------------------------------------------------------
    def resizeEvent(self, event: QResizeEvent) -> None:
        had_all = not self._keeps_fit and self._shows_all(event.oldSize())
        super().resizeEvent(event)
        self._place_empty_hint()
        self.map.move(self.width() - self.map.width() - 8, self.height() - self.map.height() - 8)
        if self._keeps_fit:
            self.fit()
        elif had_all and not self._shows_all(event.size()):
            self._bring_all_into_view()

    def _shows_all(self, size: QSize) -> bool:
        """True if a viewport of this size shows the whole pipeline."""
        seen = self.mapToScene(QRect(QPoint(), size)).boundingRect()
        return size.isValid() and seen.contains(self.pipeline_scene.content_rect())

    def _bring_all_into_view(self) -> None:
        """A panel took room from the canvas: the pipeline is scrolled back, or fitted where it is too large."""
        area = self.pipeline_scene.content_rect()
        seen = self._seen()
        if area.width() + MARGIN <= seen.width() and area.height() + MARGIN <= seen.height():
            self.ensureVisible(area, int(MARGIN / 2), int(MARGIN / 2))
        else:
            self.fit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._keeps_fit:
            self.fit()

    def event(self, event: QEvent) -> bool:
        """Tab swaps A and B, or opens the quick menu while there are none. Plain keys of the canvas ("/", F) are not
        taken by shortcuts of the window while it has the focus."""
        tab = event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Tab
        if tab and self.pipeline_scene.focusItem() is None:  # Tab itself: Qt moves the focus on hiding too
            if self._has_pair:
                self.editor.swap_requested.emit()
            else:
                self.open_quick_menu()
            return True
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self.hasFocus():
            modifiers = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier  # Alt+F is the menu File
            if not event.modifiers() & modifiers and event.key() in (Qt.Key.Key_Slash, Qt.Key.Key_F):
                event.accept()
                return True
        return super().event(event)
