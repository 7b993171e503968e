"""Fit to budget with layers that may be factorized: prices of ranks, bytes, both plans, files of plans, killed runs."""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.base.errors import BadInput
from engine.contracts.budget import STORED, TARGET_TITLES, BudgetProblem, Option, Unit
from engine.export.registry import export_format
from engine.export.sizes import export_size
from engine.fit.advice import advice
from engine.fit.factored import factored_option, option_title, ranks_of, stored_as
from engine.fit.plan_file import PlanFile
from engine.fit.words import guard_text
from engine.methods.budget.fit_to_budget import building
from engine.methods.budget.fit_to_budget.measuring import Divergences
from engine.methods.budget.fit_to_budget.method import FitToBudget
from engine.methods.budget.fit_to_budget.rank_offer import RANK_TARGETS, ranks_that_save
from engine.methods.budget.fit_to_budget.ranks import RankAnalysis, RankSensitivities, without_beaten
from engine.methods.budget.fit_to_budget.removal import Removal
from engine.methods.budget.fit_to_budget.settings import METHOD, FitToBudgetSettings
from engine.methods.budget.fit_to_budget.sizes import FORMATS
from engine.methods.low_rank.svd.method import Svd
from engine.methods.registry import method
from engine.models.layer import replace
from engine.models.source import open_model
from engine.modules.low_rank import LowRankLinear
from engine.modules.plain import PlainLinear
from engine.numerics import svd
from engine.pipeline.document import Pipeline
from engine.pipeline.fitting import as_ordinary_block, fit_pipeline
from engine.testing.stage import Killed, RecordingStage, compress
from tests.engine.methods.budget.smaller import (
    SMALL,
    Run,
    assert_built_again_by_file_and_blocks,
    assert_taken_up,
    at_another_size,
    checked,
    fitted,
    scaled,
    smallest_file,
)

Tiny = Callable[[str], Path]
FEW: dict[str, Any] = {"target": "container", "group_size": 16, "formats": ("int4", "int8")}
"""Settings of all these fits: few formats, so that little is measured."""


def _of_low_rank(name: str, weight: torch.Tensor) -> torch.Tensor:
    if weight.ndim < 2:
        return weight.bfloat16()
    return svd.truncate(weight, svd.decompose(weight), 8).weight.bfloat16()


