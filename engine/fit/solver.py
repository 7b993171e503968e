"""Plans for a problem: the front for a slider, the exact plan for a budget, and why each unit is what it is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from engine.base.errors import BadInput
from engine.base.human import bytes_text
from engine.contracts.budget import BudgetProblem, Option, Plan, Row, Step, Unit
from engine.fit.prediction import predicted
from engine.numerics import knapsack

NANOSECONDS = 1e6
"""Of a millisecond: times are whole numbers where they are a budget."""


@dataclass(frozen=True)
class Solver:
    """Solves one problem for any budget. ``locked``: unit -> option that it keeps. Raises `BadInput` for a unit or an
    option that is not there."""

    problem: BudgetProblem
    locked: Mapping[str, str]

    @cached_property
    def options(self) -> list[tuple[Option, ...]]:
        """Of each unit those that it may have."""
        for name, option in self.locked.items():
            self.problem.unit(name).option(option)
        return [
            (unit.option(self.locked[unit.name]),) if unit.name in self.locked else unit.options
            for unit in self.problem.units
        ]

    @cached_property
    def front(self) -> knapsack.Front:
        """Costs and losses of all greedy solutions; costs without the fixed bytes."""
        return knapsack.front(*self._numbers)

    @cached_property
    def time_front(self) -> knapsack.Front:
        """The same over the times of a token in nanoseconds instead of bytes, those beside the units left out. Only of
        a problem whose options have times."""
        return knapsack.front(self._times, self._numbers[1])

    @property
    def fastest(self) -> float:
        """Tokens per second of the fastest plan."""
        return self._speed(self.time_front.cost[0])

    @property
    def slowest(self) -> float:
        """Tokens per second of the plan that loses least: a slower one gains nothing."""
        return self._speed(self.time_front.cost[-1])

    @property
    def smallest(self) -> int:
        """Bytes of the smallest file."""
        return self.problem.fixed_bytes + sum(min(option.bytes for option in options) for options in self.options)

    @property
    def largest(self) -> int:
        """Bytes beyond which nothing gets better."""
        return self.problem.fixed_bytes + int(self.front.cost[-1])

    @property
    def most(self) -> int:
        """Bytes of the largest file: no plan takes more."""
        return self.problem.fixed_bytes + sum(max(option.bytes for option in options) for options in self.options)

    def quick(self, budget: int) -> Plan:
        """The plan on the front, while a slider moves: microseconds. Raises `BadInput` as `plan`."""
        steps = self.front.steps_within(budget - self.problem.fixed_bytes)
        self._refuse_small(budget)
        return self._plan(self.front.choice(max(0, steps)), budget)

    def quick_at(self, speed: float) -> Plan:
        """The plan of any size that writes so many tokens per second, while a slider moves; the fastest one for more
        than that has."""
        steps = self.time_front.steps_within(self.nanoseconds_at(speed))
        plan = self._plan(self.time_front.choice(max(0, steps)), self.most, speed)
        return plan.model_copy(update={"budget": plan.bytes})

    def plan(self, budget: int, speed: float = 0.0) -> Plan:
        """The best plan of at most ``budget`` bytes, and of at least ``speed`` tokens per second by the times of the
        options. Raises `BadInput` where the smallest file is larger, or no plan is so fast."""
        self._refuse_small(budget)
        costs, losses = self._numbers
        allowed = budget - self.problem.fixed_bytes
        if not speed:
            chosen = knapsack.solve(costs, losses, allowed)
            assert chosen is not None  # the smallest plan fits
            return self._plan(chosen, budget)
        chosen = knapsack.solve_within(costs, losses, allowed, self._times, self.nanoseconds_at(speed))
        if chosen is None:
            self._refuse_fast(budget, speed)
        assert chosen is not None
        return self._plan(chosen, budget, speed)

    def rows(self, plan: Plan) -> list[Row]:
        """Each unit's choice, the reason, and the next step up and down on the hull of its options."""
        now = self.problem.milliseconds_of(plan.choices)
        spare = 1e3 / plan.speed - now if plan.speed and now is not None else math.inf
        return [self._row(unit, plan, spare) for unit in self.problem.units]

    def _row(self, unit: Unit, plan: Plan, spare: float) -> Row:
        """``spare``: milliseconds that a token of the plan may take longer."""
        option = unit.option(plan.choices[unit.name])
        corners = knapsack.hull([x.bytes for x in unit.options], [x.loss for x in unit.options])
        larger = [unit.options[i] for i in corners if unit.options[i].bytes > option.bytes]
        smaller = [unit.options[i] for i in corners if unit.options[i].bytes < option.bytes]
        up, down = (larger[0] if larger else None), (smaller[-1] if smaller else None)
        if up is not None and up.loss >= option.loss:
            up = None
        steps = [None if other is None else _step(option, other) for other in (up, down)]
        reason: Literal["locked", "only", "smallest", "best", "budget", "speed"] = "budget"
        if unit.name in plan.locked:
            reason = "locked"
        elif len(unit.options) == 1:
            reason = "only"
        elif up is None:
            reason = "best"
        elif steps[0] is not None and (steps[0].milliseconds or 0.0) > spare:
            reason = "speed"
        elif down is None:
            reason = "smallest"
        return Row(
            unit=unit.name,
            option=option.id,
            bytes=option.bytes,
            loss=option.loss,
            reason=reason,
            up=steps[0],
            down=steps[1],
        )

    @cached_property
    def _numbers(self) -> tuple[list[list[int]], list[list[float]]]:
        return [[x.bytes for x in options] for options in self.options], [
            [x.loss for x in options] for options in self.options
        ]

    @cached_property
    def _times(self) -> list[list[int]]:
        """Nanoseconds of a token in each option; raises `BadInput` where no speed was measured."""
        if self.problem.decoding is None:
            raise BadInput(
                "The speed of the formats was not measured",
                where="tokens per second",
                advice="switch 'Predict speed' on in the block, and run it",
            )
        return [[nanoseconds(option) for option in options] for options in self.options]

    @cached_property
    def _beside(self) -> float:
        """Nanoseconds of a token beside the units."""
        choices = {unit.name: options[0].id for unit, options in zip(self.problem.units, self.options, strict=True)}
        whole = NANOSECONDS * (self.problem.milliseconds_of(choices) or 0.0)
        return whole - sum(options[0] for options in self._times)

    def nanoseconds_at(self, speed: float) -> int:
        """Of a token in all units together at so many tokens per second."""
        return round(1e3 * NANOSECONDS / speed - self._beside)

    def _speed(self, nanoseconds: float) -> float:
        return 1e3 * NANOSECONDS / max(1.0, float(nanoseconds) + self._beside)

    def _refuse_fast(self, budget: int, speed: float) -> None:
        costs, _ = self._numbers
        times = [[float(time) for time in of_unit] for of_unit in self._times]
        chosen = knapsack.solve(costs, times, budget - self.problem.fixed_bytes)
        assert chosen is not None  # the smallest plan fits
        most = self._speed(knapsack.total(self._times, chosen))
        locks = " with these locks" if self.locked else ""
        raise BadInput(
            f"No plan of {bytes_text(budget)} writes {speed:.4g} tokens per second",
            why=f"the fastest one{locks} writes {most:.4g}",
            advice="ask for fewer tokens per second, or make the model smaller first (remove layers, pruning)",
        )

    def _plan(self, chosen: list[int], budget: int, speed: float = 0.0) -> Plan:
        picked = [options[index] for options, index in zip(self.options, chosen, strict=True)]
        loss = sum(option.loss for option in picked)
        return Plan(
            target=self.problem.target,
            budget=budget,
            bytes=self.problem.fixed_bytes + sum(option.bytes for option in picked),
            choices={unit.name: option.id for unit, option in zip(self.problem.units, picked, strict=True)},
            locked=dict(self.locked),
            speed=speed,
            loss=loss,
            predicted=predicted(self.problem, loss),
        )

    def _refuse_small(self, budget: int) -> None:
        refuse_small(budget, self.smallest, " with these locks" if self.locked else "")


def refuse_small(budget: int, smallest: int, locks: str = "") -> None:
    """Raise `BadInput` where the ``smallest`` file has more bytes than the ``budget``."""
    if budget < smallest:
        raise BadInput(
            f"Nothing fits into {bytes_text(budget)}",
            why=f"the smallest file{locks} takes {bytes_text(smallest)}",
            advice="allow more bytes, unlock units, or make the model smaller first (SVD, pruning)",
        )


def nanoseconds(option: Option) -> int:
    """Of a token in this option; 0 where they were not measured."""
    return round(NANOSECONDS * (option.milliseconds or 0.0))


def _step(now: Option, other: Option) -> Step:
    times = now.milliseconds, other.milliseconds
    longer = None if times[0] is None or times[1] is None else times[1] - times[0]
    return Step(option=other.id, bytes=other.bytes - now.bytes, loss=other.loss - now.loss, milliseconds=longer)
