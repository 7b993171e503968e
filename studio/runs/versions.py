"""The runs of the open pipeline along the canvas: each with its picture, metrics, and what was set otherwise in it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QFrame, QScrollArea, QToolButton, QWidget

from engine.contracts.metrics import metrics_words
from engine.pipeline.differences import differences, models_of
from engine.pipeline.document import Pipeline
from engine.record.run_list import Version, versions
from studio.canvas.minimap import SIZE as MAP
from studio.canvas.sketch import Sketch
from studio.document.session import Session
from studio.kit.background import BackgroundTask
from studio.kit.icons import icon
from studio.kit.layouts import clear_layout, hbox, vbox
from studio.kit.plaintext import as_plain
from studio.kit.theme import RADIUS, SPACING, color, font, theme
from studio.kit.widgets import paint_words
from studio.runs.recent_runs import when_words

TILE = QSize(196, 76)
SETTLE_MS, GAP = 300, 8


class VersionTile(QAbstractButton):
    """One run: the picture of its pipeline, when it was, its metrics, and the first difference."""

    def __init__(self, version: Version, said: list[str], parent: QWidget, *, shown: bool) -> None:
        super().__init__(parent)
        self.version, self.said = version, said
        self._metrics = metrics_words(version.run.last_metrics, {}) or version.run.status
        self._sketch, self._shown = Sketch.of_pipeline(version.pipeline), shown
        self.setFixedSize(TILE)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        when = when_words(version.run.started)
        self.setText(when)
        self.setAccessibleName(self.tr("Run of {0}").format(when))
        same = self.tr("Same settings as now.")
        tip = "\n".join([self._metrics, *(said or [same])])
        self.setAccessibleDescription(tip)
        self.setToolTip(as_plain(f"{when}\n{tip}"))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        lit = self.underMouse() or self.hasFocus()
        painter.setPen(QPen(color("accent" if self._shown or lit else "border"), 2.0 if self._shown else 1.0))
        painter.setBrush(color("surface"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS, RADIUS)
        inside = QRectF(self.rect()).adjusted(9, 6, -9, -6)
        top = QRectF(inside.left(), inside.top(), inside.width(), 26)
        self._sketch.paint(painter, top.adjusted(0, 0, -84, 0))
        at_right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        paint_words(painter, top, self.text(), font(-1), color("muted"), at_right)
        change = self.said[0].split(": ", 1)[-1] if self.said else self.tr("Current pipeline")
        for number, (text, token) in enumerate([(self._metrics, "text"), (change, "muted")]):
            line = QRectF(inside.left(), inside.top() + 29 + number * 18, inside.width(), 17)
            paint_words(painter, line, text, font(-1), color(token))
        painter.end()


class _Strip(QWidget):
    """Lies over the lower left of the canvas."""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(color("border"), 1.0))
        painter.setBrush(color("canvas"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        painter.end()


class Versions(QObject):
    """Keeps the strip in step with document and runs: a button, which opens a row of tiles. GUI thread only."""

    chosen = Signal(object)
    """Show this `Version`."""

    def __init__(self, session: Session, canvas: QWidget) -> None:
        super().__init__(canvas)
        self._document, self._session, self._canvas = session.document, session, canvas
        self.versions: list[Version] = []
        self.strip = _Strip(canvas)
        self.toggle = QToolButton(self.strip)
        self.toggle.setCheckable(True)
        self.toggle.setIcon(icon("recent", "muted"))
        self.toggle.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.toggle.setToolTip(self.tr("Runs of this pipeline. Click one to restore its settings; Undo reverts."))
        self.toggle.toggled.connect(self._on_toggled)
        self._tiles = QWidget(self.strip)
        self._row = hbox(margins=0, gap=SPACING)
        self._tiles.setLayout(self._row)
        self._scroll = QScrollArea(self.strip, widgetResizable=True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidget(self._tiles)
        self._scroll.setFixedHeight(TILE.height() + 14)
        self._scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.hide()
        self.strip.setLayout(vbox(self.toggle, self._scroll, margins=(SPACING, 2, SPACING, 2), gap=2))
        self.strip.hide()
        self._timer = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._timer.timeout.connect(self._read)
        session.document.opened.connect(self.refresh)
        session.document.changed.connect(self._on_changed)
        session.run_changed.connect(self.refresh)
        theme().changed.connect(self._show)
        canvas.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """It stays in its corner when the canvas gets another size."""
        if event.type() == QEvent.Type.Resize:
            self._arrange()
        return False

    def _arrange(self) -> None:
        """At the lower left, beside the map; not over a canvas that is too low for it."""
        open_ = self.toggle.isChecked()
        self._scroll.setVisible(open_)
        room = self._canvas.rect().adjusted(GAP, GAP, -(GAP * 2 + MAP.width()), -GAP)
        others = [
            version for version in self.versions if self._session.run is None or version.run.id != self._session.run.id
        ]
        self.strip.setVisible(bool(others) and room.height() > TILE.height() + 40)
        hint = self.strip.sizeHint()
        wide = max(hint.width(), len(self.versions) * (TILE.width() + SPACING) + 3 * SPACING) if open_ else hint.width()
        self.strip.resize(min(wide, room.width()), hint.height())
        self.strip.move(room.left(), room.bottom() - hint.height() + 1)
        self.strip.raise_()

    def refresh(self) -> None:
        """Look for runs, in a moment."""
        self._timer.start()

    def _on_changed(self, old: Pipeline, new: Pipeline) -> None:
        if old.name != new.name or models_of(old) != models_of(new):
            self.refresh()
        elif self.toggle.isChecked():
            self._show()

    def _read(self) -> None:
        document = self._document.pipeline
        reader = BackgroundTask(partial(versions, document), self)
        reader.done.connect(partial(self._on_read, document))

    def _on_read(self, document: Pipeline, versions: list[Version] | None) -> None:
        if document.name == self._document.pipeline.name:
            self.versions = versions or []
            self._show()

    def _on_toggled(self, on: bool) -> None:
        self._show()

    def _show(self) -> None:
        count = len(self.versions)
        self.toggle.setText(self.tr("%n runs", "", count))
        clear_layout(self._row)
        for version in self.versions if self.toggle.isChecked() else ():
            said = differences(self._document.pipeline, version.pipeline)
            run = self._session.run
            tile = VersionTile(version, said, self._tiles, shown=run is not None and run.id == version.run.id)
            tile.clicked.connect(partial(self._on_clicked, version))
            self._row.addWidget(tile)
        self._row.addStretch(1)
        self._arrange()

    def _on_clicked(self, version: Version, checked: bool = False) -> None:
        self.chosen.emit(version)
