"""A type for each layer, as an exception from the mix of a GGUF file: what is ticked gets the type that is chosen."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtWidgets import QComboBox, QHeaderView, QTreeWidgetItem, QWidget

from engine.methods.quantization.gguf_quants.mixes import STEMS, TYPES, gguf_name
from engine.models.anatomy import Anatomy, Linear
from studio.choosers.layers import LayerDialog
from studio.widgets import button, label

TYPE = 4


def types_of(linears: Sequence[Linear], patterns: Sequence[str]) -> dict[str, str]:
    """Linear -> the type that the first pattern that means it gives it."""
    pairs = [(re.compile(pattern), kind) for pattern, _, kind in (each.rpartition("=") for each in patterns)]
    found = {}
    for linear in linears:
        kind = next((kind for pattern, kind in pairs if pattern.search(gguf_name(linear))), None)
        if kind is not None:
            found[linear.name] = kind
    return found


def patterns_of(anatomy: Anatomy, types: dict[str, str]) -> list[str]:
    """PATTERN=TYPE that give exactly these types: one for a role or a layer where all of it has one type."""
    left, found = dict(types), list[str]()
    for role, stem in STEMS.items():
        members = [linear.name for linear in anatomy.linears if linear.role == role]
        kinds = {types.get(name) for name in members}
        if members and len(kinds) == 1 and (kind := kinds.pop()):
            found.append(f"{re.escape(stem)}\\.={kind}")
            left = {name: each for name, each in left.items() if name not in members}
    for layer in anatomy.layers:
        names = [linear.name for linear in layer.linears]
        kinds = {types.get(name) for name in names}
        inside = all(gguf_name(linear).startswith(f"blk.{layer.index}.") for linear in layer.linears)
        if inside and len(kinds) == 1 and (kind := kinds.pop()) and sum(name in left for name in names) > 1:
            found.append(f"blk\\.{layer.index}\\.={kind}")
            left = {name: each for name, each in left.items() if name not in names}
    singles = [f"^{re.escape(gguf_name(each))}$={left[each.name]}" for each in anatomy.linears if each.name in left]
    return singles + found


class TypesDialog(LayerDialog):
    """Tick layers, choose a type, press Set; each layer shows its type."""

    def __init__(self, anatomy: Anatomy, title: str, help: str, value: Sequence[str], parent: QWidget) -> None:
        self._types = types_of(anatomy.linears, value)
        named = [gguf_name(linear) for linear in anatomy.linears]
        self._others = [each for each in value if not any(re.search(each.rpartition("=")[0], name) for name in named)]
        super().__init__(anatomy, title, help, [], parent)
        self.kind = QComboBox(self)
        self.kind.setAccessibleName(self.tr("Type"))
        self.kind.addItem(self.tr("As the mix"), "")
        for name in TYPES:
            self.kind.addItem(name, name)
        self.kind.setCurrentIndex(self.kind.findData("Q8_0"))
        self.set = button(self.tr("Set"), self)
        self.set.setAutoDefault(False)
        self.set.clicked.connect(self._on_set)
        self.below.addWidget(label(self.tr("Type of the ticked layers"), self))
        self.below.addWidget(self.kind)
        self.below.addWidget(self.set)
        self.below.addStretch(1)
        self.tree.setColumnCount(TYPE + 1)
        self.tree.headerItem().setText(TYPE, self.tr("Type"))
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.tree.setColumnWidth(TYPE, 90)
        self._fill()

    def _describe(self, item: QTreeWidgetItem, names: set[str]) -> None:
        kinds = {self._types.get(name, "") for name in names}
        item.setText(TYPE, next(iter(kinds)) if len(kinds) == 1 else self.tr("different"))

    def _on_set(self) -> None:
        kind = str(self.kind.currentData())
        kept = {name: each for name, each in self._types.items() if name not in self._names}
        self._types = {**kept, **dict.fromkeys(self._names, kind)} if kind else kept
        self._names = set()
        self._fill()

    def _on_none(self) -> None:
        self._types, self._others = {}, []
        super()._on_none()

    def value(self) -> list[str]:
        """What the setting becomes; patterns that mean no linear of this model, as the embedding, stay."""
        return [*patterns_of(self._anatomy, self._types), *self._others]
