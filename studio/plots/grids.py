"""The grids of one chart: heat maps side by side in one color scale, or landscapes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QColor, QFontMetricsF
from PySide6.QtWidgets import QWidget

from engine.base.human import number_text
from engine.base.table import Table
from engine.contracts.layer_names import tick_name
from studio.charts.axes import LayerAxis
from studio.charts.base import ChartFrame
from studio.charts.bounds import Bounds
from studio.charts.controls import readout_text, swatch_row, switch
from studio.charts.distribution import ColorKey, viridis
from studio.charts.legend import Entry
from studio.kit.theme import color, font, theme
from studio.plots.sheet import Scale, Sheet, Values, common_scale, numbered
from studio.plots.surface import SKEW, TILT, SurfaceItem

AT_FIRST = 4
"""So many series are shown side by side until the user chooses."""
WRITTEN = 96
"""Up to so many cells have their values written in."""
NAMES = 20
"""Pixels above the maps for the names of the series."""
GAP = 0.06
"""Between two series, as a share of the wider one."""


class GridChart(ChartFrame):
    """Shows what `show_sheets` gives; series are switched by the legend."""

    cell_chosen = Signal(str, int, int)
    """Series, row and column that were clicked."""
    is_map = True
    color_key: ColorKey

    def __init__(self, parent: QWidget) -> None:
        self.sheets: dict[str, Sheet] = {}
        self._drawn_items: list[pg.GraphicsObject] = []
        self._written: list[pg.TextItem] = []
        self._surfaces: dict[str, SurfaceItem] = {}
        self._skew, self._tilt = SKEW, TILT
        super().__init__("", ("", ""), (LayerAxis("bottom"), LayerAxis("left")), parent)
        self.plot.getViewBox().sigTransformChanged.connect(self._fit_labels)
        self.plot.getViewBox().sigResized.connect(self._follow_range)
        self.follow.hide()
        self.solid = switch(self.tr("3D"), self.tr("Show as a surface; drag to rotate"), self, self._on_switch)
        tip = self.tr("Logarithmic colors make small values visible")
        self.log = switch(self.tr("Log colors"), tip, self, self._on_switch)
        self.color_key = ColorKey(self)
        self.tools.add(self.solid, self.log, first=True)
        self.add_key(self.color_key)

    # -- what is shown ----------------------------------------
    def show_sheets(self, title: str, sheets: Mapping[str, Sheet], *, again: bool) -> None:
        """Show these series; ``again``: a newer state of what is shown, so that what the user chose stays."""
        self.sheets = dict(sheets)
        self.title = title
        self.set_title(title)
        if not again:
            self.legend.blockSignals(True)
            self.legend.set_entries([])
            for index, name in enumerate(self.sheets):
                self.legend.set_shown(name, index < AT_FIRST)
            self.legend.blockSignals(False)
            self.log.setChecked(any(sheet.log for sheet in self.sheets.values()))
            self.solid.setVisible(any(sheet.surface for sheet in self.sheets.values()))
            self.solid.setChecked(False)
            self._skew, self._tilt = SKEW, TILT
        self._ranged_at = 0.0
        self.follow.setChecked(True)
        self.touch()
        self.refresh()

    def shown(self) -> dict[str, Sheet]:
        """The series that the legend lets through."""
        return {name: sheet for name, sheet in self.sheets.items() if self.legend.is_shown(name)}

    @property
    def is_solid(self) -> bool:
        """True if surfaces are drawn."""
        return self.solid.isChecked()

    def scale(self) -> Scale:
        """The one color scale of all series, hidden ones too: colors keep their meaning when series are switched."""
        return common_scale(self.sheets.values(), self.log.isChecked())

    def colors(self, scale: Scale) -> pg.ColorMap:
        """From dark to bright, or through the background's color where 0 is in the middle."""
        if not scale.diverging:
            return viridis()
        tokens = theme().tokens
        return pg.ColorMap([0.0, 0.5, 1.0], [QColor(c) for c in (tokens.chart[0], tokens.raised, tokens.chart[1])])

    # -- drawing ----------------------------------------
    def draw(self) -> bool:
        """See `ChartFrame`."""
        for item in self._drawn_items:
            self.plot.removeItem(item)
        self._drawn_items, self._written, self._surfaces = [], [], {}
        self.legend.set_entries([Entry(name, name) for name in self.sheets])
        if not self.sheets:
            return False
        scale = self.scale()
        colors = self.colors(scale)
        first = next(iter(self.sheets.values()))
        self.color_key.show_scale(first.unit, _end_text(scale.low), _end_text(scale.high), colors)
        self.plot.getPlotItem().invertY(not self.is_solid)
        self.plot.getViewBox().setMouseEnabled(not self.is_solid, not self.is_solid)
        for name in ("left", "bottom"):
            self.plot.getPlotItem().showAxis(name, not self.is_solid)
        (self._draw_landscapes if self.is_solid else self._draw_maps)(scale, colors)
        return True

    def offsets(self) -> dict[str, int]:
        """First column of each shown map."""
        widths = [sheet.values.shape[1] for sheet in self.shown().values()]
        gap = max(1, round(GAP * max(widths, default=1)))
        starts = np.cumsum([0, *(width + gap for width in widths[:-1])])
        return dict(zip(self.shown(), starts.tolist(), strict=True)) if widths else {}

    def _draw_maps(self, scale: Scale, colors: pg.ColorMap) -> None:
        shown, offsets = self.shown(), self.offsets()
        table = (colors.getLookupTable(0.0, 1.0, 256, alpha=True)).astype(np.uint8)
        cells = sum(sheet.values.size for sheet in shown.values())
        tallest = max((sheet.values.shape[0] for sheet in shown.values()), default=1)
        width = max((offsets[name] + sheet.values.shape[1] for name, sheet in shown.items()), default=1)
        for name, sheet in shown.items():
            rows, columns = sheet.values.shape
            places = scale.places(sheet.values)
            pixels = table[np.nan_to_num(places * 255).astype(np.intp)]
            pixels[np.isnan(places)] = 0
            image = pg.ImageItem(pixels, axisOrder="row-major", levels=None)
            height = tallest if rows == 1 else rows  # what all rows of the others share stands beside them all
            image.setRect(QRectF(offsets[name] - 0.5, -0.5, columns, height))
            self._add(image)
            if len(self.sheets) > 1:
                middle = columns > 0.15 * width
                right = not middle and offsets[name] > width / 2  # over a narrow map the name goes inwards
                side = (columns - 1) / 2 if middle else columns - 0.5 if right else -0.5
                self._write(name, offsets[name] + side, -0.5, (0.5 if middle else float(right), 1.0), color("text"))
            if cells <= WRITTEN:
                self._write_values(sheet.values, places, colors, offsets[name])
        self._name_axes(shown, offsets)

    def _write_values(self, values: Values, places: Values, colors: pg.ColorMap, offset: int) -> None:
        coarse = bool(np.nanmax(np.abs(values), initial=0.0) >= 1)
        for row, column in zip(*np.nonzero(np.isfinite(values)), strict=True):
            ground = colors.map(float(places[row, column]), "qcolor")
            ink = QColor("#101010" if ground.lightnessF() > 0.42 else "#f4f4f4")
            text = _cell_text(float(values[row, column]), coarse)
            self._written.append(self._write(text, offset + column, row, (0.5, 0.5), ink))

    def _write(self, text: str, x: float, y: float, anchor: tuple[float, float], ink: QColor) -> pg.TextItem:
        item = pg.TextItem(text, ink, anchor=anchor)
        item.setFont(font(-1))
        item.setPos(x, y)
        self._add(item)
        return item

    def _fit_labels(self) -> None:
        """Values are written where all of them fit into their cells."""
        super()._fit_labels()
        view = self.plot.getViewBox()
        (left, right), (low, high) = view.viewRange()
        across, up = view.width() / ((right - left) or 1.0), view.height() / ((high - low) or 1.0)
        sizes = [item.textItem.boundingRect() for item in self._written]
        room = all(size.width() - 6 <= across and size.height() - 6 <= up for size in sizes)
        for item in self._written:
            item.setVisible(room)

    def _add(self, item: pg.GraphicsObject) -> None:
        self.plot.addItem(item)
        self._drawn_items.append(item)

    def _name_axes(self, shown: Mapping[str, Sheet], offsets: Mapping[str, int]) -> None:
        assert isinstance(self.bottom, LayerAxis) and isinstance(self.left, LayerAxis)
        if not shown:
            return
        columns: list[str] = []
        for name, sheet in shown.items():
            columns += [""] * (offsets[name] - len(columns))
            columns += sheet.columns or numbered(sheet.values.shape[1], max(3, 10 // len(shown)))
        tallest = max(shown.values(), key=lambda sheet: sheet.values.shape[0])
        rows = [tick_name(row) for row in tallest.rows] or numbered(tallest.values.shape[0])
        self.bottom.show_names(columns)
        self.left.show_names(rows)
        metrics = QFontMetricsF(font(-1))
        longest = max((metrics.horizontalAdvance(row) for row in rows), default=0.0)
        self.left.setWidth(round(min(max(longest, 24.0), 190.0) + metrics.height() + 18))
        titles = {sheet.column_title for sheet in shown.values()}
        self.bottom.setLabel(titles.pop() if len(titles) == 1 else "")  # else the names above say what they are
        self.left.setLabel(tallest.row_title)

    def _draw_landscapes(self, scale: Scale, colors: pg.ColorMap) -> None:
        for index, (name, sheet) in enumerate(self.shown().items()):
            left = 1.1 * index
            surface = SurfaceItem(scale.places(sheet.values), left, colors)
            surface.turn_to(self._skew, self._tilt)
            surface.turned.connect(self._on_turned)
            self._surfaces[name] = surface
            self._add(surface)
            if len(self.sheets) > 1:
                self._write(name, left + 0.5, 1.0, (0.5, 1.0), color("text"))
            words = " × ".join(filter(None, (sheet.row_title, sheet.column_title)))
            self._write(words, left + 0.5, 0.0, (0.5, 0.0), color("muted"))

    def bounds(self) -> Bounds | None:
        """See `ChartFrame`."""
        shown = self.shown()
        if not shown:
            return None
        head = NAMES / max(self.plot.getViewBox().height() - NAMES, 40) if len(self.sheets) > 1 else 0.0
        if self.is_solid:
            return Bounds(0.0, 1.1 * len(shown) - 0.1, -0.07, 1.0 + head)
        last = list(shown)[-1]
        rows = max(sheet.values.shape[0] for sheet in shown.values())
        right = self.offsets()[last] + shown[last].values.shape[1] - 0.5
        return Bounds(-0.5, right, -0.5 - head * rows, rows - 0.5)

    # -- reading and taking away ----------------------------------------
    def cell_at(self, x: float, y: float) -> tuple[str, int, int, float] | None:
        """Series, row and column under the mouse, and where its crosshair belongs."""
        if self.is_solid:
            across, up = self.plot.getViewBox().viewPixelSize()
            for name, surface in self._surfaces.items():
                cell = surface.nearest(x, y, across / up if up else 1.0)
                if cell is not None:
                    return name, cell[0], cell[1], cell[2]
            return None
        tallest = max((sheet.values.shape[0] for sheet in self.shown().values()), default=1)
        for name, offset in self.offsets().items():
            rows, columns = self.sheets[name].values.shape
            column = round(x) - offset
            row = 0 if rows == 1 and -0.5 <= y < tallest - 0.5 else round(y)
            if 0 <= row < rows and 0 <= column < columns:
                return name, row, column, float(round(x))
        return None

    def clicked(self, x: float, y: float) -> None:
        """Tell which cell it was."""
        if (cell := self.cell_at(x, y)) is not None:
            self.cell_chosen.emit(*cell[:3])

    def readout(self, x: float, y: float) -> tuple[float, str] | None:
        """The cell under the mouse."""
        cell = self.cell_at(x, y)
        if cell is None:
            return None
        name, row, column, point = cell
        sheet = self.sheets[name]
        lines = [
            swatch_row("", sheet.row_title or self.tr("row"), sheet.row_name(row)),
            swatch_row("", sheet.column_title or self.tr("column"), sheet.column_name(column)),
            swatch_row("", sheet.unit or self.tr("value"), number_text(float(sheet.values[row, column]))),
        ]
        return point, readout_text(name, lines)

    def table(self) -> Table:
        """A row for each cell of the series shown."""
        rows = [
            (name, sheet.row_name(row), sheet.column_name(column), float(value))
            for name, sheet in self.shown().items()
            for (row, column), value in np.ndenumerate(sheet.values)
        ]
        return Table(("series", "row", "column", "value"), rows)

    # -- the user ----------------------------------------
    def _on_switch(self) -> None:
        self.redraw()
        self.reset_zoom()

    def _on_turned(self, right: float, up: float) -> None:
        self._skew = min(max(self._skew + right, -0.6), 0.6)
        self._tilt = min(max(self._tilt + up, 0.08), 0.9)
        for surface in self._surfaces.values():
            surface.turn_to(self._skew, self._tilt)


def _cell_text(value: float, coarse: bool) -> str:
    """Short; beside values of 1 and more, small ones have two decimals, those from 10 on three digits in all."""
    if not coarse or abs(value) >= 99.95:
        return number_text(value, 3)
    return f"{round(value, 2) + 0.0:.2f}" if abs(value) < 9.995 else f"{value:.1f}"


def _end_text(value: float) -> str:
    return number_text(value, 3)
