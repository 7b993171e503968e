"""Editors of what is picked in a dialog: texts, layers. The dialog belongs to who knows the model and the engine."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget

from engine.contracts.settings import FieldInfo
from studio.choosers.texts import text_title
from studio.forms.editors import Editor, StringsEditor
from studio.icons import icon
from studio.plaintext import as_plain
from studio.widgets import button, set_look


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
        self.add(self.button)
        self.button.clicked.connect(self.asked)

    def set_value(self, value: Any) -> None:
        self._value = value
        self._show()

    def set_inherited(self, text: str) -> None:
        """What "pipeline" and "bundled" mean here."""
        self._inherited = text
        self._show()

    def _show(self) -> None:
        text = text_title(str(self._value or ""), self._inherited)
        short = self.button.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, 230)
        self.button.setText(short.replace("&", "&&"))
        self.button.setToolTip(as_plain(f"{text}\n{self._value}"))
        self.button.setAccessibleName(f"{self.info.title}: {text}")


class LayersPicker(StringsEditor):
    """A list of layers, typed or ticked in a tree of the model."""

    def __init__(self, info: FieldInfo, parent: QWidget) -> None:
        super().__init__(info, parent)
        self.choose = button(
            self.tr("Choose…"), self, picture="model", tip=self.tr("Tick them in a tree of this model")
        )
        self.choose.setAccessibleName(self.tr("Choose {0} in a tree of the model").format(info.title))
        self.choose.setAutoDefault(False)
        self.row.addWidget(self.choose, 0, Qt.AlignmentFlag.AlignTop)
        self.choose.clicked.connect(self.asked)
