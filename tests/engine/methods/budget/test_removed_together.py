"""Fit to budget without some layers, and with fewer heads and channels in what is left: one plan of both,
beside those of either alone."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.base.errors import BadInput
from engine.contracts.budget import BudgetProblem, RemovedWidths
from engine.contracts.events import Grid
from engine.fit.plan_file import PlanFile
from engine.fit.words import guard_text, name_of, removed_text
from engine.methods.budget.fit_to_budget.analysis import Samples
from engine.methods.budget.fit_to_budget.depth import Search
from engine.methods.budget.fit_to_budget.measuring import Divergences
from engine.methods.budget.fit_to_budget.method import FitRun, FitToBudget, SmallerRun
from engine.methods.budget.fit_to_budget.removal import Removal
from engine.methods.budget.fit_to_budget.removal_limits import WINDOWS
from engine.methods.budget.fit_to_budget.settings import FitToBudgetSettings
from engine.methods.budget.fit_to_budget.widths import WidthSearch
from engine.methods.pruning.depth_pruning.method import without_layers
from engine.models.slicing import Shape
from engine.models.source import open_model
from engine.testing.stage import Killed, RecordingStage
from tests.engine.methods.budget.smaller import (
    Run,
    assert_built_again_by_file_and_blocks,
    assert_gguf_has_the_bytes_of_the_plan,
    assert_taken_up,
    at_another_size,
    checked,
    fitted,
    scaled,
    smallest_file,
)

Tiny = Callable[[str], Path]
BOTH = {"remove_layers": True, "remove_widths": True}
FEW: dict[str, Any] = {"formats": ("Q4_0", "Q5_0", "Q8_0"), "guard": False, "rounds": 0}
"""Settings of all these fits: few formats, so that little is measured."""


def _without_work(name: str, weight: torch.Tensor) -> torch.Tensor:
    weight = weight.clone()
    if "down_proj" in name:
        weight[:, 40:72] *= 1e-4
    if "o_proj" in name:
        weight[:, :32] *= 1e-4
    return weight * 1e-4 if "layers.0." in name and ("o_proj" in name or "down_proj" in name) else weight


@pytest.fixture(scope="module")
def idle(tiny: Tiny, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model whose first layer of two adds next to nothing, as do half of the heads and a third of the channels."""
    return scaled(tiny("llama_untied"), tmp_path_factory.mktemp("model") / "idle", _without_work)