@pytest.fixture(scope="module")
def skinny(tiny: Tiny, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model whose layers have rank 8, and biases of 16 bits."""
    return scaled(tiny("qwen2"), tmp_path_factory.mktemp("model") / "skinny", _of_low_rank)


@pytest.fixture(scope="module")
def run(skinny: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A fit of it that may factorize layers."""
    return fitted(skinny, tmp_path_factory.mktemp("run"), size="80%", factorize=True, **FEW)


@pytest.fixture(scope="module")
def plain(tiny: Tiny, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A fit of a model whose weights have no low rank, with whole layers."""
    return fitted(tiny("qwen2"), tmp_path_factory.mktemp("plain"), size="90%", guard=False, **FEW)


# -- words and numbers -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("option", ["int4", "Q4_K", "int4-r", "int4-r0", "int4-r-1", "int4-r01", "-r8", "a b-r8"])
def test_options_without_a_rank_are_formats(option: str) -> None:
    assert stored_as(option) == (option, None) and option_title(option) == option


def test_what_stays_as_it_came_says_so() -> None:
    assert stored_as(STORED) == (STORED, None) and option_title(STORED) == "its stored format"


def test_options_with_a_rank_say_it() -> None:
    option = factored_option("int4", 96)
    assert stored_as(option) == ("int4", 96) and option_title(option) == "rank 96 in int4"
    assert ranks_of({"q": option, "k": "int4"}) == {"q": 96}
    assert stored_as("int4-r99999999") == ("int4-r99999999", None), "no number without end"


@pytest.mark.parametrize("shape", [(64, 64), (576, 576), (192, 576), (1536, 576), (576, 1536), (8, 8), (4096, 14336)])
def test_ranks_that_are_priced_save_numbers(shape: tuple[int, int]) -> None:
    ranks = ranks_that_save(*shape)
    assert list(ranks) == sorted(set(ranks)) and len(ranks) <= 5
    assert all(rank * sum(shape) < shape[0] * shape[1] for rank in ranks)
    assert all(rank % 32 == 0 for rank in ranks if min(shape) >= 256)


def test_options_that_are_beaten_are_in_no_best_plan() -> None:
    """All plans of all sizes of small problems of random prices: the best one needs no option that was left out."""
    generator = torch.Generator().manual_seed(0)
    names = ("int4", "int8", "int4-r8", "int4-r16", "int8-r8")
    for _ in range(20):
        numbers = torch.randint(1, 9, (3, len(names), 2), generator=generator).tolist()
        units = [
            Unit(name=str(n), layers=(str(n),), layer=n, role="q", parameters=9,
                 options=tuple(Option(id=id_, bytes=b, loss=x) for id_, (b, x) in zip(names, of_unit, strict=True)))
            for n, of_unit in enumerate(numbers)
        ]  # fmt: skip
        problem = BudgetProblem(target="container", model="", text="", tokens=1, fixed_bytes=0, units=tuple(units))
        fewer = without_beaten(problem)
        assert all({"int4", "int8"} <= {option.id for option in unit.options} for unit in fewer.units)
        assert without_beaten(problem, names) == problem, "what is asked for stays"
        for budget in range(3, 25):
            assert _least(problem, budget) == _least(fewer, budget)


def _least(problem: BudgetProblem, budget: int) -> float | None:
    """The least loss of all plans of at most so many bytes."""
    plans = itertools.product(*(unit.options for unit in problem.units))
    fitting = (plan for plan in plans if sum(option.bytes for option in plan) <= budget)
    return min((sum(option.loss for option in plan) for plan in fitting), default=None)


@pytest.mark.parametrize("target", list(TARGET_TITLES))
def test_targets_that_hold_factors_are_those_whose_export_writes_them(target: str, tiny: Tiny) -> None:
    """Where factors can't be written, or only multiplied out, they save nothing."""
    kind, model = export_format(FORMATS[target]), open_model(tiny("llama"))
    before = export_size(kind, model, kind.options()).tensor_bytes
    factors = [PlainLinear(torch.empty(*shape, dtype=torch.bfloat16, device="meta")) for shape in ((8, 64), (64, 8))]
    replace(model, "model.layers.0.self_attn.q_proj", LowRankLinear(*factors))
    refused = any(problem.severity == "error" for problem in kind.check(model, kind.options()))
    after = None if refused else export_size(kind, model, kind.options()).tensor_bytes
    assert (target in RANK_TARGETS) == (after is not None and before is not None and after < before)


def test_prices_of_ranks_are_the_divergence_of_single_layers(skinny: Path, tiny: Tiny, tmp_path: Path) -> None:
    """What a layer of a lower rank loses is what the KL divergence measures, on the same tokens."""
    values = {**SMALL, **FEW, "num_samples": 32, "fisher_samples": 32, "formats": ("int8",), "factorize": True}
    folder = scaled(tiny("qwen2"), tmp_path / "model", lambda name, weight: weight)
    analysis = RankAnalysis(
        open_model(folder), FitToBudgetSettings.parse(values), RecordingStage(tmp_path / "run"), (0.0, 1.0), Removal()
    )
    problem = analysis.problem
    best = {unit.name: "int8" for unit in problem.units}
    divergences = Divergences(open_model(folder), RecordingStage(tmp_path / "measured"), analysis.samples.seen)
    ratios = []
    for unit in [unit for unit in problem.units if not unit.is_end][:7]:
        option = max((one for one in unit.options if stored_as(one.id).rank), key=lambda one: one.loss)
        swapped = analysis.measure(problem, {**best, unit.name: option.id}, "", divergences, "", (0.0, 1.0))
        ratios.append(swapped.measured / swapped.predicted)
    assert float(torch.tensor(ratios).log().abs().max()) < 1.0, ratios


# -- fits --------------------------------------------------------------------------------------------------------------
def test_layers_of_a_low_rank_are_factored_and_the_file_has_the_bytes_of_the_plan(run: Run, tmp_path: Path) -> None:
    ranks = ranks_of(run.plan.choices)
    assert len(ranks) >= 5
    modules = open_model(run.artifact).compressed()
    for unit in run.problem.units:
        if run.plan.choices[unit.name] == STORED:
            assert unit.is_end and unit.layers[0] not in modules
            continue
        module = modules[unit.layers[0]]
        assert isinstance(module, LowRankLinear) == (unit.name in ranks)
        if isinstance(module, LowRankLinear):
            assert module.first.dense_weight().shape[0] == ranks[unit.name]
    kind = export_format("container")
    kind.write(open_model(run.artifact), tmp_path / "exported", kind.options(), lambda *_: None)
    assert sum(x.stat().st_size for x in (tmp_path / "exported").glob("*.safetensors")) == run.plan.bytes
    assert run.plan.bytes <= run.plan.budget
    assert abs(run.problem.bytes_of(run.plan.choices) - run.plan.bytes) <= 1024


def test_both_plans_are_measured_and_the_better_one_is_given(run: Run) -> None:
    (other,) = run.guard["others"]
    assert run.guard["removed"] == "ranks" and other["removed"] == "" and run.guard["kl"] < other["kl"]
    assert "Without factors it would lose" in guard_text(run.guard)


def test_advice_and_reasons_name_the_rank(run: Run) -> None:
    file = PlanFile.of(run.problem, run.plan)
    steps = [step for row in file.rows for step in (row.up, row.down) if step and stored_as(step.option).rank]
    assert steps
    texts = [one.text for one in advice(run.problem, run.plan, count=9)]
    assert any("at rank " in text for text in texts) and not any("-r" in text for text in texts)


def test_no_layer_is_factored_where_formats_lose_less(
    plain: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RankSensitivities, "_price", _dear)
    may = fitted(plain.source, tmp_path, plain, size="90%", guard=False, factorize=True, **FEW)
    assert not ranks_of(may.plan.choices) and may.files == plain.files
    assert any("No layer is factorized" in line for line in may.stage.lines)


def _dear(self: RankSensitivities, name: str, *_: Any) -> None:
    self.losses[name] = dict.fromkeys(self.formats[name], 1e3)


def test_the_plan_with_whole_layers_is_given_where_it_is_better(
    plain: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A prediction that errs: nothing is taken to be lost by ranks."""
    monkeypatch.setattr(RankSensitivities, "_price", _free)
    may = fitted(plain.source, tmp_path, plain, size="90%", guard=False, factorize=True, rounds=0, **FEW)
    assert not ranks_of(may.plan.choices) and may.files == plain.files
    assert [one["removed"] for one in may.guard["others"]] == ["ranks"]
    assert "With some layers factorized it would lose" in guard_text(may.guard)


def _free(self: RankSensitivities, name: str, *_: Any) -> None:
    self.losses[name] = dict.fromkeys(self.formats[name], 1e-12)


def test_a_size_that_no_format_reaches(run: Run, tmp_path: Path) -> None:
    whole = fitted(run.source, tmp_path / "whole", run, size="90%", guard=False, **FEW)
    size = smallest_file(whole.problem) - 2000
    values = {**FEW, "factorize": True, "guard": False, "size": str(size)}
    assert not checked(run.source, **values)
    fit = fitted(run.source, tmp_path / "fit", run, **values)
    assert fit.plan.bytes <= size and ranks_of(fit.plan.choices) and "others" not in fit.guard
    with pytest.raises(BadInput, match="Nothing fits into") as refused:
        fitted(run.source, tmp_path / "none", run, **{**values, "size": str(smallest_file(run.problem) - 9000)})
    assert "the smallest file takes" in refused.value.why


def test_the_plan_of_a_file_and_its_ordinary_blocks_give_the_same_weights(run: Run, tmp_path: Path) -> None:
    assert_built_again_by_file_and_blocks(run, tmp_path, ["svd", "gptq"])


def test_a_killed_fit_is_taken_up_to_the_same_bytes(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def factored_and_killed(*arguments: Any) -> Any:
        original(*arguments)
        raise Killed

    original = building._factored
    places = ["ranks.RankSensitivities._group", "ranks.RankAnalysis._measured", "building._factored"]
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(building, "_factored", factored_and_killed)
        fitted(run.source, tmp_path / "run", **run.settings)
    with monkeypatch.context() as patch:
        patch.setattr(Svd, "apply", _never)
        assert_taken_up(run, ["method.FitRun.give"], tmp_path / "run", monkeypatch)
    assert_taken_up(run, [*places, "method.FitRun.give"], tmp_path / "again", monkeypatch)


def _never(*_: Any) -> Any:
    raise AssertionError("it was done before")


def test_a_second_size_prices_no_rank_again(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = at_another_size(run, "76%", tmp_path, (RankSensitivities, "_group"), monkeypatch)
    assert problem.units == run.problem.units


@pytest.mark.parametrize("file", ["problem.json", "spectrum-*.safetensors"])
def test_damaged_prices_of_ranks_are_measured_again(file: str, run: Run, tmp_path: Path) -> None:
    cache = tmp_path / "scratch" / "cache"
    shutil.copytree(run.artifact.parent / "scratch" / "cache", cache)
    damaged = next(cache.glob(f"*/ranks-*/{file}"))
    sound = damaged.read_bytes()
    damaged.write_bytes(sound[:-40] + b"x" * 20)
    again = fitted(run.source, tmp_path, **{**run.settings, "guard": False})
    assert again.files == run.files and damaged.read_bytes() == sound
    assert any("are damaged: they are measured again" in line for line in again.stage.lines)


def test_no_rank_is_tried_when_the_time_is_up(plain: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("engine.methods.budget.fit_to_budget.method.RankAnalysis")
    fit = fitted(plain.source, tmp_path, plain, size="90%", guard=False, factorize=True, max_minutes=1e-6, **FEW)
    assert any("The time is up: no layer is factorized" in line for line in fit.stage.lines)
    assert fit.stage.stopped_early


def test_what_stays_whole_can_be_healed(run: Run, tmp_path: Path) -> None:
    values = {"max_steps": 2, "text": SMALL["text"], "sequence_length": 32}
    stage = compress(run.artifact, "refine", values, tmp_path, inputs={"teacher": open_model(run.source)})
    assert ranks_of(run.plan.choices) and (tmp_path / "artifact").is_dir() and stage.lines


def test_a_locked_rank_is_kept(run: Run, tmp_path: Path) -> None:
    locks = ["q=int8-r24", "k=int4"]
    fit = fitted(run.source, tmp_path, run, **{**run.settings, "locks": locks})
    for unit in fit.problem.units:
        if unit.role in ("q", "k"):
            assert fit.plan.choices[unit.name] == {"q": "int8-r24", "k": "int4"}[unit.role]


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"target": "gguf"}, "can't hold a layer as two factors; one for 'This program's container' (container) can"),
        ({"target": "compressed-tensors"}, "A file for vLLM, transformers (compressed-tensors) can't hold"),
        ({"locks": ["q=int4-r9"]}, "'int4-r9', which the lock"),
        ({"locks": ["q=int4-r16"], "factorize": False}, "'int4-r16', which the lock"),
        ({"locks": ["q=int4-r16"], "remove_layers": True}, "Ranks are locked"),
    ],
)
def test_what_can_not_be_is_refused_before_anything_is_spent(
    settings: dict[str, Any], sentence: str, skinny: Path
) -> None:
    values = {"size": "95%", "factorize": True, **FEW, **settings}
    if values["target"] == "gguf":
        values["formats"] = ()
    errors = [problem.message for problem in checked(skinny, **values) if problem.severity == "error"]
    assert errors and sentence in errors[0]


@pytest.mark.parametrize("option", ["int4-r7", "int4-r9999999", "int4-r0", "int9-r8", "int4-r8; rm"])
def test_plans_with_ranks_that_are_not_there_are_refused(option: str, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "fit.json"
    PlanFile.of(run.problem, run.plan).write(file)
    content = json.loads(file.read_text(encoding="utf-8"))
    name = next(unit.name for unit in run.problem.units if not unit.is_end)
    content["plan"]["choices"][name] = option
    file.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(BadInput, match=f"{name} can't be stored as"):
        fitted(run.source, tmp_path / "fit", run, plan=str(file), guard=False, **FEW)


def test_a_plan_with_ranks_for_another_target_is_refused(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "fit.json"
    PlanFile.of(run.problem, run.plan).write(file)
    with pytest.raises(BadInput, match="can't hold a layer as two factors"):
        fitted(run.source, tmp_path / "fit", plan=str(file), guard=False)


def test_a_doctored_plan_becomes_no_blocks(run: Run) -> None:
    """The file's own list of options has one that no method makes."""
    unit = run.problem.units[0]
    doctored = unit.model_copy(update={"options": (*unit.options, Option(id="int99-r8", bytes=1, loss=0.0))})
    problem = run.problem.model_copy(update={"units": (doctored, *run.problem.units[1:])})
    plan = run.plan.model_copy(update={"choices": {**run.plan.choices, unit.name: "int99-r8"}})
    pipeline = Pipeline.linear([("model", {"model": str(run.source)}), ("fit_to_budget", run.settings)])
    blocks = as_ordinary_block(pipeline, pipeline.blocks[-1].id, problem, plan, open_model(run.source).anatomy)
    quantizing = next(block for block in blocks.blocks if block.method == "gptq")
    with pytest.raises(BadInput, match="int99"):
        method(quantizing.method).settings.parse(quantizing.settings)


def test_experts_stay_whole(tiny: Tiny, tmp_path: Path) -> None:
    values = {**SMALL, **FEW, "formats": ("int8",), "num_samples": 4, "factorize": True}
    model = open_model(tiny("qwen3_moe"))
    analysis = RankAnalysis(model, FitToBudgetSettings.parse(values), RecordingStage(tmp_path), (0.0, 1.0), Removal())
    ranked = {unit.role for unit in analysis.problem.units for x in unit.options if stored_as(x.id).rank}
    assert ranked and not any("expert" in role for role in ranked)


def test_the_estimate_counts_the_ranks(tiny: Tiny) -> None:
    header, anatomy = open_model(tiny("llama")).header, open_model(tiny("llama")).anatomy
    alone, ranked = (
        FitToBudget()
        .estimate(header, anatomy, FitToBudgetSettings(target="container", factorize=is_ranked), torch.device("cpu"))
        .seconds
        for is_ranked in (False, True)
    )
    assert alone is not None and ranked is not None and ranked > 1.5 * alone


def test_the_result_has_the_trait_of_its_factors() -> None:
    assert METHOD.traits_of(FitToBudgetSettings(factorize=True)) == {"quantized", "low_rank"}
    assert METHOD.traits_of(FitToBudgetSettings()) == {"quantized"}


def test_the_command_allows_ranks() -> None:
    assert fit_pipeline("sample", "40%", allow=("bits", "ranks")).blocks[-1].settings["factorize"]
