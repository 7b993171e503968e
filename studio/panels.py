"""Dock widgets with a quiet title bar: none while tabbed (the tab says it), a slim one alone, the system's afloat."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QDockWidget,
    QFrame,
    QHBoxLayout,
    QMainWindow,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.icons import icon
from studio.plaintext import as_plain
from studio.theme import SPACING, font
from studio.widgets import EmptyState, PlainLabel, label, set_look

HEAVY = ("charts", "plots", "inspector", "compare")
"""Panels that import large libraries: made after the first picture."""


class Panel(QDockWidget):
    """A dock called ``name``. Its content may be made later by ``make``: heavy panels wait for the first paint, and
    scroll where they do not fit, so that they never push the canvas away."""

    made = Signal(str, QWidget)
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
    ) -> None:
        super().__init__(title, parent)
        self.in_front = False
        """Whether it can be seen: not hidden, and not behind another one."""
        self.setObjectName(f"panel.{name}")
        self.name = name
        self._window = parent
        self._make = make
        self._bar = _TitleBar(self)
        self._nothing = QWidget(self)
        self.setTitleBarWidget(self._bar)
        self._content = content or EmptyState("running", title, self.tr("Loading…"), self)
        self._note = label("", self, look="note")
        self._note.hide()
        self._holder = QWidget(self)
        column = QVBoxLayout(self._holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._note)
        column.addWidget(self._content, 1)
        self.setWidget(self._holder)
        for signal in (self.topLevelChanged, self.dockLocationChanged, self.visibilityChanged):
            signal.connect(self._later)
        self.visibilityChanged.connect(self._on_visibility)

    def content(self) -> QWidget:
        """What is in it, made now if it was not yet."""
        if self._make is not None:
            make, self._make = self._make, None
            old, area = self._content, QScrollArea(self._holder)
            area.setWidgetResizable(True)
            area.setFrameShape(QFrame.Shape.NoFrame)
            self._content = make(area)
            area.setWidget(self._content)
            layout = self._holder.layout()
            assert layout is not None  # it was made with the holder
            layout.replaceWidget(old, area)
            area.show()  # a layout would do it later
            old.hide()
            old.deleteLater()
            self.made.emit(self.name, self._content)
        return self._content

    def show_note(self, text: str) -> None:
        """A line above the content that says what it belongs to; "" for none."""
        self._note.setText(text)
        self._note.setVisible(bool(text))

    def note(self) -> str:
        """What that line says."""
        return self._note.text()

    @property
    def is_made(self) -> bool:
        """Whether the content is there."""
        return self._make is None

    def bring(self) -> None:
        """Show it in front of those it shares a place with."""
        self.show()
        self.raise_()

    def _on_visibility(self, visible: bool) -> None:
        self.in_front = visible
        self.seen.emit(self.name, visible)

    def _later(self) -> None:
        QTimer.singleShot(0, self, self.fit_title_bar)

    def fit_title_bar(self) -> None:
        """Choose the title bar for where the panel is now."""
        if self.isFloating():
            wanted = None
        elif any(not other.isFloating() and not other.isHidden() for other in self._window.tabifiedDockWidgets(self)):
            wanted = self._nothing
        else:
            wanted = self._bar
        if self.titleBarWidget() is not wanted:
            self.setTitleBarWidget(wanted)  # type: ignore[arg-type]  # None is allowed
            for bar in (self._bar, self._nothing):
                bar.setVisible(bar is wanted)


class _TitleBar(QWidget):
    def __init__(self, dock: QDockWidget) -> None:
        super().__init__(dock)
        title = PlainLabel(dock.windowTitle(), self)
        title.setFont(font(bold=True))
        set_look(title, "muted")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(SPACING + 4, 5, SPACING // 2, 3)
        layout.setSpacing(0)
        layout.addWidget(title, 1)
        for picture, tip, slot in (
            ("float", self.tr("Take the panel out of the window"), self._on_float),
            ("close", self.tr("Hide the panel"), dock.close),
        ):
            tool = QToolButton(self)
            tool.setIcon(icon(picture, "muted"))
            tool.setIconSize(QSize(14, 14))
            tool.setToolTip(as_plain(tip))
            tool.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            tool.clicked.connect(slot)
            layout.addWidget(tool)
        self._dock = dock

    def _on_float(self) -> None:
        self._dock.setFloating(True)
