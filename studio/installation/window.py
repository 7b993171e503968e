"""The page "Updates and versions": what is installed, what an update would fetch, versions beside each other."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QTextCursor, QTextDocument
from PySide6.QtWidgets import QDialog, QFrame, QLineEdit, QProgressBar, QScrollArea, QTextBrowser, QWidget

from engine.base.errors import StudioError
from engine.base.human import bytes_text
from engine.contracts.commands import DescribeDevice
from engine.contracts.events import Failure
from engine.installer.job import LAST_KINDS, Event, Job
from engine.installer.layout import Installation
from engine.installer.origin import Origin, origin
from engine.installer.overview import Overview, Version, overview
from engine.service.wire import code_hash
from engine.version import __version__
from studio.bridge import Bridge, Question
from studio.installation.card import VersionCard
from studio.kit import message_boxes
from studio.kit.background import BackgroundTask
from studio.kit.dialogs import room_for
from studio.kit.layouts import hbox, vbox
from studio.kit.theme import SPACING, color, theme
from studio.kit.widgets import Banner, ElidedLabel, button, label, set_look

NEWS_HEIGHT = 140


@dataclass(frozen=True)
class Facts:
    """The installed program. ``seen``: None for one that the installer did not install, and where it can't be read."""

    origin: Origin
    code: str
    torch: str
    seen: Overview | None
    failure: str = ""


