"""What a careful eye finds in a window, told from widgets and not from pixels: the same on every machine and font.

Cut texts, widgets that lie over each other, areas too low to scroll in, colors that can't be told apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QAccessible, QColor, QFontMetrics, QTextDocumentFragment
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QComboBox,
    QHeaderView,
    QLabel,
    QLayout,
    QLineEdit,
    QMainWindow,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QStackedLayout,
    QStyle,
    QStyleOptionComboBox,
    QTabBar,
    QToolButton,
    QWidget,
)

from studio.kit.widgets import ElidedLabel

BREAKS = re.compile(r"\s+|(?<=[\u2e80-\uffef])|(?=[\u2e80-\uffef])")
"""Places where a line may end: at spaces, and between Chinese characters."""
SLACK = 2
"""Pixels that nobody misses."""
USED = (QAbstractButton, QAbstractItemView, QAbstractSpinBox, QComboBox, QLineEdit, QPlainTextEdit, QTabBar)
"""What is used and not only seen."""
LOW_AREA = 34
"""An area that scrolls and shows less than this shows a cut line."""


def contrast(first: str | QColor, second: str | QColor) -> float:
    """Contrast of two colors, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    bright, dark = sorted((_luminance(QColor(first)), _luminance(QColor(second))), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _luminance(color: QColor) -> float:
    channels = (color.redF(), color.greenF(), color.blueF())
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def faults(window: QWidget) -> list[str]:
    """All that is wrong with what a window shows now, a sentence each."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)  # of a text that changed a moment ago
    found: list[str] = []
    for widget in _shown(window):
        found += [f"{_name(widget)}: {what}" for what in (*_cut(widget), *_low(widget), *_overlaps(widget))]
    return found


def _shown(window: QWidget) -> Iterator[QWidget]:
    for widget in window.findChildren(QWidget):
        if widget.isVisible() and not widget.visibleRegion().isEmpty() and widget.width() > 0:
            yield widget


def _name(widget: QWidget) -> str:
    """Where it is, for a person who looks for it."""
    parts: list[str] = []
    each: QWidget | None = widget
    while each is not None and len(parts) < 4:
        text = each.accessibleName() or each.objectName() or ""
        if isinstance(each, QLabel | QAbstractButton) and each.text():
            text = each.text()[:40]
        parts.append(f"{type(each).__name__}({text})" if text else type(each).__name__)
        each = each.parentWidget()
    return " in ".join(parts)


def _cut(widget: QWidget) -> Iterator[str]:
    """Texts that do not fit. What is shortened with dots and tells the whole in a tooltip is meant so."""
    if isinstance(widget, ElidedLabel):
        return
    if isinstance(widget, QLabel) and widget.text():
        room = widget.contentsRect()
        if widget.wordWrap():
            need = widget.heightForWidth(widget.width())
            if need > widget.height() + SLACK:
                yield f"its text needs {need} pixels of height and has {widget.height()}"
            rich = widget.textFormat() == Qt.TextFormat.RichText
            text = QTextDocumentFragment.fromHtml(widget.text()).toPlainText() if rich else widget.text()
            longest = max((QFontMetrics(widget.font()).horizontalAdvance(w) for w in BREAKS.split(text)), default=0)
            if longest > room.width() + SLACK:
                yield f"a word needs {longest} pixels and has {room.width()}"
        else:
            whole = widget.sizeHint()
            if whole.width() > widget.width() + SLACK or whole.height() > widget.height() + SLACK:
                yield f"its text needs {_size(whole)} and has {_size(widget.size())}"
    elif isinstance(widget, QPushButton | QToolButton) and widget.text():
        iconed = isinstance(widget, QToolButton) and widget.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonIconOnly
        least = widget.minimumSizeHint() if isinstance(widget, QPushButton) else widget.sizeHint()
        if not (iconed and not widget.icon().isNull()) and least.width() > widget.width() + SLACK:
            yield f"its text needs {least.width()} pixels of width and has {widget.width()}"
    elif isinstance(widget, QTabBar):
        yield from _cut_tabs(widget)
    elif isinstance(widget, QComboBox) and not widget.isEditable():
        option = QStyleOptionComboBox()
        widget.initStyleOption(option)
        field = widget.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, widget
        )
        need = QFontMetrics(widget.font()).horizontalAdvance(widget.currentText())
        if need > field.width() + SLACK and not widget.toolTip():
            yield f"“{widget.currentText()}” needs {need} pixels and has {field.width()}"
    elif isinstance(widget, QLineEdit) and not widget.text() and widget.placeholderText():
        need = QFontMetrics(widget.font()).horizontalAdvance(widget.placeholderText())
        if need > widget.width() - 6:
            yield f"“{widget.placeholderText()}” needs {need} pixels and has {widget.width() - 6}"
    elif isinstance(widget, QHeaderView) and widget.orientation() == Qt.Orientation.Horizontal:
        yield from _cut_headers(widget)


def _cut_tabs(tabs: QTabBar) -> Iterator[str]:
    for index in range(tabs.count()):
        place, text = tabs.tabRect(index), tabs.tabText(index).replace("&", "")
        if not tabs.isTabVisible(index) or not text or tabs.tabToolTip(index):
            continue
        need = QFontMetrics(tabs.font()).horizontalAdvance(text)
        if need > place.width() or place.right() > tabs.width() + SLACK:
            yield f"the tab “{text}” is cut"


def _cut_headers(header: QHeaderView) -> Iterator[str]:
    model = header.model()
    for column in range(model.columnCount() if model is not None else 0):
        if header.isSectionHidden(column):
            continue
        text = str(model.headerData(column, Qt.Orientation.Horizontal) or "")
        tip = model.headerData(column, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
        need = max((QFontMetrics(header.font()).horizontalAdvance(line) for line in text.split("\n")), default=0)
        if need > header.sectionSize(column) and not tip:
            yield f"the column “{text}” needs {need} pixels and has {header.sectionSize(column)}"


def _low(widget: QWidget) -> Iterator[str]:
    """An area that scrolls but shows no whole line."""
    if isinstance(widget, QAbstractScrollArea) and widget.verticalScrollBar().isVisible():
        shown = widget.viewport().visibleRegion().boundingRect().height()
        if 0 < shown < LOW_AREA:
            yield f"it scrolls with {shown} pixels of height"
    if isinstance(widget, QScrollArea) and widget.horizontalScrollBar().isVisible():
        inner = widget.widget()
        yield f"what is in it needs {inner.width() if inner else 0} pixels of width: it scrolls to the side"


def _overlaps(widget: QWidget) -> Iterator[str]:
    """Siblings of one layout that lie over each other, or out of their parent."""
    layout = widget.layout()
    if not isinstance(layout, QLayout) or isinstance(layout, QStackedLayout) or isinstance(widget, QMainWindow):
        return  # pages lie over each other, and so do docks in tabs
    placed: list[tuple[QWidget, QRect]] = []
    for child in _laid_out(layout):
        if not child.isVisible():
            continue
        place = child.geometry()
        for other, where in placed:
            common = place.intersected(where)
            if common.width() > SLACK and common.height() > SLACK:
                yield f"{_name(child)} lies over {_name(other)}"
        placed.append((child, place))
        if not widget.rect().adjusted(-SLACK, -SLACK, SLACK, SLACK).contains(place) and _matters(child):
            yield f"{_name(child)} sticks out: {_rect(place)} in {_size(widget.size())}"


def _laid_out(layout: QLayout) -> Iterator[QWidget]:
    for index in range(layout.count()):
        item = layout.itemAt(index)
        child = item.widget() if item is not None else None
        if child is not None:
            yield child
        elif isinstance(item, QLayout) and not isinstance(item, QStackedLayout):
            yield from _laid_out(item)


def _matters(child: QWidget) -> bool:
    return child.mapTo(child.window(), QPoint(0, 0)).x() >= 0


def _size(size: QSize) -> str:
    return f"{size.width()} x {size.height()}"


def _rect(place: QRect) -> str:
    return f"{place.x()}, {place.y()}, {place.width()} x {place.height()}"


def unreachable(window: QWidget) -> list[str]:
    """What a window shows now that only a mouse can use, or that has no name for a screen reader, a sentence each."""
    found = []
    for widget in _shown(window):
        if not widget.isEnabled() or not isinstance(widget, USED) or _inner(widget):
            continue
        if not widget.focusPolicy() & Qt.FocusPolicy.TabFocus and not _has_action(widget):
            found.append(f"{_name(widget)}: no key leads to it")
        if not _said(widget):
            found.append(f"{_name(widget)}: it has no name for a screen reader")
    return found


def _inner(widget: QWidget) -> bool:
    """Parts that Qt makes of others: the field of a spin box, a list that drops down, buttons in a line edit."""
    parent = widget.parentWidget()
    if isinstance(parent, QComboBox | QAbstractSpinBox | QLineEdit | QHeaderView | QTabBar | QAbstractItemView):
        return True
    return widget.objectName().startswith("qt_")


def _has_action(widget: QWidget) -> bool:
    """Buttons of the toolbar: the menu has them too, with their keys. Tabs of the window: an action leads to each."""
    default = isinstance(widget, QToolButton) and widget.defaultAction() is not None
    return default or isinstance(widget.parentWidget(), QMainWindow)


def _said(widget: QWidget) -> str:
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.text(QAccessible.Text.Name) if interface is not None else widget.accessibleName()
