"""Words of plans: units, nats, steps and reasons."""

import pytest

from engine.contracts.budget import Measurement, Option, Prediction, Row, Step, Unit
from engine.fit.solver import Solver
from engine.fit.words import (
    REASONS,
    guard_text,
    layers_text,
    loss_text,
    measurement_text,
    prediction_text,
    reason_text,
    signed_bytes,
    signed_loss,
    step_text,
    unit_title,
    units_title,
)
from tests.engine.fit.problems import realistic


def unit(role="v", layer=None):
    return Unit(
        name="x", layers=("x",), layer=layer, role=role, parameters=1, options=(Option(id="a", bytes=1, loss=0),)
    )


def test_units_have_titles():
    assert unit_title(unit("v", 3)) == "v of layer 3"
    assert unit_title(unit("embedding")) == "embedding"
    assert units_title([unit("v", 3)]) == "v of layer 3"
    assert units_title([unit("v", 7), *(unit("v", i) for i in range(4))]) == "v of layers 0–3 and 7"
    assert units_title([unit("embedding")]) == "embedding"


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ([1, 2], "layers 1–2"),
        ([1, 3], "layers 1 and 3"),
        ([0, 1, 2, 5, 8, 9], "layers 0–2, 5 and 8–9"),
        ([0, 2, 4, 9], "4 layers from 0 to 9"),
    ],
)
def test_layers_are_ranges_or_are_counted(layers, expected):
    assert layers_text(layers) == expected


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (0.0123, "0.012"),
        (0.2, "0.20"),
        (2.98, "3.0"),
        (31.2, "31"),
        (2e-5, "0.000020"),
        (3e-6, "0.000003"),
        (0, "0"),
        (1e-9, "0"),
    ],
)
def test_nats_are_plain_decimals(loss, expected):
    assert loss_text(loss) == expected


def test_changes_have_signs():
    assert signed_loss(-0.012) == "−0.012"
    assert signed_loss(0.012) == "+0.012"
    assert signed_loss(1e-12) == "0"
    assert signed_bytes(400_000) == "+400 kB"
    assert signed_bytes(-2_500_000) == "−2.50 MB"
    assert step_text(Step(option="Q8_0", bytes=-2_500_000, loss=0.01)) == "Q8_0: −2.50 MB, +0.010 nats"
    slower = Step(option="Q8_0", bytes=2_500_000, loss=-0.01, milliseconds=0.02)
    assert step_text(slower) == "Q8_0: +2.50 MB, −0.010 nats, +0.020 ms a token"


def test_predictions_and_measurements_say_their_unit():
    assert prediction_text(Prediction(kl=0.17, low=0.12, high=0.231)) == "0.17 nats (0.12 to 0.23)"
    of_uniform = Measurement(label="Q4_K", bytes=82_100_000, predicted=0.25, measured=0.26)
    assert measurement_text(of_uniform) == "Q4_K: 0.26 nats measured at 82.1 MB"


def test_every_reason_has_a_sentence():
    step = Step(option="Q6_K", bytes=1_000_000, loss=-0.03, milliseconds=0.5)
    reasons = Row.model_fields["reason"].annotation.__args__
    assert set(REASONS) == set(reasons)
    texts = {
        reason_text(Row(unit="x", option="a", bytes=1, loss=0, reason=reason, up=step, down=None)) for reason in reasons
    }
    assert len(texts) == len(reasons)
    assert "Q6_K would save 0.030 nats a megabyte: the budget saves more elsewhere." in texts
    assert "Q6_K would save 0.030 nats for +0.50 ms a token: too slow for the speed that is required." in texts


def test_every_row_of_a_plan_can_say_why():
    solver = Solver(realistic(4), {"layer 0: q": "Q8_0"})
    for budget in range(solver.smallest, solver.largest, (solver.largest - solver.smallest) // 7):
        for row in solver.rows(solver.plan(budget)):
            assert reason_text(row)


def test_the_guard_says_what_it_measured_and_which_model_is_given():
    guard = {"kl": 0.168, "uniform": "Q4_K_M", "uniform_kl": 0.259, "kept": "plan"}
    beaten = "On held-out text the plan loses 0.17 nats, the best uniform model within the budget (Q4_K_M) 0.26"
    assert guard_text(guard) == f"{beaten}."
    surely = f"{beaten} (a difference of 0.091 ± 0.012)."
    assert guard_text({**guard, "interval": 0.0119}) == surely
    assert guard_text({**guard, "kept": "uniform"}) == f"{beaten}: the uniform one is given."
    assert "no uniform model" in guard_text({"kl": 0.168, "uniform": None, "uniform_kl": None, "kept": "plan"})
    assert guard_text({}) == guard_text({"kl": "?"}) == ""
