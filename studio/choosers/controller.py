"""Opens the dialogs in which settings are picked, for the form: it knows the document, the engine and the model."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog, QWidget

from engine.architecture.anatomy import Anatomy, Linear
from engine.base.errors import BadInput
from engine.contracts.commands import DescribeLayers
from engine.contracts.events import Failure
from engine.methods.quantization.gguf_quants.mixes import TYPES, linear_types, type_patterns
from engine.methods.registry import method
from engine.methods.shared.layers import quantized_ends
from engine.pipeline.texts import inherited, model_of
from studio.bridge import Bridge
from studio.choosers.layers import LayerDialog
from studio.choosers.pick_request import Choice
from studio.choosers.texts import TextDialog
from studio.choosers.values import Notation, ValuesDialog
from studio.document.session import Session


class Choosers(QObject):
    """One dialog at a time. GUI thread only."""

    def __init__(self, window: QWidget, session: Session, bridge: Bridge) -> None:
        super().__init__(window)
        self._window, self._session, self._document, self._bridge = window, session, session.document, bridge
        self.dialog: QDialog | None = None

    def open(self, choice: Choice) -> None:
        """Ask for the value of a setting."""
        model, revision = model_of(self._document.pipeline, choice.scope)
        if choice.info.kind == "dataset":
            self._show(self._texts(choice, model), choice)
        elif not model:
            text = self.tr("Link the block to a model first; its layers are listed from that model.")
            self._session.message.emit("warning", text)
        else:
            command = DescribeLayers(model=model, revision=revision)
            self._bridge.ask(command, partial(self._on_layers, choice), self._on_failed)

    def _texts(self, choice: Choice, model: str) -> TextDialog:
        pipeline, scope = self._document.pipeline, choice.scope
        block = scope if pipeline.has(scope) else None
        meant = "" if scope == "pipeline" else inherited(pipeline, block)
        part = "validation" if scope == "evaluation" else "train"
        value = str(choice.value or "pipeline")
        return TextDialog(self._bridge, choice.info.title, value, meant, model, part, self._window)

    def _on_layers(self, choice: Choice, anatomy: object) -> None:
        assert isinstance(anatomy, Anatomy)
        if not (anatomy.layers if choice.info.kind == "layers" else anatomy.linears):
            self._session.message.emit(
                "warning", self.tr("The layers of this model are not recognized. Type their names instead.")
            )
            return
        info, value = choice.info, list(choice.value or ())
        dialog: LayerDialog
        if info.kind == "tensor_types":
            choices = [(name, name) for name in TYPES]
            notation = Notation(linear_types, type_patterns, self.tr("As in the mix"), choices, "Q8_0")
            dialog = ValuesDialog(anatomy, info, value, self._window, notation)
        elif info.kind == "layer_values":
            anatomy = replace(anatomy, others=(*anatomy.others, *self._linears(choice, anatomy)))
            dialog = ValuesDialog(anatomy, info, value, self._window)
        else:
            dialog = LayerDialog(anatomy, info, value, self._window)
        self._show(dialog, choice)

    def _linears(self, choice: Choice, anatomy: Anatomy) -> list[Linear]:
        """Embedding and head, where the block quantizes them: they may have a value of their own too."""
        block = self._document.pipeline.block(choice.scope)
        try:
            settings: Any = method(block.method).settings.parse(block.settings)
        except BadInput:
            return []
        return quantized_ends(anatomy, settings) if hasattr(settings, "quantize_embeddings") else []

    def _on_failed(self, failure: Failure | None) -> None:
        if failure is not None:
            self._session.message.emit("error", str(failure))

    def _show(self, dialog: TextDialog | LayerDialog, choice: Choice) -> None:
        self.dialog = dialog
        dialog.chosen.connect(choice.on_picked)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
