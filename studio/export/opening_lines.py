"""Lines that open an export in other programs: one program at a time, ready to be copied."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFrame, QSizePolicy, QWidget

from engine.contracts.opening import OpenIn
from studio.kit.combo import Choice
from studio.kit.layouts import hbox, vbox
from studio.kit.theme import SPACING, set_font
from studio.kit.widgets import PlainLabel, button, label, set_look


class OpeningLinesView(QWidget):
    """Hidden while there are no lines."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._entries: dict[str, OpenIn] = {}
        self.program = Choice(self.tr("Program"), self)
        self.program.setMinimumWidth(90)  # it gives way before the card does
        self.program.currentIndexChanged.connect(self._show_lines)
        box = QFrame(self)
        set_look(box, "tools")
        self.lines = PlainLabel("", box)
        self.lines.setWordWrap(True)
        self.lines.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)  # as narrow as the card
        self.lines.setAccessibleName(self.tr("Lines"))
        self.lines.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        set_font(self.lines, -1, mono=True)
        box.setLayout(vbox(self.lines, margins=SPACING))
        self._copy = button(self.tr("Copy"), self, look="quiet", picture="copy", on=self._on_copy)
        self._copy.setAutoDefault(False)
        head = hbox(label(self.tr("Open in"), self, look="muted"), (self.program, 1), self._copy, gap=SPACING)
        self.setLayout(vbox(head, box, margins=0, gap=SPACING // 2))
        self.hide()

    def show_entries(self, entries: Sequence[OpenIn]) -> None:
        """Offer these programs; the one that was chosen stays where it is among them."""
        self._entries = {entry.program: entry for entry in entries}
        self.program.offer([(entry.program, entry.program) for entry in entries])
        self._show_lines()
        self.setVisible(bool(entries))

    def _show_lines(self) -> None:
        entry = self._entries.get(self.program.value)
        self.lines.setText(entry.lines if entry is not None else "")

    def _on_copy(self) -> None:
        QApplication.clipboard().setText(self._entries[self.program.value].lines)
