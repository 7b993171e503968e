"""Fit to budget with fewer heads and channels: those go whose bytes are worth more elsewhere, and the better plan is
given."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.base.errors import BadInput
from engine.contracts.budget import BudgetProblem, RemovedWidths
from engine.contracts.events import Grid
from engine.export.registry import export_format
from engine.fit.plan_file import PlanFile
from engine.fit.words import guard_text, removed_text
from engine.methods.budget.fit_to_budget.analysis import Analysis
from engine.methods.budget.fit_to_budget.method import FitToBudget
from engine.methods.budget.fit_to_budget.removal import Removal
from engine.methods.budget.fit_to_budget.settings import FitToBudgetSettings
from engine.methods.budget.fit_to_budget.units import locked
from engine.methods.budget.fit_to_budget.width_limits import can_be_narrower, channel_counts, group_counts
from engine.methods.budget.fit_to_budget.widths import WidthSearch
from engine.methods.pruning.width_pruning.by_hand import Removed
from engine.models.slicing import Shape
from engine.models.source import open_model
from engine.pipeline.document import Pipeline
from engine.pipeline.fitting import as_ordinary_block, fit_pipeline
from engine.testing.stage import RecordingStage
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
HEADS, CHANNELS = ("0-1", "0-1"), ("40-71", "40-71")
"""What adds next to nothing in the model of these tests, by layer."""


def _without_work(name: str, weight: torch.Tensor) -> torch.Tensor:
    weight = weight.clone()
    if "down_proj" in name:
        weight[:, 40:72] *= 1e-4
    if "o_proj" in name:
        weight[:, :32] *= 1e-4
    return weight


@pytest.fixture(scope="module")
def idle(tiny: Tiny, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model in which two heads of four and a third of the channels add next to nothing."""
    return scaled(tiny("llama_untied"), tmp_path_factory.mktemp("model") / "idle", _without_work)


