"""Small parts that several screens share."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    QTimer,
    SignalInstance,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLayoutItem,
    QLineEdit,
    QMenu,
    QPushButton,
    QSizePolicy,
    QSplitter,
    QStackedLayout,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.kit.icons import icon, pixmap
from studio.kit.plaintext import as_plain, shortened
from studio.kit.theme import SPACING, color, font, theme

Content = QWidget | QLayout
Part = Content | tuple[Content, int | Qt.AlignmentFlag] | int | None
"""Parts of a `vbox` or an `hbox`."""
Slot = Callable[..., object] | SignalInstance
"""A click's callback, or the signal that it emits."""
Margins = int | tuple[int, int, int, int]
"""Pixels around everything; left, above, right, below."""


def set_look(widget: QWidget, look: str) -> None:
    """Give a widget one of the looks of the style sheet."""
    if widget.property("look") != look:
        widget.setProperty("look", look)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


class PlainLabel(QLabel):
    """A label that shows its text letter by letter, whoever wrote it. All labels are made of this one."""

    def __init__(self, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)

    def setText(self, text: str) -> None:
        """Show a text; words that no line can hold are shortened, they would make the window as wide as they are."""
        super().setText(shortened(text))


def label(text: str, parent: QWidget, *, look: str = "", size: float = 0.0, bold: bool = False) -> PlainLabel:
    """A label that wraps; ``size`` in points relative to the application's font."""
    result = PlainLabel(text, parent)
    result.setWordWrap(True)
    if size or bold:
        result.setFont(font(size, bold=bold))
    if look:
        set_look(result, look)
    return result


def button(
    text: str,
    parent: QWidget,
    *,
    look: str = "",
    picture: str = "",
    tip: str = "",
    on: Slot | None = None,
) -> QPushButton:
    """A push button with one of the looks "primary", "quiet", "danger" or the plain one; ``on``: what a click calls."""
    result = QPushButton(text, parent)
    if look:
        set_look(result, look)
    if picture:
        result.setIcon(icon(picture, "on_accent" if look == "primary" else "text"))
        result.setIconSize(QSize(16, 16))
    if tip:
        result.setToolTip(as_plain(tip))
    if on is not None:
        result.clicked.connect(on)
    return result


def tool(
    text: str,
    tip: str,
    parent: QWidget,
    *,
    picture: str = "",
    menu: QMenu | None = None,
    on: Slot | None = None,
    name: str = "",
) -> QToolButton:
    """A tool button with text, picture or both; ``menu``: what a click opens, ``on``: what it calls; ``name`` tells it
    to screen readers, the tip where there is none."""
    result = QToolButton(parent)
    result.setText(text)
    result.setToolTip(as_plain(tip))
    result.setAccessibleName(name or tip)
    if picture:
        result.setIcon(icon(picture, "muted"))
        result.setIconSize(QSize(15, 15))
    if text and picture:
        result.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    if menu is not None:
        result.setMenu(menu)
        result.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        if text:
            set_look(result, "menu")
    if on is not None:
        result.clicked.connect(on)
    return result


def splitter(way: Qt.Orientation, parent: QWidget, *parts: tuple[QWidget, int]) -> QSplitter:
    """Widgets with so many pixels each at first, and a gap between them that can be dragged."""
    split = QSplitter(way, parent)
    for widget, _ in parts:
        split.addWidget(widget)
    split.setSizes([size for _, size in parts])
    split.setChildrenCollapsible(False)
    split.setHandleWidth(SPACING)
    split.setStyleSheet("QSplitter::handle { background: transparent; }")
    return split


def single_shot(on: Callable[[], object], parent: QObject, ms: int = 0) -> QTimer:
    """A timer that calls something once, so many ms after each start."""
    timer = QTimer(parent, singleShot=True, interval=ms)
    timer.timeout.connect(on)
    return timer


def search_line(text: str, parent: QWidget, name: str = "") -> QLineEdit:
    """A line to type words into that are looked for; ``text`` says where, ``name`` tells it to screen readers."""
    result = QLineEdit(parent, placeholderText=text, clearButtonEnabled=True)
    result.setAccessibleName(name or text)
    result.addAction(icon("search", "muted"), QLineEdit.ActionPosition.LeadingPosition)
    return result


def vbox(*parts: Part, margins: Margins | None = None, gap: int | None = None) -> QVBoxLayout:
    """Parts from top to bottom: widgets and layouts, or a pair of one with its stretch or its alignment; a number is
    so many pixels of nothing, None is room that grows. Margins and gap that are not given are those of the style."""
    layout = QVBoxLayout()
    _fill(layout, parts, margins, gap)
    return layout


def hbox(*parts: Part, margins: Margins | None = None, gap: int | None = None) -> QHBoxLayout:
    """The same from left to right."""
    layout = QHBoxLayout()
    _fill(layout, parts, margins, gap)
    return layout


