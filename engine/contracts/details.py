"""Names of details that blocks leave in the history of a model, for others to read."""

from __future__ import annotations

IMPORTANCE_MATRIX = "importance matrix"
"""Of a block that read one from a file: ``{"file", "dataset", "chunks", "entries"}``."""

BUDGET = "budget"
"""Of a block that fits a model to a budget: ``{"problem", "plan", "guard"}``: a `engine.contracts.budget.BudgetProblem`
and a `Plan` as JSON values, and what was measured on text that took no part."""
