"""A result that is computed on request: pages that offer it, wait for it, say what failed, and show it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QProgressBar, QWidget

from engine.base.errors import sentence
from engine.contracts.commands import Command, new_id
from engine.contracts.events import Event, Failure, Progress
from studio.bridge import Bridge, Question
from studio.kit.layouts import Pages, vbox
from studio.kit.theme import SPACING
from studio.kit.widgets import EmptyState, PlainLabel, button


class InquiryPages(QWidget):
    """Four pages, of which one is in front: ``ask``, ``waiting``, ``failed`` and ``answer``. GUI thread only."""

    cancel_requested = Signal()
    retry_requested = Signal()
    """Ask the same once more, after it failed."""

    def __init__(self, ask: QWidget, answer: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self.ask, self.answer = ask, answer
        self.waiting = QWidget(self)
        self.text = PlainLabel("", self.waiting)
        self.text.setWordWrap(True)
        self.text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.bar = QProgressBar(self.waiting, textVisible=False)
        self.bar.setFixedWidth(280)
        cancel = button(self.tr("Cancel"), self.waiting, on=self.cancel_requested)
        middle = Qt.AlignmentFlag.AlignHCenter
        self.waiting.setLayout(vbox(None, self.text, (self.bar, middle), SPACING, (cancel, middle), None))
        self.retry = button(self.tr("Try again"), self, picture="reset", on=self.retry_requested)
        self.retry.hide()
        self.failed = EmptyState("error", "", "", self, self.retry)
        self._pages = Pages(self)
        for page in (ask, self.waiting, self.failed, answer):
            self._pages.addWidget(page)

    @property
    def shown(self) -> QWidget:
        """The page in front."""
        return self._pages.currentWidget() or self.ask

    @property
    def is_asked(self) -> bool:
        """True if the answer is shown or on its way."""
        return self.shown in (self.waiting, self.answer)

    def show_ask(self) -> None:
        """Nothing was asked for yet."""
        self._pages.setCurrentWidget(self.ask)

    def show_loading(self, text: str, fraction: float | None = None) -> None:
        """It is being made; ``fraction`` in 0..1 once it is known."""
        self.text.setText(text)
        self.bar.setRange(0, 0 if fraction is None else 1000)
        self.bar.setValue(round(1000 * (fraction or 0.0)))
        self._pages.setCurrentWidget(self.waiting)

    def show_error(self, what: str, text: str = "", *, retry: bool = False) -> None:
        """Say what went wrong, and why and what to do in ``text``; ``retry``: with a button that asks again."""
        self.failed.set_text(what, text)
        self.retry.setVisible(retry)
        self._pages.setCurrentWidget(self.failed)

    def show_answer(self) -> None:
        """Here it is."""
        self._pages.setCurrentWidget(self.answer)


class Inquiry(Question):
    """A question of which the pages show how far it is and what went wrong; ``on_done`` shows the answer."""

    def __init__(
        self, bridge: Bridge, pages: InquiryPages, on_done: Callable[..., None], none: Callable[[], None] | None = None
    ) -> None:
        """``none``: shows that there is no answer; without it the page that asks is shown."""
        super().__init__(bridge, pages, on_done, self._show_failure, self._show_progress)
        self._pages = pages
        self._show_none = none or pages.show_ask
        self._part, self._parts = 0, 1
        self._last: tuple[Command, str] | None = None
        pages.retry_requested.connect(self._on_retry)

    def send(self, command: Command, text: str, part: int = 0, parts: int = 1) -> None:
        """Ask this; ``text`` says what is done until more is known. It is one of several ``parts`` of the answer."""
        self._part, self._parts = part, parts
        self._last = (command, text) if parts == 1 else None
        self._pages.show_loading(text, part / parts if part else None)
        self.ask(command)

    def give_up(self) -> None:
        """Wait no longer."""
        if self.drop():
            self._show_none()

    def _show_progress(self, event: Event) -> None:
        if isinstance(event, Progress):
            self._pages.show_loading(event.text, (self._part + event.fraction) / self._parts)

    def _show_failure(self, failure: Failure | None) -> None:
        if failure is None:
            self._show_none()
        else:
            prefix = f"{failure.where}: " if failure.where else ""
            said = f"{prefix}{sentence(failure.why)} {sentence(failure.advice)}".strip()
            self._pages.show_error(failure.what, said, retry=self._last is not None)

    def _on_retry(self) -> None:
        """The same once more, as another job."""
        if self._last is not None and self._pages.shown is self._pages.failed:
            command, text = self._last
            self.send(replace(command, id=new_id()), text)
