"""Export: which result, in which format, where; then what came of it: loaded again and compared."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFormLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QSizePolicy,
    QSplitter,
    QWidget,
)

from engine.base.human import bytes_text
from engine.contracts.commands import DescribeFormats, Export, FormatInfo
from engine.contracts.events import Failure
from engine.contracts.metrics import value_text
from engine.record.state import BlockRun
from studio.bridge import Bridge, Question
from studio.document.settings import UserSettings
from studio.engine_words import engine_word, result_name, window_field
from studio.export.result import ResultCard
from studio.forms.editors import Editor, make_editor
from studio.kit.icons import icon
from studio.kit.layouts import hbox, vbox
from studio.kit.plaintext import as_plain
from studio.kit.theme import SPACING, measured, scaled
from studio.kit.widgets import Banner, EmptyState, PlainLabel, button, label, set_look, size_icons
from studio.runs.job_row import JobRow

_FORMAT = Qt.ItemDataRole.UserRole


def folder_name(title: str) -> str:
    """The name of a pipeline as one of a folder: what such a name should not hold becomes one hyphen."""
    return re.sub(r"[^\w.]+", "-", title).strip("-.") or "model"


class ExportPanel(QWidget):
    """``set_results`` tells what can be exported; formats and their limits are asked of the engine."""

    def __init__(self, bridge: Bridge, settings: UserSettings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._settings = bridge, settings
        self._named = False
        """True once the user chose the folder."""
        self._formats_request = Question(bridge, self, self._on_formats, self._on_formats_failed)
        self._size_request = Question(bridge, self, self._on_sized, self._on_size_failed)
        self._picked = False
        self._described = ""
        self._editors: dict[str, Editor] = {}
        self._values: dict[str, Any] = {}
        self._formats = QListWidget(self)
        self._formats.setAccessibleName(self.tr("Formats"))
        size_icons(self._formats, 16)
        self._formats.setWordWrap(True)
        self._formats.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        options, middle = QWidget(self), QWidget(self)
        self._build_options(options)
        self._build_middle(middle)
        self.result = ResultCard(bridge, self)
        split = QSplitter(Qt.Orientation.Horizontal, self)
        split.setChildrenCollapsible(False)
        for widget in (options, middle, self.result):
            split.addWidget(widget)
        measured(
            split, lambda split: split.setSizes([scaled(200) + 60, scaled(330) + 70, 440])
        )  # large texts need it more
        for index in (1, 2):
            split.setStretchFactor(index, 1)
        self.setLayout(vbox(split, margins=0))
        self._formats.currentItemChanged.connect(self._on_format)
        self.set_results([], "")

    def _build_options(self, page: QWidget) -> None:
        self._stage = QComboBox(page)
        self._stage.setAccessibleName(self.tr("Result"))
        self._stage.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._stage.setMinimumContentsLength(10)
        self._stage.currentIndexChanged.connect(self._ask_formats)
        self._stage.activated.connect(self._on_picked)
        result, kind = label(self.tr("Result"), page, look="muted"), label(self.tr("Format"), page, look="muted")
        margins = (SPACING + 4, SPACING, SPACING, SPACING)
        page.setLayout(vbox(result, self._stage, kind, (self._formats, 1), margins=margins, gap=SPACING))

    def _build_middle(self, middle: QWidget) -> None:
        self.banner = Banner(middle)
        text = self.tr("Run a pipeline first. Each result can then be exported for other programs.")
        self._empty = EmptyState("export", self.tr("Nothing to export yet"), text, middle)
        self._page = QScrollArea(middle)
        self._page.setWidgetResizable(True)
        self._page.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._inner = inner = QWidget(self._page)
        self._page.setWidget(inner)
        self._summary = label("", inner, look="muted")
        self._problems = label("", inner)
        self._folder = QLineEdit(inner)
        self._folder.setPlaceholderText(self.tr("A new or empty folder"))
        self._folder.setAccessibleName(self.tr("Folder"))
        self._folder.textEdited.connect(self._on_named)
        browse = button(self.tr("Browse…"), inner, on=self._on_browse)
        self._form = QFormLayout()
        self._form.setSpacing(SPACING)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        self._form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self._form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self._form.addRow(self.tr("Folder"), hbox((self._folder, 1), browse))
        self._bytes = label("", inner)
        self._bytes.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)  # the form grows only these
        self._form.addRow(self.tr("Size"), self._bytes)
        margins = (SPACING, SPACING, SPACING, 0)
        self._column = vbox(self._summary, self._form, self._problems, None, margins=margins, gap=SPACING)
        inner.setLayout(self._column)
        self.row = JobRow(middle)
        self._job = Question(self._bridge, self, self._on_done, self._on_failed, self.row.show_event)
        self.row.stop_requested.connect(self._job.cancel)
        self._go = button(self.tr("Export and verify"), middle, look="primary", picture="export", on=self.export)
        buttons = hbox((self.row, 1), (self._go, Qt.AlignmentFlag.AlignRight), margins=(SPACING, 0, SPACING, 0))
        pages = (self._empty, 1), (self._page, 1)
        middle.setLayout(vbox(self.banner, *pages, buttons, margins=(0, SPACING, 0, SPACING), gap=SPACING))
        self._show_busy()

    # -- what there is ------------------------------------------------------------------------------------------------
    def set_results(self, blocks: list[BlockRun], name: str) -> None:
        """The blocks of a run that left a model; ``name`` is that of the pipeline, for the folder."""
        self._name = name
        chosen = self._stage.currentData()
        self._stage.blockSignals(True)
        self._stage.clear()
        for block in blocks:
            self._stage.addItem(result_name(block.title), block.artifact)
        stays = self._picked or self._job.is_open
        index = self._stage.findData(chosen) if chosen and stays else -1
        self._stage.setCurrentIndex(index if index >= 0 else len(blocks) - 1)
        self._stage.blockSignals(False)
        self._empty.setVisible(not blocks)
        self._page.setVisible(bool(blocks))
        self._stage.setEnabled(bool(blocks))
        if not blocks:
            self._formats.clear()
            self._described = ""
            if not self._job.is_open:
                self._picked = False
                self.result.clear()
                self.banner.clear()
        if self._stage.currentData() != self._described:
            self._ask_formats()
        self._show_busy()

    def choose(self, artifact: str) -> None:
        """Show this result; until one is chosen, the newest is shown."""
        self._picked = True
        self._stage.setCurrentIndex(self._stage.findData(artifact))

    def offer(self, artifact: str) -> None:
        """A block was selected: have its result ready, unless one is being written."""
        if not self._job.is_open and artifact != self._stage.currentData() and self._stage.findData(artifact) >= 0:
            self.choose(artifact)

    def _on_picked(self) -> None:
        self._picked = True

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stage.currentData() != self._described:
            self._ask_formats()

    def _ask_formats(self) -> None:
        artifact = self._stage.currentData()
        self._formats_request.drop()
        self._size_request.drop()
        if not artifact or not self.isVisible():
            return
        self._described = artifact
        self._formats_request.ask(DescribeFormats(artifact=artifact))
        self._bytes.setText("…")  # what stands there is of another result until the answer comes
        if not self._formats.count():
            self._summary.setText(self.tr("Reading the result…"))
        self._show_busy()

    def _on_formats(self, formats: object) -> None:
        assert isinstance(formats, tuple)
        old = self.format
        self._formats.clear()
        for info in formats:
            possible = self._possible(info)
            size = "" if info.expected_bytes is None else f"  {bytes_text(info.expected_bytes)}"
            mark = "error" if not possible else "warning" if info.larger else "file"
            token = "muted" if not possible else "warning" if info.larger else "text"
            item = QListWidgetItem(icon(mark, token), f"{engine_word(info.title)}{size}")
            item.setData(_FORMAT, info)
            item.setToolTip(as_plain("\n".join(filter(None, (engine_word(info.summary), info.larger)))))
            self._formats.addItem(item)
            if old is not None and info.id == old.id:
                self._formats.setCurrentItem(item)
        if self._formats.currentItem() is None and self._formats.count():
            rows = range(self._formats.count())  # the engine names the one to take first
            first = next((row for row in rows if self._possible(self._formats.item(row).data(_FORMAT))), 0)
            self._formats.setCurrentRow(first)
        self._show_busy()

    def _on_formats_failed(self, failure: Failure | None) -> None:
        self._described = ""
        self._summary.setText("")
        if failure is not None:
            self.banner.show_message("error", str(failure))

    @staticmethod
    def _possible(info: FormatInfo) -> bool:
        return not any(problem.severity == "error" for problem in info.problems)

    @property
    def format(self) -> FormatInfo | None:
        """The chosen format."""
        item = self._formats.currentItem()
        chosen = item.data(_FORMAT) if item is not None else None
        return chosen if isinstance(chosen, FormatInfo) else None

    def _on_format(self) -> None:
        info = self.format
        for editor in self._editors.values():
            self._form.removeRow(editor)
        self._editors, self._values = {}, {}
        if info is None:
            return
        self._size_request.drop()
        self._show_info(info)
        for field in map(window_field, info.options):
            editor = make_editor(field, self._inner)
            editor.set_value(field.default)
            editor.setToolTip(as_plain(field.help))
            editor.setProperty("field", field.name)
            editor.edited.connect(self._on_edited)
            self._form.insertRow(self._form.rowCount() - 1, PlainLabel(field.title, self._inner), editor)
            self._editors[field.name] = editor
        base = Path(self._settings.export_folder) if self._settings.export_folder else Path.home()
        name = folder_name(self._name)
        if not self._named:  # formats come late: what a person typed meanwhile stays
            self._folder.setText(str(base / f"{name}-{info.id}"))
        self._show_busy()

    def _show_info(self, info: FormatInfo) -> None:
        """Show a format's summary, its problems and the exact size of the export."""
        self._summary.setText(engine_word(info.summary))
        remarks = [str(problem) for problem in info.problems] + ([f"{info.larger}."] if info.larger else [])
        self._problems.setText("\n".join(remarks))
        self._problems.setVisible(bool(remarks))
        is_possible = self._possible(info)
        set_look(self._problems, "warning" if is_possible else "error")
        # in a low window the folder would lie below warnings; what can't be written needs none
        self._column.insertWidget(2 if is_possible else 1, self._problems)
        self._bytes.setText(self._size_of(info))

    def _on_sized(self, infos: object) -> None:
        assert isinstance(infos, tuple)
        if self.format is not None and infos and infos[0].id == self.format.id:
            self._show_info(infos[0])

    def _on_size_failed(self, failure: Failure | None) -> None:
        self._bytes.setText("–")
        if failure is not None:
            self.banner.show_message("error", str(failure))

    def _size_of(self, info: FormatInfo) -> str:
        """The bytes that will be written, and what of the values they hold."""
        if info.expected_bytes is None:
            return "–"
        parts = [bytes_text(info.expected_bytes)]
        if info.bits_per_weight is not None:
            parts.append(self.tr("{0} bits per weight").format(value_text("bits_per_weight", info.bits_per_weight)))
        if info.keeps_values:
            smallest = info == self._formats.item(0).data(_FORMAT)
            keeps = self.tr("lossless")
            parts.append(self.tr("smallest lossless format") if smallest else keeps)
        return " · ".join(parts)

    def _on_edited(self, value: object) -> None:
        self._values[self.sender().property("field")] = value
        artifact = self._stage.currentData()
        if self.format is not None and artifact:
            self._bytes.setText("…")
            self._size_request.ask(
                DescribeFormats(artifact=artifact, format=self.format.id, options=dict(self._values))
            )

    def _on_named(self, text: str) -> None:
        self._named = bool(text.strip())

    def _on_browse(self) -> None:
        start = self._settings.export_folder or str(Path.home())
        name = QFileDialog.getExistingDirectory(self, self.tr("Export folder"), start)
        if name:
            self._folder.setText(name)
            self._named = True

    # -- exporting ----------------------------------------------------------------------------------------------------
    def export(self) -> None:
        """Write, then load again in a fresh process and compare."""
        info, folder = self.format, self._folder.text().strip()
        if info is None or self._job.is_open:
            return
        if not folder:
            self.banner.show_message("error", self.tr("Choose a folder to write to."))
            return
        self.banner.clear()
        self.result.show_working()
        command = Export(
            artifact=self._stage.currentData(),
            format=info.id,
            folder=Path(os.path.expanduser(folder)),
            options=dict(self._values),
        )
        self.row.begin(self.tr("Starting…"))
        self._job.ask(command)
        self._show_busy()

    def _on_done(self, verified: Any) -> None:
        self._named = False
        self._settings.export_folder = str(verified.folder.parent)
        self._settings.write()
        self._show_busy()
        self.result.show_result(verified, self.format)

    def _on_failed(self, failure: Failure | None) -> None:
        self._show_busy()
        self.result.clear()
        if failure is None:
            self.banner.show_message("info", self.tr("The export was stopped. No files were written."))
        else:
            self.banner.show_message("error", str(failure))

    def _show_busy(self) -> None:
        busy, info = self._job.is_open, self.format
        if not busy:
            self.row.end()
        self._go.setVisible(not busy and self._stage.count() > 0)
        self._go.setEnabled(info is not None and self._possible(info) and not self._formats_request.is_open)
        self._stage.setEnabled(not busy and self._stage.count() > 0)
        self._formats.setEnabled(not busy)
