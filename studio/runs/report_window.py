"""The report of a run in a window of the program, for machines without a browser."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QTextBrowser, QWidget

from studio.kit.layouts import vbox
from studio.kit.theme import SPACING, set_font
from studio.kit.widgets import set_look
from studio.runs.report import report_document


class ReportWindow(QDialog):
    """Black on white, as on paper: the pictures of the page are made for it. Not modal."""

    def __init__(self, title: str, page: str, parent: QWidget) -> None:
        """``page``: report.html as text."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Report: {0}").format(title))
        self.text = QTextBrowser(self)
        self.text.setOpenLinks(False)
        self.text.setAccessibleName(self.tr("Report"))
        set_look(self.text, "paper")
        set_font(self.text)
        document = report_document(page, self.text.font())
        document.setParent(self.text)
        document.setDocumentMargin(3 * SPACING)
        self.text.setDocument(document)
        self.setLayout(vbox(self.text, margins=0))
        self.resize(860, 720)
