"""A model's structure from its headers: facts at the top, all tensors by module below."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHeaderView,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from engine.architecture.structure import by_part, facts
from engine.base.human import bytes_text, count_text
from engine.checkpoints.checkpoint import CheckpointHeader, TensorInfo
from studio.engine_words import engine_word
from studio.kit.layouts import clear_layout, vbox
from studio.kit.plaintext import as_plain
from studio.kit.theme import SPACING, font
from studio.kit.widgets import PlainLabel, label, set_look

_TENSORS = Qt.ItemDataRole.UserRole


class StructureView(QWidget):
    """Facts and tree. Rows of a part are made when it is unfolded, so that large models open at once."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._facts = QFrame(self)
        set_look(self._facts, "card")
        self._grid = QGridLayout(self._facts)
        self._grid.setContentsMargins(2 * SPACING, SPACING + 4, 2 * SPACING, SPACING + 4)
        self._grid.setHorizontalSpacing(SPACING)
        self._grid.setVerticalSpacing(SPACING - 2)
        self._filter = QLineEdit(self, placeholderText=self.tr("Filter tensors"), clearButtonEnabled=True)
        self._tree = QTreeWidget(self)
        self._tree.setUniformRowHeights(True)
        self._tree.setAccessibleName(self.tr("Tensors of the model"))
        self._tree.setHeaderLabels(
            [self.tr("Name"), self.tr("Shape"), self.tr("Type"), self.tr("Parameters"), self.tr("Size")]
        )
        header = self._tree.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setResizeContentsPrecision(0)  # what is in view
        for column in (1, 2, 3, 4):  # the names have all other room
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
            if column >= 3:
                right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                self._tree.headerItem().setTextAlignment(column, right)
        self.setLayout(vbox(self._facts, self._filter, (self._tree, 1), margins=0, gap=SPACING + 4))
        self._structure: CheckpointHeader | None = None
        self._tree.itemExpanded.connect(self._on_expanded)
        self._filter.textChanged.connect(self._fill)

    @property
    def header(self) -> CheckpointHeader | None:
        """The header that is shown."""
        return self._structure

    def show_structure(self, header: CheckpointHeader) -> None:
        """Show a model's headers."""
        self._structure = header
        clear_layout(self._grid)
        for index, (name, value) in enumerate(facts(header)):
            row, column = index // 2, (index % 2) * 3
            key = label(engine_word(name), self._facts, look="muted")
            key.setWordWrap(False)
            self._grid.addWidget(key, row, column)
            shown = PlainLabel(engine_word(value), self._facts)
            shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            shown.setFont(font(bold=True))
            self._grid.addWidget(shown, row, column + 1)
            self._grid.setColumnMinimumWidth(column, 130)
        self._grid.setColumnStretch(1, 1)
        self._grid.setColumnMinimumWidth(2, 2 * SPACING)
        self._grid.setColumnStretch(4, 1)
        self._fill()

    def _fill(self) -> None:
        self._tree.clear()
        if self._structure is None:
            return
        words = self._filter.text().lower()
        tensors = tuple(t for t in self._structure.tensors if words in t.name.lower() or words in t.dtype.lower())
        for name, members in by_part(tensors).items():
            item = QTreeWidgetItem(self._tree)
            if len(members) == 1:
                self._write(item, members[0].name, members[0])
                continue
            count = sum(math.prod(tensor.shape) for tensor in members)
            kinds = ", ".join(sorted({tensor.dtype for tensor in members}))
            texts = (name, "", kinds, count_text(count), bytes_text(sum(tensor.nbytes for tensor in members)))
            _write_texts(item, texts)
            item.setData(0, _TENSORS, members)
            item.setChildIndicatorPolicy(QTreeWidgetItem.ChildIndicatorPolicy.ShowIndicator)
            item.setExpanded(bool(words) and len(tensors) < 200)

    def _on_expanded(self, item: QTreeWidgetItem) -> None:
        members: Any = item.data(0, _TENSORS)
        if item.childCount() or not members:
            return
        prefix = item.text(0) + "."
        for tensor in members:
            self._write(QTreeWidgetItem(item), tensor.name.removeprefix(prefix), tensor)

    def _write(self, item: QTreeWidgetItem, name: str, tensor: TensorInfo) -> None:
        shape = " × ".join(str(size) for size in tensor.shape) or self.tr("scalar")
        _write_texts(item, (name, shape, tensor.dtype, count_text(math.prod(tensor.shape)), bytes_text(tensor.nbytes)))
        item.setToolTip(0, as_plain(tensor.name))


def _write_texts(item: QTreeWidgetItem, texts: tuple[str, ...]) -> None:
    for column, text in enumerate(texts):
        item.setText(column, text)
        if column >= 3:
            item.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
