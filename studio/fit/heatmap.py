"""Map of a plan: layers by roles, each cell in the color of the format that its layer is stored in."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor, QFontMetricsF
from PySide6.QtWidgets import QWidget

from engine.base.human import bytes_text
from engine.base.table import Table
from engine.contracts.budget import BudgetProblem, Option, Row, Unit
from engine.fit.factored import option_title
from engine.fit.words import bits_per_weight, loss_text, reason_text, step_text, unit_title
from studio.charts.axes import LayerAxis
from studio.charts.base import ChartFrame
from studio.charts.bounds import Bounds
from studio.charts.controls import readout_text, swatch_row
from studio.charts.distribution import viridis
from studio.charts.legend import Entry
from studio.charts.stroke import Stroke
from studio.fit.cells import CellsItem, Grid, Look
from studio.kit.theme import color, font, scaled, theme

DARKEST = 0.18
"""Beginning of the color scale: what is below can't be told from a dark background."""


LOWEST = 14
"""Pixels of height of a row at least, in texts of the usual size: its name and the formats in it can be read."""


class RoleAxis(LayerAxis):
    """Every row of the map has its name."""

    @property
    def least_height(self) -> float:
        """See `LayerAxis`."""
        return scaled(LOWEST) - 2.0


class PlanMap(ChartFrame):
    """`show_problem` lays the cells out, `show_choices` colors them: cheap enough for every move of a slider. A click
    on a cell emits ``cell_chosen``."""

    is_map = True
    cell_chosen = Signal(str)
    """Name of the unit that was clicked."""

    def __init__(self, parent: QWidget) -> None:
        self._units: dict[str, Unit] = {}
        self._options: dict[str, dict[str, Option]] = {}
        self._bits: dict[str, float] = {}
        """Bits of a weight by option, the fewest first."""
        self._colors: dict[str, QColor] = {}
        self._texts: dict[tuple[str, str], tuple[str, ...]] = {}
        self._rows: dict[str, Row] = {}
        self.choices: Mapping[str, str] = {}
        self.locked: frozenset[str] = frozenset()
        self._compact = False
        self.cells = CellsItem()
        super().__init__(
            self.tr("Format of each layer"),
            (self.tr("No plan yet"), self.tr("The format of each layer appears here.")),
            (LayerAxis("bottom", self.tr("Layer")), RoleAxis("left")),
            parent,
        )
        self.follow.hide()
        self.plot.getPlotItem().invertY(True)
        self.plot.addItem(self.cells)
        theme().changed.connect(self._fit_names)

    # -- what is shown ------------------------------------------------------------------------------------------------
    def show_problem(self, problem: BudgetProblem | None) -> None:
        """Lay out the units of another problem; None for nothing."""
        units: Sequence[Unit] = problem.units if problem is not None else ()
        self._units = {unit.name: unit for unit in units}
        self._options = {unit.name: {option.id: option for option in unit.options} for unit in units}
        self._bits = _bits_of(units)
        self._texts.clear()
        self._rows, self.choices, self.locked = {}, {}, frozenset()
        grid = Grid.of(units)
        self.cells.show_grid(grid)
        self._paint_scale()
        assert isinstance(self.bottom, LayerAxis) and isinstance(self.left, LayerAxis)
        self.bottom.show_names([str(layer) for layer in grid.layers])
        self.left.show_names(list(grid.roles))
        self._fit_names()
        self._ranged_at = 0.0
        self.follow.setChecked(True)
        self.touch()
        self.refresh()

    def _fit_names(self) -> None:
        """Room for the names of the roles."""
        assert isinstance(self.left, LayerAxis)
        metrics, names = QFontMetricsF(font(-1)), self.left.names
        longest = max(map(metrics.horizontalAdvance, names), default=0.0)
        self.left.setWidth(round(min(longest, scaled(190)) + 16))
        self.plot.setMinimumHeight(scaled(LOWEST) * len(names) + 2 * round(metrics.height()) + 12)

    def set_compact(self, compact: bool) -> None:
        """Give the room of the legend to the map, or back: what it says is in the readout too."""
        self._compact = compact
        self._show_legend()

    def _show_legend(self) -> None:
        self.legend.setVisible(len(self.legend.entries) > 1 and not self._compact)

    def show_choices(self, choices: Mapping[str, str], locked: Collection[str] = ()) -> None:
        """Color the cells: unit -> option."""
        fresh = not self.choices
        self.choices, self.locked = choices, frozenset(locked)
        self._rows = {}
        self._color_cells()
        if fresh:
            self.touch()
            self.refresh()

    def show_rows(self, rows: Sequence[Row]) -> None:
        """The reasons of the choices that are shown, for the readout."""
        self._rows = {row.unit: row for row in rows}

    def pick(self, unit: str) -> None:
        """Frame a cell, "" for none."""
        self.cells.pick(unit)

    def color_of(self, option: str) -> QColor:
        """The color of an option."""
        return self._colors.get(option, color("raised"))

    # -- drawing ------------------------------------------------------------------------------------------------------
    def draw(self) -> bool:
        """See `ChartFrame`."""
        if not self._units or not self.choices:
            return False
        self._paint_scale()
        self._color_cells()
        return True

    def bounds(self) -> Bounds | None:
        """See `ChartFrame`."""
        if not self._units:
            return None
        box = self.cells.boundingRect()
        return Bounds(box.left(), box.right(), box.top(), box.bottom())

    def _paint_scale(self) -> None:
        """Neighbors in bits differ as much as the scale allows, whatever their distance is."""
        levels = sorted({round(bits, 2) for bits in self._bits.values()})
        scale = viridis()
        share = {bits: DARKEST + (1 - DARKEST) * n / max(len(levels) - 1, 1) for n, bits in enumerate(levels)}
        self._colors = {name: scale.map(share[round(bits, 2)], "qcolor") for name, bits in self._bits.items()}
        self.legend.set_entries(
            [Entry(name, option_title(name), Stroke(hue.name())) for name, hue in self._colors.items()]
        )
        self._show_legend()

    def _color_cells(self) -> None:
        faded = color("raised")
        shown = {name for name in self._colors if self.legend.is_shown(name)}
        look = Look()
        for unit, option in self.choices.items():
            look.colors[unit] = self._colors[option] if option in shown else faded
            if option in shown:
                look.texts[unit] = self._cell_texts(unit, option)
        self.cells.show_look(look, self.locked)

    def _cell_texts(self, unit: str, option: str) -> tuple[str, ...]:
        key = unit, option
        if key not in self._texts:
            bits = bits_per_weight(self._options[unit][option].bytes, self._units[unit].parameters)
            number = f"{bits:.1f}".removesuffix(".0")
            title = option_title(option)
            whole = self.tr("{0} in {1}, {2} bits a weight").format(self._units[unit].role, title, f"{bits:.2f}")
            self._texts[key] = (whole, option, number) if self._units[unit].layer is None else (option, number)
        return self._texts[key]

    # -- reading ------------------------------------------------------------------------------------------------------
    def table(self) -> Table:
        """A row for each unit."""
        rows = [
            (name, unit.layer, unit.role, self.choices[name], self._options[name][self.choices[name]].bytes)
            for name, unit in self._units.items()
            if name in self.choices
        ]
        return Table(("unit", "layer", "role", "option", "bytes"), rows)

    def readout(self, x: float, y: float) -> tuple[float, str] | None:
        """The unit under the mouse: its option, why, and one step up and down."""
        name = self.cells.grid.unit_at(x, y)
        if name is None or name not in self.choices:
            return None
        cell = self.cells.grid.places[name]
        return cell.center().x() if self._units[name].layer is not None else x, self.unit_text(name)

    def unit_text(self, name: str) -> str:
        """Rich text on a unit."""
        unit, option = self._units[name], self._options[name][self.choices[name]]
        lines = [
            swatch_row(
                self.color_of(option.id).name(),
                option_title(option.id),
                self.tr("{0} bits a weight").format(f"{bits_per_weight(option.bytes, unit.parameters):.2f}"),
            ),
            swatch_row("", self.tr("size"), bytes_text(option.bytes)),
            swatch_row("", self.tr("loss"), self.tr("{0} nats").format(loss_text(option.loss))),
        ]
        if (row := self._rows.get(name)) is not None:
            lines += [swatch_row("", self.tr("one up"), step_text(row.up))] if row.up is not None else []
            lines += [swatch_row("", self.tr("one down"), step_text(row.down))] if row.down is not None else []
            lines.append(f'<tr><td colspan="2">{reason_text(row)}</td></tr>')
        return readout_text(unit_title(unit), lines)

    def clicked(self, x: float, y: float) -> None:
        """Tell which cell it was."""
        if (name := self.cells.grid.unit_at(x, y)) is not None:
            self.cell_chosen.emit(name)


def _bits_of(units: Sequence[Unit]) -> dict[str, float]:
    """Bits of a weight of each option, over all units that have it; the fewest first."""
    sums: dict[str, tuple[int, int]] = {}
    for unit in units:
        for option in unit.options:
            nbytes, parameters = sums.get(option.id, (0, 0))
            sums[option.id] = nbytes + option.bytes, parameters + unit.parameters
    bits = {name: bits_per_weight(*both) for name, both in sums.items()}
    return dict(sorted(bits.items(), key=lambda pair: pair[1]))
