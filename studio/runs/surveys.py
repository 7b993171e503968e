"""Survey: one click that runs every method, or chosen ones, beside each other on the model of the pipeline."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QListWidget,
    QListWidgetItem,
    QToolButton,
    QWidget,
)

from engine.base.errors import BadInput
from engine.contracts.commands import Checked, CheckPipeline
from engine.contracts.events import Failure
from engine.methods.base import FAMILY_TITLES
from engine.pipeline.document import Block, Pipeline
from engine.pipeline.survey import PRESET, model_name, presets, source_of, survey, surveyed, without_refused
from studio.bridge import Bridge
from studio.canvas.describe import icon_name
from studio.document.files import FileController
from studio.document.session import Session
from studio.kit.dialogs import room_for
from studio.kit.icons import icon
from studio.kit.layouts import FlowLayout, hbox, vbox
from studio.kit.plaintext import as_plain
from studio.kit.theme import SPACING, color, font, theme
from studio.kit.widgets import button, label, set_look
from studio.runs.controller import RunController

ID = Qt.ItemDataRole.UserRole


class SurveyDialog(QDialog):
    """Dialog to choose methods and their presets."""

    chosen = Signal(list, str)
    """(ids of methods, name of the preset)"""

    def __init__(self, model: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Survey"))
        self.list = QListWidget(self)
        self.list.setAccessibleName(self.tr("Methods"))
        family = ""
        for info in surveyed():
            if FAMILY_TITLES[info.family] != family:
                family = FAMILY_TITLES[info.family]
                heading = QListWidgetItem(family, self.list)
                heading.setFlags(Qt.ItemFlag.NoItemFlags)
                heading.setFont(font(-1, bold=True))
                heading.setForeground(color("muted"))
            item = QListWidgetItem(icon(icon_name(info.id), theme().tokens.family[info.family]), info.title, self.list)
            item.setData(ID, info.id)
            item.setToolTip(as_plain(info.summary))
            item.setCheckState(Qt.CheckState.Checked)
        self.presets = QButtonGroup(self)
        holder = QWidget(self)
        row = FlowLayout(holder)
        for name in presets():
            menu_button = QToolButton(holder)
            menu_button.setText(name)
            menu_button.setCheckable(True)
            menu_button.setChecked(name == PRESET)
            set_look(menu_button, "chip")
            self.presets.addButton(menu_button)
            row.addWidget(menu_button)
        every = button(self.tr("All"), self, on=partial(self._tick, Qt.CheckState.Checked))
        none = button(self.tr("None"), self, on=partial(self._tick, Qt.CheckState.Unchecked))
        self.go = button(self.tr("Run survey"), self, look="primary", picture="run", on=self._on_go)
        cancel = button(self.tr("Cancel"), self, on=self.reject)
        for control in (every, none, cancel):
            control.setAutoDefault(False)
        text = self.tr(
            "Each method runs on “{0}” in a branch of its own, with the same texts and evaluation. The results are "
            "compared in Results. Methods that can't run on this model are skipped, with the reason."
        )
        what, settings = label(text.format(model), self, look="muted"), label(self.tr("Settings"), self, bold=True)
        buttons = hbox(every, none, None, cancel, self.go)
        self.setLayout(vbox(what, settings, holder, (self.list, 1), buttons, margins=2 * SPACING))
        self.list.itemChanged.connect(self._on_ticked)
        self.resize(*room_for(self, 460, 620))

    def ticked(self) -> list[str]:
        """Ids of the methods that are chosen."""
        items = [self.list.item(row) for row in range(self.list.count())]
        return [str(item.data(ID)) for item in items if item.data(ID) and item.checkState() == Qt.CheckState.Checked]

    def _tick(self, state: Qt.CheckState, checked: bool = False) -> None:
        for row in range(self.list.count()):
            if self.list.item(row).data(ID):
                self.list.item(row).setCheckState(state)

    def _on_ticked(self, *_: object) -> None:
        self.go.setEnabled(bool(self.ticked()))

    def _on_go(self) -> None:
        pushed = self.presets.checkedButton()
        self.chosen.emit(self.ticked(), pushed.text() if pushed is not None else PRESET)
        self.accept()


class Surveys(QObject):
    """Makes the pipeline of a survey, leaves out what can't work, and starts it. GUI thread only."""

    def __init__(
        self, window: QWidget, session: Session, bridge: Bridge, files: FileController, runs: RunController
    ) -> None:
        super().__init__(window)
        self._window, self._session, self._document = window, session, session.document
        self._bridge, self._files, self._runs = bridge, files, runs
        self.dialog: SurveyDialog | None = None

    def ask(self, selected: list[str]) -> None:
        """Ask which methods, for the selected model or the first of the pipeline."""
        source = source_of(self._document.pipeline, selected)
        self.dialog = SurveyDialog(model_name(source), self._window)
        self.dialog.chosen.connect(partial(self.start, source))
        self.dialog.finished.connect(self.dialog.deleteLater)
        self.dialog.open()

    def start(self, source: Block, chosen: list[str], preset: str) -> None:
        """Check what can work on the model; the run follows by itself."""
        if not self._runs.may_replace() or not self._files.may_leave():
            return
        former = self._document.pipeline
        pipeline = survey(
            source,
            chosen,
            preset=preset,
            evaluation=former.evaluation,
            name=self.tr("Survey of {0}").format(model_name(source)),
            seed=former.seed,
            text=former.text,
        )
        command = CheckPipeline(pipeline=pipeline.to_json(), quick=True)
        self._bridge.ask(command, partial(self._on_checked, pipeline), self._on_failed)

    def _on_checked(self, pipeline: Pipeline, answer: object) -> None:
        assert isinstance(answer, Checked)
        try:
            remaining, refused = without_refused(pipeline, answer.problems)
        except BadInput as error:
            self._session.message.emit("error", str(error))
            return
        self._document.open(remaining, None, saved=False)
        self._files.shown.emit()
        if refused:
            gone = dict.fromkeys(pipeline.block(p.block).name for p in refused if p.block)
            why = "  ".join(str(problem) for problem in refused)
            self._session.message.emit("info", self.tr("Skipped: {0}. {1}").format(", ".join(gone), why))
        self._runs.start(None)

    def _on_failed(self, failure: Failure | None) -> None:
        if failure is not None:
            self._session.message.emit("error", str(failure))
