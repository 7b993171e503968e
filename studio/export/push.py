"""Pushing an export to a repository of the hub."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QCheckBox, QDialog, QFormLayout, QFrame, QHBoxLayout, QLineEdit, QWidget

from engine.contracts.events import Failure
from engine.contracts.opening import MAIN
from engine.contracts.publishing import Push, Pushed
from studio.bridge import Bridge, Question
from studio.export.opening_lines import OpeningLinesView
from studio.kit.combo import Choice
from studio.kit.dialogs import room_for
from studio.kit.layouts import hbox, vbox
from studio.kit.theme import SPACING
from studio.kit.widgets import Banner, button, label, set_look
from studio.runs.job_row import JobRow

PRIVATE, PUBLIC = "private", "public"


class PushDialog(QDialog):
    """Not modal. A push goes on while the dialog is closed. GUI thread only."""

    def __init__(self, bridge: Bridge, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Push to the hub"))
        self._folder = Path()
        self._url = ""
        self.banner = Banner(self)
        self.row = JobRow(self)
        self._job = Question(bridge, self, self._on_pushed, self._on_failed, self.row.show_event)
        self.row.stop_requested.connect(self._job.cancel)
        text = self.tr(
            "Only the files of the export are sent, in one commit, with your token from “hf auth login” or HF_TOKEN. "
            "Files that the hub already has are not sent again."
        )
        parts = (label(text, self, look="muted"), self._form(), self.banner, self._card(), self.row, None)
        self._parts = vbox(*parts, self._buttons(), margins=2 * SPACING, gap=SPACING + 4)
        self.setLayout(self._parts)
        self.resize(*room_for(self, 600, 0))
        self._show_busy()

    # -- construction --------------------------------------------------------------------------------------------------
    def _form(self) -> QFormLayout:
        self.repository = QLineEdit(self, placeholderText=self.tr("owner/name, or a name in your account"))
        self.visibility = Choice(self.tr("Visibility"), self)
        self.visibility.offer([(PRIVATE, self.tr("Private")), (PUBLIC, self.tr("Public"))])
        self.visibility.setToolTip(self.tr("Of a new repository. An existing one stays as it is."))
        self.branch = QLineEdit(self, placeholderText=MAIN)
        self.message = QLineEdit(self)
        self.update_existing = QCheckBox(self.tr("Replace files in a repository that holds others"), self)
        form = QFormLayout()
        form.setSpacing(SPACING)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        for title, editor in (
            (self.tr("Repository"), self.repository),
            (self.tr("Visibility"), self.visibility),
            (self.tr("Branch"), self.branch),
            (self.tr("Commit message"), self.message),
        ):
            editor.setAccessibleName(title)
            form.addRow(label(title, self), editor)
        form.addRow("", self.update_existing)
        self.repository.textChanged.connect(self._show_busy)
        self.repository.returnPressed.connect(self.push)
        return form

    def _card(self) -> QFrame:
        self._result = card = QFrame(self)
        set_look(card, "card")
        self.sentence = label("", card)
        self.opening = OpeningLinesView(card)
        self._page = button(self.tr("Open page"), card, picture="hub", on=self._on_page)
        self._copy = button(self.tr("Copy address"), card, look="quiet", picture="copy", on=self._on_copy)
        for control in (self._page, self._copy):
            control.setAutoDefault(False)
        card.setLayout(
            vbox(self.sentence, self.opening, hbox(self._page, self._copy, None), margins=SPACING + 4, gap=SPACING)
        )
        card.hide()
        return card

    def _buttons(self) -> QHBoxLayout:
        close = button(self.tr("Close"), self, on=self.close)
        close.setAutoDefault(False)
        self._go = button(self.tr("Push"), self, look="primary", picture="hub", on=self.push)
        return hbox(None, close, self._go, gap=SPACING)

    # -- the person ----------------------------------------------------------------------------------------------------
    def open_for(self, folder: Path) -> None:
        """Show the dialog for the export in ``folder``; a push that is not over stays in view."""
        if not self._job.is_open and folder != self._folder:
            self._folder = folder
            self.repository.setText(folder.name)
            self.message.setPlaceholderText(self.tr("Upload {0}").format(folder.name))
            self.banner.clear()
            self._result.hide()
            self._show_busy()
        self.show()
        self.raise_()
        self.activateWindow()
        self.repository.setFocus()
        self.repository.selectAll()

    def push(self) -> None:
        """Send the export."""
        repository = self.repository.text().strip()
        if not repository or self._job.is_open:
            return
        self.banner.clear()
        self._result.hide()
        self.row.begin(self.tr("Starting…"))
        self._job.ask(
            Push(
                folder=self._folder,
                repo=repository,
                public=self.visibility.value == PUBLIC,
                branch=self.branch.text().strip() or MAIN,
                message=self.message.text().strip(),
                update=self.update_existing.isChecked(),
            )
        )
        self._show_busy()
        self.row.stop.setFocus()  # from a form that is disabled the focus would go to Close

    def _on_page(self) -> None:
        if not QDesktopServices.openUrl(QUrl(self._url)):
            self.banner.show_message(
                "warning", self.tr("No program is set up to open this page: {0}").format(self._url)
            )

    def _on_copy(self) -> None:
        QApplication.clipboard().setText(self._url)

    # -- the engine ----------------------------------------------------------------------------------------------------
    def _on_pushed(self, answer: object) -> None:
        assert isinstance(answer, Pushed)
        self._url = answer.url
        self.sentence.setText("\n".join((answer.sentence, *answer.remarks(public=self.visibility.value == PUBLIC))))
        self.opening.show_entries(answer.open_in)
        self._result.show()
        self._show_busy()
        self._page.setFocus()

    def _on_failed(self, failure: Failure | None) -> None:
        if failure is None:
            text = self.tr("The push was stopped. Nothing was published. Push again to continue where it stopped.")
            self.banner.show_message("info", text)
        else:
            self.banner.show_message("error", str(failure))
        self._show_busy()
        self.repository.setFocus()

    def _show_busy(self) -> None:
        busy = self._job.is_open
        if not busy:
            self.row.end()
        for editor in (self.repository, self.visibility, self.branch, self.message, self.update_existing):
            editor.setEnabled(not busy)
        self._go.setVisible(not busy)
        self._go.setEnabled(bool(self.repository.text().strip()))
        self._parts.activate()
        height = self._parts.totalHeightForWidth(self.width())  # sentences wrap: no minimum size knows their height
        self.resize(self.width(), height)
