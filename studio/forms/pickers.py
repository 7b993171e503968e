"""Editors of what is picked in a dialog: texts, layers. The dialog belongs to who knows the model and the engine."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from engine.contracts.settings import FieldInfo
from studio.choosers.texts import text_title
from studio.forms.editors import Editor, StringsEditor
from studio.icons import icon
from studio.plaintext import as_plain
from studio.widgets import set_look, tool

ELIDED = Qt.TextElideMode.ElideMiddle
BESIDE = 48
"""Pixels of a button that its icon and margins take."""


class TextPicker(Editor):
    """The name of a text; a click opens the dialog of texts."""

    def __init__(self, info: FieldInfo, parent: QWidget) -> None:
        super().__init__(info, parent)
        self._value: Any = None
        self._inherited = ""
        self.button = QPushButton(self)
        self.button.setIcon(icon("file", "muted"))
        set_look(self.button, "field")
        self.button.setAutoDefault(False)
        self.button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.add(self.button)
        self.button.clicked.connect(self.asked)

    def set_value(self, value: Any) -> None:
        self._value = value
        self._show()

    def set_inherited(self, text: str) -> None:
        """What "pipeline" and "bundled" mean here."""
        self._inherited = text
        self._show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As much of the name as there is room for."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = max(40, self.button.width() - BESIDE)
        text = text_title(str(self._value or ""), self._inherited)
        self.button.setText(self.button.fontMetrics().elidedText(text, ELIDED, room).replace("&", "&&"))

    def _show(self) -> None:
        text = text_title(str(self._value or ""), self._inherited)
        self._fit()
        self.button.setToolTip(as_plain(f"{text}\n{self._value}"))
        self.button.setAccessibleName(f"{self.info.title}: {text}")


class LayersPicker(StringsEditor):
    """A list of layers, typed or ticked in a tree of the model."""

    def __init__(self, info: FieldInfo, parent: QWidget) -> None:
        super().__init__(info, parent)
        tip, name = self.tr("Tick them in a tree of this model"), self.tr("Choose {0} in a tree of the model")
        self.choose = tool("", tip, self, picture="outline", name=name.format(info.title), on=self.asked.emit)
        self.row.addWidget(self.choose, 0, Qt.AlignmentFlag.AlignTop)
