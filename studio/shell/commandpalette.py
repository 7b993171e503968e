"""Find an action by typing (Ctrl+Shift+P), and the sheet of all shortcuts (?). Both read the table of actions."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from studio.kit.actions import MENUS, Actions, ActionSpec
from studio.kit.layouts import hbox, vbox
from studio.kit.theme import SPACING, color, font, scaled, set_font
from studio.kit.widgets import IconLabel, PlainLabel, label, paint_words, set_look

ROW = 34
_ACTION = Qt.ItemDataRole.UserRole
_HELP = Qt.ItemDataRole.UserRole + 1
_KEYS = Qt.ItemDataRole.UserRole + 2


def keys_text(action: QAction) -> str:
    """The first shortcut as the platform writes it."""
    return action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)


def score(query: str, spec: ActionSpec) -> float:
    """Score of an action for the typed words, 0 for no match; the title counts more than help and aliases."""
    words = query.lower().split()
    title = spec.plain_text.lower()
    rest = f"{spec.aliases} {spec.help} {spec.menu}".lower()
    total = 0.0
    for word in words:
        if title.startswith(word):
            total += 4
        elif f" {word}" in f" {title}":
            total += 3
        elif word in title:
            total += 2
        elif f" {word}" in f" {rest}":
            total += 1
        else:
            return 0.0
    return total + 1 / (1 + len(title))


class CommandPalette(QDialog):
    """Type, choose with the arrow keys, Enter. Made anew for every use, so that it shows what is possible now."""

    def __init__(self, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName(self.tr("Find an action"))
        self._actions = actions
        frame = QFrame(self)
        set_look(frame, "card")
        self.setLayout(vbox(frame, margins=1))
        words = self.tr("Search for an action")
        self._query = QLineEdit(frame, placeholderText=words, clearButtonEnabled=True)
        set_font(self._query, 1)
        self._query.setMinimumHeight(ROW)
        self._query.setAccessibleName(self.tr("Find an action"))
        self._list = QListWidget(frame)
        self._list.setItemDelegate(_Row(self._list))
        self._list.setUniformItemSizes(True)
        self._list.setAccessibleName(self.tr("Actions"))
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        frame.setLayout(vbox(self._query, self._list, margins=SPACING))
        self._query.textChanged.connect(self._fill)
        self._query.installEventFilter(self)
        self._list.itemClicked.connect(self._trigger)
        self._fill("")
        self.setFixedSize(min(620, parent.width() - 40), min(430, parent.height() - 80))
        corner = parent.mapToGlobal(parent.rect().topLeft())
        self.move(corner.x() + (parent.width() - self.width()) // 2, corner.y() + 72)

    def showEvent(self, event: QEvent) -> None:
        self._query.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._query and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}
            step = steps.get(Qt.Key(event.key()))
            if step is not None and self._list.count():
                row = min(max(self._list.currentRow() + step, 0), self._list.count() - 1)
                self._list.setCurrentRow(row)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._trigger(self._list.currentItem())
                return True
        return super().eventFilter(watched, event)

    def titles(self) -> list[str]:
        """Titles of the listed actions."""
        return [self._list.item(row).text() for row in range(self._list.count())]

    def _fill(self, query: str) -> None:
        self._list.clear()
        scored = [(score(query, spec), spec, action) for spec, action in self._actions if spec.id != "help.palette"]
        if query.strip():
            scored = sorted((entry for entry in scored if entry[0] > 0), key=lambda entry: -entry[0])
        scored.sort(key=lambda entry: not entry[2].isEnabled())
        for _, spec, action in scored:
            item = QListWidgetItem(action.icon(), spec.plain_text, self._list)
            item.setData(_ACTION, spec.id)
            item.setData(_HELP, spec.help)
            item.setData(_KEYS, keys_text(action))
            if not action.isEnabled():
                item.setFlags(Qt.ItemFlag.NoItemFlags)
        self._list.setCurrentRow(0)

    def _trigger(self, item: QListWidgetItem | None) -> None:
        if item is None or not item.flags() & Qt.ItemFlag.ItemIsEnabled:
            return
        action = self._actions[item.data(_ACTION)]
        self.close()
        action.trigger()


class _Row(QStyledItemDelegate):
    """Icon, title, help in gray, keys at the right."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(200, scaled(ROW))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        possible = bool(index.flags() & Qt.ItemFlag.ItemIsEnabled)
        rect = option.rect.adjusted(2, 1, -2, -1)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected and possible:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color("raised"))
            painter.drawRoundedRect(rect, 6, 6)
        text, muted = color("text", 1.0 if possible else 0.4), color("muted", 1.0 if possible else 0.4)
        icon_rect = QRect(rect.left() + 8, rect.center().y() - 8, 17, 17)
        painter.setOpacity(1.0 if possible else 0.4)
        index.data(Qt.ItemDataRole.DecorationRole).paint(painter, icon_rect)
        painter.setOpacity(1.0)
        keys = index.data(_KEYS)
        at_right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        right = paint_words(painter, rect.adjusted(0, 0, -10, 0), keys, font(-1), muted, at_right)
        free = rect.adjusted(36, 0, -20 - right, 0)
        width = paint_words(painter, free, index.data(Qt.ItemDataRole.DisplayRole), font(), text)
        paint_words(painter, free.adjusted(width + 14, 0, 0, 0), index.data(_HELP), font(-1), muted)
        painter.restore()


