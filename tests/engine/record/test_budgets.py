"""Plans in the report of a run."""

import json

import pytest

from engine.contracts.details import BUDGET
from engine.fit.solver import Solver
from engine.record.budgets import fitted_blocks
from engine.record.report import read_report
from tests.engine.fit.problems import realistic


def report(**details):
    stage = {"block": "fit_to_budget_1", "method": "fit_to_budget", "title": "Fit to budget", "details": details}
    other = {"block": "model_1", "method": "model", "title": "Model", "details": {}}
    return read_report(json.loads(json.dumps({"status": "done", "stages": [other, stage]})))


def budget():
    problem = realistic(2)
    solver = Solver(problem, {"layer 0: q": "Q8_0"})
    plan = solver.plan((solver.smallest + solver.largest) // 2)
    return {"problem": problem.model_dump(mode="json"), "plan": plan.model_dump(mode="json")}, problem, plan


def test_a_plan_comes_back_from_the_report_as_it_was():
    details, problem, plan = budget()
    [block] = fitted_blocks(report(**{BUDGET: {**details, "guard": {"better": "plan"}}}))
    assert (block.block, block.title) == ("fit_to_budget_1", "Fit to budget")
    assert (block.problem, block.plan, block.guard) == (problem, plan, {"better": "plan"})


@pytest.mark.parametrize("damage", ["problem", "plan", "units", "option", "nothing"])
def test_a_damaged_plan_is_left_out(damage):
    details, _, _ = budget()
    if damage in details:
        details[damage] = {"version": 9}
    elif damage == "units":
        details["problem"]["units"] = details["problem"]["units"][1:]
        details["problem"]["units"][0]["name"] = "another"
    elif damage == "option":
        details["plan"]["choices"]["embedding"] = "int99"
    else:
        details = {}
    assert fitted_blocks(report(**{BUDGET: details})) == []
    assert fitted_blocks(report(**{BUDGET: 3})) == []
    assert fitted_blocks({}) == []
