"""Survey: one click that runs every method, or chosen ones, beside each other on the model of the pipeline."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QListWidget,
    QListWidgetItem,
    QToolButton,
    QWidget,
)

from engine.base.errors import BadInput
from engine.base.human import bytes_text, duration_text
from engine.contracts.commands import Checked, CheckPipeline
from engine.contracts.events import Failure
from engine.methods.base import FAMILY_TITLES
from engine.pipeline.document import Block, Pipeline
from engine.pipeline.survey import PRESET, model_name, presets, source_of, survey, surveyed, without_refused
from studio.bridge import Bridge, Question
from studio.canvas.describe import icon_name
from studio.document.files import FileController
from studio.document.session import Session
from studio.engine_words import block_name, engine_word
from studio.kit.dialogs import room_for
from studio.kit.icons import icon
from studio.kit.layouts import FlowLayout, hbox, vbox
from studio.kit.plaintext import as_plain
from studio.kit.theme import SPACING, color, font, theme
from studio.kit.widgets import button, label, set_look
from studio.runs.controller import RunController
from studio.runs.plan import about_text

ID, TITLE = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
"""The method of a row, and its title."""


class SurveyDialog(QDialog):
    """Dialog to choose methods and their presets."""

    chosen = Signal(list, str)
    """(ids of methods, name of the preset)"""
    preset_chosen = Signal(str)
    """With other settings methods take other times."""

    def __init__(self, model: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Survey"))
        self.list = QListWidget(self)
        self.list.setAccessibleName(self.tr("Methods"))
        family = ""
        for info in surveyed():
            if FAMILY_TITLES[info.family] != family:
                family = FAMILY_TITLES[info.family]
                heading = QListWidgetItem(engine_word(family), self.list)
                heading.setFlags(Qt.ItemFlag.NoItemFlags)
                heading.setFont(font(-1, bold=True))
                heading.setForeground(color("muted"))
            item = QListWidgetItem(
                icon(icon_name(info.id), theme().tokens.family[info.family]), engine_word(info.title), self.list
            )
            item.setData(ID, info.id)
            item.setToolTip(as_plain(engine_word(info.summary)))
            item.setData(TITLE, engine_word(info.title))
            item.setCheckState(Qt.CheckState.Checked)
        self._seconds: dict[str, float | None] = {}
        self._disks: dict[str, int] = {}
        self._free_disk = 0
        self.cost = label(self.tr("Estimating time and disk space…"), self, look="muted")
        self.presets = QButtonGroup(self)
        holder = QWidget(self)
        row = FlowLayout(holder)
        for name in presets():
            menu_button = QToolButton(holder)
            menu_button.setText(engine_word(name))
            menu_button.setProperty("preset", name)
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
        self.setLayout(vbox(what, settings, holder, (self.list, 1), self.cost, buttons, margins=2 * SPACING))
        self.list.itemChanged.connect(self._on_ticked)
        self.presets.buttonClicked.connect(lambda pushed: self.preset_chosen.emit(pushed.property("preset")))
        self.resize(*room_for(self, 460, 620))

    def ticked(self) -> list[str]:
        """Ids of the methods that are chosen."""
        items = [self.list.item(row) for row in range(self.list.count())]
        return [str(item.data(ID)) for item in items if item.data(ID) and item.checkState() == Qt.CheckState.Checked]

    def preset(self) -> str:
        """Name of the chosen preset."""
        pushed = self.presets.checkedButton()
        return str(pushed.property("preset")) if pushed is not None else PRESET

    def show_estimates(self, pipeline: Pipeline, checked: Checked) -> None:
        """Say what each method costs; take out, with the reason, those that can't run on the model. ``pipeline``: of a
        survey with all methods."""
        methods = {block.id: block.method for block in pipeline.blocks}
        why = {methods[p.block]: str(p) for p in checked.problems if p.severity == "error" and p.block in methods}
        costs = {methods[block]: estimate for block, estimate in checked.estimates.items() if block in methods}
        self._disks = {method: disk for method, (disk, _, _) in costs.items()}
        self._seconds = {method: seconds for method, (_, _, seconds) in costs.items()}
        self._free_disk = checked.free_disk
        with QSignalBlocker(self.list):
            for item in self._items():
                method = str(item.data(ID))
                seconds = self._seconds.get(method)
                words = self.tr("can't run on this model") if method in why else self._about(seconds)
                item.setText("  ·  ".join(filter(None, (str(item.data(TITLE)), words))))
                enabled = Qt.ItemFlag.ItemIsEnabled
                if method in why:
                    item.setCheckState(Qt.CheckState.Unchecked)
                    item.setFlags(item.flags() & ~enabled)
                    item.setToolTip(as_plain(why[method]))
                elif not item.flags() & enabled:  # with these settings it can
                    item.setFlags(item.flags() | enabled)
                    item.setCheckState(Qt.CheckState.Checked)
        self._on_ticked()

    def show_no_estimates(self) -> None:
        """Nothing is known: each block says it when the survey is checked."""
        self.cost.setText(self.tr("Time and disk space are estimated when the survey starts."))

    def _about(self, seconds: float | None) -> str:
        return about_text(seconds) if seconds is not None else ""

    def _items(self) -> list[QListWidgetItem]:
        items = (self.list.item(row) for row in range(self.list.count()))
        return [item for item in items if item.data(ID)]

    def _tick(self, state: Qt.CheckState, checked: bool = False) -> None:
        for item in self._items():
            if item.flags() & Qt.ItemFlag.ItemIsEnabled:
                item.setCheckState(state)

    def _on_ticked(self, *_: object) -> None:
        chosen = self.ticked()
        self.go.setEnabled(bool(chosen))
        if not self._disks:
            return
        timed = [seconds for method in chosen if (seconds := self._seconds.get(method)) is not None]
        total = duration_text(sum(timed))
        disk = bytes_text(sum(self._disks.get(method, 0) for method in chosen))
        text = self.tr("About {time} without evaluation, {disk} of {free} free disk space.")
        more = " " + self.tr("Some have no time estimate.") if len(timed) < len(chosen) else ""
        self.cost.setText(text.format(time=total, disk=disk, free=bytes_text(self._free_disk)) + more)

    def _on_go(self) -> None:
        self.chosen.emit(self.ticked(), self.preset())
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
        self._estimates: Question | None = None
        self._estimated: Pipeline | None = None
        """A survey with all methods, of which the estimates are."""

    def ask(self, selected: list[str]) -> None:
        """Ask which methods, for the selected model or the first of the pipeline."""
        source = source_of(self._document.pipeline, selected)
        self.dialog = SurveyDialog(model_name(source), self._window)
        self.dialog.chosen.connect(partial(self.start, source))
        self.dialog.finished.connect(self.dialog.deleteLater)
        self.dialog.preset_chosen.connect(partial(self._estimate, source))
        self._estimates = Question(self._bridge, self.dialog, self._on_estimates, self._on_no_estimates)
        self.dialog.open()
        self._estimate(source, PRESET)

    def _estimate(self, source: Block, preset: str) -> None:
        """Ask what all methods cost on the model, and which of them can't run there."""
        assert self._estimates is not None
        self._estimated = self._pipeline(source, [], preset)
        self._estimates.ask(CheckPipeline(pipeline=self._estimated.to_line(), quick=True))

    def _on_estimates(self, answer: object) -> None:
        assert isinstance(answer, Checked) and self.dialog is not None and self._estimated is not None
        self.dialog.show_estimates(self._estimated, answer)

    def _on_no_estimates(self, failure: Failure | None) -> None:
        if failure is not None and self.dialog is not None:
            self.dialog.show_no_estimates()

    def _pipeline(self, source: Block, chosen: list[str], preset: str) -> Pipeline:
        """The survey with the evaluation, seed and text of the open pipeline."""
        former = self._document.pipeline
        return survey(
            source,
            chosen,
            preset=preset,
            evaluation=former.evaluation,
            name=self.tr("Survey of {0}").format(model_name(source)),
            seed=former.seed,
            text=former.text,
        )

    def start(self, source: Block, chosen: list[str], preset: str) -> None:
        """Check what can work on the model; the run follows by itself."""
        if not self._runs.may_replace() or not self._files.may_leave():
            return
        pipeline = self._pipeline(source, chosen, preset)
        command = CheckPipeline(pipeline=pipeline.to_line(), quick=True)
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
            gone = dict.fromkeys(block_name(pipeline.block(p.block)) for p in refused if p.block)
            why = "  ".join(str(problem) for problem in refused)
            self._session.message.emit("info", self.tr("Skipped: {0}. {1}").format(", ".join(gone), why))
        self._runs.start(None)

    def _on_failed(self, failure: Failure | None) -> None:
        if failure is not None:
            self._session.message.emit("error", str(failure))
