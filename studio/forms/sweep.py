"""Several values for one setting: a line under its editor, from which a branch for each value is made."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from engine.base.errors import BadInput
from engine.contracts.settings import FieldInfo, plain
from engine.pipeline.variants import sweep_values
from studio.kit.layouts import hbox, vbox
from studio.kit.widgets import button, label


class SweepLine(QWidget):
    """Hidden until it is asked for. ``swept``: the values."""

    swept = Signal(list)

    def __init__(self, info: FieldInfo, parent: QWidget) -> None:
        super().__init__(parent)
        self.info = info
        self.text = QLineEdit(self)
        self.text.setPlaceholderText(self._example())
        self.text.setAccessibleName(self.tr("Values to try for {0}").format(info.title))
        self.go = button(self.tr("Add branches"), self, picture="sweep", on=self._on_go)
        self.go.setEnabled(False)
        self.said = label("", self, look="muted")
        self.setLayout(vbox(hbox((self.text, 1), self.go, margins=0), self.said, margins=(0, 2, 0, 0), gap=2))
        self.text.textChanged.connect(self._on_text)
        self.text.returnPressed.connect(self._on_go)
        self._on_text()
        self.hide()

    def open(self) -> None:
        """Show it, ready to type into."""
        self.show()
        self.text.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape takes it away."""
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)

    def values(self) -> list[object]:
        """The typed values, [] while any is invalid; the reason is shown below."""
        try:
            values = sweep_values(self.info, self.text.text())
        except BadInput as error:
            self.said.setText(str(error))
            return []
        self.said.setText(self.tr("%n branches, one row each in Results", "", len(values)))
        return values

    def _example(self) -> str:
        if self.info.choices:
            return ", ".join(str(plain(value)) for value, _ in self.info.choices[:3])
        if self.info.kind == "bool":
            return self.tr("on, off")
        return "2..8 step 2" if self.info.kind == "int" else "0.1..0.5 step 0.1"

    def _on_text(self) -> None:
        if self.text.text().strip():
            self.go.setEnabled(bool(self.values()))
        else:
            self.go.setEnabled(False)
            self.said.setText(self.tr("Values separated by commas, or a range: {0}").format(self._example()))

    def _on_go(self) -> None:
        values = self.values() if self.text.text().strip() else []
        if values:
            self.hide()
            self.text.clear()
            self.swept.emit(values)