class UpdatesWindow(QDialog):
    """Not modal. What is being installed goes on while the window is closed. GUI thread only."""

    restart_requested = Signal(object)
    """The launcher of the version that is the current one now."""

    def __init__(
        self,
        bridge: Bridge,
        parent: QWidget,
        find: Callable[[], Origin] = origin,
        make: Callable[[list[str]], Job] = Job,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Updates and versions"))
        self._find, self._make = find, make
        self.facts: Facts | None = None
        self.cards: list[VersionCard] = []
        self._job: Job | None = None
        self._task: BackgroundTask | None = None
        self._last: Event = {}
        self._step = ""
        self._device = ""
        self._asking = Question(bridge, self, self._on_device, self._on_no_device)
        self._build()
        theme().changed.connect(self._style_news)

    @property
    def is_busy(self) -> bool:
        """True while the installer works."""
        return self._job is not None

    @property
    def installation(self) -> Installation | None:
        """The one that this window belongs to."""
        return self.facts.origin.installation if self.facts is not None else None

    def open_page(self) -> None:
        """Show the page and look at what is installed."""
        self.show()
        self.raise_()
        self._asking.ask(DescribeDevice())
        if not self.is_busy:
            self._look()

    # -- construction ----------------------------------------
    def _build(self) -> None:
        self.title = label(f"Compression Studio {__version__}", self, bold=True, size=2)
        self.about = label("", self, look="muted")
        self.banner = Banner(self)
        self.origin = label("", self)
        self.line = QLineEdit(self, readOnly=True)
        self.line.setAccessibleName(self.tr("The line that updates it"))
        self.copy = button(self.tr("Copy"), self, picture="copy", on=self._on_copy)
        self.elsewhere = QWidget(self)
        self.elsewhere.setLayout(hbox((self.line, 1), self.copy, margins=0, gap=SPACING))
        self.check = button(self.tr("Check for updates"), self, look="primary", picture="download", on=self._on_check)
        self.update_now = button(self.tr("Update now"), self, look="primary", picture="download", on=self._on_update)
        self.state = label(
            self.tr("The program looks for updates when you ask, and never installs them by itself."), self
        )
        self.news = QTextBrowser(self, openLinks=False)
        self.news.setAccessibleName(self.tr("What is new"))
        self.news.setFixedHeight(NEWS_HEIGHT)
        self.bar = QProgressBar(self, textVisible=False)
        self.cancel = button(self.tr("Cancel"), self, picture="cancel", on=self._on_cancel)
        self.doing = ElidedLabel("", self)
        self.progress = QWidget(self)
        self.progress.setLayout(vbox(hbox((self.bar, 1), self.cancel, gap=SPACING), self.doing, margins=0))
        self.updates = QFrame(self)
        set_look(self.updates, "card")
        head = hbox((self.state, 1), self.check, self.update_now, gap=SPACING)
        self.updates.setLayout(vbox(head, self.news, self.progress, margins=SPACING + 4, gap=SPACING))
        for control in (self.copy, self.check, self.update_now, self.cancel):
            control.setAutoDefault(False)
        page = QWidget(self)
        self._list = vbox(gap=SPACING, margins=0)
        self.sizes = label("", page, look="muted")
        page.setLayout(vbox(self._list, self.sizes, None, gap=SPACING, margins=0))
        self.area = QScrollArea(self, widgetResizable=True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(page)
        top = (self.title, self.about, self.banner, self.origin, self.elsewhere, self.updates)
        rest = QWidget(self)
        rest.setLayout(vbox((self.area, 1), margins=0))
        self.setLayout(vbox(*top, (rest, 1), margins=2 * SPACING, gap=SPACING))
        for hidden in (self.elsewhere, self.updates, self.update_now, self.news, self.progress, self.area):
            hidden.hide()
        self._style_news()
        self.resize(*room_for(self, 780, 580))

    def _style_news(self) -> None:
        self.news.document().setDefaultStyleSheet(f"a {{ color: {color('accent').name()}; }}")

    # -- what is installed ----------------------------------------
    def _look(self) -> None:
        """All files are looked at for their sizes, in a thread of its own."""
        find = self._find
        if self.facts is None:
            self.origin.setText(self.tr("Checking the installation…"))
        BackgroundTask(lambda: read_facts(find), self).done.connect(self._show_facts)

    def _show_facts(self, facts: Facts) -> None:
        self.facts = facts
        self._show_about()
        installed = facts.origin.installation is not None
        command = facts.origin.command
        text = str(facts.origin)
        if not installed and command:
            text += " " + self.tr("This line updates it; then start the program again.")
        elif facts.origin.installation is not None:
            text += " " + self.tr("Its folder is {0}.").format(facts.origin.installation.root)
        self.origin.setText(text)
        self.line.setText(command)
        self.line.setCursorPosition(0)
        self.elsewhere.setVisible(bool(command))
        self.updates.setVisible(installed)
        self.area.setVisible(installed)
        if facts.failure:
            self.banner.show_message("error", facts.failure, dismissable=True)
        self._show_versions(facts.seen)

    def _show_versions(self, seen: Overview | None) -> None:
        focused = next((card.version.name for card in self.cards if card.isAncestorOf(self.focusWidget())), "")
        for card in self.cards:
            card.hide()
            card.deleteLater()
        self.cards = []
        for version in reversed(seen.versions if seen is not None else ()):
            card = VersionCard(version, self)
            card.rollback_requested.connect(self._on_rollback)
            card.repair_requested.connect(self._on_repair)
            card.remove_requested.connect(self._on_remove)
            card.set_busy(self.is_busy)
            self._list.addWidget(card)
            self.cards.append(card)
            if version.name == focused and card.buttons:
                card.buttons[0].setFocus()
        if seen is not None:
            text = self.tr("{0} in total, including what is kept for repairs. {1} free on the disk.")
            self.sizes.setText(text.format(bytes_text(seen.bytes), bytes_text(seen.free)))

    def _show_about(self) -> None:
        facts = self.facts
        if facts is not None:
            torch = self.tr("torch {0}").format(facts.torch) if facts.torch else self.tr("torch is not installed")
            words = (self.tr("Code {0}").format(facts.code), torch, self._device, f"Python {platform.python_version()}")
            self.about.setText("  ·  ".join(filter(None, words)))

    def _on_device(self, about: dict[str, object]) -> None:
        """Show what the engine computes on, as the status bar has it."""
        name, device = about.get("name", ""), about.get("device", "cpu")
        self._device = self.tr("computes on {name} ({device})").format(name=name, device=device)
        self._show_about()

    def _on_no_device(self, failure: Failure | None) -> None:
        self._device = ""

    # -- what the person wants ----------------------------------------
    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self.line.text())

    def _on_check(self) -> None:
        self._start(self.tr("Looking for updates…"), ["update", "--check"])

    def _on_update(self) -> None:
        self._start(self.tr("Updating…"), ["update", "--yes"])

    def _on_rollback(self) -> None:
        self._start(self.tr("Rolling back…"), ["rollback"])

    def _on_repair(self) -> None:
        text = self.tr(
            "Installs the current version again in a separate folder, tests it, and starts it from then on. Packages "
            "that are not stored locally are downloaded again."
        )
        options = [("repair", self.tr("Repair")), ("cancel", self.tr("Cancel"))]
        if message_boxes.choose(self, self.tr("Repair the program?"), text, options, escape="cancel") == "repair":
            self._start(self.tr("Repairing…"), ["repair", "--yes"])

    def _on_remove(self, version: Version) -> None:
        text = self.tr("This frees {0}. You can't roll back to it afterward.").format(bytes_text(version.own))
        options = [("remove", self.tr("Remove")), ("cancel", self.tr("Cancel"))]
        title = self.tr("Remove version {0}?").format(version.name)
        if message_boxes.choose(self, title, text, options, escape="cancel") == "remove":
            self._start(self.tr("Removing…"), ["remove", version.name, "--yes"])

    def _on_cancel(self) -> None:
        if self._job is not None:
            self.doing.set_whole(self.tr("Canceling…"))
            self.cancel.setEnabled(False)
            self._job.cancel()

    # -- the installer's process ----------------------------------------
    def _start(self, text: str, words: list[str]) -> None:
        installation = self.installation
        if self.is_busy or installation is None:
            return
        self.banner.clear()
        self._last, self._step = {}, ""
        try:
            self._job = job = self._make([*words, "--folder", str(installation.root.parent)])
        except OSError as error:
            text = self.tr("The installer can't be started: {0}.").format(error.strerror or error)
            self.banner.show_message("error", text, dismissable=True)
            return
        self.bar.setRange(0, 0)
        self.doing.set_whole(text)
        self._show_busy(True)
        self._task = BackgroundTask(job.events, self)
        self._task.part.connect(self._on_event)
        self._task.done.connect(self._on_end)

    def _show_busy(self, busy: bool) -> None:
        self.progress.setVisible(busy)
        self.cancel.setEnabled(busy)
        self.check.setEnabled(not busy)
        self.update_now.setEnabled(not busy)
        for card in self.cards:
            card.set_busy(busy)
        if busy:
            self.cancel.setFocus()

    def _on_event(self, event: Event) -> None:
        kind = event["kind"]
        if kind == "step":
            self.bar.setRange(0, event["of"])
            self.bar.setValue(event["number"] - 1)
            self._step = event["text"]
            self.doing.set_whole(self._step)
        elif kind == "line":
            self.doing.set_whole(f"{self._step}: {event['text']}" if self._step else event["text"])
        elif kind == "newer":
            self._show_newer(event)
        if kind in LAST_KINDS:
            self._last = event

    def _show_newer(self, event: Event) -> None:
        archive, fetched = bytes_text(event["archive"]), event["fetched"]
        text = self.tr("Version {0} is available.").format(event["version"]) + " "
        if fetched is None:
            text += self.tr("It fetches {0} and newer packages, whose size is not known.").format(archive)
        else:
            text += self.tr("It fetches {0} at most; packages that are here already are not fetched again.").format(
                bytes_text(fetched)
            )
        self.state.setText(text)
        self.news.document().setMarkdown(event["news"], QTextDocument.MarkdownFeature.MarkdownNoHTML)
        self.news.moveCursor(QTextCursor.MoveOperation.Start)
        self.news.setVisible(bool(event["news"]))
        self.check.hide()
        self.update_now.show()

    def _on_end(self, _: object) -> None:
        self._job = self._task = None
        self._show_busy(False)
        event, kind = self._last, self._last.get("kind")
        if kind == "failed":
            self.banner.show_message("error", event["text"], dismissable=True)
        elif kind == "cancelled":
            self.banner.show_message("info", event["text"], dismissable=True)
        elif kind == "newest":
            self.state.setText(self.tr("Version {0} is the newest.").format(event["version"]))
        elif kind == "done" and "current" in event:
            self._show_restart(event["current"])
        if kind != "done" or "current" not in event:
            (self.update_now if self.update_now.isVisible() else self.check).setFocus()
        self._look()

    def _show_restart(self, name: str) -> None:
        """Another version is the current one; this window is still of the one that it was started from."""
        self.news.hide()
        self.update_now.hide()
        self.check.show()
        self.state.setText(self.tr("Version {0} starts from now on.").format(name))
        assert self.installation is not None
        launcher = self.installation.launcher
        restart = button(
            self.tr("Restart now"), self.banner, picture="reset", on=lambda: self.restart_requested.emit(launcher)
        )
        restart.setAutoDefault(False)
        text = self.tr("Version {0} is the current one. This window runs the former one until you restart the program.")
        self.banner.show_message("success", text.format(name), restart, dismissable=True)
        restart.setFocus()


def read_facts(find: Callable[[], Origin]) -> Facts:
    """The installed program, without torch: from metadata of packages, and from the installation's folder."""
    program = find()
    try:
        torch = importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError:
        torch = ""
    seen, failure = None, ""
    if program.installation is not None:
        try:
            seen = overview(program.installation)
        except (OSError, StudioError) as error:
            failure = str(error)
    return Facts(program, code_hash(), torch, seen, failure)
