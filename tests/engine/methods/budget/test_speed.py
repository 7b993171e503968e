"""Plans of a speed: times of the options, both limits at once, what is refused, and runs that are taken up again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.base import extras
from engine.base.errors import BadInput
from engine.fit.solver import Solver
from engine.fit.words import speed_text
from engine.measure.llama_cpp.rates import DENSE, DecodingRates
from engine.methods.budget.fit_to_budget import speed
from engine.methods.budget.fit_to_budget.guard import best_uniform
from engine.models.source import open_model
from engine.numerics.ggml.layouts import FORMATS
from tests.engine.methods.budget.smaller import assert_taken_up, checked, fitted

Tiny = Callable[[str], Path]
ROW, TOKEN = 1e-8, 1e-4
FEW_FORMATS = ("Q2_K", "Q4_*", "Q5_*", "Q8_0", "IQ4_NL")


def rates_of(types: Any, *_: Any) -> DecodingRates:
    """Types of more bits take longer, but "Q4_0" is the fastest of all."""
    bits = {name: 8 * FORMATS[name].nbytes / FORMATS[name].size if name in FORMATS else 16.0 for name in types}
    weight = {name: 1e-10 * (1.0 if name == "Q4_0" else count) for name, count in bits.items()}
    return DecodingRates(program="llama.cpp (a test)", threads=3, token=TOKEN, row=ROW, weight=weight)


@pytest.fixture(autouse=True)
def measured_rates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed, "decoding_rates", rates_of)
    monkeypatch.setattr(extras, "is_installed", lambda _: True)


@pytest.mark.parametrize("kind", ["llama", "llama_untied"])
def test_a_token_takes_the_time_of_all_weights_that_it_is_multiplied_with(
    kind: str, tiny: Tiny, tmp_path: Path
) -> None:
    """Of an embedding it reads one row; a tied one is the head."""
    run = fitted(tiny(kind), tmp_path, size="80%", formats=("Q8_0",), predict_speed=True, guard=False)
    anatomy = open_model(tiny(kind)).anatomy
    linears = {linear.name: linear for linear in anatomy.linears}
    head = linears.pop(anatomy.head, None)
    weights = sum(x.in_features * x.out_features for x in linears.values()) + anatomy.vocabulary * anatomy.hidden_size
    rows = sum(x.out_features for x in linears.values()) + anatomy.vocabulary
    assert head is None or head.out_features == anatomy.vocabulary
    seconds = TOKEN + rows * ROW + weights * 1e-10 * 8.5
    assert run.problem.milliseconds_of(run.plan.choices) == pytest.approx(1e3 * seconds, rel=1e-9)
    words = speed_text(run.problem, run.plan)
    assert f"{1 / seconds:.0f} tokens/s predicted in llama.cpp" in words and "with 3 threads" in words


def test_experts_count_by_the_share_of_tokens_that_are_sent_to_them(tiny: Tiny, tmp_path: Path) -> None:
    run = fitted(tiny("mixtral"), tmp_path, size="80%", formats=("Q8_0",), predict_speed=True, guard=False)
    anatomy = open_model(tiny("mixtral")).anatomy
    unit = next(unit for unit in run.problem.units if unit.role == "expert_gate_up")
    linears = [linear for linear in anatomy.linears if linear.name in unit.layers]
    share = anatomy.experts_per_token / len(linears)
    assert 0 < share < 1
    one = linears[0].out_features * (ROW + linears[0].in_features * 1e-10 * 8.5)
    assert unit.option("Q8_0").milliseconds == pytest.approx(1e3 * share * len(linears) * one)


def test_a_plan_has_both_the_size_and_the_speed(tiny: Tiny, tmp_path: Path) -> None:
    """A faster plan at the same size loses more, and is built with what it was chosen for."""
    source = tiny("llama")
    free = fitted(source, tmp_path / "free", size="60%", formats=FEW_FORMATS, predict_speed=True, rounds=0)
    before = free.problem.speed_of(free.plan.choices)
    solver = Solver(free.problem, {})
    assert before is not None and before < solver.fastest
    asked = (before + solver.fastest) / 2
    fast = fitted(source, tmp_path / "fast", free, size="60%", formats=FEW_FORMATS, tokens_per_second=asked, rounds=2)
    reached = fast.problem.speed_of(fast.plan.choices)
    assert reached is not None and reached >= asked * (1 - 1e-6) and fast.plan.speed == asked
    assert fast.plan.bytes <= fast.plan.budget == free.plan.budget
    assert fast.plan.loss > free.plan.loss
    assert fast.plan.choices != free.plan.choices and "Q4_0" in fast.plan.choices.values()
    assert_taken_up(fast, ("method.build",), tmp_path / "again", pytest.MonkeyPatch())


def test_the_rates_of_an_interrupted_run_are_those_that_it_measured(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"size": "60%", "formats": ("Q4_0", "Q8_0"), "predict_speed": True, "guard": False}
    first = fitted(tiny("llama"), tmp_path, **settings)

    def again(*_: Any) -> DecodingRates:
        raise AssertionError("it was measured before")

    monkeypatch.setattr(speed, "decoding_rates", again)
    assert fitted(tiny("llama"), tmp_path, **settings).problem.decoding == first.problem.decoding
    (file,) = tmp_path.rglob("decoding.json")
    for damaged in ("", '{"token": NaN}', "[" * 100_000):
        file.write_text(damaged)
        with pytest.raises(AssertionError, match="measured before"):
            fitted(tiny("llama"), tmp_path, **settings)


def test_what_is_too_fast_is_refused_with_the_fastest(tiny: Tiny, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"No plan of .* writes 1e\+05 tokens per second.*the fastest one writes"):
        fitted(tiny("llama"), tmp_path, size="60%", formats=("Q4_0", "Q8_0"), tokens_per_second=100_000)


def test_a_uniform_model_that_is_slower_is_none_to_compare_with(tiny: Tiny, tmp_path: Path) -> None:
    run = fitted(tiny("llama"), tmp_path, size="60%", formats=FEW_FORMATS, predict_speed=True, guard=False)
    speeds = {one.label: run.problem.speed_of(one.choices) or 0.0 for one in run.problem.uniform}
    mixed = {**run.plan.choices, run.problem.units[-1].name: "Q4_1"}
    plan = run.plan.model_copy(update={"budget": run.problem.whole, "choices": mixed})
    assert best_uniform(run.problem, plan, run.problem.bytes_of) is not None
    quick = plan.model_copy(update={"speed": max(speeds.values())})
    fastest = best_uniform(run.problem, quick, run.problem.bytes_of)
    assert fastest is not None and speeds[fastest.label] == max(speeds.values())
    quicker = plan.model_copy(update={"speed": 2 * max(speeds.values())})
    assert best_uniform(run.problem, quicker, run.problem.bytes_of) is None


def test_without_measured_speeds_none_can_be_required(tiny: Tiny, tmp_path: Path) -> None:
    run = fitted(tiny("llama"), tmp_path, size="60%", formats=("Q4_0", "Q8_0"), guard=False)
    assert run.problem.decoding is None and run.problem.speed_of(run.plan.choices) is None
    assert speed_text(run.problem, run.plan) == ""
    with pytest.raises(BadInput, match="was not measured"):
        Solver(run.problem, {}).plan(run.plan.budget, 10.0)


def test_other_targets_and_a_missing_llama_cpp_are_said_before_anything_is_spent(
    tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    (problem,) = checked(tiny("llama"), size="90%", target="container", group_size=16, tokens_per_second=10)
    assert problem.severity == "error" and "llama.cpp alone" in problem.message
    monkeypatch.setattr(extras, "is_installed", lambda _: False)
    (problem,) = checked(tiny("llama"), size="90%", predict_speed=True)
    assert "not installed" in problem.message and "[llama]" in problem.advice


def test_dense_types_have_rates() -> None:
    assert set(DENSE) <= speed.TYPES
