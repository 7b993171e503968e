"""The rows of one Settings class: label, editor, unit, help, reset, and what is wrong."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from engine.contracts.settings import FieldInfo, Settings, fields
from studio import icons
from studio.canvas.describe import plain
from studio.forms.editors import make_editor
from studio.theme import SPACING
from studio.widgets import button, label


class FieldRow(QWidget):
    """One setting."""

    edited = Signal(str, object)
    """(name, value)"""
    reset = Signal(str)

    def __init__(self, info: FieldInfo, parent: QWidget) -> None:
        super().__init__(parent)
        self.info = info
        self.title = label(info.title, self)
        self.title.setToolTip(info.help)
        self.editor = make_editor(info, self)
        self.editor.edited.connect(self._on_edited)
        self.title.setBuddy(self.editor)
        self.help_button = self._tool("help", self.tr("What is this?"), self.tr("Help for {0}"))
        self.help_button.setCheckable(True)
        self.help_button.toggled.connect(self._on_help)
        self.reset_button = self._tool("reset", self.tr("Back to the default"), self.tr("Reset {0}"))
        self.reset_button.clicked.connect(self._on_reset)
        self.error = label("", self, look="error")
        self.help = label(info.help, self, look="muted")
        self._lay_out()
        self.error.hide()
        self.help.hide()

    def _lay_out(self) -> None:
        """The label above its editor, for a narrow panel; a check box before its label."""
        head = QHBoxLayout()
        head.setSpacing(2)
        is_check = self.info.kind == "bool" and not self.info.optional
        if is_check:
            head.addWidget(self.editor)
        head.addWidget(self.title, 1)
        head.addWidget(self.reset_button)
        head.addWidget(self.help_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(head)
        column.addWidget(self.help)
        if not is_check:
            column.addWidget(self.editor)
        column.addWidget(self.error)

    def _tool(self, icon: str, tip: str, name: str) -> QToolButton:
        tool = QToolButton(self)
        tool.setIcon(icons.icon(icon, "muted"))
        tool.setIconSize(QSize(14, 14))
        tool.setAutoRaise(True)
        tool.setToolTip(tip)
        tool.setAccessibleName(name.format(self.info.title))
        return tool

    def show_value(self, value: Any, error: str) -> None:
        """Show what the document has, and what is wrong with it."""
        self.editor.set_value(value)
        self.reset_button.setVisible(value != plain(self.info.default))
        self.show_error(error)

    def show_error(self, error: str) -> None:
        """Say what is wrong with the value, or nothing."""
        self.error.setText(error)
        self.error.setVisible(bool(error))

    def _on_edited(self, value: Any) -> None:
        self.edited.emit(self.info.name, value)

    def _on_reset(self) -> None:
        self.reset.emit(self.info.name)

    def _on_help(self, shown: bool) -> None:
        self.help.setVisible(shown)


class Section(QWidget):
    """All settings of a class; the advanced ones behind "More settings"."""

    edited = Signal(str, object)
    """(name, value) that the user chose."""
    reset = Signal(str)
    """The user wants the default of this setting."""

    def __init__(self, settings: type[Settings], parent: QWidget, *, more: bool = False) -> None:
        super().__init__(parent)
        self._settings = settings
        self._values: dict[str, Any] = {}
        self.rows = {info.name: FieldRow(info, self) for info in fields(settings)}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACING + 2)
        self.more = button(self.tr("More settings"), self, look="quiet")
        self.more.setCheckable(True)
        self.more.setChecked(more)
        self.more.toggled.connect(self._show_rows)
        for row in self.rows.values():
            row.edited.connect(self.edited)
            row.reset.connect(self.reset)
        for row in self._advanced(False):
            layout.addWidget(row)
        layout.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        for row in self._advanced(True):
            layout.addWidget(row)

    def _advanced(self, advanced: bool) -> list[FieldRow]:
        return [row for row in self.rows.values() if row.info.advanced is advanced]

    def show_values(self, stored: dict[str, Any]) -> list[str]:
        """Show these values (what is missing has its default). Gives the problems that belong to no single row."""
        defaults = {name: plain(row.info.default) for name, row in self.rows.items()}
        self._values = {**defaults, **stored}
        problems = self._settings.problems(stored)
        for name, row in self.rows.items():
            row.show_value(plain(self._values[name]), problems.pop(name, ""))
        self._show_rows()
        return list(problems.values())

    def _show_rows(self) -> None:
        opened = self.more.isChecked()
        shown = {name for name, row in self.rows.items() if row.info.is_shown(self._values) or row.error.text()}
        self.more.setVisible(any(row.info.name in shown for row in self._advanced(True)))
        self.more.setIcon(icons.icon("chevron_down" if opened else "chevron", "muted"))
        for name, row in self.rows.items():
            hidden_away = row.info.advanced and not opened and not row.error.text()
            row.setVisible(name in shown and not hidden_away)
