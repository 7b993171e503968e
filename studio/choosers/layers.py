"""The layers of this model, by layer and by role, with their sizes: what a setting that names layers is picked from."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QTreeWidget,
    QTreeWidgetItem,
    QTreeWidgetItemIterator,
    QWidget,
)

from engine.architecture.anatomy import Anatomy, Linear
from engine.base.human import count_text, percent_text
from engine.contracts.settings import FieldInfo
from engine.methods.shared.patterns import layer_numbers, picked, shortest
from studio.kit.dialogs import room_for
from studio.kit.layouts import Part, hbox, vbox
from studio.kit.theme import SPACING, scaled
from studio.kit.widgets import button, label, search_line, set_look, tool

LINEAR = Qt.ItemDataRole.UserRole
CHECKED, UNCHECKED = Qt.CheckState.Checked, Qt.CheckState.Unchecked
NUMBER = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class LayerDialog(QDialog):
    """Tick layers: linears, or decoder layers for a setting that holds their numbers."""

    chosen = Signal(list)

    def __init__(self, anatomy: Anatomy, info: FieldInfo, value: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(info.title)
        by_number = info.kind == "layers"
        self._anatomy, self._by_number = anatomy, by_number
        self._every = [linear for layer in anatomy.layers for linear in layer.linears] if by_number else anatomy.linears
        self._unknown = [] if by_number else [p for p in value if not picked(anatomy.linears, [p])]
        if by_number:
            numbers = layer_numbers(value)
            self._names = {
                linear.name for layer in anatomy.layers if layer.index in numbers for linear in layer.linears
            }
        else:
            self._names = picked(anatomy.linears, value)
        self._group = "layer"
        self.filter = search_line(self.tr("Filter, such as down, layers.3 or 12"), self, self.tr("Filter layers"))
        self.tree = QTreeWidget(self)
        self.tree.setAccessibleName(self.tr("Layers of the model"))
        self.tree.setHeaderLabels([self.tr("Layer"), self.tr("Role"), self.tr("Shape"), self.tr("Parameters")])
        self.tree.headerItem().setTextAlignment(3, NUMBER)
        self.tree.setUniformRowHeights(True)
        header = self.tree.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column, width in ((1, 110), (2, 130), (3, 110)):
            self.tree.setColumnWidth(column, scaled(width))
        self.said = label("", self, look="muted")
        self.patterns = label("", self, look="muted")
        self._lay_out(info.help)
        self.filter.textChanged.connect(self._fill)
        self.tree.itemChanged.connect(self._on_changed)
        self._fill()
        self.resize(*room_for(self, 720, 560))

    def _lay_out(self, help: str) -> None:
        self.groups = QButtonGroup(self)
        for number, text in enumerate((self.tr("By layer"), self.tr("By role"))):
            control = tool(text, "", self, name=text)
            control.setCheckable(True)
            control.setChecked(number == 0)
            control.setVisible(not self._by_number)
            set_look(control, "chip")
            self.groups.addButton(control, number)
        self.groups.idClicked.connect(self._on_group)
        none = button(self.tr("None"), self, on=self._on_none)
        cancel = button(self.tr("Cancel"), self, on=self.reject)
        for plain in (none, cancel):
            plain.setAutoDefault(False)
        use = button(self.tr("Use selected layers"), self, look="primary", on=self._on_use)
        self.below = QHBoxLayout()
        head, buttons = hbox(*self.groups.buttons(), (self.filter, 1)), hbox(none, None, cancel, use)
        said = label(help, self, look="muted")
        parts: list[Part] = [said, head, (self.tree, 1), self.below, self.said, self.patterns, buttons]
        self.setLayout(vbox(*parts, margins=2 * SPACING, gap=SPACING))

    # -- the tree ----------------------------------------------------------------------------------------------------
    def _fill(self) -> None:
        """Rows by layer or by role; what the filter leaves out keeps its tick."""
        self.tree.blockSignals(True)
        self.tree.clear()
        words = self.filter.text().lower().split()
        for title, members in self._grouped().items():
            shown = [x for x in members if all(w in f"{title} {x.name} {x.role}".lower() for w in words)]
            if not shown:
                continue
            parent = _row(self.tree, shown, title)
            for linear in shown if not self._by_number else ():
                _row(parent, [linear], linear.name, linear.role, f"{linear.out_features} × {linear.in_features}")
            parent.setExpanded(bool(words) and len(shown) < 40)
        self._show_ticks()
        self.tree.blockSignals(False)

    def _grouped(self) -> dict[str, list[Linear]]:
        if self._group == "role":
            roles = dict.fromkeys(linear.role for linear in self._every)
            return {role: [x for x in self._every if x.role == role] for role in roles}
        groups = {self._title(layer.index): list(layer.linears) for layer in self._anatomy.layers}
        if not self._by_number and self._anatomy.others:
            groups[self.tr("Outside the layers")] = list(self._anatomy.others)
        return groups

    def _title(self, index: int) -> str:
        layer = self._anatomy.layers[index]
        made_of = " · ".join(filter(None, (layer.mixer, layer.feed_forward)))
        return self.tr("Layer {0} · {1}").format(index, made_of)

    def _show_ticks(self) -> None:
        walk = QTreeWidgetItemIterator(self.tree)
        while (item := walk.value()) is not None:
            walk += 1
            names = set(item.data(0, LINEAR))
            some = names & self._names
            state = CHECKED if some == names else Qt.CheckState.PartiallyChecked if some else UNCHECKED
            item.setCheckState(0, state)
            self._describe(item, names)
        size, every = (sum(_size(x) for x in self._every if all_ or x.name in self._names) for all_ in (False, True))
        count = len(self._names)
        text = self.tr("{0} of %n linear layers · {1} of {2} parameters", "", len(self._every))
        share = percent_text(round(size / every, 3) if every else 0)
        self.said.setText(text.format(count, share, count_text(every)))
        self.patterns.setText(", ".join(self.value()) or self.tr("None"))

    def _describe(self, item: QTreeWidgetItem, names: set[str]) -> None:
        """Say more of a row of these linears."""

    def _on_changed(self, item: QTreeWidgetItem, column: int) -> None:
        names = set(item.data(0, LINEAR))
        self._names = self._names | names if item.checkState(0) == CHECKED else self._names - names
        self.tree.blockSignals(True)
        self._show_ticks()
        self.tree.blockSignals(False)

    def _on_group(self, number: int) -> None:
        self._group = ("layer", "role")[number]
        self._fill()

    def _on_none(self) -> None:
        self._names = set()
        self._unknown = []
        self._fill()

    # -- the end -----------------------------------------------------------------------------------------------------
    def value(self) -> list[str]:
        """The new value of the setting. Patterns that match no layer of this model are preserved."""
        if not self._by_number:
            return [*shortest(self._anatomy, self._names), *self._unknown]
        layers = [layer for layer in self._anatomy.layers if any(x.name in self._names for x in layer.linears)]
        return [str(layer.index) for layer in layers]

    def _on_use(self) -> None:
        self.chosen.emit(self.value())
        self.accept()


def _row(
    parent: QTreeWidget | QTreeWidgetItem, members: Sequence[Linear], title: str, role: str = "", shape: str = ""
) -> QTreeWidgetItem:
    """A row of linears that are ticked together."""
    row = QTreeWidgetItem(parent, [title, role, shape, count_text(sum(map(_size, members)))])
    row.setTextAlignment(3, NUMBER)
    row.setData(0, LINEAR, [linear.name for linear in members])
    row.setFlags(row.flags() | Qt.ItemFlag.ItemIsUserCheckable)
    return row


def _size(linear: Linear) -> int:
    return linear.in_features * linear.out_features
