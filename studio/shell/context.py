"""Enabled actions and the window's title, from document, run and selection."""

from __future__ import annotations

from PySide6.QtCore import QObject

from engine.pipeline.variants import can_compare_rotations
from studio.canvas.view import CanvasView
from studio.document.document import Document
from studio.runs.controller import RunController
from studio.shell.window import MainWindow


class ActionContext(QObject):
    """Follows whatever the flags depend on. GUI thread only."""

    def __init__(self, window: MainWindow, document: Document, canvas: CanvasView, runs: RunController) -> None:
        super().__init__(window.controllers)
        self._window, self._document, self._canvas, self._runs = window, document, canvas, runs
        for signal in (
            window.page_changed,
            window.workspace.mode_changed,
            document.changed,
            document.path_changed,
            document.clean_changed,
            document.undo_stack.canUndoChanged,
            document.undo_stack.canRedoChanged,
            document.undo_stack.indexChanged,
            canvas.pipeline_scene.selectionChanged,
            runs.phase_changed,
            runs.verbs_changed,
        ):
            signal.connect(self.refresh)
        window.menus["edit"].aboutToShow.connect(self._look_at_clipboard)
        window.menus["edit"].aboutToHide.connect(self.refresh)

    def _look_at_clipboard(self) -> None:
        """Only while the menu is open: the clipboard belongs to others, and the key says so if it holds no blocks."""
        paste = self._window.table["edit.paste"]
        paste.setEnabled(paste.isEnabled() and self._canvas.editor.can_paste())

    def refresh(self, *_: object) -> None:
        """Bring flags and title up to date."""
        pipeline, stack, runs = self._document.pipeline, self._document.undo_stack, self._runs
        here = not self._window.on_welcome
        name = self._document.path.name if self._document.path else pipeline.name
        behind = bool(pipeline.blocks or pipeline.comments) or not self._document.is_clean or runs.is_active
        self._window.offer_pipeline(name if behind or here else "")
        selected = self._canvas.selected_ids() if here else []
        self._window.table.set_context(
            workspace=here,
            behind=behind and not here,
            closed=bool(self._document.closed),
            away=here and self._window.workspace.mode != "build",
            has_blocks=here and bool(pipeline.blocks),
            selection=here and bool(self._canvas.pipeline_scene.selectedItems()),
            one_block=len(selected) == 1,
            can_undo=here and stack.canUndo(),
            can_redo=here and stack.canRedo(),
            running=runs.is_active or runs.phase == "checking",
            cancellable=runs.phase in ("running", "paused", "checking"),
            paused=runs.phase == "paused",
            trains=runs.can_stop,
            cancelling=runs.phase in ("cancelling", "checking"),
            has_run=runs.run is not None,
            rotates=here and any(can_compare_rotations(pipeline, block.id) for block in pipeline.blocks),
        )
        self._window.table.name("edit.undo", stack.undoText() if here else "")
        self._window.table.name("edit.redo", stack.redoText() if here else "")
        path = self._document.path if here else None
        self._window.show_title(name if here else "", path, changed=here and not self._document.is_clean)
