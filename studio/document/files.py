"""New, open, save, templates, models, recovery: everything that puts a document in the window. GUI thread only."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData, QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from engine.base.errors import BadInput, StudioError
from engine.checkpoints.recipe_files import GGUF, has_recipe
from engine.contracts.budget import Target
from engine.contracts.recipe import NAME
from engine.methods.source.model.settings import METHOD
from engine.pipeline.document import Block, Evaluation, Link, Pipeline
from engine.pipeline.layout import BLOCK_WIDTH
from engine.pipeline.recipes import open_pipeline
from engine.pipeline.templates import SAMPLE, templates
from studio.document.autosave import Autosave, Recoverable
from studio.document.document import Document
from studio.document.home import add_recent, forget_recent
from studio.document.settings import defaults_of
from studio.kit import message_boxes

SUFFIX = ".json"
RECOVERY_SECONDS = 5.0
SOURCE = METHOD.id
"""Method id of the block that loads a model."""


class FileController(QObject):
    """``shown`` says that there is a document to look at now."""

    shown = Signal()
    failed = Signal(str)
    notice = Signal(str, str)
    """A kind ("info", "success", "warning") and a sentence for the status bar."""
    model_added = Signal(str)
    """Id of the block that has it."""
    card_wanted = Signal(str)
    """An export whose record shall be shown."""

    def __init__(self, document: Document, window: QWidget) -> None:
        super().__init__(window)
        self._document = document
        self._window = window
        self.autosave = Autosave(document, self)
        self.autosave.failed.connect(self._on_autosave_failed)
        self._recovered: list[Recoverable] = []

    # -- opening ------------------------------------------------------------------------------------------------------
    def new(self) -> None:
        """An empty canvas."""
        if self.may_leave():
            self._document.open(new_pipeline(), None)
            self.shown.emit()

    def open(self) -> None:
        """Ask for a pipeline file."""
        folder = str(self._document.path.parent) if self._document.path else ""
        kinds = self.tr("Pipelines, replay.json, GGUF (*.json *.gguf);;All files (*)")
        name, _ = QFileDialog.getOpenFileName(self._window, self.tr("Open a pipeline"), folder, kinds)
        if name:
            self.open_path(Path(name))

    def open_path(self, path: Path) -> bool:
        """Open this pipeline file, or the steps in an export's replay.json; False if it can't be read or the user stays
        with the present one."""
        opened = self._open(path, path.resolve())
        if opened and self._document.path is not None:
            add_recent("pipelines", str(path.resolve()))
        return opened

    def open_template(self, path: Path) -> bool:
        """A pipeline without a file, made from a template."""
        return self._open(path, None)

    def _open(self, path: Path, file: Path | None) -> bool:
        if not self.may_leave():
            return False
        try:
            opened = open_pipeline(path)
        except StudioError as error:
            forget_recent("pipelines", str(path))
            self.failed.emit(str(error))
            return False
        self._document.open(opened.pipeline, None if opened.is_recipe else file)
        self.shown.emit()
        if opened.is_recipe:
            self._tell_of_steps(path.parent.name if path.name == NAME else path.name)
        return True

    def show_steps(self, pipeline: Pipeline, name: str) -> None:
        """The steps of an export as a pipeline without a file."""
        if self.show(pipeline):
            self._tell_of_steps(name)

    def _tell_of_steps(self, name: str) -> None:
        text = self.tr("These steps made “{0}”. Check the model and the files that they name.")
        self.notice.emit("info", text.format(name))

    def reopen(self) -> None:
        """Show the pipeline again that was closed last."""
        if self.may_leave():
            self._document.reopen()
            self.shown.emit()

    def open_sample(self) -> bool:
        """The sample model with a 4-bit quantization behind it."""
        paths = [template.path for template in templates() if template.path.stem == SAMPLE]
        return self.open_template(paths[0]) if paths else False

    def show(self, pipeline: Pipeline) -> bool:
        """A pipeline without a file, such as that of a past run, unless it is the one that is open; False if the user
        stays with the present one."""
        if pipeline != self._document.pipeline:
            if not self.may_leave():
                return False
            self._document.open(pipeline, None)
        self.shown.emit()
        return True

    def fit_model(self, model: str, revision: str, size: str, target: Target, more: dict[str, Any]) -> None:
        """A new pipeline that fits a model to a size, with the block of the size selected. ``more``: settings of it."""
        from engine.pipeline.fitting import fit_pipeline  # loads numpy, which the window opens without

        if not self.may_leave():
            return
        evaluation = new_pipeline().evaluation
        pipeline = fit_pipeline(model, size, target, revision=revision, evaluation=evaluation, settings=more)
        self._document.open(pipeline, None)
        self.shown.emit()
        self.model_added.emit(pipeline.blocks[-1].id)

    def add_model(self, model: str, revision: str = "") -> None:
        """Put a model on the canvas as a block of its own, selected. If the pipeline has one model already, the person
        says whether this one takes its place."""
        settings: dict[str, Any] = {"model": model}
        if revision:
            settings["revision"] = revision
        pipeline = self._document.pipeline
        source = self._only_source(pipeline)
        answer = "add" if source is None else self._ask_about_model(source, model)
        if answer == "stay":
            return
        if source is not None and answer == "replace":
            changed = pipeline.with_block(source.model_copy(update={"settings": settings}))
            self._document.change(self.tr("Replace model"), changed)
            text = self.tr("The pipeline now uses “{0}”. Undo restores the former model.")
            self.notice.emit("info", text.format(model))
            block_id = source.id
        else:
            x = min((block.x for block in pipeline.blocks), default=BLOCK_WIDTH) - BLOCK_WIDTH
            y = max((block.y for block in pipeline.blocks), default=-120.0) + 120.0
            block = Block(id=pipeline.fresh_id(SOURCE), method=SOURCE, settings=settings, x=x, y=y)
            changed = pipeline.with_block(block)
            free = [b for b in pipeline.blocks if b.method != SOURCE and "model" not in pipeline.into(b.id)]
            if len(free) == 1 and source is None:
                changed = changed.with_link(Link(source=block.id, target=free[0].id))
            self._document.change(self.tr("Add model"), changed)
            block_id = block.id
        self.shown.emit()
        self.model_added.emit(block_id)

    def _ask_about_model(self, source: Block, model: str) -> str:
        """ "add", "replace" or "stay"."""
        name = Path(model).name or model
        return message_boxes.choose(
            self._window,
            self.tr("Add “{name}” or replace the model?").format(name=name),
            self.tr(
                "The pipeline starts with “{old}”. Add the new model as a separate block, for example as a teacher, or "
                "replace the model, which makes all results outdated. Either can be undone."
            ).format(old=source.name),
            (("stay", self.tr("Cancel")), ("replace", self.tr("Replace model")), ("add", self.tr("Add as a block"))),
            escape="stay",
            default="add",
        )

    def _only_source(self, pipeline: Pipeline) -> Block | None:
        sources = [block for block in pipeline.blocks if block.method == SOURCE]
        return sources[0] if len(sources) == 1 and len(pipeline.blocks) > 1 else None

    def open_named(self, document: str) -> None:
        """Open the command line's argument: a pipeline file or a model."""
        path = Path(document)
        if path.suffix == SUFFIX and not os.path.isdir(path):
            self.open_path(path)
        else:
            self.add_model(str(path.resolve()) if os.path.exists(path) else document)

    # -- dropping -----------------------------------------------------------------------------------------------------
    def _ask_about_export(self, path: Path) -> str:
        """ "model", "recipe", "card" or "stay"."""
        return message_boxes.choose(
            self._window,
            self.tr("Add “{name}” as a model, open its pipeline, or check how it was made?").format(name=path.name),
            self.tr("It is an export that carries the steps it was made with."),
            (
                ("stay", self.tr("Cancel")),
                ("card", self.tr("Open its card")),
                ("recipe", self.tr("Open its pipeline")),
                ("model", self.tr("Add as a model")),
            ),
            escape="stay",
            default="model",
        )

    def droppable(self, data: QMimeData) -> list[Path]:
        """The files of a drop that this program can do something with."""
        paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
        return [
            path for path in paths if path.suffix.lower() in (SUFFIX, GGUF) or os.path.isdir(path) or _is_card(path)
        ]

    def drop(self, paths: list[Path]) -> None:
        """Pipelines are opened, models put on the canvas, model cards shown."""
        for path in paths:
            if _is_card(path):
                self.card_wanted.emit(str(path))
            elif path.suffix.lower() == SUFFIX and not os.path.isdir(path):
                self.open_path(path)
            elif not has_recipe(path):
                self.add_model(str(path))
            elif (answer := self._ask_about_export(path)) == "recipe":
                self.open_path(path)
            elif answer == "card":
                self.card_wanted.emit(str(path))
            elif answer == "model":
                self.add_model(str(path))

    # -- saving -------------------------------------------------------------------------------------------------------
    def save(self) -> bool:
        """Save; asks for a name the first time. False if it was not saved."""
        return self._save(self._document.path) if self._document.path is not None else self.save_as()

    def save_as(self) -> bool:
        """Save under another name."""
        start = self._document.path or Path.home() / f"{self._document.pipeline.name}{SUFFIX}"
        kinds = self.tr("Pipelines (*.json)")
        name, _ = QFileDialog.getSaveFileName(self._window, self.tr("Save the pipeline"), str(start), kinds)
        if not name:
            return False
        path = Path(name)
        return self._save(path if path.suffix else path.with_suffix(SUFFIX))

    def _save(self, path: Path) -> bool:
        try:
            self._document.save(path)
        except StudioError as error:
            self.failed.emit(str(error))
            return False
        add_recent("pipelines", str(path.resolve()))
        self._discard_recovered()
        self.notice.emit("success", self.tr("Saved to {path}").format(path=path))
        return True

    def may_leave(self, *, quitting: bool = False) -> bool:
        """Ask about unsaved changes; True if the document is saved, was saved now, or is given up. ``quitting``: the
        program ends, so that it can't be opened again."""
        if self._document.is_clean:
            return True
        name = self._document.path.name if self._document.path else self._document.pipeline.name
        answer = message_boxes.choose(
            self._window,
            self.tr("Save changes to “{name}”?").format(name=name),
            self.tr("Unsaved changes will be lost.")
            if quitting
            else self.tr("Without saving, File › Reopen closed pipeline restores them until the studio is closed."),
            (("discard", self.tr("Don't save")), ("stay", self.tr("Cancel")), ("save", self.tr("Save"))),
            escape="stay",
            default="save",
        )
        if answer == "save":
            return self.save()
        if answer == "discard":
            self._discard_recovered()
        return answer == "discard"

    # -- recovery -----------------------------------------------------------------------------------------------------
    def recover(self, item: Recoverable) -> None:
        """Open unsaved work; its recovery file goes once this is saved or given up."""
        if not self.may_leave():
            return
        self._document.open(Pipeline(), item.path)
        self._document.change(self.tr("Recover"), item.pipeline)
        self._recovered.append(item)
        self.shown.emit()

    def _discard_recovered(self) -> None:
        for item in self._recovered:
            item.discard()
        self._recovered = []

    def _on_autosave_failed(self, why: str) -> None:
        self.notice.emit(
            "warning", self.tr("The recovery copy could not be written. Save your work now. {why}").format(why=why)
        )

    def save_recovery(self) -> None:
        """Bring the recovery file up to date now, whatever happens next."""
        self.autosave.flush().result(timeout=RECOVERY_SECONDS)


def _is_card(path: Path) -> bool:
    """True for the model card of an export."""
    return path.suffix.lower() == ".md" and has_recipe(path.parent)


def when_text(seconds: float) -> str:
    """A time of day, with the date if it was not today."""
    then = time.localtime(seconds)
    today = time.localtime()
    same = (then.tm_year, then.tm_yday) == (today.tm_year, today.tm_yday)
    return time.strftime("%H:%M" if same else "%Y-%m-%d %H:%M", then)


def new_pipeline() -> Pipeline:
    """An empty one, measured as the preferences say."""
    try:
        return Pipeline(evaluation=Evaluation.parse(defaults_of("evaluation")))
    except BadInput:  # of a release with other settings
        return Pipeline()