def _fill(layout: QBoxLayout, parts: tuple[Part, ...], margins: Margins | None, gap: int | None) -> None:
    if margins is not None:
        layout.setContentsMargins(*(margins if isinstance(margins, tuple) else 4 * (margins,)))
    if gap is not None:
        layout.setSpacing(gap)
    for part in parts:
        content, how = part if isinstance(part, tuple) else (part, 0)
        stretch = 0 if isinstance(how, Qt.AlignmentFlag) else how
        if isinstance(content, QWidget):
            layout.addWidget(content, stretch)
        elif isinstance(content, QLayout):
            layout.addLayout(content, stretch)
        elif content is None:
            layout.addStretch(1)
        else:
            layout.addSpacing(content)
        if isinstance(how, Qt.AlignmentFlag) and isinstance(content, QWidget | QLayout):
            layout.setAlignment(content, how)


class Pages(QStackedLayout):
    """Pages of which only the one in front counts for the room that they need."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(*([parent] if parent is not None else []))
        self.currentChanged.connect(self._on_changed)

    def hasHeightForWidth(self) -> bool:
        return False

    def minimumSize(self) -> QSize:
        page = self.currentWidget()
        return page.minimumSizeHint() if page is not None else QSize(0, 0)

    def sizeHint(self) -> QSize:
        page = self.currentWidget()
        return page.sizeHint() if page is not None else QSize(0, 0)

    def _on_changed(self, index: int) -> None:
        self.invalidate()
        holder = self.parentWidget()
        if holder is not None:
            holder.updateGeometry()


def paint_words(
    painter: QPainter,
    box: QRect | QRectF,
    text: str,
    face: QFont,
    ink: QColor,
    side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignVCenter,
    cut: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
) -> int:
    """One line of text, cut where it does not fit; returns its width in pixels."""
    painter.setFont(face)
    painter.setPen(ink)
    shown = painter.fontMetrics().elidedText(text, cut, max(0, int(box.width())))
    painter.drawText(box, side, shown)
    return painter.fontMetrics().horizontalAdvance(shown)


def clear_layout(layout: QLayout) -> None:
    """Take everything out of a layout and delete its widgets; they vanish at once."""
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()


class IconLabel(QWidget):
    """An icon in a color of the theme, sharp at every scale."""

    def __init__(self, name: str, parent: QWidget, *, size: int = 16, token: str = "text") -> None:
        super().__init__(parent)
        self._name, self._size, self._token = name, size, token
        self.setFixedSize(size, size)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def show_icon(self, name: str, token: str) -> None:
        """Change picture and color."""
        if (name, token) != (self._name, self._token):
            self._name, self._token = name, token
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.drawPixmap(0, 0, pixmap(self._name, self._size, self._token, self.devicePixelRatioF()))
        painter.end()


class ElidedLabel(PlainLabel):
    """One line that is cut in the middle where it does not fit; the whole text is in the tooltip."""

    def __init__(self, text: str, parent: QWidget, mode: Qt.TextElideMode = Qt.TextElideMode.ElideMiddle) -> None:
        super().__init__("", parent)
        self._mode = mode
        self._whole = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(40)
        self.set_whole(text)

    def whole(self) -> str:
        """The text before cutting."""
        return self._whole

    def set_whole(self, text: str) -> None:
        """Show another text."""
        self._whole = text
        self._fit()

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self.font())
        return QSize(metrics.horizontalAdvance(self._whole) + 2, metrics.height())

    def resizeEvent(self, event: QEvent) -> None:
        self._fit()

    def _fit(self) -> None:
        shown = QFontMetrics(self.font()).elidedText(self._whole, self._mode, max(self.width(), 1))
        self.setText(shown)
        self.setToolTip(as_plain(self._whole) if shown != self._whole else "")


class EmptyState(QWidget):
    """Empty state of a panel: an icon, a sentence, what to do, optionally a button."""

    def __init__(self, picture: str, title: str, text: str, parent: QWidget, action: QWidget | None = None) -> None:
        super().__init__(parent)
        middle = Qt.AlignmentFlag.AlignHCenter
        self.icon = drawn = IconLabel(picture, self, size=32, token="muted")
        self._title = label(title, self, bold=True, size=1)
        self._text = label(text, self, look="muted")
        for widget in (self._title, self._text):
            widget.setAlignment(middle | Qt.AlignmentFlag.AlignTop)
        more = () if action is None else (SPACING, (action, middle))
        margins = (3 * SPACING, 2 * SPACING, 3 * SPACING, 2 * SPACING)
        parts = (drawn, middle), self._title, self._text
        self.setLayout(vbox(None, *parts, *more, None, margins=margins, gap=SPACING))

    def set_text(self, title: str, text: str) -> None:
        """Show another title and sentence."""
        self._title.setText(title)
        self._text.setText(text)


class Banner(QFrame):
    """A message in the page instead of a dialog in the way: icon, sentence, buttons. Hidden while empty."""

    ICONS: ClassVar = {"info": "info", "warning": "warning", "error": "error", "success": "check"}

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._icon = IconLabel("info", self, size=18)
        self._text = label("", self)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        parts = (self._icon, Qt.AlignmentFlag.AlignVCenter), (self._text, 1)
        self._layout = hbox(*parts, margins=(SPACING + 4, SPACING, SPACING, SPACING), gap=SPACING)
        self.setLayout(self._layout)
        self._buttons: list[QPushButton] = []
        self.hide()

    def text(self) -> str:
        """The shown text, "" while hidden."""
        return self._text.text() if not self.isHidden() else ""

    def show_message(self, kind: str, text: str, *buttons: QPushButton, dismissable: bool = False) -> None:
        """Show a message of the kind "info", "warning", "error" or "success"; ``dismissable``: with a cross at the end
        that hides it."""
        self._drop_buttons()
        if dismissable:
            cross = button("", self, look="quiet", picture="close", tip=self.tr("Dismiss"), on=self.clear)
            buttons = (*buttons, cross)
        self._icon.show_icon(self.ICONS[kind], "accent" if kind == "info" else kind)
        set_look(self, "banner" if kind == "info" else f"banner-{kind}")
        self._text.setText(text)
        for item in buttons:
            item.setParent(self)
            self._layout.addWidget(item)
            self._buttons.append(item)
        self.show()

    def clear(self) -> None:
        """Hide it."""
        self._drop_buttons()
        self.hide()

    def _drop_buttons(self) -> None:
        for item in self._buttons:
            item.hide()
            item.deleteLater()
        self._buttons = []


class TintedDelegate(QStyledItemDelegate):
    """Cells that have a color of their own keep it while their row is selected: it says what the value means."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        if index.data(Qt.ItemDataRole.ForegroundRole) is not None:
            tint = option.palette.brush(QPalette.ColorRole.Text)  # Qt has put it there
            option.palette.setBrush(QPalette.ColorRole.HighlightedText, tint)


