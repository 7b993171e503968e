"""Advice: the changes to a plan that would help most for their bytes, and those that would cost least."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from engine.base.errors import BadInput
from engine.contracts.budget import BudgetProblem, Plan, Row, Step, Unit
from engine.fit.factored import option_title
from engine.fit.solver import Solver
from engine.fit.words import changes_text, units_title

Cost = Callable[[Step], float]
"""Bytes or milliseconds of a step."""
NEAR = 2.0
"""Steps of one role to one option are one piece of advice where their nats a byte are within this factor of the best
of them."""


@dataclass(frozen=True)
class Advice:
    """Units of one role that would all change to ``option``. ``bytes``, ``loss`` and ``milliseconds``: differences of
    the whole model; nats a token as the options predict them, the time of a token where a speed was measured. ``text``:
    "v of layers 0–3 at Q8_0: +0.40 MB, −0.012 nats"."""

    way: Literal["up", "down"]
    units: tuple[str, ...]
    option: str
    bytes: int
    loss: float
    milliseconds: float | None
    text: str


def advice(problem: BudgetProblem, plan: Plan, *, count: int = 3) -> list[Advice]:
    """At most ``count`` ways up, the most nats saved for a byte first, then as many down, the fewest nats lost for a
    byte first; for the time of a token instead of bytes where the plan has a speed that is required. Locked units are
    left alone. Raises `BadInput` for a plan of another problem."""
    if set(plan.choices) != {unit.name for unit in problem.units}:
        raise BadInput(
            "The plan is of another sensitivity analysis",
            why="their units differ",
            advice="give the analysis that the plan was made from",
        )
    rows = Solver(problem, plan.locked).rows(plan)
    free = [(unit, row) for unit, row in zip(problem.units, rows, strict=True) if row.reason != "locked"]
    cost = _milliseconds if plan.speed else _bytes
    return _best(free, "up", count, cost) + _best(free, "down", count, cost)


def _best(free: Iterable[tuple[Unit, Row]], way: Literal["up", "down"], count: int, cost: Cost) -> list[Advice]:
    steps = [(unit, step) for unit, row in free if (step := row.up if way == "up" else row.down) is not None]
    if way == "down":
        steps = [(unit, step) for unit, step in steps if cost(step) < 0]  # others make room for nothing

    def rate(step: Step) -> float:
        """Nats that a byte or millisecond saves on the way up, or costs on the way down; negative where less of them
        loses less, infinite where nats are saved for nothing."""
        return -step.loss / cost(step) if way == "down" or cost(step) > 0 else math.inf

    steps.sort(key=lambda pair: rate(pair[1]), reverse=way == "up")
    groups: dict[tuple[str, str], list[tuple[Unit, Step]]] = {}
    for unit, step in steps:
        group = groups.setdefault((unit.role, step.option), [])
        if not group or _near(rate(step), rate(group[0][1])):
            group.append((unit, step))
    return [_of_group(way, group) for group in list(groups.values())[:count]]


def _bytes(step: Step) -> float:
    return step.bytes


def _milliseconds(step: Step) -> float:
    return step.milliseconds or 0.0


def _near(rate: float, best: float) -> bool:
    """True for a step that is not much worse than the best one of its group, which is the first."""
    return best / NEAR <= rate <= best if rate <= best else rate <= max(NEAR * best, 0.0)


def _of_group(way: Literal["up", "down"], group: list[tuple[Unit, Step]]) -> Advice:
    option = group[0][1].option
    count, loss = sum(step.bytes for _, step in group), sum(step.loss for _, step in group)
    times = [step.milliseconds for _, step in group if step.milliseconds is not None]
    longer = sum(times) if len(times) == len(group) else None
    title = units_title(unit for unit, _ in group)
    return Advice(
        way=way,
        units=tuple(unit.name for unit, _ in group),
        option=option,
        bytes=count,
        loss=loss,
        milliseconds=longer,
        text=f"{title} at {option_title(option)}: {changes_text(count, loss, longer)}",
    )
