"""All that is known of a failure."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QFormLayout, QPlainTextEdit, QWidget

from engine.contracts.events import Failure
from studio.kit.layouts import hbox, vbox
from studio.kit.theme import SPACING, set_font
from studio.kit.widgets import IconLabel, button, label


class FailureDialog(QDialog):
    """A failure in full: what, where, why, what to do, and the traceback below. Not modal."""

    def __init__(self, failure: Failure, titles: dict[str, str], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("What failed"))
        self._failure = failure
        picture = IconLabel("error", self, size=24, token="error")
        what = label(failure.what, self, size=2, bold=True)
        head = hbox((picture, Qt.AlignmentFlag.AlignTop), (what, 1), gap=SPACING + 4)
        form = QFormLayout()
        form.setHorizontalSpacing(2 * SPACING)
        form.setVerticalSpacing(SPACING)
        block = titles.get(failure.block or "", failure.block or "")
        for name, text in (
            (self.tr("Block"), block),
            (self.tr("Where"), failure.where if failure.where != block else ""),
            (self.tr("Why"), failure.why),
            (self.tr("What to do"), failure.advice),
        ):
            if text:
                key, value = label(name, self, look="muted"), label(text, self)
                key.setWordWrap(False)
                value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
                form.addRow(key, value)
        trace = QPlainTextEdit(failure.traceback, self, readOnly=True)
        set_font(trace, -1, mono=True)
        trace.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        trace.setVisible(bool(failure.traceback))
        self._copy = button(self.tr("Copy all"), self, picture="copy", on=self._on_copy)
        close = button(self.tr("Close"), self, on=self.close)
        margins = (3 * SPACING, 3 * SPACING, 3 * SPACING, 2 * SPACING)
        self.setLayout(vbox(head, form, (trace, 1), hbox(self._copy, None, close), margins=margins, gap=2 * SPACING))
        self.resize(640, 460 if failure.traceback else 260)

    def _on_copy(self) -> None:
        f = self._failure
        lines = [f"{n}: {t}" for n, t in (("What", f.what), ("Where", f.where), ("Why", f.why), ("Do", f.advice)) if t]
        QApplication.clipboard().setText("\n".join([*lines, "", f.traceback]))
        self._copy.setText(self.tr("Copied"))
