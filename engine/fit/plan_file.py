"""A plan on disk: everything that it was chosen from, what it is, why, and what was measured. Another program, or the
same one after an edit, builds it from ``choices`` alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import pydantic

from engine.base.errors import BadInput
from engine.base.files import write_text
from engine.contracts.budget import BudgetProblem, Plan, Row, why_refused
from engine.fit.prediction import predicted
from engine.fit.solver import Solver

NAME = "fit.json"
MAX_BYTES = 1 << 26
"""Of a file that is read."""


class PlanFile(pydantic.BaseModel):
    """``rows``: the reason of each choice. ``measured``: metrics of the built model by name, on text that took no part;
    ``guard``: its comparison with the best uniform model of no more bytes."""

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")
    plan: Plan
    rows: tuple[Row, ...]
    problem: BudgetProblem
    measured: dict[str, float] = {}
    guard: dict[str, Any] = {}

    @classmethod
    def of(
        cls,
        problem: BudgetProblem,
        plan: Plan,
        measured: Mapping[str, float] | None = None,
        guard: Mapping[str, Any] | None = None,
    ) -> Self:
        """The file of a plan, with its reasons."""
        rows = tuple(Solver(problem, plan.locked).rows(plan))
        return cls(plan=plan, rows=rows, problem=problem, measured=dict(measured or {}), guard=dict(guard or {}))

    def write(self, path: Path | str) -> None:
        """Write it, whole or not at all; raises `StudioError`."""
        write_text(Path(path), self.model_dump_json(indent=1, exclude_none=True) + "\n")

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read one. Raises `BadInput` for a file that is not there, is none, or is of another version."""
        try:
            with path.open("rb") as opened:
                content = opened.read(MAX_BYTES + 1)
        except OSError as error:
            raise BadInput(
                "The plan can't be read", where=str(path), why=error.strerror or "", advice="check the path"
            ) from None
        if len(content) > MAX_BYTES:
            raise BadInput("The plan is too large", where=str(path), why=f"more than {MAX_BYTES} bytes")
        try:
            return cls.model_validate(json.loads(content))
        except (ValueError, RecursionError) as error:
            raise BadInput(
                "The file is not a plan of a fit",
                where=str(path),
                why=why_refused(error),
                advice=f"choose a {NAME} that 'fit' wrote",
            ) from None


def plan_of(
    problem: BudgetProblem,
    choices: Mapping[str, str],
    locked: Mapping[str, str] | None = None,
    budget: int | None = None,
    speed: float = 0.0,
) -> Plan:
    """The plan with these choices. ``budget``: None for the bytes that it takes; ``speed``: that was required."""
    chosen = {unit.name: choices[unit.name] for unit in problem.units}
    nbytes, loss = problem.bytes_of(chosen), problem.loss_of(chosen)
    return Plan(
        target=problem.target,
        budget=nbytes if budget is None else budget,
        bytes=nbytes,
        choices=chosen,
        locked=dict(locked or {}),
        speed=speed,
        loss=loss,
        predicted=predicted(problem, loss),
    )
