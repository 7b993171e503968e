"""The open pipeline: every change goes through here and can be undone. Views follow `changed`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from engine.base.files import write_text
from engine.pipeline.document import UNTITLED, Pipeline

MERGE_SECONDS = 0.8

MOST_CLOSED = 10
"""So many closed pipelines can be shown again."""


class Closed(NamedTuple):
    """A pipeline as it was when another took its place. ``saved``: without unsaved changes."""

    pipeline: Pipeline
    path: Path | None
    saved: bool


class Document(QObject):
    """A pipeline with its undo history and its file. GUI thread only.

    A command keeps the pipeline before and after: pipelines are immutable and share their blocks, so that this costs
    little and undo can't be wrong, whatever was changed (settings, links, comments, positions).
    """

    changed = Signal(object, object)
    """(old: Pipeline, new: Pipeline): views draw the difference."""
    replacing = Signal()
    """Another pipeline is about to be put in its place."""
    opened = Signal()
    """Another pipeline took the place of the present one: views start anew (selection, zoom, states)."""
    path_changed = Signal()
    clean_changed = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.pipeline = Pipeline()
        """The pipeline as the user sees it; only `Document` changes it."""
        self.path: Path | None = None
        """The file it belongs to, None if it was never saved."""
        self.closed: list[Closed] = []
        """Pipelines that others took the place of, the last one at the end."""
        self.undo_stack = QUndoStack(self)
        self.undo_stack.cleanChanged.connect(self.clean_changed)

    @property
    def is_clean(self) -> bool:
        """True if there are no unsaved changes."""
        return self.undo_stack.isClean()

    def change(self, label: str, pipeline: Pipeline, *, merge: str | None = None) -> None:
        """Put ``pipeline`` in the place of the present one, as one undoable step called ``label``.

        Steps with the same ``merge`` key that follow each other quickly (typing, dragging) become one.
        """
        if pipeline != self.pipeline:
            self.undo_stack.push(_Change(self, label, self.pipeline, pipeline, merge))

    def open(self, pipeline: Pipeline, path: Path | None, *, saved: bool = True) -> None:
        """Start anew with this pipeline; the undo history is gone, `reopen` brings the former one back. ``saved`` is
        False for one that was recovered."""
        if self.pipeline.blocks:
            former = Closed(self.pipeline, self.path, self.is_clean)
            self.closed = [*(closed for closed in self.closed if closed != former), former][-MOST_CLOSED:]
        self._start(pipeline, path, saved)

    def reopen(self) -> None:
        """Show the pipeline again that was closed last, with its unsaved changes. The present one becomes the one that
        was closed longest ago, so that one after the other comes back."""
        if not self.closed:
            return
        last = self.closed.pop()
        if self.pipeline.blocks:
            self.closed.insert(0, Closed(self.pipeline, self.path, self.is_clean))
        self._start(last.pipeline, last.path, last.saved)

    def _start(self, pipeline: Pipeline, path: Path | None, saved: bool) -> None:
        self.replacing.emit()
        self.undo_stack.clear()
        if not saved:
            self.undo_stack.resetClean()
        self._show(pipeline)
        self.path = path
        self.path_changed.emit()
        self.opened.emit()

    def save(self, path: Path) -> None:
        """Write the file, whole or not at all; raises `StudioError`. A pipeline without a name gets that of its file,
        by which runs and results are listed."""
        pipeline = self.pipeline
        if pipeline.name == UNTITLED and path.stem.strip():
            pipeline = pipeline.model_copy(update={"name": path.stem})
        write_text(path, pipeline.to_json())
        self.path = path
        self.change(self.tr("Name"), pipeline)
        self.undo_stack.setClean()
        self.path_changed.emit()

    def _show(self, pipeline: Pipeline) -> None:
        old, self.pipeline = self.pipeline, pipeline
        self.changed.emit(old, pipeline)


class _Change(QUndoCommand):
    def __init__(self, document: Document, label: str, before: Pipeline, after: Pipeline, merge: str | None) -> None:
        super().__init__(label)
        self._document = document
        self._before = before
        self._after = after
        self._merge = merge
        self._time = time.monotonic()

    def id(self) -> int:
        return 1

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, _Change) or self._merge is None or other._merge != self._merge:
            return False
        if other._time - self._time > MERGE_SECONDS:
            return False
        self._after = other._after
        self._time = other._time
        self.setObsolete(self._before == self._after)
        return True

    def redo(self) -> None:
        self._document._show(self._after)

    def undo(self) -> None:
        self._document._show(self._before)
