"""All that is known of a failure."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QFormLayout, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from engine.contracts.events import Failure
from studio.theme import SPACING, font
from studio.widgets import IconLabel, button, label


class FailureDialog(QDialog):
    """What, where, why, what to do; the traceback below for whoever wants it. Not modal."""

    def __init__(self, failure: Failure, titles: dict[str, str], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("What failed"))
        self._failure = failure
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * SPACING, 3 * SPACING, 3 * SPACING, 2 * SPACING)
        layout.setSpacing(2 * SPACING)
        head = QHBoxLayout()
        head.setSpacing(SPACING + 4)
        head.addWidget(IconLabel("error", self, size=24, token="error"), 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(label(failure.what, self, size=2, bold=True), 1)
        layout.addLayout(head)
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
        layout.addLayout(form)
        if failure.traceback:
            trace = QPlainTextEdit(failure.traceback, self)
            trace.setReadOnly(True)
            trace.setFont(font(-1, mono=True))
            trace.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
            layout.addWidget(trace, 1)
        row = QHBoxLayout()
        self._copy = button(self.tr("Copy all"), self, picture="copy")
        close = button(self.tr("Close"), self)
        row.addWidget(self._copy)
        row.addStretch(1)
        row.addWidget(close)
        layout.addLayout(row)
        self._copy.clicked.connect(self._on_copy)
        close.clicked.connect(self.close)
        self.resize(640, 460 if failure.traceback else 260)

    def _on_copy(self) -> None:
        f = self._failure
        lines = [f"{n}: {t}" for n, t in (("What", f.what), ("Where", f.where), ("Why", f.why), ("Do", f.advice)) if t]
        QApplication.clipboard().setText("\n".join([*lines, "", f.traceback]))
        self._copy.setText(self.tr("Copied"))