@pytest.fixture(scope="module")
def run(idle: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A fit of it without its first layer and with fewer heads and channels in the other."""
    return fitted(idle, tmp_path_factory.mktemp("run"), size="33%", **FEW, **BOTH)


def _changes(run: Run) -> list[str]:
    return [other["removed"] for other in run.guard["others"]]


def test_both_go_where_that_is_better_than_either_alone(run: Run, tmp_path: Path) -> None:
    assert run.problem.removed_layers == (0,)
    assert run.problem.removed_widths == RemovedWidths(heads=("0-1",), channels=("40-71",))
    shape = Shape(hidden=64, layers=1, heads=2, kv_heads=1, head_dim=16, inner=64)
    assert Shape.of(open_model(run.artifact).anatomy) == shape
    assert run.stage.details["shape"] == dataclasses.asdict(shape) and run.stage.details["removed layers"] == {"0": 1.0}
    assert {unit.layer for unit in run.problem.units} == {None, 1}, "units keep the numbers that came"
    assert_gguf_has_the_bytes_of_the_plan(run, 0.33, tmp_path / "exported")
    assert run.guard["removed"] == "layers+widths" and _changes(run) == ["", "layers", "widths"]
    assert all(run.guard["kl"] < other["kl"] for other in run.guard["others"])
    built = [point for point in run.problem.measured_points if point.label == "built"]
    assert [point.measured for point in built] == [pytest.approx(run.guard["kl"])]


def test_the_loss_of_both_is_measured_against_the_whole_model(run: Run, tmp_path: Path) -> None:
    model, stage = open_model(run.source), RecordingStage(tmp_path)
    seen = Samples.of(model, FitToBudgetSettings.parse(run.settings), stage).seen
    removal = Removal.of(run.problem)
    tokens = seen[torch.arange(WINDOWS) * len(seen) // WINDOWS]
    shallower = without_layers(open_model(run.source), removal.layers, stage)
    of_whole, of_shallower = (
        Divergences(one, RecordingStage(tmp_path / name), tokens).of(removal.applied(model, stage), "", (0.0, 1.0))
        for name, one in (("whole", model), ("shallower", shallower))
    )
    assert run.problem.removed_loss == pytest.approx(of_whole) and of_shallower < 0.1 * of_whole


def test_masks_have_the_layers_as_they_came(run: Run) -> None:
    grids = [event for event in run.stage.events if isinstance(event, Grid) and event.chart == "Masks"]
    assert [grid.series for grid in grids] == ["heads", "inner", "layers"]
    heads = grids[0].values
    assert [any(row) for row in heads] == [False, True], "of a layer that goes no head stays"


def test_sentences_name_both(run: Run) -> None:
    text = guard_text(run.guard)
    for words in ("With all layers, heads and channels it would lose", "If only layers were removed, it would lose",
                  "If only heads and channels were removed, it would lose"):  # fmt: skip
        assert words in text
    assert removed_text(run.problem) == "layer 0, and 2 heads and 32 channels of each other layer"


@pytest.mark.parametrize(
    ("chosen", "other", "start"),
    [
        ("", "layers+widths", "Without some layers and with fewer heads and channels it"),
        ("layers", "layers+widths", "Without some layers and with fewer heads and channels it"),
        ("layers", "widths", "With fewer heads and channels instead it"),
        ("widths", "", "With all heads and channels it"),
        ("layers+widths+ranks", "", "With all layers, heads and channels and without factors it"),
        ("layers+ranks", "layers", "Without factors it"),
        ("layers+ranks", "ranks", "If layers were only factorized, it"),
        ("layers+widths+ranks", "layers+ranks", "If only layers were removed and some factorized, it"),
        ("layers+widths+ranks", "layers", "If only layers were removed, it"),
        ("layers", "layers+ranks", "Without some layers and with some layers factorized it"),
        ("?", "", "With all layers it"),
    ],
)
def test_every_other_model_has_a_sentence(chosen: str, other: str, start: str) -> None:
    guard = {"kl": 1.0, "removed": chosen, "others": [{"removed": other, "kl": 2.0}]}
    assert guard_text(guard).endswith(f"{start} would lose 2.0.")
    assert name_of(filter(None, other.split("+"))) == other


def test_a_size_that_only_both_reach(run: Run, tmp_path: Path) -> None:
    alone = [
        smallest_file(fitted(run.source, tmp_path / name, run, size="33%", **FEW, **{name: True}).problem)
        for name in BOTH
    ]
    size = (smallest_file(run.problem) + min(alone)) // 2
    values = {**FEW, "size": str(size)}
    for name in BOTH:
        with pytest.raises(BadInput, match="Nothing fits"):
            fitted(run.source, tmp_path / f"{name} alone", run, **values, **{name: True})
    assert not checked(run.source, **values, **BOTH)
    fit = fitted(run.source, tmp_path / "both", run, **values, **BOTH)
    assert fit.plan.bytes <= size and fit.problem.removed_layers and fit.problem.removed_widths
    assert "others" not in fit.guard


@pytest.mark.parametrize(
    ("predicted", "limit", "expected"),
    [
        ({1: 0.5, 2: 0.4, 3: 0.6}, math.inf, 2),
        ({1: 0.5, 2: 0.4, 3: 0.6}, 0.3, 0),
        ({1: math.inf, 2: math.inf, 3: 0.6}, 1.0, 3),
        ({1: math.inf, 2: math.inf, 3: math.inf}, math.inf, 3),
    ],
)
def test_those_layers_go_beside_which_narrower_ones_are_likely_to_be_best(
    predicted: dict[int, float], limit: float, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(WidthSearch, "_predicted", lambda self, shape, loss, without: predicted[len(without)])
    search = WidthSearch.__new__(WidthSearch)
    search.trials = [(Shape(hidden=64, layers=6, heads=2, kv_heads=1, head_dim=16, inner=64), 0.1)]
    removals = [Removal(layers=tuple(range(count)), loss=0.1 * count) for count in (1, 2, 3)]
    assert len(search.beside(removals, limit).layers) == expected


def test_a_size_that_not_even_both_reach(run: Run, tmp_path: Path) -> None:
    size = smallest_file(run.problem) - 100
    with pytest.raises(BadInput, match="Nothing fits") as refused:
        fitted(run.source, tmp_path, run, size=str(size), **FEW, **BOTH)
    assert "without all that may go, the smallest file takes about 3" in refused.value.why
    (error,) = checked(run.source, size="4kB", **BOTH)
    assert "of 50% of the layers with 64 channels and 2 heads in each layer" in error.message


def test_the_better_plan_is_given_where_both_lose_more(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A prediction that errs: the last layer, which does all the work, is taken to be the one that is not missed."""
    monkeypatch.setattr(Search, "_steps", lambda self: [])  # not those of the fit before
    monkeypatch.setattr(Search, "_next", lambda self, gone: (1, 0.0))
    monkeypatch.setattr(WidthSearch, "_measured", lambda self, shape, number: 1e-9)
    fit = fitted(run.source, tmp_path, run, size="33%", **FEW, **BOTH)
    assert fit.guard["removed"] == "widths" and _changes(fit) == ["", "layers", "layers+widths"]
    assert not fit.problem.removed_layers and all(fit.guard["kl"] < other["kl"] for other in fit.guard["others"])
    assert "Without some layers and with fewer heads and channels it would lose" in guard_text(fit.guard)


def test_no_widths_beside_layers_where_all_of_them_had_better_stay(run: Run, tmp_path: Path) -> None:
    fit = fitted(run.source, tmp_path, run, size="33%", locks=["v=Q4_0", "up=Q4_0"], **FEW, **BOTH)
    assert "layers+widths" not in [fit.guard.get("removed"), *(one["removed"] for one in fit.guard.get("others", ()))]


def test_the_plan_of_a_file_and_its_ordinary_blocks_give_the_same_weights(run: Run, tmp_path: Path) -> None:
    methods = ["depth_pruning", "width_pruning", "gguf_quants"]
    again = assert_built_again_by_file_and_blocks(run, tmp_path, methods)
    assert (again.removed_layers, again.removed_widths) == (run.problem.removed_layers, run.problem.removed_widths)


def test_a_killed_fit_is_taken_up_to_the_same_bytes(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is killed in the search over the model without layers, before and after what makes heads and channels matter
    was measured, and when all is built."""

    def kill_in_the_second(method: str) -> Callable[..., Any]:
        original = getattr(WidthSearch, method)

        def wrapped(self: WidthSearch, *arguments: Any) -> Any:
            if self.analysis.removal.layers:
                raise Killed
            return original(self, *arguments)

        return wrapped

    for method in ("_try_to_cut", "_measured"):
        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr(WidthSearch, method, kill_in_the_second(method))
            fitted(run.source, tmp_path, **run.settings)
    assert_taken_up(run, ["method.FitRun.give"], tmp_path, monkeypatch)


def test_a_second_size_tries_no_shape_again(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("engine.methods.budget.fit_to_budget.widths.measured")
    assert at_another_size(run, "31%", tmp_path, (WidthSearch, "_measured"), monkeypatch).removed_widths


def test_nothing_is_tried_beside_layers_when_the_time_is_up(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, late = SmallerRun._make_narrower, []

    def when_it_is_late(self: SmallerRun, *arguments: Any) -> None:
        late.append(True)
        original(self, *arguments)

    monkeypatch.setattr(SmallerRun, "_make_narrower", when_it_is_late)
    monkeypatch.setattr(FitRun, "is_late", lambda self: bool(late))
    fit = fitted(run.source, tmp_path, run, size="33%", **FEW, **BOTH)
    assert late and "layers+widths" not in [fit.guard["removed"], *_changes(fit)]
    assert fit.stage.stopped_early and any(
        "The time is up: fewer heads and channels beside" in line for line in fit.stage.lines
    )


def test_experts_are_removed_alone(run: Run) -> None:
    content = json.loads(run.problem.to_json())
    assert BudgetProblem.parse(json.dumps(content)) == run.problem
    with pytest.raises(BadInput) as refused:
        BudgetProblem.parse(json.dumps(content | {"removed_experts": {"experts": [0]}}))
    assert "experts can't be removed together with layers, heads or channels" in refused.value.why


def test_a_plan_of_both_with_the_widths_of_all_layers_is_refused(run: Run, tmp_path: Path) -> None:
    """Heads and channels are those of the layers that are left."""
    widths = RemovedWidths(channels=("40-71", "40-71"))
    PlanFile.of(run.problem.model_copy(update={"removed_widths": widths}), run.plan).write(tmp_path / "fit.json")
    with pytest.raises(BadInput, match="does not have the channels") as refused:
        fitted(run.source, tmp_path / "run", run, plan=str(tmp_path / "fit.json"), guard=False)
    assert "it has 1 decoder layers" in refused.value.why


def test_the_estimate_counts_the_second_search(tiny: Tiny) -> None:
    model, algorithm = open_model(tiny("llama")), FitToBudget()

    def seconds(**settings: bool) -> float:
        chosen = FitToBudgetSettings(**settings)
        estimated = algorithm.estimate(model.header, model.anatomy, chosen, torch.device("cpu")).seconds
        assert estimated is not None
        return estimated

    layers, widths = (seconds(**{name: True}) - seconds() for name in BOTH)
    assert seconds(**BOTH) - seconds() > layers + 2 * widths, "the model with fewer layers is analyzed too"
