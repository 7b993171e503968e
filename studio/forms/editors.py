"""Editors of single settings, all alike: ``edited`` tells what the user did, ``set_value`` shows what the document has.

An editor shows any value, also one that is not valid, and never changes what it shows by itself.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from engine.contracts.settings import FieldInfo
from studio.choosers.texts import text_title
from studio.document.home import recents
from studio.forms.numberbox import NumberBox
from studio.kit import icons
from studio.kit.layouts import hbox
from studio.kit.plaintext import as_plain
from studio.kit.theme import SPACING, measured
from studio.kit.widgets import label, make_tall, set_look, tool

SEGMENTS = 4
SEGMENT_CHARACTERS = 26
BESIDE = 48
"""Pixels of a button that its icon and margins take."""


class Editor(QWidget):
    """Base of all editors."""

    edited = Signal(object)
    pick_requested = Signal()
    """The user wants to pick the value in a dialog."""

    def __init__(self, info: FieldInfo, parent: QWidget) -> None:
        super().__init__(parent)
        self.info = info
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(SPACING // 2)

    def add(self, widget: QWidget, stretch: int = 1) -> None:
        """Put the main widget in: it takes the focus, and undo keys are left to the document."""
        make_tall(widget)
        self.row.addWidget(widget, stretch)
        widget.setAccessibleName(self.info.title)
        widget.setAccessibleDescription(self.info.help)
        self.setFocusProxy(widget)
        widget.installEventFilter(self)

    def browse_button(self, on: Callable[[], None] | None = None, menu: QMenu | None = None) -> QToolButton:
        """A button that opens a file dialog."""
        name = self.tr("Choose {0}").format(self.info.title)
        return tool("", self.tr("Choose…"), self, picture="folder", menu=menu, name=name, on=on)

    def set_by_user(self, value: Any) -> None:
        """The user chose a value."""
        self.edited.emit(value)

    def set_picked(self, value: Any) -> None:
        """The user chose a value in a dialog, if any."""
        if value:
            self.set_value(value)
            self.edited.emit(value)

    def set_value(self, value: Any) -> None:
        """Show a value without emitting `edited`."""
        raise NotImplementedError

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Ctrl+Z is the document's: the field's own history would disagree with it."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            keys = (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo)
            if any(event.matches(key) for key in keys):
                event.ignore()
                return True
        return super().eventFilter(watched, event)


class BoolEditor(Editor):
    """A check box."""

    def __init__(self, info: FieldInfo, parent: QWidget) -> None:
        super().__init__(info, parent)
        self.box = QCheckBox(self)
        self.add(self.box)
        self.box.clicked.connect(self.set_by_user)

    def set_value(self, value: Any) -> None:
        with QSignalBlocker(self.box):
            self.box.setChecked(value is True)


class NumberEditor(Editor):
    """A number with its unit."""

    def __init__(self, info: FieldInfo, parent: QWidget) -> None:
        super().__init__(info, parent)
        self.box = NumberBox(info, self)
        self.add(self.box)
        if info.unit:
            unit = label(info.unit, self, look="muted")
            unit.setWordWrap(False)
            self.row.addWidget(unit)
        self.box.lineEdit().installEventFilter(self)
        self.box.edited.connect(self.set_by_user)

    def set_value(self, value: Any) -> None:
        self.box.set_value(value)


class TextEditor(Editor):
    """A line of text."""

    def __init__(self, info: FieldInfo, parent: QWidget) -> None:
        super().__init__(info, parent)
        self.line = QLineEdit(self)
        self.add(self.line)
        self.line.textEdited.connect(self.set_by_user)

    def set_value(self, value: Any) -> None:
        text = "" if value is None else str(value)
        if text != self.line.text():
            self.line.setText(text)
            if self.line.fontMetrics().horizontalAdvance(text) > self.line.width():
                self.line.setCursorPosition(0)  # a long name is seen from its beginning


class ParagraphEditor(Editor):
    """Text of several lines."""

    LINES = 4

    def __init__(self, info: FieldInfo, parent: QWidget) -> None:
        super().__init__(info, parent)
        self.text = QPlainTextEdit(self)
        self.text.setUndoRedoEnabled(False)
        self.text.setTabChangesFocus(True)
        lines = self.LINES
        measured(self.text, lambda text: text.setFixedHeight(text.fontMetrics().lineSpacing() * lines + 14))
        self.add(self.text)
        self.text.textChanged.connect(self._on_changed)

    def shown(self) -> Any:
        """The value that the text stands for."""
        return self.text.toPlainText()

    def set_value(self, value: Any) -> None:
        if value != self.shown():
            with QSignalBlocker(self.text):
                self.text.setPlainText(self.to_text(value))

    def to_text(self, value: Any) -> str:
        """A value as text."""
        return str(value)

    def _on_changed(self) -> None:
        self.edited.emit(self.shown())


class StringsEditor(ParagraphEditor):
    """A list, one item a line."""

    LINES = 3

    def __init__(self, info: FieldInfo, parent: QWidget) -> None:
        super().__init__(info, parent)
        self.text.setPlaceholderText(self.tr("One per line"))

    def shown(self) -> Any:
        return [line.strip() for line in self.text.toPlainText().splitlines() if line.strip()]

    def to_text(self, value: Any) -> str:
        return "\n".join(str(item) for item in value) if isinstance(value, list | tuple) else str(value)


class _Combo(QComboBox):
    """As narrow as the panel; the wheel only scrolls the form."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class ComboEditor(Editor):
    """One of several choices."""

    def __init__(self, info: FieldInfo, parent: QWidget) -> None:
        super().__init__(info, parent)
        self.combo = _Combo(self)
        self.combo.setMinimumContentsLength(6)
        for value, text in info.choices:
            self.combo.addItem(text, value)
        self.add(self.combo)
        self.combo.activated.connect(self._on_activated)

    def set_value(self, value: Any) -> None:
        index = next((i for i in range(self.combo.count()) if self.combo.itemData(i) == value), -1)
        if index < 0:
            self.combo.addItem(str(value), value)
            index = self.combo.count() - 1
        self.combo.setCurrentIndex(index)

    def _on_activated(self, index: int) -> None:
        self.edited.emit(self.combo.itemData(index))


