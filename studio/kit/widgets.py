"""Small parts that several screens share."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    QTimer,
    SignalInstance,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QBoxLayout,
    QComboBox,
    QFrame,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QSizePolicy,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolBar,
    QToolButton,
    QWidget,
)

from studio.kit.icons import icon, pixmap
from studio.kit.layouts import hbox, vbox
from studio.kit.plaintext import as_plain, shortened
from studio.kit.theme import SPACING, color, keep_font, measured, scaled, set_font, theme

SEARCH_ICON = 44
"""Pixels of a search line beside its text: icon and margins."""
FIELD = 27
"""Pixels of height of a field at least."""
Slot = Callable[..., object] | SignalInstance
"""A click's callback, or the signal that it emits."""


def set_look(widget: QWidget, look: str) -> None:
    """Give a widget one of the looks of the style sheet."""
    if widget.property("look") != look:
        widget.setProperty("look", look)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
        keep_font(widget)


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
        set_font(result, size, bold=bold)
    if look:
        set_look(result, look)
    return result


def size_icons(widget: QAbstractButton | QAbstractItemView | QComboBox | QToolBar, pixels: int) -> None:
    """Let icons of so many pixels grow with the texts beside them."""
    measured(widget, lambda sized: sized.setIconSize(QSize(scaled(pixels), scaled(pixels))))


def make_tall(field: QWidget) -> None:
    """Give a field the height of those around it, and of its letters."""
    measured(field, lambda sized: sized.setMinimumHeight(max(FIELD, sized.fontMetrics().height() + 8)))


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
        size_icons(result, 16)
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
    pixels: int = 15,
) -> QToolButton:
    """A tool button with text, picture or both; ``menu``: what a click opens, ``on``: what it calls; ``name`` tells it
    to screen readers, the tip where there is none; ``pixels``: of the picture, in texts of the usual size."""
    result = QToolButton(parent)
    result.setText(text)
    result.setToolTip(as_plain(tip))
    result.setAccessibleName(name or tip)
    if picture:
        result.setIcon(icon(picture, "muted"))
        size_icons(result, pixels)
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


def single_shot(on: Callable[[], object], parent: QObject, ms: int = 0) -> QTimer:
    """A timer that calls something once, so many ms after each start."""
    timer = QTimer(parent, singleShot=True, interval=ms)
    timer.timeout.connect(on)
    return timer


def search_line(text: str, parent: QWidget, name: str = "", width: int = 0) -> QLineEdit:
    """A line to type words into that are looked for; ``text`` says where, ``name`` tells it to screen readers.
    ``width``: in pixels, more where the text needs more; 0 for all that there is."""
    result = QLineEdit(parent, placeholderText=text, clearButtonEnabled=True)
    if width:
        measured(result, lambda line: line.setFixedWidth(max(width, _needed(line))))
    result.setAccessibleName(name or text)
    result.addAction(icon("search", "muted"), QLineEdit.ActionPosition.LeadingPosition)
    return result


def _needed(line: QLineEdit) -> int:
    """Pixels in which the icon and the text that says what to type are whole."""
    return line.fontMetrics().horizontalAdvance(line.placeholderText()) + SEARCH_ICON


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


class IconLabel(QWidget):
    """An icon in a color of the theme, sharp at every scale."""

    def __init__(self, name: str, parent: QWidget, *, size: int = 16, token: str = "text") -> None:
        super().__init__(parent)
        self._name, self._size, self._token = name, size, token
        measured(self, lambda icon: icon.setFixedSize(scaled(icon._size), scaled(icon._size)))
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def show_icon(self, name: str, token: str) -> None:
        """Change picture and color."""
        if (name, token) != (self._name, self._token):
            self._name, self._token = name, token
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.drawPixmap(0, 0, pixmap(self._name, self.width(), self._token, self.devicePixelRatioF()))
        painter.end()


class ElidedLabel(PlainLabel):
    """One line that is cut where it does not fit, paths at their beginning; the whole text is in the tooltip."""

    def __init__(self, text: str, parent: QWidget, mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight) -> None:
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

    def changeEvent(self, event: QEvent) -> None:
        """Letters of another size need another cut."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def _fit(self) -> None:
        shown = QFontMetrics(self.font()).elidedText(self._whole, self._mode, max(self.width(), 1))
        self.setText(shown)
        self.setToolTip(as_plain(self._whole) if shown != self._whole else "")


class EmptyState(QWidget):
    """Empty state of a panel: an icon, a sentence, what to do, optionally a button."""

    MARGINS = (3 * SPACING, 2 * SPACING, 3 * SPACING, 2 * SPACING)

    def __init__(self, picture: str, title: str, text: str, parent: QWidget, action: QWidget | None = None) -> None:
        super().__init__(parent)
        middle = Qt.AlignmentFlag.AlignHCenter
        self.icon = drawn = IconLabel(picture, self, size=32, token="muted")
        self._title = label(title, self, bold=True, size=1)
        self._text = label(text, self, look="muted")
        for widget in (self._title, self._text):
            widget.setAlignment(middle | Qt.AlignmentFlag.AlignTop)
        more = () if action is None else (SPACING, (action, middle))
        self._action = action
        parts = (drawn, middle), self._title, self._text
        self.setLayout(vbox(None, *parts, *more, None, margins=self.MARGINS, gap=SPACING))

    def set_text(self, title: str, text: str) -> None:
        """Show another title and sentence."""
        self._title.setText(title)
        self._text.setText(text)
        self._make_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        """Give up the icon where the words need its room."""
        left, top, right, bottom = self.MARGINS
        words = sum(text.heightForWidth(self.width() - left - right) for text in (self._title, self._text))
        action = self._action.sizeHint().height() + 2 * SPACING if self._action is not None else 0
        need = top + self.icon.minimumHeight() + 2 * SPACING + words + action + bottom
        self.icon.setVisible(need <= self.height())


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


class EndsDelegate(TintedDelegate):
    """Names that differ at their end, such as those of tensors, are cut at their beginning."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        option.textElideMode = Qt.TextElideMode.ElideLeft


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
        drawn, self._name = IconLabel(picture, self, size=16, token="muted"), PlainLabel(title, self)
        self._value = ElidedLabel("", self)
        self._words = hbox(self._name, (self._value, 1), margins=0, gap=SPACING)
        self.setLayout(hbox(drawn, (self._words, 1), margins=(0, 0, 0, SPACING), gap=SPACING))
        theme().changed.connect(self._share_width)
        self._share_width()

    def _share_width(self) -> None:
        """The texts stand beside each other, or below each other where there is no room for that."""
        room = self.width() - scaled(16) - 2 * SPACING
        below = self._name.sizeHint().width() + self._value.sizeHint().width() > room
        self._words.setDirection(QBoxLayout.Direction.TopToBottom if below else QBoxLayout.Direction.LeftToRight)
        self._words.setSpacing(0 if below else SPACING)
        side = Qt.AlignmentFlag.AlignLeft if below else Qt.AlignmentFlag.AlignRight
        self._value.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        self.setFixedHeight(scaled(34 + 8 * below))
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_width()

    def show_value(self, text: str, share: float, tip: str = "") -> None:
        """``share``: needed divided by free; 0 shows no bar. ``tip``: details that the line has no room for."""
        self._value.set_whole(text)
        self.setToolTip(as_plain(tip) if tip else "")
        self._share = share
        set_look(self._value, "error" if share > 1 else "warning" if share > 0.85 else "")
        self._share_width()

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
