"""The rows of one Settings class, under their headings: label, editor, unit, help, reset, and what is wrong."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from engine.contracts.human import number_text
from engine.contracts.settings import FieldInfo, Settings, fields, plain, range_words
from engine.pipeline.variants import can_sweep
from studio import icons
from studio.forms.editors import make_editor
from studio.forms.sweep import SweepLine
from studio.forms.values import typical_words
from studio.plaintext import as_plain
from studio.theme import SPACING, font
from studio.widgets import PlainLabel, button, label, set_look

FAR = 4096
"""An upper end above this is a guard, and no range that one would choose from."""

RESET_KEYS = "Ctrl+Shift+Backspace"
ONE_LINE = 22
"""Letters of a title and its range that stand beside each other in a narrow panel."""


class FieldRow(QWidget):
    """One setting."""

    edited = Signal(str, object)
    """(name, value)"""
    reset = Signal(str)
    swept = Signal(str, list)
    """(name, values to try)"""
    asked = Signal(str)
    """The user wants to pick the value in a dialog."""

    def __init__(self, info: FieldInfo, parent: QWidget, *, sweeps: bool = False, typical: str = "") -> None:
        """``sweeps``: several values can be tried, in branches. ``typical``: a line on usual values."""
        super().__init__(parent)
        self.info = info
        self.sweep: SweepLine | None = None
        self.sweep_button: QToolButton | None = None
        if sweeps and can_sweep(info):
            self.sweep = SweepLine(info, self)
            self.sweep_button = self._tool("sweep", self.tr("Try several values"), self.tr("Try several values of {0}"))
            self.sweep_button.clicked.connect(self.sweep.open)
            self.sweep_button.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
            policy = self.sweep_button.sizePolicy()
            policy.setRetainSizeWhenHidden(True)
            self.sweep_button.setSizePolicy(policy)
            self.sweep_button.hide()
            self.sweep.swept.connect(self._on_swept)
        self.title = label(info.title, self)
        words = "\n".join(filter(None, (info.help, range_text(info), typical)))
        self.title.setToolTip(as_plain(words))
        self.editor = make_editor(info, self)
        self.editor.edited.connect(self._on_edited)
        self.editor.asked.connect(self._on_asked)
        self.title.setBuddy(self.editor)
        self.help_button = self._tool("help", words, self.tr("Help for {0}"))
        self.help_button.setCheckable(True)
        self.help_button.toggled.connect(self._on_help)
        tip = self.tr("Back to the default ({0})").format(RESET_KEYS)
        self.reset_button = self._tool("reset", tip, self.tr("Reset {0}"))
        self.reset_button.clicked.connect(self._on_reset)
        keys = QShortcut(QKeySequence(RESET_KEYS), self, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
        keys.activated.connect(self._on_reset)
        self.error = label("", self, look="error")
        self.note = label("", self, look="muted")
        self.note.hide()
        self.help = label(words, self, look="muted")
        self._lay_out()
        self.error.hide()
        self.help.hide()
        for tool in (self.help_button, self.reset_button):  # Tab goes from field to field; both have keys
            tool.setFocusPolicy(Qt.FocusPolicy.ClickFocus)

    def _lay_out(self) -> None:
        """The label above its editor, for a narrow panel; a check box before its label."""
        head = QHBoxLayout()
        head.setSpacing(2)
        is_check = self.info.kind == "bool" and not self.info.optional
        if is_check:
            head.addWidget(self.editor)
        head.addWidget(self.title, 1)
        words = short_range(self.info)
        if words and len(self.info.title) + len(words) <= ONE_LINE:
            limits = PlainLabel(words, self)
            set_look(limits, "muted")
            limits.setFont(font(-1))
            limits.setToolTip(as_plain(range_text(self.info)))
            head.addWidget(limits)
        if self.sweep_button is not None:
            head.addWidget(self.sweep_button)
        head.addWidget(self.reset_button)
        head.addWidget(self.help_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(head)
        column.addWidget(self.help)
        if not is_check:
            column.addWidget(self.editor)
        column.addWidget(self.note)
        column.addWidget(self.error)
        if self.sweep is not None:
            column.addWidget(self.sweep)

    def _tool(self, icon: str, tip: str, name: str) -> QToolButton:
        tool = QToolButton(self)
        tool.setIcon(icons.icon(icon, "muted"))
        tool.setIconSize(QSize(14, 14))
        tool.setAutoRaise(True)
        tool.setToolTip(as_plain(tip))
        tool.setAccessibleName(name.format(self.info.title))
        return tool

    def enterEvent(self, event: QEnterEvent) -> None:
        """What is rarely wanted is there for the row under the mouse."""
        if self.sweep_button is not None:
            self.sweep_button.show()

    def leaveEvent(self, event: QEvent) -> None:
        if self.sweep_button is not None:
            self.sweep_button.hide()

    def show_value(self, value: Any, error: str) -> None:
        """Show what the document has, and what is wrong with it."""
        self.editor.set_value(value)
        self.reset_button.setVisible(value != self.info.default)
        self.show_error(error)

    def matches(self, words: str) -> bool:
        """Whether all these words are in its name, title, help or choices."""
        info = self.info
        said = f"{info.name} {info.title} {info.help} {' '.join(t for _, t in info.choices)} {info.section}".lower()
        return all(word in said for word in words.lower().split())

    def show_error(self, error: str) -> None:
        """Say what is wrong with the value, or nothing."""
        self.error.setText(error)
        self.error.setVisible(bool(error))

    def show_note(self, note: str) -> None:
        """Say something about the value, or nothing."""
        self.note.setText(note)
        self.note.setVisible(bool(note))

    def _on_swept(self, values: list[Any]) -> None:
        self.swept.emit(self.info.name, values)

    def _on_edited(self, value: Any) -> None:
        self.edited.emit(self.info.name, value)

    def _on_asked(self) -> None:
        self.asked.emit(self.info.name)

    def _on_reset(self) -> None:
        self.reset.emit(self.info.name)

    def _on_help(self, shown: bool) -> None:
        self.help.setVisible(shown)


def short_range(info: FieldInfo) -> str:
    """Both ends of what a field takes: "8 – 256"; "" where one is open or so far away that nobody meets it."""
    if info.kind not in ("int", "float") or info.minimum is None or info.maximum is None or info.maximum > FAR:
        return ""
    ends = (info.text(end) if info.share else number_text(end) for end in (info.minimum, info.maximum))
    return " – ".join(ends)


def range_text(info: FieldInfo) -> str:
    """Which numbers a field takes, as a sentence; "" where all can be typed."""
    text = range_words(info)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


class Group(QWidget):
    """The settings under one heading, which opens and closes them; the advanced ones behind "More settings".

    What comes without a heading is always open. A row with a mistake is shown wherever it is.
    """

    toggled = Signal(str, bool)
    """("heading/open" or "heading/more", whether it is)"""

    def __init__(self, heading: str, rows: list[FieldRow], opened: Mapping[str, bool], parent: QWidget) -> None:
        super().__init__(parent)
        self.heading = heading
        self._rows = rows
        self._values: dict[str, Any] = {}
        self._words = ""
        plain_rows = [row for row in rows if not row.info.advanced]
        self.head = self._toggle(heading, opened.get(f"{heading}/open", bool(plain_rows or not heading)), "section")
        self.head.setVisible(bool(heading))
        more = not plain_rows or opened.get(f"{heading}/more", False)
        self.more = self._toggle(self.tr("More settings"), more, "more")
        self._has_more = bool(plain_rows) and len(plain_rows) < len(rows)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, SPACING if heading else 0, 0, 0)
        layout.setSpacing(SPACING + 2)
        layout.addWidget(self.head, 0, Qt.AlignmentFlag.AlignLeft)
        for row in plain_rows:
            layout.addWidget(row)
        layout.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        for row in rows:
            if row.info.advanced:
                layout.addWidget(row)
        self.head.toggled.connect(self._on_head)
        self.more.toggled.connect(self._on_more)

    def _toggle(self, text: str, on: bool, look: str) -> QPushButton:
        made = button(text, self, look=look)
        made.setCheckable(True)
        made.setChecked(on)
        return made

    def show_values(self, values: dict[str, Any]) -> None:
        """Show the rows that mean something beside these values; say on a closed heading what is not as usual."""
        self._values = values
        is_open, more = self.head.isChecked() or not self.heading, self.more.isChecked()
        shown = [row for row in self._rows if row.info.is_shown(values) or row.error.text()]
        if self._words:  # what was searched for is shown wherever it is
            is_open = more = True
            shown = [row for row in shown if row.matches(self._words)]
        for row in self._rows:
            away = not row.error.text() and (not is_open or (row.info.advanced and not more))
            row.setVisible(row in shown and not away)
        self.setVisible(bool(shown))
        changed = sum(plain(values.get(row.info.name)) != row.info.default for row in shown)
        wrong = any(row.error.text() for row in shown)
        note = self.tr("  ·  {0} changed").format(changed) if changed and not is_open else ""
        self.head.setText(self.heading + note)
        self.head.setIcon(icons.icon("chevron_down" if is_open else "chevron", "error" if wrong else "muted"))
        self.head.setAccessibleName(self.tr("Settings: {0}").format(self.heading))
        self.more.setVisible(is_open and self._has_more and any(row.info.advanced for row in shown))
        self.more.setIcon(icons.icon("chevron_down" if more else "chevron", "muted"))

    def search(self, words: str) -> bool:
        """Show only what has all these words, "" for everything; whether there is any."""
        self._words = words
        self.show_values(self._values)
        return not self.isHidden()

    def _on_head(self, on: bool) -> None:
        self._toggled("open", on)

    def _on_more(self, on: bool) -> None:
        self._toggled("more", on)

    def _toggled(self, what: str, on: bool) -> None:
        self.show_values(self._values)
        self.toggled.emit(f"{self.heading}/{what}", on)


class Section(QWidget):
    """All settings of a class, heading by heading. ``opened``: what the user opened and closed before."""

    edited = Signal(str, object)
    """(name, value) that the user chose."""
    reset = Signal(str)
    """The user wants the default of this setting."""
    toggled = Signal(str, bool)
    """See `Group`."""
    swept = Signal(str, list)
    """(name, values to try)"""
    asked = Signal(str)
    """The user wants to pick the value of this setting in a dialog."""

    def __init__(
        self,
        settings: type[Settings],
        parent: QWidget,
        *,
        opened: Mapping[str, bool] | None = None,
        sweeps: bool = False,
        only: Container[str] | None = None,
    ) -> None:
        """``only``: names of the settings that are shown, all by default."""
        super().__init__(parent)
        self.settings = settings
        known = [info for info in fields(settings) if only is None or info.name in only]
        self.rows = {
            info.name: FieldRow(info, self, sweeps=sweeps, typical=typical_words(settings, info)) for info in known
        }
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACING + 2)
        self.groups: list[Group] = []
        for heading in dict.fromkeys(row.info.section for row in self.rows.values()):
            members = [row for row in self.rows.values() if row.info.section == heading]
            group = Group(heading, members, opened or {}, self)
            group.toggled.connect(self.toggled)
            layout.addWidget(group)
            self.groups.append(group)
        for row in self.rows.values():
            row.edited.connect(self.edited)
            row.reset.connect(self.reset)
            row.swept.connect(self.swept)
            row.asked.connect(self.asked)

    def search(self, words: str) -> bool:
        """Show only the settings that have all these words; whether there are any."""
        found = [group.search(words) for group in self.groups]
        return any(found)

    def show_values(self, stored: dict[str, Any]) -> list[str]:
        """Show these values (what is missing has its default). Gives the problems that belong to no single row."""
        values = {name: row.info.default for name, row in self.rows.items()} | stored
        problems = self.settings.problems(stored)
        for name, row in self.rows.items():
            row.show_value(plain(values[name]), problems.pop(name, ""))
        for group in self.groups:
            group.show_values(values)
        return list(problems.values())