class SegmentEditor(Editor):
    """One of a few short choices, side by side."""

    def __init__(self, info: FieldInfo, parent: QWidget) -> None:
        super().__init__(info, parent)
        self.group = QButtonGroup(self)
        self.buttons: list[QToolButton] = []
        frame = QFrame(self)
        set_look(frame, "segments")
        self.add(frame)
        for index, (_, text) in enumerate(info.choices):
            name = f"{info.title}: {text}"
            button = tool(text, "", frame, name=name)
            button.setCheckable(True)
            set_look(button, "segment")
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            self.group.addButton(button, index)
            self.buttons.append(button)
        frame.setLayout(hbox(*self.buttons, margins=2, gap=2))
        self.setFocusProxy(self.buttons[0])
        self.group.idClicked.connect(self._on_clicked)

    def set_value(self, value: Any) -> None:
        chosen = next((i for i, (choice, _) in enumerate(self.info.choices) if choice == value), -1)
        self.group.setExclusive(False)  # none is checked for a value that is not a choice
        for index, button in enumerate(self.buttons):
            button.setChecked(index == chosen)
        self.group.setExclusive(True)

    def _on_clicked(self, index: int) -> None:
        self.edited.emit(self.info.choices[index][0])


class PathEditor(TextEditor):
    """A file or folder: typed, dropped or chosen."""

    def __init__(self, info: FieldInfo, parent: QWidget) -> None:
        super().__init__(info, parent)
        self.row.addWidget(self.browse_button(self._on_browse))

    def _on_browse(self) -> None:
        start = self.line.text() if os.path.exists(self.line.text()) else str(Path.home())
        if self.info.kind == "folder":
            chosen = QFileDialog.getExistingDirectory(self, self.info.title, start)
        else:
            chosen, _ = QFileDialog.getOpenFileName(self, self.info.title, start)
        self.set_picked(chosen)


class ModelEditor(Editor):
    """A model: the sample, a recent one, a hub id typed in, a folder or a GGUF file chosen."""

    def __init__(self, info: FieldInfo, parent: QWidget) -> None:
        super().__init__(info, parent)
        self.combo = _Combo(self)
        self.combo.setEditable(True)
        self.combo.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.combo.addItems(["sample", *(name for name in recents("models") if name != "sample")])
        self.add(self.combo)
        line = self.combo.lineEdit()
        assert line is not None
        line.setPlaceholderText(self.tr("Folder, GGUF file or hub id"))
        line.installEventFilter(self)
        line.textEdited.connect(self.set_by_user)
        self.combo.textActivated.connect(self.set_by_user)
        menu = QMenu(self)
        menu.addAction(icons.icon("folder"), self.tr("Model folder…")).triggered.connect(self._on_folder)
        menu.addAction(icons.icon("file"), self.tr("GGUF file…")).triggered.connect(self._on_file)
        button = self.browse_button(menu=menu)
        button.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        self.row.addWidget(button)

    def set_value(self, value: Any) -> None:
        text = "" if value is None else str(value)
        if text != self.combo.currentText():
            with QSignalBlocker(self.combo):
                self.combo.setEditText(text)
        self.combo.setToolTip(as_plain(text))

    def _on_folder(self) -> None:
        self.set_picked(QFileDialog.getExistingDirectory(self, self.tr("Model folder")))

    def _on_file(self) -> None:
        self.set_picked(QFileDialog.getOpenFileName(self, self.tr("GGUF file"), "", "GGUF (*.gguf)")[0])


