"""A table of numbers as it is drawn, whoever made it: a method's `Grid` or the activations of an inspection. No Qt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.contracts.events import Grid

Values = NDArray[np.float64]
BEND = 0.03
"""Share of the largest magnitude up to which a logarithmic scale with negative values is about linear."""


@dataclass(frozen=True, eq=False)
class Sheet:
    """``values`` (rows, columns), NaN where there is nothing. Names are empty where rows and columns are numbered."""

    values: Values
    row_title: str = ""
    column_title: str = ""
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    unit: str = ""
    low: float | None = None
    high: float | None = None
    log: bool = False
    surface: bool = False

    @classmethod
    def of(cls, grid: Grid) -> Sheet:
        """The sheet of an event."""
        width = max((len(row) for row in grid.values), default=0)
        values = np.full((len(grid.values), width), np.nan)
        for index, row in enumerate(grid.values):
            values[index, : len(row)] = row
        columns = grid.columns
        if columns and width == len(columns) and not np.isnan(values).all():  # a place that no layer has is left out
            filled = np.flatnonzero(~np.isnan(values).all(axis=0))
            values, columns = values[:, filled], tuple(columns[index] for index in filled)
        return cls(
            values,
            grid.row_title,
            grid.column_title,
            grid.rows,
            columns,
            grid.unit,
            grid.low,
            grid.high,
            grid.log,
            grid.surface,
        )

    def row_name(self, index: int) -> str:
        """Label of a row."""
        return self.rows[index] if index < len(self.rows) else str(index)

    def column_name(self, index: int) -> str:
        """Label of a column."""
        return self.columns[index] if index < len(self.columns) else str(index)


class Scale(NamedTuple):
    """Mapping of values to positions 0..1 on a color map. ``diverging``: 0 lies in the middle. ``bend``: a symmetric
    logarithmic scale that is about linear up to this magnitude; 0 for a linear one."""

    low: float
    high: float
    log: bool
    diverging: bool
    bend: float = 0.0

    def places(self, values: Values) -> Values:
        """Places in 0..1, NaN where there is no value."""
        low, high = self.low, self.high
        if self.bend:
            values = np.arcsinh(values / self.bend)
            low, high = float(np.arcsinh(low / self.bend)), float(np.arcsinh(high / self.bend))
        elif self.log:
            values = np.where(values > 0, values, np.where(np.isnan(values), np.nan, low))
            values, low, high = np.log10(np.maximum(values, low)), float(np.log10(low)), float(np.log10(high))
        return np.clip((values - low) / ((high - low) or 1.0), 0.0, 1.0)


def common_scale(sheets: Iterable[Sheet], log: bool) -> Scale:
    """One scale for all, so that colors can be compared. A fixed end of any sheet counts; a log scale begins at the
    smallest positive value, at most six decades below the largest, or, with negative values, is bent around 0."""
    sheets = list(sheets)
    finite = np.concatenate([sheet.values[np.isfinite(sheet.values)] for sheet in sheets] or [np.zeros(0)])
    if not finite.size:
        return Scale(0.0, 1.0, False, False)
    lows = [sheet.low for sheet in sheets if sheet.low is not None]
    highs = [sheet.high for sheet in sheets if sheet.high is not None]
    low, high = min(lows, default=float(finite.min())), max(highs, default=float(finite.max()))
    positive = finite[finite > 0]
    if log and low < 0:
        high = max(high, float(finite.max()))
        return Scale(low, high if high > low else low + 1.0, True, False, BEND * max(-low, abs(high)))
    if log and positive.size:
        top = max(high, float(positive.max()))
        floor = max(float(positive.min()), top * 1e-6)
        return Scale(low if low > 0 and lows else floor, top if top > floor else floor * 10, True, False)
    if low < 0 < high:
        largest = max(-low, high)
        return Scale(-largest, largest, False, True)
    return Scale(low, high if high > low else low + 1.0, False, False)


def pooled(values: Values, rows: int, columns: int) -> Values:
    """At most ``rows`` × ``columns``: of each block the largest value, NaN only where all are."""
    for axis, most in ((0, rows), (1, columns)):
        size = values.shape[axis]
        if size > most:
            starts = np.linspace(0, size, most, endpoint=False).astype(int)
            values = np.fmax.reduceat(values, starts, axis=axis)
    return values


def numbered(count: int, room: int = 10) -> list[str]:
    """Names of numbered rows: round numbers only, at most ``room`` of them."""
    step = next(s * 10**p for p in range(9) for s in (1, 2, 5) if count <= room * s * 10**p)
    return [str(index) if index % step == 0 else "" for index in range(count)]