class CheckMenu(QMenu):
    """A menu of things to tick that stays open while they are ticked."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        action = self.actionAt(event.position().toPoint())
        if action is not None and action.isCheckable() and action.isEnabled():
            action.trigger()
        else:
            super().mouseReleaseEvent(event)


class Meter(QWidget):
    """A bar of what is needed against what is free, e.g. memory: the words say the same as the bar."""

    def __init__(self, picture: str, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._share = 0.0
        drawn, name = IconLabel(picture, self, size=16, token="muted"), PlainLabel(title, self)
        self._value = ElidedLabel("", self, Qt.TextElideMode.ElideRight)
        self._value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setLayout(hbox(drawn, name, (self._value, 1), margins=(0, 0, 0, SPACING), gap=SPACING))
        self.setFixedHeight(34)
        theme().changed.connect(self.update)

    def show_value(self, text: str, share: float, tip: str = "") -> None:
        """``share``: needed divided by free; 0 shows no bar. ``tip``: details that the line has no room for."""
        self._value.set_whole(text)
        self.setToolTip(as_plain(tip) if tip else "")
        self._share = share
        set_look(self._value, "error" if share > 1 else "warning" if share > 0.85 else "")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        bottom = self.height() - 5
        if self._share > 0:
            painter.setBrush(color("raised"))
            painter.drawRoundedRect(0, bottom, self.width(), 4, 2, 2)
            painter.setBrush(color("error" if self._share > 1 else "warning" if self._share > 0.85 else "accent"))
            painter.drawRoundedRect(0, bottom, max(4, int(self.width() * min(self._share, 1.0))), 4, 2, 2)
        painter.end()


class FlowLayout(QLayout):
    """Widgets from left to right, wrapped into as many lines as they need."""

    def __init__(self, parent: QWidget, gap: int = 4) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._sizes: list[tuple[QSize, QSize]] = []
        """Hint and minimum of each item, while nothing changes: Qt asks dozens of times."""
        self._gap = gap
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._arrange(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._arrange(rect, move=True)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        sizes = [minimum for _, minimum in self._item_sizes()]
        return QSize(max((s.width() for s in sizes), default=0), max((s.height() for s in sizes), default=0))

    def invalidate(self) -> None:
        self._sizes.clear()
        super().invalidate()

    def _item_sizes(self) -> list[tuple[QSize, QSize]]:
        if len(self._sizes) != len(self._items):
            self._sizes = [(item.sizeHint(), item.minimumSize()) for item in self._items]
        return self._sizes

    def _arrange(self, rect: QRect, *, move: bool) -> int:
        """Lay the items out in ``rect``; gives the height that they need."""
        x, y, line = rect.x(), rect.y(), 0
        for item, (size, _) in zip(self._items, self._item_sizes(), strict=True):
            if item.isEmpty():
                continue  # hidden
            if x > rect.x() and x + size.width() > rect.right() + 1:
                x, y, line = rect.x(), y + line + self._gap, 0
            if move:
                item.setGeometry(QRect(QPoint(x, y), size))
            x += size.width() + self._gap
            line = max(line, size.height())
        return y + line - rect.y()