class TextPicker(Editor):
    """The name of a text; a click opens the dialog of texts."""

    def __init__(self, info: FieldInfo, parent: QWidget) -> None:
        super().__init__(info, parent)
        self._value: Any = None
        self._inherited = ""
        self.button = QPushButton(self)
        self.button.setIcon(icons.icon("file", "muted"))
        set_look(self.button, "field")
        self.button.setAutoDefault(False)
        self.button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.add(self.button)
        self.button.clicked.connect(self.pick_requested)

    def set_value(self, value: Any) -> None:
        self._value = value
        self._show()

    def set_inherited(self, text: str) -> None:
        """Set the meaning of "pipeline" and "bundled" here."""
        self._inherited = text
        self._show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As much of the name as there is room for."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room, way = max(40, self.button.width() - BESIDE), Qt.TextElideMode.ElideRight
        shown = self.button.fontMetrics().elidedText(self._title(), way, room)
        self.button.setText(shown.replace("&", "&&"))

    def _title(self) -> str:
        return text_title(str(self._value or ""), self._inherited)

    def _show(self) -> None:
        text = self._title()
        self._fit()
        self.button.setToolTip(as_plain(f"{text}\n{self._value}"))
        self.button.setAccessibleName(f"{self.info.title}: {text}")


class LayersPicker(StringsEditor):
    """A list of layers, typed or ticked in a tree of the model."""

    def __init__(self, info: FieldInfo, parent: QWidget) -> None:
        super().__init__(info, parent)
        tip, name = self.tr("Choose from this model's layers"), self.tr("Choose {0} from the model's layers")
        self.choose = tool("", tip, self, picture="outline", name=name.format(info.title), on=self.pick_requested.emit)
        self.row.addWidget(self.choose, 0, Qt.AlignmentFlag.AlignTop)


class OptionalEditor(Editor):
    """A setting that may be left to the method: while "Automatic" is checked it is None."""

    def __init__(self, info: FieldInfo, inner: Editor, parent: QWidget) -> None:
        super().__init__(info, parent)
        self.box = QCheckBox(self.tr("Automatic"), self)
        self.add(self.box, 0)
        self.box.setAccessibleName(self.tr("{0}: automatic").format(info.title))
        self.inner = inner
        self.row.addWidget(inner, 1)
        self.box.clicked.connect(self._on_clicked)
        inner.edited.connect(self.set_by_user)
        inner.pick_requested.connect(self.pick_requested)

    def set_value(self, value: Any) -> None:
        self.box.setChecked(value is None)
        self.inner.setVisible(value is not None)
        if value is not None:
            self.inner.set_value(value)

    def _on_clicked(self, automatic: bool) -> None:
        default = self.info.default
        self.edited.emit(None if automatic else _start(self.info) if default is None else default)


def _start(info: FieldInfo) -> Any:
    """A value to begin with where the default is None."""
    if info.is_list:
        return []
    first = info.choices[0][0] if info.choices else ""
    least = info.minimum or 0
    return {"bool": True, "choice": first, "int": int(least), "float": float(least)}.get(info.kind, "")


_EDITORS: dict[str, type[Editor]] = {
    "bool": BoolEditor,
    "int": NumberEditor,
    "float": NumberEditor,
    "text": TextEditor,
    "paragraph": ParagraphEditor,
    "file": PathEditor,
    "folder": PathEditor,
    "model": ModelEditor,
    "strings": StringsEditor,
    "dataset": TextPicker,
}


def make_editor(info: FieldInfo, parent: QWidget) -> Editor:
    """The editor for a field."""
    if info.kind == "choice":
        short = len(info.choices) <= SEGMENTS and sum(len(text) for _, text in info.choices) <= SEGMENT_CHARACTERS
        editor: Editor = (SegmentEditor if short else ComboEditor)(info, parent)
    else:
        editor = (LayersPicker if info.is_of_layers else _EDITORS[info.kind])(info, parent)
    if info.optional:
        optional = OptionalEditor(info, editor, parent)
        editor.setParent(optional)
        return optional
    return editor