@pytest.fixture(scope="module")
def run(idle: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A fit of it with fewer heads and channels."""
    return fitted(idle, tmp_path_factory.mktemp("run"), size="35%", remove_widths=True)


@pytest.fixture(scope="module")
def plain(tiny: Tiny, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A fit of a model in which all heads and channels do about the same, with all of them."""
    return fitted(tiny("llama_untied"), tmp_path_factory.mktemp("plain"), size="70%", guard=False)


def test_widths_that_do_nothing_go_and_the_file_has_the_bytes_of_the_plan(run: Run, tmp_path: Path) -> None:
    widths = run.problem.removed_widths
    assert (widths.heads, widths.channels) == (HEADS, CHANNELS)
    model, shape = open_model(run.artifact), Shape(hidden=64, layers=2, heads=2, kv_heads=1, head_dim=16, inner=64)
    assert Shape.of(model.anatomy) == shape and run.stage.details["shape"] == dataclasses.asdict(shape)
    assert model.config["num_key_value_heads"] == 1 and model.config["intermediate_size"] == 64
    assert_gguf_has_the_bytes_of_the_plan(run, 0.35, tmp_path / "exported")
    grids = {event.series for event in run.stage.events if isinstance(event, Grid) and event.chart == "Masks"}
    assert grids == {"heads", "inner"}
    (other,) = run.guard["others"]
    assert run.guard["removed"] == "widths" and other["removed"] == "" and run.guard["kl"] < other["kl"]
    assert "With all heads and channels it would lose" in guard_text(run.guard)
    assert removed_text(run.problem) == "2 heads and 32 channels of each layer"


def test_progress_of_the_search_never_runs_back(run: Run) -> None:
    stage = run.stage
    spans: dict[str, list[float]] = {}
    for text, fraction in zip(stage.doing, stage.fractions, strict=True):
        if text.startswith("Trying"):
            spans.setdefault(text, []).append(fraction)
    assert list(spans) == ["Trying 64 of 96 channels and 4 of 4 heads", "Trying 64 of 96 channels and 2 of 4 heads"]
    tried = [fraction for span in spans.values() for fraction in span]
    assert tried == sorted(tried) and stage.fractions[stage.doing.index("Forward, layer 1 of 2", 20)] >= tried[-1]


def test_widths_that_are_needed_stay(plain: Run, tmp_path: Path) -> None:
    may_go = fitted(plain.source, tmp_path, plain, size="70%", guard=False, remove_widths=True)
    assert not may_go.problem.removed_widths and may_go.files == plain.files


def test_the_plan_with_all_heads_and_channels_is_given_where_it_is_better(
    plain: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A prediction that errs: nothing is taken to be lost."""
    monkeypatch.setattr(WidthSearch, "_measured", lambda self, shape, number: 1e-9)
    run = fitted(plain.source, tmp_path, plain, size="35%", guard=False, rounds=0, remove_widths=True)
    assert not run.problem.removed_widths and "With fewer heads and channels it would lose" in guard_text(run.guard)
    assert Shape.of(open_model(run.artifact).anatomy).inner == 96


def test_a_size_that_no_format_reaches(run: Run, tmp_path: Path) -> None:
    whole = fitted(run.source, tmp_path / "whole", run, size="60%", guard=False)
    size = smallest_file(whole.problem) - 2000
    assert not checked(run.source, size=str(size), remove_widths=True)
    assert fitted(run.source, tmp_path / "run", run, size=str(size), guard=False, remove_widths=True).plan.bytes <= size
    (error,) = checked(run.source, size="9kB", remove_widths=True)
    assert error.severity == "error" and "with 64 channels and 2 heads in each layer" in error.message


def searched(run: Run, folder: Path, locks: list[str], late: bool = False) -> tuple[Removal, list[str], list[str]]:
    """What a search alone removes, with the measurements of a fit; its log; and a word if it was ended early. ``late``:
    the time is up before any width was tried."""
    cache = shutil.copytree(run.artifact.parent / "scratch" / "cache", folder / "scratch" / "cache")
    for tried in cache.rglob("narrower.json") if late else ():
        tried.unlink()
    settings, stage = FitToBudgetSettings.parse({**run.settings, "locks": locks}), RecordingStage(folder)
    analysis = Analysis(open_model(run.source), settings, stage, (0.0, 1.0))
    chosen = locked(analysis.problem, analysis.model.anatomy, settings.locked)
    ended: list[str] = []
    search = WidthSearch(analysis, stage, chosen, 86_000, lambda: late, lambda: ended.append("early"))
    return search.run(), stage.lines, ended


@pytest.mark.parametrize(
    ("locks", "heads", "channels"),
    [(["layers.1.*.v_proj=Q4_0"], (), CHANNELS), (["down=Q8_0"], HEADS, ()), (["v=Q8_0", "up=Q8_0"], (), ())],
)
def test_locked_layers_keep_their_width(
    locks: list[str], heads: tuple[str, ...], channels: tuple[str, ...], run: Run, tmp_path: Path
) -> None:
    removal, lines, _ = searched(run, tmp_path, locks)
    assert (removal.widths.heads, removal.widths.channels) == (heads, channels)
    assert any("locked layers keep their heads and channels" in line for line in lines) == (removal == Removal())


def test_the_plan_of_a_file_and_its_ordinary_blocks_give_the_same_weights(run: Run, tmp_path: Path) -> None:
    again = assert_built_again_by_file_and_blocks(run, tmp_path, ["width_pruning", "gguf_quants"])
    assert again.removed_widths == run.problem.removed_widths


def test_other_channels_are_measured_anew(run: Run, tmp_path: Path) -> None:
    """An edited plan, of the same shape: nothing that was measured of the other channels holds."""
    others = RemovedWidths(heads=HEADS, channels=("0-31", "64-95"))
    file = tmp_path / "fit.json"
    PlanFile.of(run.problem.model_copy(update={"removed_widths": others}), run.plan).write(file)
    fit = fitted(run.source, tmp_path, run, plan=str(file), guard=False)
    assert fit.problem.removed_widths == others and fit.problem.units != run.problem.units
    gates = [next(name for name in run.tensors if f"layers.{layer}" in name and "gate" in name) for layer in (0, 1)]
    assert not any(run.tensors[name].equal(fit.tensors[name]) for name in gates)


def test_a_killed_fit_is_taken_up_to_the_same_bytes(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places = ["widths.measured", "widths.WidthSearch._measured", "removal.without_widths", "method.FitRun.give"]
    assert_taken_up(run, places, tmp_path / "run", monkeypatch)


def test_vllm_and_transformers_get_the_bytes_of_the_plan(run: Run, tmp_path: Path) -> None:
    """Layers that read one input agree there: they are narrowed together."""
    settings = {"target": "compressed-tensors", "group_size": 32, "rounding": "nearest", "guard": False}
    fit = fitted(run.source, tmp_path / "run", size="178kB", remove_widths=True, **settings)
    assert (fit.problem.removed_widths.heads, fit.problem.removed_widths.channels) == (HEADS, CHANNELS)
    kind = export_format("compressed-tensors")
    folder = tmp_path / "exported"
    kind.write(open_model(fit.artifact), folder, kind.options(), lambda *_: None)
    assert sum(file.stat().st_size for file in folder.glob("*.safetensors")) == fit.plan.bytes <= 178_000


def test_a_second_size_tries_no_shape_again(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("engine.methods.budget.fit_to_budget.widths.measured")
    assert at_another_size(run, "33%", tmp_path, (WidthSearch, "_measured"), monkeypatch).removed_widths


def test_no_shape_is_tried_when_the_time_is_up(run: Run, tmp_path: Path) -> None:
    removal, lines, ended = searched(run, tmp_path, [], late=True)
    assert removal == Removal() and ended == ["early"] and any("no further width is tried" in line for line in lines)


@pytest.mark.parametrize(
    ("widths", "why"),
    [
        ({"channels": ["3-1", "3"]}, "do not rise"),
        ({"channels": ["5 5", "5-6"]}, "do not rise"),
        ({"channels": ["-1", "1"]}, "neither a number nor a range"),
        ({"channels": ["1", "1 2"]}, "different numbers of channels"),
        ({"heads": ["", ""]}, "names none"),
        ({"heads": [[0], [0]]}, "valid string"),
    ],
)
def test_files_of_plans_that_name_no_widths_are_refused(
    widths: dict[str, Any], why: str, run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "fit.json"
    PlanFile.of(run.problem, run.plan).write(file)
    content = json.loads(file.read_text(encoding="utf-8"))
    content["problem"]["removed_widths"] = widths
    file.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(BadInput) as refused:
        PlanFile.read(file)
    assert why in refused.value.why


@pytest.mark.parametrize(
    ("removed", "why"),
    [
        (Removed(channels=("0-95", "0-95")), "at least one has to stay"),
        (Removed(channels=("0-999999999", "0-999999999")), "there are 96, counted from 0"),
        (Removed(heads=("4", "4")), "there are 4, counted from 0"),
        (Removed(heads=("0", "0")), "groups of heads would differ"),
        (Removed(channels=("1",)), "it has 2 decoder layers"),
    ],
)
def test_widths_that_a_model_does_not_have(removed: Removed, why: str, run: Run, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        Removal(widths=removed).applied(open_model(run.source), RecordingStage(tmp_path))
    assert why in refused.value.why


def test_plans_of_earlier_versions_open(run: Run) -> None:
    earlier = json.loads(run.problem.to_json())
    del earlier["removed_widths"]
    assert not BudgetProblem.parse(json.dumps(earlier)).removed_widths


def test_a_plan_becomes_no_blocks_of_a_model_of_other_depth(run: Run, tiny: Tiny) -> None:
    pipeline = Pipeline.linear([("model", {"model": str(run.source)}), ("fit_to_budget", run.settings)])
    anatomy = open_model(run.source).anatomy
    shorter = dataclasses.replace(anatomy, layers=anatomy.layers[:1])
    with pytest.raises(BadInput, match="The plan is of another model"):
        as_ordinary_block(pipeline, pipeline.blocks[-1].id, run.problem, run.plan, shorter)


def test_a_model_that_can_not_be_cut_gets_a_word(tiny: Tiny) -> None:
    problems = checked(tiny("gpt2"), size="90%", remove_widths=True)
    assert [problem.severity for problem in problems] == ["warning"]
    assert "No head or channel can go" in problems[0].message
    anatomy = open_model(tiny("gpt2")).anatomy
    assert not can_be_narrower(anatomy, FitToBudgetSettings(remove_widths=True)), "nothing is searched"


def test_layers_that_are_quantized_already_stay_as_wide_as_they_are(run: Run, tmp_path: Path) -> None:
    fit = fitted(run.artifact, tmp_path, size="60%", guard=False, rounds=0, rounding="nearest", remove_widths=True)
    assert any("stays as wide as it is. A compressed layer" in line for line in fit.stage.lines)
    assert fit.plan.choices and not fit.problem.removed_widths
    assert not list(tmp_path.rglob("widths.safetensors")), "no importance is measured"


@pytest.mark.parametrize(
    ("target", "inner", "expected"),
    [
        ("gguf", 1536, [1280, 1024, 768]),
        ("gguf", 96, [64]),
        ("gguf", 100, [94, 88, 81, 75, 62, 50]),
        ("compressed-tensors", 1408, [1280, 1152, 1024, 896, 768]),
        ("container", 192, [128]),
    ],
)
def test_narrower_rows_have_the_same_formats(target: str, inner: int, expected: list[int], tiny: Tiny) -> None:
    anatomy = dataclasses.replace(open_model(tiny("llama")).anatomy, intermediate_size=inner)
    assert channel_counts(anatomy, FitToBudgetSettings(target=target)) == expected


def test_groups_of_heads_leave_rows_of_whole_blocks(tiny: Tiny) -> None:
    anatomy, settings = open_model(tiny("llama")).anatomy, FitToBudgetSettings()
    large = dataclasses.replace(anatomy, heads=32, kv_heads=8, head_dim=128)
    assert group_counts(large, settings) == [7, 6, 5, 4]
    small = dataclasses.replace(anatomy, heads=16, kv_heads=16, head_dim=64)
    assert group_counts(small, settings) == [12, 8]
    assert group_counts(dataclasses.replace(anatomy, kv_heads=1), settings) == []


def test_the_estimate_counts_the_search(tiny: Tiny) -> None:
    header, anatomy = open_model(tiny("llama")).header, open_model(tiny("llama")).anatomy
    algorithm = FitToBudget()
    alone, searched = (
        algorithm.estimate(header, anatomy, FitToBudgetSettings(remove_widths=removed), torch.device("cpu")).seconds
        for removed in (False, True)
    )
    assert alone is not None and searched is not None and searched > 2 * alone


def test_the_command_allows_widths() -> None:
    assert fit_pipeline("sample", "40%", allow=("bits", "widths")).blocks[-1].settings["remove_widths"]
