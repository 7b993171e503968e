"""Names in a list that are wider than it: they have several lines."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtWidgets import QAbstractItemView, QStyledItemDelegate, QStyleOptionViewItem, QTreeView

Index = QModelIndex | QPersistentModelIndex
MOST_LINES = 3


class WrappedNames(QStyledItemDelegate):
    """The delegate of a list or tree. Names are not cut, since what tells them apart often stands at their end."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        option.features |= QStyleOptionViewItem.ViewItemFeature.WrapText

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        view = self.parent()
        assert isinstance(view, QAbstractItemView)
        endless = QStyleOptionViewItem(option)
        endless.rect = QRect()  # else the hint is that of a wrapped text, by a width that the style is wrong about
        size, metrics, text = super().sizeHint(endless, index), view.fontMetrics(), str(index.data())
        beside, room = size.width() - metrics.horizontalAdvance(text), view.viewport().width()
        if isinstance(view, QTreeView):
            room -= view.indentation() if index.parent().isValid() else 0
        if size.width() > room > beside:
            area = QRect(0, 0, room - beside, MOST_LINES * metrics.lineSpacing())
            needed = metrics.boundingRect(area, Qt.TextFlag.TextWordWrap, text).height()
            size.setHeight(size.height() - metrics.height() + min(area.height(), needed))
            size.setWidth(room)
        return size
