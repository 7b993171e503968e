"""After a crash: unsaved work of the last session is offered in a banner."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Signal

from studio.document.autosave import Recoverable, find_recoverable
from studio.document.files import FileController, when_text
from studio.kit.widgets import Banner, button


class RecoveryOffer(QObject):
    """Offers one after the other, the newest first, until none is left."""

    finished = Signal()
    """Nothing is offered any more: the banner is free."""

    def __init__(self, files: FileController, banner: Banner) -> None:
        super().__init__(banner)
        self._files, self._banner = files, banner

    def offer(self) -> None:
        """Show the banner if there is something to recover."""
        recoverable = find_recoverable()
        if not recoverable:
            self.finished.emit()
            return
        item = recoverable[0]
        name = item.path.name if item.path else item.pipeline.name
        recover = button(self.tr("Recover"), self._banner, look="primary", on=partial(self._on_recover, item))
        discard = button(self.tr("Discard"), self._banner, look="quiet", on=partial(self._on_discard, item))
        text = self.tr("“{name}” has unsaved changes from {when}; the studio did not close properly.")
        self._banner.show_message("warning", text.format(name=name, when=when_text(item.time)), recover, discard)

    def _on_recover(self, item: Recoverable) -> None:
        self._banner.clear()
        self._files.recover(item)
        self.finished.emit()

    def _on_discard(self, item: Recoverable) -> None:
        item.discard()
        self._banner.clear()
        self.offer()
