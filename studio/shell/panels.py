"""Dock widgets with a quiet title bar: none while tabbed (the tab says it), a slim one alone, the system's afloat."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QApplication,
    QDockWidget,
    QFrame,
    QMainWindow,
    QScrollArea,
    QWidget,
)

from studio.kit.layouts import hbox, vbox
from studio.kit.theme import SPACING, set_font
from studio.kit.widgets import EmptyState, PlainLabel, label, set_look, tool

HEAVY = ("charts", "inspector", "compare", "fit", "results")
"""Panels that import large libraries: made after the first picture."""


ONE_LINE = 40
"""Pixels of height of a panel at least: one line of words or buttons, as `RunPanel` has while nothing runs."""


class Panel(QDockWidget):
    """A dock called ``name``. Its content may be made later by ``make``: heavy panels wait for the first paint."""

    content_made = Signal(str, QWidget)
    """Name and content, once that was made."""
    seen = Signal(str, bool)
    """Name, and whether it can be seen now (not when it is hidden or behind another)."""

    def __init__(
        self,
        name: str,
        title: str,
        parent: QMainWindow,
        content: QWidget | None = None,
        make: Callable[[QWidget], QWidget] | None = None,
        *,
        scrolls: bool = False,
    ) -> None:
        """``scrolls``: what is in it scrolls where it does not fit, so that it never pushes the canvas away."""
        super().__init__(title, parent)
        self.in_front = False
        """True if the panel is visible: not hidden and not behind another tab."""
        self.setObjectName(f"panel.{name}")
        self.name = name
        self._window = parent
        self._make = make
        self._bar = _TitleBar(self)
        self._nothing = QWidget(self)
        self.setTitleBarWidget(self._bar)
        self._content = content or EmptyState("running", title, self.tr("Loading…"), self)
        self._area = QScrollArea(self) if scrolls else None
        self._note = label("", self, look="note")
        self._note.hide()
        self._holder = QWidget(self)
        self._holder.setLayout(vbox(self._note, (self._area or self._content, 1), margins=0, gap=0))
        if self._area is not None:
            self._area.setWidgetResizable(True)
            self._area.setFrameShape(QFrame.Shape.NoFrame)
            self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self._area.setWidget(self._content)
            self._area.setMinimumHeight(ONE_LINE)
        self.setWidget(self._holder)
        self._fitting = QTimer(
            self
        )  # a single shot that is still due when its panel goes would hold the panel for good
        self._fitting.setSingleShot(True)
        self._fitting.timeout.connect(self.fit_title_bar)
        for signal in (self.topLevelChanged, self.dockLocationChanged, self.visibilityChanged):
            signal.connect(self._later)
        self.visibilityChanged.connect(self._on_visibility)

    def content(self) -> QWidget:
        """The content, made on first use."""
        if self._make is not None:
            make, self._make = self._make, None
            assert self._area is not None  # what is made late scrolls
            self._content = make(self._area)
            self._area.setWidget(self._content)  # the former one goes
            self._content.show()
            self.content_made.emit(self.name, self._content)
        return self._content

    def show_note(self, text: str) -> None:
        """A line above the content that says what it belongs to; "" for none."""
        self._note.setText(text)
        self._note.setVisible(bool(text))

    def note(self) -> str:
        """Text of the note line."""
        return self._note.text()

    @property
    def is_made(self) -> bool:
        """True if the content was made."""
        return self._make is None

    @property
    def has_focus(self) -> bool:
        """True if the keyboard focus is inside."""
        focus = QApplication.focusWidget()
        return focus is not None and self.isAncestorOf(focus)

    def focus_content(self) -> None:
        """Let what is typed go to the first thing in it that takes keys."""
        content = self.content()
        proxy = content.focusProxy()
        target = proxy or next((widget for widget in _focus_chain(content) if _takes_keys(widget)), None)
        (target or content).setFocus(Qt.FocusReason.ShortcutFocusReason)
        if target is None:  # what comes into view by being brought there is there in the next turn
            QTimer.singleShot(0, self, self._focus_inside)

    def _focus_inside(self) -> None:
        content = self.content()
        target = next(
            (widget for widget in _focus_chain(content) if widget is not content and _takes_keys(widget)), None
        )
        if target is not None and QApplication.focusWidget() is content:
            target.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def bring(self) -> None:
        """Show it in front of those it shares a place with."""
        self.show()
        self.raise_()

    def _on_visibility(self, visible: bool) -> None:
        self.in_front = visible
        self.seen.emit(self.name, visible)

    def _later(self) -> None:
        self._fitting.start(0)

    def fit_title_bar(self) -> None:
        """Choose the title bar for where the panel is now."""
        if self.isFloating():
            title_bar = None
        elif any(not other.isFloating() and not other.isHidden() for other in self._window.tabifiedDockWidgets(self)):
            title_bar = self._nothing
        else:
            title_bar = self._bar
        if self.titleBarWidget() is not title_bar:
            self.setTitleBarWidget(title_bar)  # type: ignore[arg-type]  # None is allowed
            for bar in (self._bar, self._nothing):
                bar.setVisible(bar is title_bar)


def _focus_chain(content: QWidget) -> Iterator[QWidget]:
    """The content and what is in it, in the order of the Tab key. Rows that are made later stand elsewhere in the ring
    of the window, so that all of it is looked through."""
    widget: QWidget | None = content
    while widget is not None:
        if widget is content or content.isAncestorOf(widget):
            yield widget
        widget = widget.nextInFocusChain()
        if widget is content:
            return


def _takes_keys(widget: QWidget) -> bool:
    tab = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
    return tab and widget.isVisible() and widget.isEnabled() and not isinstance(widget, QScrollArea)


class _TitleBar(QWidget):
    def __init__(self, dock: QDockWidget) -> None:
        super().__init__(dock)
        title = PlainLabel(dock.windowTitle(), self)
        set_font(title, bold=True)
        set_look(title, "muted")
        ways = (
            ("float", self.tr("Float panel"), self._on_float),
            ("close", self.tr("Hide panel"), dock.close),
        )
        tools = [tool("", tip, self, picture=picture, on=slot, pixels=14) for picture, tip, slot in ways]
        for control in tools:
            control.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setLayout(hbox((title, 1), *tools, margins=(SPACING + 4, 5, SPACING // 2, 3), gap=0))
        self._dock = dock

    def _on_float(self) -> None:
        self._dock.setFloating(True)
