"""Open a model: look at its structure first, bring it from the hub if need be, put it on the canvas."""

from __future__ import annotations

import os
import re
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from engine.checkpoints.checkpoint import CheckpointHeader
from engine.contracts.commands import Download, ReadStructure
from engine.contracts.events import Failure
from studio.bridge import Bridge, Question
from studio.document.home import add_recent, recents
from studio.kit.dialogs import room_for
from studio.kit.icons import icon
from studio.kit.layouts import hbox, vbox
from studio.kit.plaintext import as_plain, breakable
from studio.kit.theme import SPACING, measured, scaled
from studio.kit.widgets import Banner, EmptyState, button, label
from studio.kit.wrapping import WrappedNames
from studio.models.structureview import StructureView
from studio.runs.job_row import JobRow

_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")
TYPING_MS = 500
RECENT_WIDTH = 220


def is_hub_id(text: str) -> bool:
    """True if the text can only be the id of a model on the hub."""
    return bool(_HUB_ID.fullmatch(text)) and not os.path.exists(os.path.expanduser(text))


class ModelDialog(QDialog):
    """Not modal: a download may go on while the pipeline is edited."""

    model_chosen = Signal(str, str)
    """Path or hub id, revision."""

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self._title())
        self._bridge, self._model = bridge, ""
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._typing.timeout.connect(self._on_typed)
        self.banner = Banner(self)
        self.wrong = label("", self, look="error")
        """Error of the name in the field above it."""
        self.wrong.hide()
        self.row = JobRow(self, stop=self.tr("Stop download"))
        self._look = Question(bridge, self, self._on_structure, self._on_look_failed)
        self._download = Question(bridge, self, self._on_downloaded, self._on_download_failed, self.row.show_event)
        self.row.stop_requested.connect(self._download.cancel)
        parts = (self._build_source(), self.banner, (self._build_middle(), 1), self.row)
        last = (*self._build_goal(), self._build_buttons())
        margins = (3 * SPACING, 2 * SPACING, 3 * SPACING, 2 * SPACING)
        self.setLayout(vbox(*parts, *last, margins=margins, gap=SPACING + 4))
        self.resize(*room_for(self, 900, 640))
        self._show_actions()

    # -- parts --------------------------------------------------------------------------------------------------------
    def _title(self) -> str:
        return self.tr("Open a model")

    def _build_goal(self) -> tuple[QLayout, ...]:
        """Further choices, above the buttons."""
        return ()

    def _primary(self) -> tuple[str, str]:
        """Text and icon of the button that chooses the model."""
        return self.tr("Add to the canvas"), "model"

    def _build_source(self) -> QVBoxLayout:
        words = self.tr("Folder, GGUF file, or owner/name on the hub")
        self._source = QLineEdit(self, placeholderText=words, clearButtonEnabled=True)
        self._source.setMinimumHeight(30)
        self._source.setAccessibleName(self.tr("Model"))
        self._revision = QLineEdit(self, placeholderText=self.tr("Revision"))
        self._revision.setToolTip(self.tr("Branch, tag or commit on the hub. Leave empty for the latest."))
        self._revision.setMaximumWidth(110)
        self._revision.setMinimumHeight(30)
        self._revision.hide()
        folder = button(self.tr("Folder…"), self, picture="folder", on=self._on_folder)
        file = button(self.tr("GGUF file…"), self, picture="file", on=self._on_file)
        folder.setAutoDefault(False)
        file.setAutoDefault(False)
        self._source.textEdited.connect(self._on_edited)
        self._source.textChanged.connect(self._on_text_changed)
        self._source.returnPressed.connect(self._on_typed)
        row = hbox((self._source, 1), self._revision, folder, file, gap=SPACING)
        return vbox(row, self.wrong, margins=0, gap=SPACING // 2)

    def _build_middle(self) -> QHBoxLayout:
        self._recent = QListWidget(self)
        self._recent.setItemDelegate(WrappedNames(self._recent))
        self._recent.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._recent.setResizeMode(QListWidget.ResizeMode.Adjust)
        measured(self._recent, lambda recent: recent.setFixedWidth(scaled(RECENT_WIDTH)))
        self._recent.setAccessibleName(self.tr("Recent models"))
        self._recent.itemClicked.connect(self._on_recent)
        self._recent.itemActivated.connect(self._on_recent)
        title = label(self.tr("Recent"), self, look="muted")
        text = self.tr("Layers, shapes and sizes are read from the file headers. No weights are loaded.")
        self._empty = EmptyState("inspect", self.tr("Choose a model to see its structure"), text, self)
        self.preview = StructureView(self)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self._empty)
        self._pages.addWidget(self.preview)
        self._fill_recent()
        return hbox(vbox(title, (self._recent, 1), gap=SPACING), (self._pages, 1), gap=2 * SPACING)

    def _build_buttons(self) -> QHBoxLayout:
        self._fetch = button(self.tr("Download"), self, picture="download", on=self.start_download)
        self._close = button(self.tr("Close"), self, on=self.close)
        text, picture = self._primary()
        self._add = button(text, self, look="primary", picture=picture, on=self._on_add)
        for item in (self._fetch, self._close):
            item.setAutoDefault(False)
        return hbox(self._fetch, None, self._close, self._add, gap=SPACING)

    # -- looking ------------------------------------------------------------------------------------------------------
    def look_at(self, model: str) -> None:
        """Read the headers of a model and show them."""
        self._source.setText(model)
        self._on_typed()

    def _on_edited(self) -> None:
        self._typing.start()

    def _on_text_changed(self, text: str) -> None:
        self._revision.setVisible(is_hub_id(text.strip()))
        self._say_wrong("")
        if text.strip() != self._model:
            self._forget_look()
            self._show_actions()

    def _on_typed(self) -> None:
        self._typing.stop()
        model = self._source.text().strip()
        if not model:
            return
        self._forget_look()
        self.banner.clear()
        self._say_wrong("")
        self._empty.set_text(self.tr("Reading the headers…"), model)
        self._pages.setCurrentWidget(self._empty)
        command = ReadStructure(model=model, revision=self._revision.text().strip())
        self._look.ask(command)

    def _forget_look(self) -> None:
        self._look.drop()
        self._model = ""

    def _on_structure(self, header: object) -> None:
        assert isinstance(header, CheckpointHeader)
        self._model = self._source.text().strip()
        self.preview.show_structure(header)
        self._pages.setCurrentWidget(self.preview)
        self._show_actions()

    def _on_look_failed(self, failure: Failure | None) -> None:
        self._empty.set_text(self.tr("No structure to show"), self.tr("Choose another model or correct the name."))
        self._say_wrong("" if failure is None else str(failure))
        self._show_actions()

    def _say_wrong(self, text: str) -> None:
        """Say below the field what is wrong with what is in it; "" for nothing."""
        self.wrong.setText(text)
        self.wrong.setVisible(bool(text))
        self._source.setAccessibleDescription(text)

    def _on_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self, self.tr("Model folder"))
        if name:
            self.look_at(name)

    def _on_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, self.tr("GGUF file"), "", self.tr("GGUF (*.gguf);;All files (*)"))
        if name:
            self.look_at(name)

    def _on_recent(self, item: QListWidgetItem) -> None:
        self.look_at(item.data(Qt.ItemDataRole.UserRole))

    def _fill_recent(self) -> None:
        self._recent.clear()
        for model in ("sample", *(name for name in recents("models") if name != "sample")):
            picture = "sample" if model == "sample" else "hub" if is_hub_id(model) else "folder"
            if model.endswith(".gguf"):
                picture = "file"
            title = self.tr("Sample model") if model == "sample" else model if picture == "hub" else Path(model).name
            item = QListWidgetItem(icon(picture, "muted"), breakable(title), self._recent)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, title)
            item.setToolTip(as_plain(model))
            item.setData(Qt.ItemDataRole.UserRole, model)

    # -- downloading --------------------------------------------------------------------------------------------------
    def start_download(self) -> None:
        """Bring the model to this machine; what is there already is not fetched again."""
        self.banner.clear()
        model, revision = self._source.text().strip(), self._revision.text().strip()
        command = Download(model=model, revision=revision)
        self.row.begin(self.tr("Contacting the hub about {model}…").format(model=model))
        self._download.ask(command)
        self._show_actions()

    def _on_downloaded(self, folder: object) -> None:
        self._end_download()
        if self._pages.currentWidget() is not self.preview:
            self._on_typed()
        self.banner.show_message("success", self.tr("Downloaded to {folder}.").format(folder=folder))

    def _on_download_failed(self, failure: Failure | None) -> None:
        self._end_download()
        if failure is None:
            text = self.tr("The download was stopped. Click Download to continue where it stopped.")
            self.banner.show_message("info", text)
        else:
            self.banner.show_message("error", str(failure))

    def _end_download(self) -> None:
        self.row.end()
        self._show_actions()

    # -- choosing -----------------------------------------------------------------------------------------------------
    def _show_actions(self) -> None:
        text = self._source.text().strip()
        self._add.setEnabled(bool(self._model))
        self._fetch.setVisible(is_hub_id(text) and not self._download.is_open)

    def _on_add(self) -> None:
        revision = self._revision.text().strip() if is_hub_id(self._model) else ""
        add_recent("models", self._model)
        self._choose(self._model, revision)
        self.close()

    def _choose(self, model: str, revision: str) -> None:
        self.model_chosen.emit(model, revision)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._forget_look()
        if self._download.drop():
            self._end_download()
        super().closeEvent(event)