COLUMNS = (
    (("file", "help", "canvas"), ("edit", "run"), ("view",)),
    (("file", "help", "canvas"), ("edit", "run", "view")),
    (("file", "edit", "run", "view", "help", "canvas"),),
)
"""Arrangements of the sheet: the first that is narrow enough for the texts' size and language is used."""


class ShortcutSheet(QDialog):
    """All shortcuts, menu by menu."""

    def __init__(self, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        self._actions = actions
        width = min(1060, parent.width())
        area = QScrollArea(self, widgetResizable=True)
        for arrangement in COLUMNS:
            page = self._page(arrangement)
            if page.minimumSizeHint().width() + area.verticalScrollBar().sizeHint().width() <= width:
                break
            if arrangement is not COLUMNS[-1]:
                page.deleteLater()
        area.setWidget(page)
        self.setLayout(vbox(area, margins=0))
        self.resize(width, min(760, parent.height()))

    def _page(self, arrangement: tuple[tuple[str, ...], ...]) -> QWidget:
        words = (self.tr("File"), self.tr("Edit"), self.tr("Run"), self.tr("View"), self.tr("Help"))
        titles = dict(zip(MENUS, words, strict=True))
        page = QWidget(self)
        columns = hbox(margins=(3 * SPACING, 2 * SPACING, 3 * SPACING, 3 * SPACING), gap=5 * SPACING)
        page.setLayout(columns)
        for names in arrangement:
            column = vbox(gap=SPACING)  # not that of the columns, which a layout in a layout takes over
            columns.addLayout(column)
            for name in names:
                if name == "canvas":
                    self._add(page, column, self.tr("Canvas"), self._gestures())
                    continue
                rows = [(s.icon, s.plain_text, keys_text(a)) for s, a in self._actions.in_menu(name) if keys_text(a)]
                self._add(page, column, titles[name], rows)
            column.addStretch(1)
        return page

    def _gestures(self) -> list[tuple[str, str, str]]:
        return [
            ("search", self.tr("Find a method to add"), self.tr("Tab or /")),
            ("compare", self.tr("Compare as A, as B"), self.tr("1, 2")),
            ("swap", self.tr("Swap A and B"), self.tr("Tab")),
            ("bypass", self.tr("Bypass"), self.tr("B")),
            ("settings", self.tr("Block settings"), self.tr("Enter, double click")),
            ("layout", self.tr("Select the next block"), self.tr("Arrows")),
            ("move_down", self.tr("Move the block"), self.tr("Ctrl+Arrows")),
            ("zoom_fit", self.tr("Zoom to fit"), self.tr("F or Home")),
            ("help", self.tr("Help for a setting"), self.tr("F1 in its field")),
            ("reset", self.tr("Reset a setting"), self.tr("Ctrl+Shift+Backspace")),
            ("undo", self.tr("Back to the canvas"), self.tr("Esc")),
            ("zoom_in", self.tr("Zoom"), self.tr("Wheel")),
            ("select_all", self.tr("Pan"), self.tr("Middle button, Space")),
            ("blocks", self.tr("Insert into a chain"), self.tr("Drop on a link")),
            ("search", self.tr("Quick menu"), self.tr("Drop a link on empty canvas")),
        ]

    def _add(self, page: QWidget, column: QVBoxLayout, title: str, rows: list[tuple[str, str, str]]) -> None:
        heading = label(title, page, bold=True, size=1)
        heading.setWordWrap(False)
        column.addSpacing(SPACING)
        column.addWidget(heading)
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACING)
        grid.setVerticalSpacing(SPACING - 2)
        grid.setColumnStretch(1, 1)
        column.addLayout(grid)
        for row, (picture, text, keys) in enumerate(rows):
            grid.addWidget(IconLabel(picture, page, token="muted"), row, 0)
            grid.addWidget(PlainLabel(text, page), row, 1)
            key = PlainLabel(keys, page)
            set_look(key, "muted")
            grid.addWidget(key, row, 2, Qt.AlignmentFlag.AlignRight)
