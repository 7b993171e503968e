"""Base of all charts: title, tools, legend, plot, hover, empty state, export, theme colors."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFrame,
    QGraphicsItem,
    QMenu,
    QStackedLayout,
    QWidget,
)

from engine.base.errors import StudioError
from engine.base.table import Table
from engine.record.run_data import RunData
from studio.charts.axes import Axis
from studio.charts.bounds import Bounds, Values, log10
from studio.charts.controls import flat, switch
from studio.charts.legend import Legend
from studio.charts.picture import PaintableKey, write_picture
from studio.charts.plot import Cover, Plot
from studio.charts.toolbar import HoverTools
from studio.kit import message_boxes
from studio.kit.layouts import hbox, vbox
from studio.kit.plaintext import as_plain
from studio.kit.theme import SPACING, color, scaled, set_font, theme
from studio.kit.widgets import ElidedLabel, PlainLabel, set_look, single_shot, tool

RANGE_SECONDS = 0.5
"""A following chart changes its range at most this often: moving axes are the dear part of a redraw."""
APART_SECONDS = 0.02
"""From a redraw to the range that follows it: both in one turn, with the picture of both, keep the mouse waiting."""
AHEAD = 0.2
"""Share of its width by which a following chart that grows goes on to the right, so that it need not move at every
step."""
CALM_MS = 2000
"""After so long without a redraw a chart that grows shows its data and nothing more."""
BARE_MS = 30_000
"""For so long an empty chart keeps what it had ready for the next run."""
WASTE = 1.4
"""A following chart moves when its range is more than so many times what the data need."""
ARROW = 32
"""Pixels of a box beside its text."""
LOW = 150
"""Pixels of height below which a plot goes without the label of its bottom axis."""
FORMATS = ("png", "svg", "csv")


class ChartFrame(QFrame):
    """Base of all charts. GUI thread only.

    A chart reads `data` when it is drawn and keeps nothing of its own. `touch` says that the data changed, `refresh`
    draws if there is something new and the chart can be seen. A subclass gives `draw`, `bounds`, `table`, `readout`.
    """

    grows = False
    """True for charts that grow at the right during a run."""
    is_map = False
    """True for images such as heat maps: no grid, no padding."""
    color_key: PaintableKey | None = None
    """Color scale; without one the chart has a legend."""
    selected = Signal(str)
    """A layer was clicked."""
    enlarge_requested = Signal()
    """Show it alone, or among the others again."""

    def __init__(
        self,
        title: str,
        empty: tuple[str, str],
        axes: tuple[Axis, Axis],
        parent: QWidget,
        *,
        log_x: bool = False,
        log_y: bool = False,
    ) -> None:
        """``axes``: bottom and left. ``log_x``, ``log_y``: whether a log scale makes sense there."""
        super().__init__(parent)
        self.data = RunData()
        self.title = title
        self.subject = ""
        """Subject named in exported pictures: the run, the block."""
        self.drawn_at = 0.0
        self._dirty = True
        self._ranged_at = 0.0
        self.bottom, self.left = axes
        self.plot = Plot(self, axisItems={"bottom": self.bottom, "left": self.left}, enableMenu=False)
        self._build_plot()
        self.legend = Legend(self)
        self.legend.toggled.connect(self.redraw)
        self._title = ElidedLabel(title, self)
        set_font(self._title, 0.5, bold=True)
        self.log_x = switch(self.tr("Log x"), self.tr("Logarithmic x axis"), self, self._on_log)
        self.log_y = switch(self.tr("Log y"), self.tr("Logarithmic y axis"), self, self._on_log)
        self.log_x.setVisible(log_x)
        self.log_y.setVisible(log_y)
        self.follow = switch(self.tr("Follow"), self.tr("Keep new data in view"), self, self._on_follow)
        self.follow.setChecked(True)
        self.controls = hbox(gap=SPACING // 2)
        self._sharing = False
        self._boxes: list[QComboBox] = []
        """Boxes that choose what is shown. All other tools are seen while the mouse or the keyboard is in the chart."""
        self.tools = HoverTools(self)
        self._lay_out(empty)
        self._share_later = single_shot(self._share_head, self)
        self._range_timer = single_shot(self._follow_range, self)
        self._calm_timer = single_shot(self._on_follow, self, CALM_MS)  # what was kept free for more is not needed
        self._bare_timer = single_shot(self._drop_covered, self, BARE_MS)
        theme().changed.connect(self.restyle)
        self.restyle()

    # -- for subclasses ----------------------------------------
    def draw(self) -> bool:
        """Bring the plot's items up to date; False if there is nothing to show."""
        raise NotImplementedError

    def bounds(self) -> Bounds | None:
        """The full range, shown when zoom is reset."""
        raise NotImplementedError

    def table(self) -> Table:
        """Exactly the data shown."""
        raise NotImplementedError

    def readout(self, x: float, y: float) -> tuple[float, str] | None:
        """For a mouse at (x, y): where to put the crosshair, and the values there as rich text."""
        raise NotImplementedError

    def clicked(self, x: float, y: float) -> None:
        """The plot was clicked at (x, y)."""

    def scaled_x(self, values: Values) -> Values:
        """Values as plotted: their logarithms on a log axis, NaN where there is none."""
        return log10(values) if self.log_x.isChecked() else values

    def scaled_y(self, values: Values) -> Values:
        """See `scaled_x`."""
        return log10(values) if self.log_y.isChecked() else values

    def nearest(self, x: float, y: float, points: tuple[Values, Values], reach: float) -> int | None:
        """Index of the plotted point that is nearest to (x, y) on screen; None if none is within so many pixels."""
        across, up = self.plot.getViewBox().viewPixelSize()
        if not (across and up):
            return None
        distance = np.hypot((points[0] - x) / across, (points[1] - y) / up)
        if not np.isfinite(distance).any() or np.nanmin(distance) > reach:
            return None
        return int(np.nanargmin(distance))

    # -- drawing ----------------------------------------
    def show_data(self, data: RunData) -> None:
        """Show another run."""
        self.data = data
        self._ranged_at = 0.0
        self.follow.setChecked(True)
        self.touch()

    def touch(self) -> None:
        """The data changed."""
        self._dirty = True

    @property
    def is_waiting(self) -> bool:
        """True if a visible chart has changes to draw."""
        return self._dirty and self.isVisible()

    def refresh(self) -> None:
        """Draw if something changed and somebody can see it."""
        if self.is_waiting:
            self.redraw()

    def redraw(self) -> None:
        """Draw now."""
        self._dirty = False
        self.drawn_at = time.monotonic()
        drawn = self.draw()
        self._cover(not drawn)
        if not drawn or not self.follow.isChecked():
            return
        if not self._ranged_at:
            self._range_timer.stop()
            self._follow_range()
        elif not self._range_timer.isActive():
            wait = RANGE_SECONDS - (time.monotonic() - self._ranged_at)
            self._range_timer.start(math.ceil(max(wait, APART_SECONDS) * 1000))
        if self.grows:
            self._calm_timer.start()

    @property
    def is_empty(self) -> bool:
        """True if the empty state is shown."""
        return not self._empty.isHidden()

    def _cover(self, empty: bool) -> None:
        """For a while the sheet stays laid out under what says that it is empty: to show a plot anew takes Qt several
        ms, and most often the next run has something for it at once."""
        if empty != self.is_empty:
            self._empty.setVisible(empty)
            self._sheet.setEnabled(not empty)  # out of the keyboard's way
            self._sheet.setVisible(True)
            self._bare_timer.start()

    def _drop_covered(self) -> None:
        self._sheet.setVisible(not self.is_empty)

    def settle(self) -> None:
        """Let the range follow now, if it has yet to; under a cover nothing of what was there is left."""
        self._drop_covered()
        if self._range_timer.isActive():
            self._range_timer.stop()
            self._follow_range()

    def reset_zoom(self) -> None:
        """Show everything, and follow."""
        self.follow.setChecked(True)
        self._ranged_at = 0.0
        self._follow_range()

    def restyle(self) -> None:
        """Take the colors of the theme."""
        self.plot.setBackground(color("surface"))
        self.bottom.restyle()
        self.left.restyle()
        self.plot.getPlotItem().showGrid(x=not self.is_map, y=not self.is_map, alpha=0.35)
        self._cross.setPen(pg.mkPen(color("muted"), width=1, style=Qt.PenStyle.DotLine))
        self._hover.setStyleSheet(
            f"background: {theme().tokens.raised}; color: {theme().tokens.text};"
            f" border: 1px solid {theme().tokens.border}; border-radius: 6px; padding: 4px 7px;"
        )
        self.touch()
        self.refresh()

    def _follow_range(self) -> None:
        bounds = self.bounds() if self.follow.isChecked() else None
        if bounds is None:
            return
        if self.is_map:
            x, y = (bounds.left, bounds.right), (bounds.bottom, bounds.top)
            self.plot.getViewBox().setRange(xRange=x, yRange=y, padding=0)
            return
        live, self._ranged_at = self._ranged_at > 0.0, time.monotonic()
        if live and self._holds(bounds):
            return
        width, height = bounds.right - bounds.left, bounds.top - bounds.bottom
        pad_x = 0.02 * width or 0.5
        pad_y = 0.06 * height or max(abs(bounds.top) * 0.1, 1e-12)
        floor = bounds.bottom if bounds.bottom == 0 and not self.log_y.isChecked() else bounds.bottom - pad_y
        ahead = max(pad_x, AHEAD * width) if live and self.grows else pad_x
        before = 0.02 if width == 0 and bounds.left == 0 else pad_x  # no step and no time is below zero
        self.plot.getViewBox().setRange(
            xRange=(bounds.left - before, bounds.right + ahead), yRange=(floor, bounds.top + pad_y), padding=0
        )

    def _range(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """The range in view: (left, right), (bottom, top)."""
        (left, right), (bottom, top) = self.plot.getViewBox().viewRange()
        return (float(left), float(right)), (float(bottom), float(top))

    def _holds(self, bounds: Bounds) -> bool:
        """True if the range in view fits the data closely enough to stay, which saves drawing the axes again."""
        (left, right), (bottom, top) = self._range()
        width, height = bounds.right - bounds.left, bounds.top - bounds.bottom
        inside = left <= bounds.left and bounds.right <= right and bottom <= bounds.bottom and bounds.top <= top
        return inside and right - left <= WASTE * width and top - bottom <= WASTE * height

    # -- construction ----------------------------------------
    def _build_plot(self) -> None:
        item = self.plot.getPlotItem()
        item.hideButtons()
        item.layout.setContentsMargins(0, 6, 14, 0)
        for axis in (self.bottom, self.left):
            axis.setZValue(-1000)  # the grid is drawn by the axes, and belongs behind the data
            # ticks and grid are most of a chart's picture, and change less often than the data
            axis.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
        view = self.plot.getViewBox()
        view.disableAutoRange()
        view.sigRangeChangedManually.connect(self._on_zoomed)
        self.plot.setAccessibleName(self.title)
        self.plot.setMinimumSize(160, 90)
        self.plot.setFrameShape(pg.PlotWidget.Shape.NoFrame)
        self._cross = pg.InfiniteLine(angle=90, movable=False)
        self._cross.setZValue(50)
        self._cross.hide()
        item.addItem(self._cross, ignoreBounds=True)
        self._hover = PlainLabel("", self.plot.viewport())
        self._hover.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._hover.setTextFormat(Qt.TextFormat.RichText)  # `swatch_row` and `readout_text` escape the names
        set_font(self._hover, -1)
        self._hover.hide()
        self.plot.scene().sigMouseMoved.connect(self._on_mouse)
        self.plot.scene().sigMouseClicked.connect(self._on_click)
        self.plot.installEventFilter(self)
        self.plot.viewport().installEventFilter(self)

    def add_tool(self, text: str, tip: str, slot: Callable[[], None]) -> None:
        """One more button before the others."""
        self.tools.add(tool(text, tip, self, on=slot), first=True)

    def add_box(self, box: QComboBox, *, first: bool = False) -> None:
        """A box in the title's line that chooses what is shown."""
        self._boxes.append(box)
        box.setMinimumWidth(scaled(ARROW))  # it gives way before the chart does
        self.controls.insertWidget(0 if first else self.controls.count(), box)
        box.currentIndexChanged.connect(self._share_head)

    def _share_head(self, *_: object) -> None:
        """Boxes say the whole of what is chosen and are no wider than leaves the title whole; where both have no
        room there is no title: box, axes and list say the same."""
        if self._sharing:  # to show or hide the title lays all out at once, which asks again
            self._share_later.start()
            return
        self._sharing = True
        self._share_widths()
        self._sharing = False

    def _share_widths(self) -> None:
        boxes = [box for box in self._boxes if not box.isHidden()]
        usual = [box.sizeHint().width() for box in boxes]
        said = [box.fontMetrics().horizontalAdvance(box.currentText()) + scaled(ARROW) for box in boxes]
        enlarge = 0 if self._enlarge.isHidden() else self._enlarge.sizeHint().width()
        room = self.contentsRect().width() - 2 * SPACING - enlarge - SPACING // 2 * (len(boxes) + 1)
        title = self._title.sizeHint().width()
        spare = max(0, room - title - sum(said)) // max(1, len(boxes))
        titled = not boxes or room - sum(map(min, said, usual)) >= title
        self._title.setVisible(titled)
        for box, least, most in zip(boxes, said, usual, strict=True):
            box.setMaximumWidth(min(most, least + spare) if titled else max(room, 1))

    def add_key(self, widget: QWidget, stretch: int = 0) -> None:
        """Put a color scale or a note before the legend."""
        self._row.insertWidget(self._row.count() - 1, widget, stretch)

    def offer_enlarge(self) -> None:
        """Show the button that enlarges the chart."""
        self._enlarge.show()
        self._share_head()

    def show_enlarged(self, alone: bool) -> None:
        """Say on the button what a click does."""
        self._enlarge.setChecked(alone)
        text = self.tr("Show all charts") if alone else self.tr("Enlarge")
        self._enlarge.setToolTip(as_plain(text))
        self._enlarge.setAccessibleName(text)

    def say_meanwhile(self, text: str) -> None:
        """Say what is done while there is nothing to show; "" for the usual words."""
        self._empty.set_text(self._words[0], text or self._words[1])

    def _lay_out(self, empty: tuple[str, str]) -> None:
        reset = tool("", self.tr("Reset zoom"), self, picture="zoom_fit", on=self.reset_zoom)
        export = tool("", self.tr("Export this chart"), self, picture="export", menu=self._export_menu())
        self._enlarge = flat(tool("", "", self, picture="enlarge", on=self.enlarge_requested))
        self._enlarge.setCheckable(True)
        self._enlarge.hide()
        self.show_enlarged(False)
        self.tools.add(self.log_x, self.log_y, self.follow, reset, export)
        self.tools.watch(self.plot)
        head = hbox((self._title, 1), self.controls, self._enlarge, gap=SPACING // 2)
        self._row = hbox((self.legend, 1), gap=SPACING)
        self._sheet = QWidget(self)
        self._sheet.setLayout(vbox(self._row, (self.plot, 1), margins=0, gap=2))
        self._sheet.setEnabled(False)
        self._sheet.hide()
        self._words = empty
        self._empty = Cover(empty, self)
        stack = QStackedLayout()
        stack.setStackingMode(QStackedLayout.StackingMode.StackAll)
        stack.addWidget(self._empty)  # the current one is in front
        stack.addWidget(self._sheet)
        near = SPACING - 2
        self.setLayout(vbox(head, (stack, 1), margins=(SPACING + 2, near, near, near), gap=2))
        set_look(self, "card")

    def _export_menu(self) -> QMenu:
        menu = QMenu(self)
        names = (self.tr("Picture (PNG)…"), self.tr("Drawing (SVG)…"), self.tr("Data shown (CSV)…"))
        for suffix, name in zip(FORMATS, names, strict=True):
            action = QAction(name, menu)
            action.setData(suffix)
            menu.addAction(action)
        menu.triggered.connect(self._on_export)
        return menu

    # -- the user ----------------------------------------
    def _on_log(self) -> None:
        self.bottom.setLogMode(self.log_x.isChecked())
        self.left.setLogMode(self.log_y.isChecked())
        self.touch()
        self.redraw()
        self.reset_zoom()

    def _on_follow(self) -> None:
        if self.follow.isChecked():
            self.reset_zoom()

    def _on_zoomed(self) -> None:
        self.follow.setChecked(False)

    def _on_mouse(self, position: QPointF) -> None:
        view = self.plot.getViewBox()
        if view.sceneBoundingRect().contains(position):
            point = view.mapSceneToView(position)
            self.point_at(point.x(), point.y(), self.plot.mapFromScene(position))
        else:
            self.point_nowhere()

    def point_at(self, x: float, y: float, mouse: QPoint) -> None:
        """The mouse is at (x, y), and at this pixel: show the values there."""
        readout = self.readout(x, y)
        if readout is None:
            self.point_nowhere()
        else:
            self.show_values(*readout, mouse)

    def point_nowhere(self) -> None:
        """The mouse left the plot, or is where there are no values."""
        self._hide_hover()

    def show_values(self, x: float, text: str, beside: QPoint) -> None:
        """Put the crosshair at ``x`` of the plot and the values beside a pixel of it."""
        self._cross.setPos(x)
        self._cross.show()
        self._hover.setText(text)
        self._hover.adjustSize()
        self._place_hover(beside)
        self._hover.show()

    def _place_hover(self, mouse: QPoint) -> None:
        """Beside the mouse, on the side where there is room, and not below the tools."""
        size, room = self._hover.size(), self.plot.viewport().size()
        y = min(max(mouse.y() - size.height() - 8, 2), room.height() - size.height() - 2)
        right, left = mouse.x() + 14, mouse.x() - 14 - size.width()
        sides = [QRect(QPoint(x, y), size) for x in ((right, left) if right + size.width() < room.width() else (left,))]
        tools = self.tools.geometry().translated(-self.plot.mapTo(self, QPoint(0, 0)))
        free = [box for box in sides if box.left() >= 0 and not (self.tools.isVisible() and box.intersects(tools))]
        box = next(iter(free), sides[0].translated(0, max(tools.bottom() + 2 - y, 0) if self.tools.isVisible() else 0))
        self._hover.move(max(box.left(), 2), box.top())

    def _hide_hover(self) -> None:
        self._cross.hide()
        self._hover.hide()

    def _on_click(self, event: Any) -> None:
        view = self.plot.getViewBox()
        if view.sceneBoundingRect().contains(event.scenePos()):
            point = view.mapSceneToView(event.scenePos())
            self.clicked(point.x(), point.y())

    def key_pressed(self, key: int) -> bool:
        """A key was pressed in the plot; False if it means nothing here."""
        return False

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return watched is self.plot and self.key_pressed(event.key())
        if watched is self.plot.viewport() and event.type() == QEvent.Type.Leave:
            self.point_nowhere()
        elif watched is self.plot.viewport() and event.type() == QEvent.Type.Resize:
            self._fit_labels()
            self._place_tools()
        return super().eventFilter(watched, event)

    def _place_tools(self) -> None:
        self.tools.move_into(QRect(self.plot.mapTo(self, QPoint(0, 0)), self.plot.size()))

    def _fit_labels(self) -> None:
        self.bottom.set_roomy(self.plot.height() >= LOW)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_head()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._share_head()
        self._place_tools()
        self.refresh()

    # -- export ----------------------------------------
    def export(self, path: Path) -> None:
        """Write what is shown as .png (twice the size on screen), .svg or .csv; raises `StudioError`."""
        if path.suffix == ".csv":
            self.table().write(path)
            return
        self._hide_hover()
        try:
            with theme().on_paper():
                self.restyle()
                self.redraw()
                write_picture(
                    path, self._title.whole(), self.subject, self.key(), self.plot, self._title.font(), self.width()
                )
        finally:
            self.restyle()
            self.redraw()

    def key(self) -> PaintableKey | None:
        """The legend or color scale of an exported picture."""
        return self.color_key or (self.legend if self.legend.isVisibleTo(self) else None)

    def _on_export(self, action: QAction) -> None:
        suffix = str(action.data())
        name = f"{self._title.whole().lower().replace(' ', '-')}.{suffix}"
        chosen, _ = QFileDialog.getSaveFileName(
            self, self.tr("Export chart"), str(Path.home() / name), f"{suffix.upper()} (*.{suffix})"
        )
        if not chosen:
            return
        try:
            self.export(Path(chosen).with_suffix(f".{suffix}"))
        except StudioError as error:
            message_boxes.warn(self, self.tr("The chart could not be saved"), str(error))

    def set_title(self, text: str) -> None:
        """Change the title, also for screen readers and exports."""
        self._title.set_whole(text)
        self._share_head()
        self.plot.setAccessibleName(text)
