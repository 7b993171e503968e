"""Fit a model to a size: which model, how large its file may be, and which program will run it."""

from __future__ import annotations

from typing import Any, cast

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QCheckBox, QLayout, QLineEdit, QWidget

from engine.architecture.cache import cache_of_header
from engine.base.errors import BadInput
from engine.base.human import bytes_text, grouped_text
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.contracts.budget import Target
from engine.contracts.commands import Checked, CheckPipeline
from engine.fit.size import CONTEXTS, bytes_of
from engine.methods.budget.fit_to_budget.settings import FitToBudgetSettings
from studio.bridge import Bridge, Question
from studio.engine_words import window_fields
from studio.kit.combo import Choice
from studio.kit.layouts import hbox, vbox
from studio.kit.plaintext import as_plain
from studio.kit.theme import SPACING, measured, scaled
from studio.kit.widgets import label, set_look, single_shot
from studio.models.dialog import ModelDialog, is_hub_id

CHECK_MS = 600
"""After so long without a change the engine is asked."""
SMALL = 1.5625 / 16
"""Of the model in 16 bits: what the smallest block type takes, IQ1_S. Below it parts of the model have to go."""


class FitDialog(ModelDialog):
    """The dialog of models, with a goal. Names of the goal are those of the settings of Fit to budget."""

    fit_chosen = Signal(str, str, str, str, dict)
    """Path or hub id, revision, size, target, and other settings of the block: see `FitToBudgetSettings`."""

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(bridge, parent)
        self.look_at("sample" if self._recent.count() == 1 else "")
        self._source.selectAll()  # what is typed takes its place

    def _title(self) -> str:
        return self.tr("Fit a model to a size")

    def _primary(self) -> tuple[str, str]:
        return self.tr("Fit to this size"), "budget"

    def _build_goal(self) -> tuple[QLayout, ...]:
        self._refusal = ""
        """Refusal of the engine for what is chosen; "" while none is known."""
        self._last: tuple[object, ...] = ()
        self._check = Question(self._bridge, self, self._on_checked, lambda failure: None)
        self._pause = single_shot(self._ask, self, CHECK_MS)
        named = {field.name: field for field in window_fields(FitToBudgetSettings)}
        size, target, context = named["size"], named["target"], named["context"]
        self.size_line = QLineEdit(str(size.default), self, placeholderText=self.tr("60MB, 1.5GB or 40%"))
        self.size_line.setAccessibleName(size.title)
        self.size_line.setToolTip(as_plain(size.help))
        self.size_line.setMinimumHeight(30)
        self.size_line.setMaximumWidth(scaled(150))
        self.size_line.textChanged.connect(self._show_actions)
        self.target = Choice(target.title, self, tip=target.help)
        self.target.setMinimumHeight(30)
        self.target.offer(((str(value), text) for value, text in target.choices), chosen=str(target.default))
        self.meaning = label("", self, look="muted")
        """The size in bytes and as a share, or what is wrong with it. What is above does not move for a second line."""
        self.meaning.setAlignment(Qt.AlignmentFlag.AlignTop)
        measured(self.meaning, lambda text: text.setMinimumHeight(2 * text.fontMetrics().lineSpacing()))
        self.context = Choice(context.title, self, tip=context.help)
        self.context.setMinimumHeight(30)
        words = self.tr("with context {0}")
        contexts = ((str(count), words.format(grouped_text(count))) for count in CONTEXTS)
        self.context.offer((("0", self.tr("File alone")), *contexts))
        self.context.currentIndexChanged.connect(self._show_actions)
        self.remove = QCheckBox(named["remove_layers"].title, self)
        self.remove.setToolTip(as_plain(named["remove_layers"].help))
        self.remove.toggled.connect(self._show_actions)
        names = (label(size.title, self), label(target.title, self))
        for name in names:
            name.setWordWrap(False)
        parts = names[0], self.size_line, self.context, SPACING, names[1], self.target, SPACING, self.remove
        row = hbox(*parts, None, gap=SPACING)
        return (vbox(row, self.meaning, margins=0, gap=SPACING // 2),)

    def _show_actions(self) -> None:
        super()._show_actions()
        wrong, text = self._meant()
        chosen = (self._model, self.size_line.text(), self.target.value, *self._settings().items())
        if chosen != self._last:
            self._last, self._refusal = chosen, ""
            self._check.drop()
            self._pause.start()
        self.meaning.setText(wrong or self._refusal or text)
        set_look(self.meaning, "error" if wrong or self._refusal else "muted")
        self.size_line.setAccessibleDescription(wrong or text)
        if wrong:
            self._add.setEnabled(False)

    def _meant(self) -> tuple[str, str]:
        """An error of the size, and what the size means for the model that is shown."""
        written, header = self.size_line.text().strip(), self.preview.header if self._model else None
        try:
            bytes_of(written, 100)
        except BadInput as error:
            return str(error), ""
        if header is None:
            return "", self.tr("A share is of the bytes of all parameters in 16 bits.")
        whole = 2 * header.parameters
        if header.format == "artifact" or not whole:
            return "", ""
        count, context = bytes_of(written, whole), int(self.context.value)
        return self._meant_with_context(header, count, context) if context else ("", self._meant_of(header, count))

    def _meant_with_context(self, header: CheckpointHeader, count: int, context: int) -> tuple[str, str]:
        """The same where the size is that of the file and of the keys and values of so many tokens."""
        cache, tokens, size = cache_of_header(header), grouped_text(context), bytes_text(count)
        if cache is None:
            text = self.tr(
                "{size} for the file and the keys and values of a context of {count}. The model has {now} on disk."
            )
            return "", text.format(size=size, count=tokens, now=bytes_text(header.file_bytes))
        beside = cache.bytes_at(context)
        if beside >= count:
            text = self.tr(
                "Keys and values of a context of {count} alone take {keys}. Choose a larger size or a shorter context."
            )
            return text.format(count=tokens, keys=bytes_text(beside)), ""
        text = self.tr("Keys and values of a context of {count} take {keys} of the {size}. For the file:")
        words = text.format(count=tokens, keys=bytes_text(beside), size=size)
        return "", f"{words} {self._meant_of(header, count - beside)}"

    def _meant_of(self, header: CheckpointHeader, count: int) -> str:
        """The meaning of a size of the file."""
        whole = 2 * header.parameters
        text = self.tr("{size}: {share} of the {whole} in 16 bits. The model has {now} on disk.").format(
            size=bytes_text(count),
            share=f"{count / whole:.0%}",
            whole=bytes_text(whole),
            now=bytes_text(header.file_bytes),
        )
        if count >= header.file_bytes:
            text += " " + self.tr("It is that small already.")
        elif count < SMALL * whole:
            text += " " + self.tr("Parts of the model have to go: allow that in the settings of the block.")
        return text

    def _choose(self, model: str, revision: str) -> None:
        self.fit_chosen.emit(model, revision, self.size_line.text().strip(), self.target.value, self._settings())

    def _settings(self) -> dict[str, Any]:
        """Settings of the block beside size and target, as far as they are not the usual ones."""
        context = int(self.context.value)
        return {
            **({"context": context} if context else {}),
            **({"remove_layers": True} if self.remove.isChecked() else {}),
        }

    # -- what the engine says to it -----------------------------------------------------------------------------------
    def _ask(self) -> None:
        """Check what is chosen from the headers, as the canvas does."""
        from engine.pipeline.fitting import fit_pipeline  # loads numpy, which the window opens without

        if not self._add.isEnabled():
            return
        size, target = self.size_line.text().strip(), cast(Target, self.target.value)
        revision = self._revision.text().strip() if is_hub_id(self._model) else ""
        pipeline = fit_pipeline(self._model, size, target, revision=revision, settings=self._settings())
        self._check.ask(CheckPipeline(pipeline=pipeline.to_line(), quick=True))

    def _on_checked(self, answer: object) -> None:
        assert isinstance(answer, Checked)
        errors = [problem for problem in answer.problems if problem.severity == "error"]
        self._refusal = str(errors[0]).removesuffix(".") + "." if errors else ""
        if errors and not self.remove.isChecked():
            self._refusal += " " + self.tr("“{0}” reaches smaller sizes.").format(self.remove.text())
        self._show_actions()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._pause.stop()
        self._check.drop()
        super().closeEvent(event)
