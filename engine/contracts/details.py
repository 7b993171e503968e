"""Names of details that blocks leave in the history of a model, for others to read."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

IMPORTANCE_MATRIX = "importance matrix"
"""Of a block that read one from a file: ``{"file", "dataset", "chunks", "entries"}``."""

CALIBRATION_WINDOWS = "calibration windows"
"""Of a block that was calibrated on a text: `CalibrationWindows` as JSON values."""

BUDGET = "budget"
"""Of a block that fits a model to a budget: ``{"problem", "plan", "guard"}``: a `engine.contracts.budget.BudgetProblem`
and a `Plan` as JSON values, and what was measured on text that took no part."""


class CalibrationWindows(BaseModel, frozen=True):
    """The windows of ``length`` tokens, by their numbers, that a block read of the text with this hash. Later blocks
    hold out others."""

    sha256: str
    length: Annotated[int, Field(ge=1, lt=2**31)]
    windows: tuple[Annotated[int, Field(ge=0, lt=2**31)], ...]
