"""The rows of one Settings class, under their headings: label, editor, unit, help, reset, and what is wrong."""

from __future__ import annotations

from collections.abc import Container, Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QEnterEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QPushButton, QToolButton, QWidget

from engine.base.human import number_text
from engine.contracts.settings import FieldInfo, Settings, plain, range_words
from engine.pipeline.variants import can_sweep
from studio.engine_words import window_fields
from studio.forms.editors import make_editor
from studio.forms.sweep import SweepLine
from studio.forms.values import typical_words
from studio.kit import icons
from studio.kit.layouts import Part, hbox, vbox
from studio.kit.plaintext import as_plain
from studio.kit.theme import SPACING, set_font
from studio.kit.widgets import PlainLabel, button, label, set_look, tool

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
    pick_requested = Signal(str)
    """The user wants to pick the value in a dialog."""

    def __init__(self, info: FieldInfo, parent: QWidget, *, sweeps: bool = False, typical: str = "") -> None:
        """``sweeps``: several values can be tried, in branches. ``typical``: a line on usual values."""
        super().__init__(parent)
        self.info = info
        self.title = label(info.title, self)
        words = "\n".join(filter(None, (info.help, range_text(info), typical)))
        self.title.setToolTip(as_plain(words))
        self.editor = make_editor(info, self)
        self.editor.edited.connect(partial(self.edited.emit, info.name))
        self.editor.pick_requested.connect(partial(self.pick_requested.emit, info.name))
        self.title.setBuddy(self.editor)
        self.sweep: SweepLine | None = None
        self.sweep_button: QToolButton | None = None
        if sweeps and can_sweep(info):
            self._add_sweep()
        self.help_button = self._tool("help", words, self.tr("Help for {0}"))
        self.help_button.setCheckable(True)
        tip = self.tr("Reset to default ({0})").format(RESET_KEYS)
        self.reset_button = self._tool("reset", tip, self.tr("Reset {0}"))
        reset = partial(self.reset.emit, info.name)
        self.reset_button.clicked.connect(reset)
        keys = QShortcut(QKeySequence(RESET_KEYS), self, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
        keys.activated.connect(reset)
        self.error = label("", self, look="error")
        self.note, self.help = label("", self, look="muted"), label(words, self, look="muted")
        for hidden in (self.error, self.note, self.help):
            hidden.hide()
        self.help_button.toggled.connect(self.help.setVisible)
        self._lay_out()

    def _add_sweep(self) -> None:
        """Add the sweep editor; its button is visible while the mouse is over the row."""
        self.sweep = SweepLine(self.info, self)
        self.sweep.swept.connect(partial(self.swept.emit, self.info.name))
        control = self._tool("sweep", self.tr("Try several values"), self.tr("Try several values of {0}"))
        control.clicked.connect(self.sweep.open)
        policy = control.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        control.setSizePolicy(policy)
        control.hide()
        self.sweep_button = control

    def _lay_out(self) -> None:
        """The label above its editor, for a narrow panel; a check box before its label."""
        is_check = self.info.kind == "bool" and not self.info.optional
        tools = [control for control in (self.sweep_button, self.reset_button, self.help_button) if control is not None]
        before, above = ([self.editor], []) if is_check else ([], [self.editor])
        head = hbox(*before, (self.title, 1), *self._limits(), *tools, gap=2)
        below = [self.sweep] if self.sweep is not None else []
        self.setLayout(vbox(head, self.help, *above, self.note, self.error, *below, margins=0, gap=2))

    def _limits(self) -> list[QWidget]:
        """Both ends of the numbers that it takes, where there is room for them beside the title."""
        words = short_range(self.info)
        if not words or len(self.info.title) + len(words) > ONE_LINE:
            return []
        shown = PlainLabel(words, self)
        set_look(shown, "muted")
        set_font(shown, -1)
        shown.setToolTip(as_plain(range_text(self.info)))
        return [shown]

    def _tool(self, icon: str, tip: str, name: str) -> QToolButton:
        control = tool("", tip, self, picture=icon, name=name.format(self.info.title), pixels=14)
        control.setAutoRaise(True)
        control.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # Tab goes from field to field; reset and help have keys
        return control

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show the rarely used buttons of the row under the mouse."""
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
        """True if all words occur in the name, title, help or choices."""
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


def short_range(info: FieldInfo) -> str:
    """Both ends of what a field takes: "8 – 256"; "" where one is open or so far away that nobody meets it."""
    if info.kind not in ("int", "float") or info.minimum is None or info.maximum is None or info.maximum > FAR:
        return ""
    limits = (info.text(end) if info.share else number_text(end) for end in (info.minimum, info.maximum))
    return " – ".join(limits)


def range_text(info: FieldInfo) -> str:
    """The range of a field as a sentence; "" if there are no limits."""
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
        side = Qt.AlignmentFlag.AlignLeft
        hidden = [row for row in rows if row.info.advanced]
        parts: list[Part] = [(self.head, side), *plain_rows, (self.more, side), *hidden]
        self.setLayout(vbox(*parts, margins=(0, SPACING if heading else 0, 0, 0), gap=SPACING + 2))
        self.head.toggled.connect(partial(self._on_toggled, "open"))
        self.more.toggled.connect(partial(self._on_toggled, "more"))

    def _toggle(self, text: str, on: bool, look: str) -> QPushButton:
        toggle = button(text, self, look=look)
        toggle.setCheckable(True)
        toggle.setChecked(on)
        return toggle

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

    def _on_toggled(self, what: str, on: bool) -> None:
        self.show_values(self._values)
        self.toggled.emit(f"{self.heading}/{what}", on)


class Section(QWidget):
    """All settings of a class, heading by heading. ``opened``: what the user opened and closed before."""

    toggled = Signal(str, bool)
    """See `Group`."""

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
        shown = [info for info in window_fields(settings) if only is None or info.name in only]
        self.rows = {
            info.name: FieldRow(info, self, sweeps=sweeps, typical=typical_words(settings, info)) for info in shown
        }
        self.groups: list[Group] = []
        for heading in dict.fromkeys(row.info.section for row in self.rows.values()):
            members = [row for row in self.rows.values() if row.info.section == heading]
            self.groups.append(Group(heading, members, opened or {}, self))
            self.groups[-1].toggled.connect(self.toggled)
        self.setLayout(vbox(*self.groups, margins=0, gap=SPACING + 2))

    def search(self, words: str) -> bool:
        """Show only the settings that have all these words; whether there are any."""
        counts = [group.search(words) for group in self.groups]
        return any(counts)

    def show_values(self, stored: dict[str, Any]) -> list[str]:
        """Show these values (what is missing has its default). Gives the problems that belong to no single row."""
        values = {name: row.info.default for name, row in self.rows.items()} | stored
        problems = self.settings.problems(stored)
        for name, row in self.rows.items():
            row.show_value(plain(values[name]), problems.pop(name, ""))
        for group in self.groups:
            group.show_values(values)
        return list(problems.values())
