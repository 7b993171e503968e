"""A value for each layer, as an exception from a setting of the whole block: what is ticked gets what is typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtWidgets import QHeaderView, QLineEdit, QTreeWidgetItem, QWidget

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
    """Tick layers, type a value, press Set; each layer shows its own."""

    def __init__(self, anatomy: Anatomy, title: str, help: str, value: Sequence[str], parent: QWidget) -> None:
        self._values = values_of(anatomy.linears, value)
        known = anatomy.linears
        pairs = layer_values(value)
        self._others = [f"{p}={v}" for p, v in pairs if not any(matches(linear, p) for linear in known)]
        super().__init__(anatomy, title, help, [], parent)
        self.typed = QLineEdit(self)
        self.typed.setAccessibleName(self.tr("Value of the ticked layers"))
        self.typed.setPlaceholderText(self.tr("30%"))
        self.typed.setMaximumWidth(120)
        self.set = button(self.tr("Set"), self)
        self.set.setAutoDefault(False)
        self.set.clicked.connect(self._on_set)
        self.typed.returnPressed.connect(self._on_set)
        self.below.addWidget(label(self.tr("Value of the ticked layers; nothing: as the block"), self))
        self.below.addWidget(self.typed)
        self.below.addWidget(self.set)
        self.below.addStretch(1)
        self.tree.setColumnCount(VALUE + 1)
        self.tree.headerItem().setText(VALUE, self.tr("Value"))
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.tree.setColumnWidth(VALUE, 90)
        self._fill()

    def _describe(self, item: QTreeWidgetItem, names: set[str]) -> None:
        values = {self._values.get(name, "") for name in names}
        item.setText(VALUE, next(iter(values)) if len(values) == 1 else self.tr("different"))

    def _on_set(self) -> None:
        value = self.typed.text().replace(" ", "").replace("=", "")
        kept = {name: each for name, each in self._values.items() if name not in self._names}
        self._values = {**kept, **dict.fromkeys(sorted(self._names), value)} if value else kept
        self._names = set()
        self._fill()

    def _on_none(self) -> None:
        self._values, self._others = {}, []
        super()._on_none()

    def value(self) -> list[str]:
        """What the setting becomes; patterns that mean no layer of this model stay."""
        return [*given_by(self._anatomy, self._values), *self._others]
