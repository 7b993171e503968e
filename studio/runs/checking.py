"""Background check after every edit, from file headers alone: problems that would stop a run."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from engine.contracts.commands import Checked, CheckPipeline
from engine.contracts.events import Failure
from engine.pipeline.differences import same_meaning
from engine.pipeline.document import Pipeline
from studio.bridge import Bridge, Question
from studio.document.session import Session

DELAY_MS = 300
"""After the last edit: typing a number is one question."""


class BackgroundCheck(QObject):
    """One question at a time; an answer about a pipeline that was edited meanwhile is dropped. What was found before
    stands until the next answer, so that no warning that still holds goes away. GUI thread only."""

    checked = Signal(object)
    """`Checked` of the pipeline that is open now."""

    def __init__(self, session: Session, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._document = session.document
        self._question = Question(bridge, self, self._on_answer, self._on_failed)
        self._pipeline = Pipeline()
        self._timer = QTimer(self, singleShot=True, interval=DELAY_MS)
        self._timer.timeout.connect(self._ask)
        self._document.changed.connect(self._on_changed)

    def _on_changed(self, old: Pipeline, new: Pipeline) -> None:
        if not same_meaning(old, new):
            self._timer.start()

    def _ask(self) -> None:
        self._pipeline = self._document.pipeline
        self._question.ask(CheckPipeline(pipeline=self._pipeline.to_line(), quick=True))

    def _on_answer(self, answer: object) -> None:
        assert isinstance(answer, Checked)
        if same_meaning(self._pipeline, self._document.pipeline):
            self.checked.emit(answer)

    def _on_failed(self, failure: Failure | None) -> None:
        """F7 and a run say what is wrong."""
