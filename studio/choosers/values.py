"""A value for each layer, as an exception from a setting of the whole block: what is ticked gets what is typed or
chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QHeaderView, QLineEdit, QTreeWidgetItem, QWidget

from engine.methods.shared.layers import layer_values, matches
from engine.models.anatomy import Anatomy, Linear
from studio.choosers.layers import LayerDialog, shortest
from studio.widgets import button, label

VALUE = 4


def values_of(linears: Sequence[Linear], given: Sequence[str]) -> dict[str, str]:
    """Linear -> what the first pattern that means it gives it."""
    found: dict[str, str] = {}
    for pattern, value in layer_values(given):
        for linear in linears:
            if matches(linear, pattern):
                found.setdefault(linear.name, value)
    return found


def given_by(anatomy: Anatomy, values: Mapping[str, str]) -> list[str]:
    """PATTERN=VALUE that give exactly these: one for a role or a layer where all of it has one value."""
    found = []
    for value in dict.fromkeys(values.values()):
        names = {name for name, each in values.items() if each == value}
        found += [f"{pattern}={value}" for pattern in shortest(anatomy, names)]
    return found


class ValuesDialog(LayerDialog):
    """Tick layers, type a value or choose one of ``choices`` (value, title), press Set; each layer shows its own.

    ``none``: what a layer without a value of its own has.
    """

    def __init__(
        self,
        anatomy: Anatomy,
        title: str,
        help: str,
        value: Sequence[str],
        parent: QWidget,
        *,
        choices: Sequence[tuple[Any, str]] = (),
        none: str = "",
    ) -> None:
        self._values, self._others = self.read(anatomy, value)
        super().__init__(anatomy, title, help, [], parent)
        self.typed, self.kind = QLineEdit(self), QComboBox(self)
        none = none or self.tr("As the block")
        self.typed.setPlaceholderText(none)
        self.typed.setMaximumWidth(140)
        self.kind.addItem(none, "")
        for each, text in choices:
            self.kind.addItem(text, str(each))
        self.set = button(self.tr("Set"), self)
        self.set.setAutoDefault(False)
        self.set.clicked.connect(self._on_set)
        self.typed.installEventFilter(self)
        said = label(self.tr("Value of the ticked layers"), self)
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

    @staticmethod
    def read(anatomy: Anatomy, given: Sequence[str]) -> tuple[dict[str, str], list[str]]:
        """Linear -> value, and what means no linear of this model or is half typed."""
        known = anatomy.linears
        whole = [each for each in given if all(part.strip() for part in each.rpartition("=")[::2])]
        meant = [each for each in whole if any(matches(linear, layer_values([each])[0][0]) for linear in known)]
        return values_of(known, meant), [each for each in given if each not in meant]

    @staticmethod
    def written(anatomy: Anatomy, values: Mapping[str, str]) -> list[str]:
        """The inverse of `read`."""
        return given_by(anatomy, values)

    def _describe(self, item: QTreeWidgetItem, names: set[str]) -> None:
        values = {self._values.get(name, "") for name in names}
        item.setText(VALUE, next(iter(values)) if len(values) == 1 else self.tr("different"))

    def _on_set(self) -> None:
        value = self.typed.text().replace(" ", "").replace("=", "")
        if self.kind.count() > 1:
            value = str(self.kind.currentData())
        kept = {name: each for name, each in self._values.items() if name not in self._names}
        self._values = {**kept, **dict.fromkeys(sorted(self._names), value)} if value else kept
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
        """What the setting becomes; patterns that mean no linear of this model, as an embedding, stay."""
        return [*self.written(self._anatomy, self._values), *self._others]
