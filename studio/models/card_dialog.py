"""Open a model card: what an export says of its making, and making it again to compare."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QSpinBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from engine.contracts.events import Failure
from engine.contracts.replay import Card, ReadCard, Replay, ReplayExport
from engine.pipeline.document import Pipeline
from studio.bridge import Bridge, Question
from studio.kit.combo import Choice
from studio.kit.dialogs import room_for
from studio.kit.layouts import hbox, vbox
from studio.kit.theme import SPACING
from studio.kit.widgets import Banner, EmptyState, button, label
from studio.models.card_view import CardView, VerdictCard
from studio.models.dialog import is_hub_id
from studio.runs.job_row import JobRow

WHOLE, LAYERS = "whole", "layers"
MOST_LAYERS = 1000


class CardDialog(QDialog):
    """Not modal: a replay goes on while the dialog is closed. GUI thread only."""

    pipeline_chosen = Signal(Pipeline, str)
    """The steps of the export, and its name."""

    def __init__(self, bridge: Bridge, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Open a model card"))
        self._card: Card | None = None
        self._files: list[str] = []
        self.banner, self.row = Banner(self), JobRow(self)
        self.wrong = label("", self, look="error")
        """Error of the name in the field above it."""
        self._reading = Question(bridge, self, self._on_card, self._on_not_read)
        self._job = Question(bridge, self, self._on_replayed, self._on_failed, self.row.show_event)
        self.row.stop_requested.connect(self._job.cancel)
        self.view, self.verdict = CardView(self), VerdictCard(self)
        text = self.tr(
            "A folder that this program exported, its replay.json or README.md, a GGUF file, or a repository of the "
            "hub says how it was made."
        )
        self._empty = EmptyState("verified", self.tr("Choose an export to see how it was made"), text, self)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self._empty)
        self._pages.addWidget(self.view)
        parts = (self._build_source(), (self._pages, 1), self._build_form(), self.banner, self.verdict, self.row)
        margins = (3 * SPACING, 2 * SPACING, 3 * SPACING, 2 * SPACING)
        self.setLayout(vbox(*parts, self._build_buttons(), margins=margins, gap=SPACING + 4))
        self.resize(*room_for(self, 820, 660))
        self._show_busy()

    # -- parts --------------------------------------------------------------------------------------------------------
    def _build_source(self) -> QVBoxLayout:
        words = self.tr("Export folder, GGUF file, or owner/name on the hub")
        self.source = QLineEdit(self, placeholderText=words, clearButtonEnabled=True)
        self.source.setAccessibleName(self.tr("Export"))
        self.revision = QLineEdit(self, placeholderText=self.tr("Revision"))
        self.revision.setAccessibleName(self.tr("Revision"))
        self.revision.setToolTip(self.tr("Branch, tag or commit on the hub. Leave empty for the latest."))
        self.revision.setMaximumWidth(110)
        self.revision.hide()
        folder = button(self.tr("Folder…"), self, picture="folder", on=self._on_folder)
        file = button(self.tr("File…"), self, picture="file", on=self._on_file)
        for item in (folder, file):
            item.setAutoDefault(False)
        for editor in (self.source, self.revision):
            editor.setMinimumHeight(30)
            editor.returnPressed.connect(self.read)
        self.source.textChanged.connect(self._on_text)
        self.wrong.hide()
        row = hbox((self.source, 1), self.revision, folder, file, gap=SPACING)
        return vbox(row, self.wrong, margins=0, gap=SPACING // 2)

    def _build_form(self) -> QWidget:
        self._form = box = QWidget(self)
        self.what = Choice(self.tr("Make again"), box)
        self.what.offer([(WHOLE, self.tr("All of it")), (LAYERS, self.tr("The first layers of the last step"))])
        self.what.setToolTip(self.tr("The first layers take minutes instead of hours. Their weights are compared."))
        self.what.currentIndexChanged.connect(self._show_busy)
        self.layers = QSpinBox(box, minimum=1, maximum=MOST_LAYERS, value=2)
        self.layers.setAccessibleName(self.tr("Number of layers"))
        self.base = QLineEdit(box, placeholderText=self.tr("As recorded"))
        self.base.setAccessibleName(self.tr("Base"))
        self.base.setToolTip(self.tr("Folder, GGUF file or hub id of the model that it was made from."))
        self._browse = button(self.tr("Folder…"), box, picture="folder", on=self._on_base)
        self._names = label("", box, look="muted")
        self._add = button(self.tr("Add…"), box, picture="file", on=self._on_add)
        self._add.setToolTip(self.tr("Texts that it was made with. They are found by their hashes."))
        for item in (self._browse, self._add):
            item.setAutoDefault(False)
        form = QGridLayout()
        form.setSpacing(SPACING)
        form.setContentsMargins(0, 0, 0, 0)
        form.setColumnStretch(1, 1)
        rows = (
            (self.tr("Make again"), (self.what, self.layers, None)),
            (self.tr("Base"), ((self.base, 1), self._browse)),
            (self.tr("Files"), ((self._names, 1), self._add)),
        )
        for row, (name, parts) in enumerate(rows):
            form.addWidget(label(name, box), row, 0)
            form.addLayout(hbox(*parts, margins=0, gap=SPACING), row, 1)
        box.setLayout(form)
        return box

    def _build_buttons(self) -> QHBoxLayout:
        self._pipeline = button(self.tr("Open its pipeline"), self, picture="open", on=self._on_pipeline)
        self._close = button(self.tr("Close"), self, on=self.close)
        self.go = button(self.tr("Replay"), self, look="primary", picture="run", on=self.replay)
        for item in (self._pipeline, self._close):
            item.setAutoDefault(False)
        return hbox(self._pipeline, None, self._close, self.go, gap=SPACING)

    # -- the person ---------------------------------------------------------------------------------------------------
    def open_for(self, export: str = "") -> None:
        """Show the dialog, with this export; a replay that is not over stays in view."""
        if export and not self._job.is_open:
            self.source.setText(export)
            self.read()
        self.show()
        self.raise_()
        self.activateWindow()
        self.source.setFocus(Qt.FocusReason.OtherFocusReason)

    def read(self) -> None:
        """Read the record of what is named in the field."""
        export = self.source.text().strip()
        if not export or self._job.is_open:
            return
        self._forget()
        self._empty.set_text(self.tr("Reading how it was made…"), export)
        self._reading.ask(ReadCard(export=export, revision=self._revision()))

    def replay(self) -> None:
        """Make it again."""
        if self._card is None or self._card.why_not or self._job.is_open:
            return
        self.banner.clear()
        self.verdict.hide()
        self.row.begin(self.tr("Starting…"))
        layers = self.layers.value() if self.what.value == LAYERS else None
        self._job.ask(
            ReplayExport(
                export=self._card.export,
                revision=self._revision(),
                base=self.base.text().strip(),
                files=tuple(self._files),
                layers=layers,
            )
        )
        self._show_busy()
        self.row.stop.setFocus()

    def _revision(self) -> str:
        return self.revision.text().strip() if is_hub_id(self.source.text().strip()) else ""

    def _on_text(self, text: str) -> None:
        self.revision.setVisible(is_hub_id(text.strip()))
        self._forget()

    def _forget(self) -> None:
        """Nothing is known of what is named in the field."""
        self._reading.drop()
        self._card, self._files = None, []
        self.base.clear()
        self.banner.clear()
        self.verdict.hide()
        self._say_wrong("")
        self._pages.setCurrentWidget(self._empty)
        self._show_busy()

    def _say_wrong(self, text: str) -> None:
        self.wrong.setText(text)
        self.wrong.setVisible(bool(text))
        self.source.setAccessibleDescription(text)

    def _on_folder(self) -> None:
        if name := QFileDialog.getExistingDirectory(self, self.tr("Folder of an export")):
            self.open_for(name)

    def _on_file(self) -> None:
        kinds = self.tr("GGUF, replay.json, README.md (*.gguf *.json *.md);;All files (*)")
        name, _ = QFileDialog.getOpenFileName(self, self.tr("File of an export"), "", kinds)
        if name:
            self.open_for(name)

    def _on_base(self) -> None:
        if name := QFileDialog.getExistingDirectory(self, self.tr("Folder of the base")):
            self.base.setText(name)

    def _on_add(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(self, self.tr("Texts that it was made with"))
        self._files += [name for name in names if name not in self._files]
        self._show_busy()

    def _on_pipeline(self) -> None:
        if self._card is not None:
            self.pipeline_chosen.emit(Pipeline.from_json(self._card.pipeline), self._card.name)

    # -- the engine ---------------------------------------------------------------------------------------------------
    def _on_card(self, answer: object) -> None:
        assert isinstance(answer, Card)
        self._card = answer
        self.view.show_card(answer)
        self._pages.setCurrentWidget(self.view)
        self._show_busy()

    def _on_not_read(self, failure: Failure | None) -> None:
        text = self.tr("Choose another export or correct the name.")
        self._empty.set_text(self.tr("Nothing to show"), text)
        self._say_wrong("" if failure is None else str(failure))

    def _on_replayed(self, answer: object) -> None:
        assert isinstance(answer, Replay)
        self.verdict.show_result(answer)
        self._show_busy()
        self.go.setFocus()

    def _on_failed(self, failure: Failure | None) -> None:
        if failure is None:
            self.banner.show_message("info", self.tr("The replay was stopped. Nothing was compared."))
        else:
            self.banner.show_message("error", str(failure))
        self._show_busy()
        self.go.setFocus()

    def _show_busy(self) -> None:
        busy, card = self._job.is_open, self._card
        if not busy:
            self.row.end()
        self._form.setVisible(card is not None)
        self.layers.setVisible(self.what.value == LAYERS)
        names = ", ".join(Path(name).name for name in self._files)
        self._names.setText(names or self.tr("None but those that are found by their names"))
        for editor in (self.source, self.revision, self.what, self.layers, self.base, self._browse, self._add):
            editor.setEnabled(not busy)
        self._pipeline.setEnabled(card is not None)
        self.go.setVisible(not busy)
        self.go.setEnabled(card is not None and not card.why_not)
