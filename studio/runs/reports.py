"""The report of the shown run: opened as a page, in a window where there is no browser, saved as a PDF."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDialog, QFileDialog, QTextBrowser, QWidget

from engine.base.errors import StudioError
from studio.document.session import Session
from studio.kit.dialogs import room_for
from studio.kit.layouts import vbox
from studio.kit.opening import opens_outside
from studio.kit.plaintext import shortened
from studio.kit.theme import SPACING, set_font
from studio.kit.widgets import set_look
from studio.runs.controller import RunController
from studio.runs.report import report_document, write_pdf


class RunReports(QObject):
    """``on_failure`` gets the sentence of a PDF that can't be written. GUI thread only."""

    def __init__(
        self, session: Session, runs: RunController, window: QWidget, on_failure: Callable[[str], object]
    ) -> None:
        super().__init__(window)
        self._session, self._runs, self._window, self._on_failure = session, runs, window, on_failure

    def _page(self) -> Path | None:
        """The page of the run that is shown; a message where there is none yet."""
        page = self._runs.folder / "report.html" if self._runs.folder is not None else None
        if page is not None and page.is_file():
            return page
        self._session.message.emit("info", self.tr("The report is written when the run ends."))
        return None

    def open(self) -> None:
        """Show the page in the browser, in a window of the program where there is none."""
        page = self._page()
        if page is not None and not opens_outside(page):
            text = page.read_text(encoding="utf-8", errors="replace")
            ReportWindow(shortened(self._session.document.pipeline.name), text, self._window).show()

    def save(self) -> None:
        """Ask for a file and write the page to it as a PDF."""
        page = self._page()
        if page is None:
            return
        name = Path.home() / f"{shortened(self._session.document.pipeline.name) or 'report'}.pdf"
        chosen, _ = QFileDialog.getSaveFileName(self._window, self.tr("Save report"), str(name), "PDF (*.pdf)")
        if not chosen:
            return
        try:
            write_pdf(page.read_text(encoding="utf-8", errors="replace"), Path(chosen).with_suffix(".pdf"))
            self._session.message.emit("success", self.tr("Report saved to {0}").format(chosen))
        except (StudioError, OSError) as error:
            self._on_failure(str(error))


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
        self.resize(*room_for(self, 860, 720))
