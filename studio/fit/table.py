"""Table of a plan: each unit's format, what it costs, why, and the steps beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QObject, QSortFilterProxyModel, Qt

from engine.base.human import bytes_text
from engine.base.table import Table
from engine.contracts.budget import BudgetProblem, Row, Step, Unit
from engine.fit.words import (
    REASONS,
    bits_per_weight,
    loss_text,
    nats_per_megabyte,
    reason_text,
    step_text,
    unit_title,
)
from studio.kit.tables import NUMBERS, WORDS, Cell, CellsModel, Index

VALUE_ROLE = Qt.ItemDataRole.UserRole
"""The value itself, which is sorted by."""
UNIT, OPTION, BITS, BYTES, LOSS, UP, UP_RATE, DOWN, DOWN_RATE, REASON = range(10)
NAMES = (
    "unit",
    "option",
    "bits_per_weight",
    "bytes",
    "loss",
    "up",
    "up_nats_per_mb",
    "down",
    "down_nats_per_mb",
    "why",
)
"""Heads of the columns in files."""


class PlanModel(CellsModel):
    """One row a unit."""

    rows: Sequence[tuple[Unit, Row]]

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        saves, costs = self.tr("Nats that a megabyte of it saves"), self.tr("Nats lost for each megabyte saved by it")
        self.heads = (
            Cell(self.tr("Layer"), self.tr("Layers that have one format: by role and number of the decoder layer")),
            Cell(self.tr("Format"), self.tr("How it is stored")),
            Cell(self.tr("Bits"), self.tr("Bits of a weight, scales included")),
            Cell(self.tr("Bytes"), self.tr("Bytes in the file")),
            Cell(self.tr("Loss"), self.tr("Predicted KL divergence of this unit alone, in nats a token")),
            Cell(self.tr("One step up"), self.tr("The next larger format, and what it changes")),
            Cell(self.tr("Nats/MB"), saves),
            Cell(self.tr("One step down"), self.tr("The next smaller format, and what it changes")),
            Cell(self.tr("Nats/MB"), costs),
            Cell(self.tr("Why"), self.tr("Why it is not another one")),
        )

    def show(self, problem: BudgetProblem, rows: Sequence[Row]) -> None:
        """Show another plan; the rows of the same units only change their values, so that selection and order stay."""
        pairs = list(zip(problem.units, rows, strict=True))
        if [unit.name for unit, _ in pairs] == [unit.name for unit, _ in self.rows]:
            self.rows = pairs
            self._forget()
            self.dataChanged.emit(self.index(0, 0), self.index(len(pairs) - 1, self.width() - 1))
            return
        self.beginResetModel()
        self.rows = pairs
        self.endResetModel()

    def row_of(self, unit: str) -> int:
        """The position of a unit, -1 if it is not there."""
        return next((index for index, (one, _) in enumerate(self.rows) if one.name == unit), -1)

    def width(self) -> int:
        """See `CellsModel`."""
        return len(self.heads)

    def head(self, column: int) -> Cell:
        """See `CellsModel`."""
        return self.heads[column]

    def side(self, column: int) -> Qt.AlignmentFlag:
        """See `CellsModel`."""
        return WORDS if column in (UNIT, OPTION, UP, DOWN, REASON) else NUMBERS

    def value(self, row: int, column: int) -> Any:
        """The value itself: what is sorted by and stored in files."""
        unit, line = self.rows[row]
        return (
            unit.name,
            line.option,
            bits_per_weight(line.bytes, unit.parameters),
            line.bytes,
            line.loss,
            line.up.option if line.up else None,
            _rate(line.up),
            line.down.option if line.down else None,
            _rate(line.down),
            line.reason,
        )[column]

    def sort_key(self, row: int, column: int) -> Any:
        """Layers stand in the order of the model."""
        return row if column == UNIT else self.value(row, column)

    def cell(self, row: int, column: int) -> Cell:
        """See `CellsModel`."""
        unit, line = self.rows[row]
        value = self.value(row, column)
        if column == UNIT:
            return Cell(unit_title(unit), "\n".join(unit.layers))
        if column == OPTION:
            return Cell(str(value), bold=line.reason == "locked")
        if column == BITS:
            return Cell(f"{value:.2f}")
        if column == BYTES:
            return Cell(bytes_text(value))
        if column == LOSS:
            return Cell(loss_text(value))
        if column in (UP, DOWN):
            step = line.up if column == UP else line.down
            return Cell("–" if step is None else step_text(step))
        if column in (UP_RATE, DOWN_RATE):
            return Cell("–" if value is None else loss_text(value))
        return Cell(REASONS[line.reason], reason_text(line))

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == VALUE_ROLE:
            return self.sort_key(index.row(), index.column())
        return super().data(index, role)


class PlanOrder(QSortFilterProxyModel):
    """Sorts by value; cells without one stand last."""

    def __init__(self, model: PlanModel, parent: QObject) -> None:
        super().__init__(parent)
        self._model = model
        self.setSourceModel(model)
        self.setSortRole(VALUE_ROLE)

    def lessThan(self, left: Index, right: Index) -> bool:
        a, b = left.data(VALUE_ROLE), right.data(VALUE_ROLE)
        if a is None or b is None:
            ascending = self.sortOrder() == Qt.SortOrder.AscendingOrder
            return (a is not None) if ascending and b is None else (b is not None and not ascending)
        return left.row() < right.row() if a == b else bool(a < b)

    def table(self) -> Table:
        """The rows in the order that is shown, with all digits, and the reasons as sentences."""
        rows = []
        for shown in range(self.rowCount()):
            row = self.mapToSource(self.index(shown, 0)).row()
            values = [self._model.value(row, column) for column in range(len(NAMES) - 1)]
            rows.append([*values, reason_text(self._model.rows[row][1])])
        return Table(NAMES, rows)


def _rate(step: Step | None) -> float | None:
    rate = None if step is None else nats_per_megabyte(step)
    return rate if rate is None or math.isfinite(rate) else None
