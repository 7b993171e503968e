"""Advice: the changes to a plan that would help most for their bytes, and those that would cost least."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from engine.base.errors import BadInput
from engine.contracts.budget import BudgetProblem, Plan, Row, Step, Unit
from engine.fit.factored import option_title
from engine.fit.solver import Solver
from engine.fit.words import signed_bytes, signed_loss, units_title

NEAR = 2.0
"""Steps of one role to one option are one piece of advice where their nats a byte are within this factor of the best
of them."""


@dataclass(frozen=True)
class Advice:
    """Units of one role that would all change to ``option``. ``bytes`` and ``loss``: differences of the whole model,
    nats a token as the options predict them. ``text``: "v of layers 0–3 at Q8_0: +0.40 MB, −0.012 nats"."""

    way: Literal["up", "down"]
    units: tuple[str, ...]
    option: str
    bytes: int
    loss: float
    text: str


def advice(problem: BudgetProblem, plan: Plan, *, count: int = 3) -> list[Advice]:
    """At most ``count`` ways up, the most nats saved for a byte first, then as many down, the fewest nats lost for a
    byte first. Locked units are left alone. Raises `BadInput` for a plan of another problem."""
    if set(plan.choices) != {unit.name for unit in problem.units}:
        raise BadInput(
            "The plan is of another sensitivity analysis",
            why="their units differ",
            advice="give the analysis that the plan was made from",
        )
    rows = Solver(problem, plan.locked).rows(plan)
    free = [(unit, row) for unit, row in zip(problem.units, rows, strict=True) if row.reason != "locked"]
    return _best(free, "up", count) + _best(free, "down", count)


def _best(free: Iterable[tuple[Unit, Row]], way: Literal["up", "down"], count: int) -> list[Advice]:
    steps = [(unit, step) for unit, row in free if (step := row.up if way == "up" else row.down) is not None]
    steps.sort(key=lambda pair: _rate(pair[1]), reverse=way == "up")
    groups: dict[tuple[str, str], list[tuple[Unit, Step]]] = {}
    for unit, step in steps:
        group = groups.setdefault((unit.role, step.option), [])
        if not group or _near(_rate(step), _rate(group[0][1])):
            group.append((unit, step))
    return [_of_group(way, group) for group in list(groups.values())[:count]]


def _rate(step: Step) -> float:
    """Nats that a byte saves on the way up, or costs on the way down; negative where fewer bytes lose less."""
    return -step.loss / step.bytes


def _near(rate: float, best: float) -> bool:
    """True for a step that is not much worse than the best one of its group, which is the first."""
    return best / NEAR <= rate <= best if rate <= best else rate <= max(NEAR * best, 0.0)


def _of_group(way: Literal["up", "down"], group: list[tuple[Unit, Step]]) -> Advice:
    option = group[0][1].option
    count, loss = sum(step.bytes for _, step in group), sum(step.loss for _, step in group)
    title = units_title(unit for unit, _ in group)
    return Advice(
        way=way,
        units=tuple(unit.name for unit, _ in group),
        option=option,
        bytes=count,
        loss=loss,
        text=f"{title} at {option_title(option)}: {signed_bytes(count)}, {signed_loss(loss)} nats",
    )
