"""A value for each layer, as an exception from a setting of the whole block: what is ticked gets what is typed or
chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QHeaderView, QLineEdit, QTreeWidgetItem, QWidget

from engine.architecture.anatomy import Anatomy
from engine.contracts.settings import FieldInfo
from engine.methods.shared.patterns import linear_values, shortest_values
from studio.choosers.layers import LayerDialog
from studio.kit.widgets import button, label

VALUE = 4


Values = dict[str, str]
"""Name of a linear -> its value."""


@dataclass(frozen=True)
class Notation:
    """Notation of per-layer values in a setting: ``read`` gives them and the patterns that match no linear of this
    model, ``written`` is its inverse. ``none``: value of a layer without one of its own; ``choices``: (value, title),
    where the setting names none; ``first``: the initial one."""

    read: Callable[[Anatomy, Sequence[str]], tuple[Values, list[str]]] = linear_values
    written: Callable[[Anatomy, Values], list[str]] = shortest_values
    none: str = ""
    choices: Sequence[tuple[Any, str]] = ()
    first: str = ""


class ValuesDialog(LayerDialog):
    """Tick layers, type a value or choose one of those that the setting names, press Set; each layer shows its own."""

    def __init__(
        self,
        anatomy: Anatomy,
        info: FieldInfo,
        value: Sequence[str],
        parent: QWidget,
        notation: Notation | None = None,
    ) -> None:
        self._notation = notation or Notation()
        self._values, self._others = self._notation.read(anatomy, value)
        super().__init__(anatomy, info, [], parent)
        choices = self._notation.choices or info.value_choices
        self.typed, self.kind = QLineEdit(self), QComboBox(self)
        none = self._notation.none or self.tr("Same as the block")
        self.typed.setPlaceholderText(none)
        self.typed.setMaximumWidth(140)
        self.kind.addItem(none, "")
        for choice, text in choices:
            self.kind.addItem(text, str(choice))
        self.kind.setCurrentIndex(max(0, self.kind.findData(self._notation.first)))
        self.set = button(self.tr("Set"), self, on=self._on_set)
        self.set.setAutoDefault(False)
        self.typed.installEventFilter(self)
        said = label(self.tr("Value for the checked layers"), self)
        said.setWordWrap(False)
        self.below.addWidget(said)
        for editor in (self.typed, self.kind):
            editor.setAccessibleName(said.text())
            editor.setVisible((editor is self.kind) == bool(choices))
            self.below.addWidget(editor)
        self.below.addWidget(self.set)
        self.below.addStretch(1)
        self.tree.setColumnCount(VALUE + 1)
        self.tree.headerItem().setText(VALUE, self.tr("Value"))
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.tree.setColumnWidth(VALUE, 110)
        self.resize(self.width() + 110, self.height())
        self._fill()

    def _describe(self, item: QTreeWidgetItem, names: set[str]) -> None:
        values = {self._values.get(name, "") for name in names}
        item.setText(VALUE, next(iter(values)) if len(values) == 1 else self.tr("mixed"))

    def _on_set(self) -> None:
        value = self.typed.text().replace(" ", "").replace("=", "")
        if self.kind.count() > 1:
            value = str(self.kind.currentData())
        values = {name: number for name, number in self._values.items() if name not in self._names}
        self._values = {**values, **dict.fromkeys(sorted(self._names), value)} if value else values
        self._names = set()
        self._fill()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Return in the field sets the value, and does not close the dialog too."""
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() in keys:
            self._on_set()
            return True
        return super().eventFilter(watched, event)

    def _on_none(self) -> None:
        self._values, self._others = {}, []
        super()._on_none()

    def value(self) -> list[str]:
        """The new value of the setting. Patterns that match no linear, such as an embedding, are preserved."""
        return [*self._notation.written(self._anatomy, self._values), *self._others]
