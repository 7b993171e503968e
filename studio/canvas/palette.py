"""The searchable list of methods, grouped by family; the palette is one at the side, to drag from."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QDrag, QIcon, QKeyEvent, QPainter, QPalette, QPixmap, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QTreeWidget, QTreeWidgetItem, QWidget

from engine.methods.base import FAMILY_TITLES, MethodInfo
from engine.methods.registry import methods
from engine.pipeline.layout import BLOCK_WIDTH
from engine.record.saved_groups import PREFIX, all_saved, remove
from studio.canvas.card import card_height, write
from studio.canvas.describe import icon_name
from studio.engine_words import engine_word, search_rank
from studio.kit import icons
from studio.kit.layouts import vbox
from studio.kit.plaintext import as_plain
from studio.kit.theme import RADIUS, SPACING, color, scaled, theme
from studio.kit.widgets import PlainLabel, label, search_line, size_icons

MIME = "application/x-compression-studio-method"
HINT_FROM = 260
"""Pixels of height from which on the palette has room for its hint."""
_ID = Qt.ItemDataRole.UserRole


def method_mime(method_id: str) -> QMimeData:
    """MIME data of a dragged method."""
    data = QMimeData()
    data.setData(MIME, method_id.encode())
    return data


def method_of(data: QMimeData) -> str | None:
    """The method that a drag carries, None if it carries something else."""
    name = bytes(data.data(MIME).data()).decode("utf-8", "replace")
    return name if name in methods() or name in all_saved() else None


class MethodPicker(QWidget):
    """A search field over a tree of families and methods. Type, arrows, Enter."""

    chosen = Signal(str)
    """A method was taken by Enter or double click."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.search = search_line(self.tr("Search methods"), self)
        self.search.textChanged.connect(self._filter)
        self.search.installEventFilter(self)
        self.tree = _MethodTree(self)
        self.tree.itemActivated.connect(self._on_activated)
        self._none = _faint(self.tr("No matching methods."), self)
        self._none.hide()
        self._allowed: Callable[[MethodInfo], bool] = _all
        self._parts = vbox(self.search, self._none, (self.tree, 1), margins=SPACING, gap=SPACING)
        self.setLayout(self._parts)
        self.setFocusProxy(self.search)
        self._filter("")
        theme().changed.connect(self.refill)

    def restrict(self, allowed: Callable[[MethodInfo], bool]) -> None:
        """Show only methods for which ``allowed`` is true."""
        self._allowed = allowed
        self._filter(self.search.text())

    def visible_methods(self) -> list[str]:
        """Ids of what is shown, from top to bottom."""
        return [item.data(0, _ID) for item in self.tree.method_items() if not item.isHidden()]

    def current(self) -> str | None:
        """The method that Enter would take."""
        item = self.tree.currentItem()
        return item.data(0, _ID) if item is not None and not item.isHidden() else None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows and Enter in the search field work on the list."""
        if watched is self.search and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
                self._step(1 if event.key() == Qt.Key.Key_Down else -1)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                if (method_id := self.current()) is not None:
                    self.chosen.emit(method_id)
                return True
        return super().eventFilter(watched, event)

    def _step(self, by: int) -> None:
        shown = [item for item in self.tree.method_items() if not item.isHidden()]
        if shown:
            now = self.tree.currentItem()
            index = shown.index(now) + by if now in shown else 0
            self.tree.setCurrentItem(shown[max(0, min(len(shown) - 1, index))])

    def _filter(self, text: str) -> None:
        all_methods = methods()
        best: tuple[int, QTreeWidgetItem] | None = None
        for item in self.tree.method_items():
            info = all_methods.get(item.data(0, _ID))
            if info is None:  # saved by a person
                fit = 1 if all(word in item.text(0).casefold() for word in text.casefold().split()) else -1
            else:
                fit = search_rank(info, text) if self._allowed(info) else -1
            item.setHidden(fit < 0)
            if fit >= 0 and (best is None or fit < best[0]):
                best = fit, item
        for family, items in self.tree.families:
            family.setHidden(all(item.isHidden() for item in items))
        self.tree.setCurrentItem(best[1] if best and text.strip() else None)  # type: ignore[arg-type]  # None is allowed
        self._none.setVisible(best is None)

    def _on_activated(self, item: QTreeWidgetItem) -> None:
        if (method_id := item.data(0, _ID)) is not None:
            self.chosen.emit(method_id)

    def refill(self) -> None:
        """There are other blocks, or other colors."""
        self.tree.fill()
        self._filter(self.search.text())


def _all(_: MethodInfo) -> bool:
    return True


class Palette(MethodPicker):
    """The picker as it stands at the side of the canvas: methods are dragged from it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        text = self.tr("Drag onto the canvas, or press Enter to add after the selected block.")
        self._hint = _faint(text, self)
        self.setAccessibleName(self.tr("Methods"))
        self.tree.setDragEnabled(True)
        self.tree.with_saved = True
        self.refill()
        self._parts.addWidget(self._hint)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A low panel is all list: half a sentence says nothing."""
        super().resizeEvent(event)
        self._hint.setVisible(event.size().height() >= scaled(HINT_FROM))


def _faint(text: str, parent: QWidget) -> PlainLabel:
    result = label(text, parent)
    result.setForegroundRole(QPalette.ColorRole.PlaceholderText)
    return result


class _MethodTree(QTreeWidget):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setHeaderHidden(True)
        self.setAccessibleName(self.tr("Methods"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRootIsDecorated(False)
        self.setIndentation(SPACING)
        size_icons(self, 18)
        self.setUniformRowHeights(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.NoDragDrop)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.zoom: Callable[[], float] = lambda: 1.0
        """Zoom of the canvas: blocks hang on the mouse as large as they will be."""
        self.with_saved = False
        """True to list saved blocks too."""
        self.fill()

    def fill(self) -> None:
        """One row for every method there is."""
        self.clear()
        self.families: list[tuple[QTreeWidgetItem, list[QTreeWidgetItem]]] = []
        for family, heading in FAMILY_TITLES.items():
            self._add_heading(engine_word(heading))
            for info in methods().values():
                if info.family == family:
                    self._add_method(info)
        if self.with_saved and (saved := all_saved()):
            self._add_heading(self.tr("Saved blocks"))
            for name, title in saved.items():
                tip = self.tr("{0}: saved blocks. Press Del to remove them.").format(title)
                self._add(name, title, icons.icon("group", "muted"), tip)
        self.expandAll()
        self.setItemsExpandable(False)

    def _add_heading(self, title: str) -> None:
        head = QTreeWidgetItem(self, [title])
        head.setFlags(Qt.ItemFlag.ItemIsEnabled)
        head.setForeground(0, color("muted"))
        head.setSizeHint(0, QSize(0, scaled(30)))
        self.families.append((head, []))

    def _add_method(self, info: MethodInfo) -> None:
        title = (
            self.tr("{0} ({1})").format(engine_word(info.title), info.origin)
            if info.origin
            else engine_word(info.title)
        )
        origin = self.tr("From package {0}").format(info.origin) if info.origin else ""
        tip = "\n\n".join(filter(None, (engine_word(info.summary), info.paper, origin)))
        item = self._add(info.id, title, icons.icon(icon_name(info.id), theme().tokens.family[info.family]), tip)
        item.setData(0, Qt.ItemDataRole.AccessibleDescriptionRole, engine_word(info.summary))

    def _add(self, name: str, title: str, picture: QIcon, tip: str) -> QTreeWidgetItem:
        """A row below the last heading."""
        head, rows = self.families[-1]
        item = QTreeWidgetItem(head, [title])
        item.setData(0, _ID, name)
        item.setIcon(0, picture)
        item.setToolTip(0, as_plain(tip))
        item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled)
        rows.append(item)
        return item

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Del takes a saved block away; methods stay."""
        item = self.currentItem()
        if event.key() == Qt.Key.Key_Delete and item is not None and str(item.data(0, _ID)).startswith(PREFIX):
            remove(item.data(0, _ID))
            self.fill()
        else:
            super().keyPressEvent(event)

    def method_items(self) -> list[QTreeWidgetItem]:
        """The rows that are methods."""
        return [item for _, items in self.families for item in items]

    def startDrag(self, actions: Qt.DropAction) -> None:
        """Drag the current method with a picture of its block."""
        item = self.currentItem()
        if item is None or item.data(0, _ID) is None:
            return
        drag = QDrag(self)
        drag.setMimeData(method_mime(item.data(0, _ID)))
        info = methods().get(item.data(0, _ID))
        looks = (icon_name(info.id), theme().tokens.family[info.family]) if info else ("group", "muted")
        title = engine_word(info.title) if info else item.text(0)
        picture = drag_picture(title, *looks, self.devicePixelRatioF(), self.zoom())
        drag.setPixmap(picture)
        size = picture.deviceIndependentSize()
        drag.setHotSpot(QPoint(round(size.width() / 2), round(size.height() / 2)))  # the block lands around the pointer
        drag.exec(Qt.DropAction.CopyAction)


def drag_picture(title: str, icon: str, token: str, ratio: float, zoom: float = 1.0) -> QPixmap:
    """A card with icon and title that hangs on the mouse, as large as the block on the canvas will be."""
    width, height, scale = BLOCK_WIDTH, card_height(1), ratio * zoom
    picture = QPixmap(round(width * scale), round(height * scale))
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.scale(scale, scale)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setOpacity(0.8)
    painter.setPen(color("accent"))
    painter.setBrush(color("surface"))
    painter.drawRoundedRect(QRectF(1, 1, width - 2, height - 2), RADIUS, RADIUS)
    painter.drawPixmap(QRectF(17, 15, 24, 24), icons.pixmap(icon, 24, token, max(1.0, scale)), QRectF())
    write(painter, QRectF(50, 11, width - 62, 20), title, 13, bold=True)
    painter.end()
    picture.setDevicePixelRatio(ratio)
    return picture
