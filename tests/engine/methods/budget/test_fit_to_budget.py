"""Fit to budget: prices in nats, bytes to the byte, locks, units that agree, the guard, and runs that are killed."""

from __future__ import annotations

import importlib
import itertools
import json
import math
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.architecture.cache import cache_of
from engine.base.errors import BadInput
from engine.contracts.budget import BudgetProblem, Plan, Target
from engine.contracts.details import BUDGET
from engine.export.registry import export_format
from engine.fit.plan_file import PlanFile
from engine.fit.solver import Solver
from engine.fit.words import memory_text
from engine.methods.base import SolvedFormats
from engine.methods.budget.fit_to_budget import guard
from engine.methods.budget.fit_to_budget.analysis import Analysis
from engine.methods.budget.fit_to_budget.building import build, offer_of
from engine.methods.budget.fit_to_budget.measuring import Divergences
from engine.methods.budget.fit_to_budget.method import FitRun
from engine.methods.budget.fit_to_budget.rounds import Rounds
from engine.methods.budget.fit_to_budget.settings import FitToBudgetSettings
from engine.methods.budget.fit_to_budget.sizes import FORMATS, Sizes, as_an_artifact
from engine.methods.budget.fit_to_budget.units import blocks_of, dense_bytes, groups
from engine.methods.quantization.common.plan import READ_BY
from engine.methods.quantization.common.weights import INTEGERS
from engine.methods.registry import method
from engine.models.source import open_model
from engine.modules import CompressedModule
from engine.modules.ggml import GgmlWeight
from engine.modules.packed import packed_linear
from engine.numerics.quantization.scheme import Scheme
from engine.testing.models import with_merges
from engine.testing.stage import Killed, RecordingStage, compress
from tests.engine.methods.budget import smaller
from tests.engine.methods.budget.smaller import SMALL, TEXT, Run, checked

Tiny = Callable[[str], Path]
MATRIX_SETTINGS: dict[str, Any] = {**SMALL, "num_samples": 4, "size": "60%", "formats": ("Q4_*", "Q8_0")}
MATRIX_KINDS = ("llama", "qwen2", "gemma", "gpt2")


def fitted(source: Path, folder: Path, **settings: Any) -> tuple[RecordingStage, BudgetProblem, Plan]:
    """The stage of a fit, its problem and its plan."""
    run = smaller.fitted(source, folder, **settings)
    return run.stage, run.problem, run.plan


@pytest.fixture(scope="module")
def half(tiny: Tiny, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A fit of a Llama to half of its bytes, without a guard."""
    return smaller.fitted(tiny("llama"), tmp_path_factory.mktemp("half"), size="50%", guard=False)


@pytest.fixture(scope="module")
def guarded_half(tiny: Tiny, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the artifact of such a fit with a guard."""
    return smaller.fitted(tiny("llama"), tmp_path_factory.mktemp("guarded half"), size="50%").artifact


def exported_bytes(target: str, artifact: Path, folder: Path) -> int:
    """Bytes of the files with tensors that an export writes."""
    kind, model = export_format(target), open_model(artifact)
    folder.mkdir()
    kind.write(model, folder, kind.options(), lambda *_: None)
    return sum(file.stat().st_size for file in folder.iterdir() if file.suffix in (".gguf", ".safetensors"))


@pytest.mark.parametrize(
    ("target", "size", "kind"),
    [
        ("gguf", "50%", "llama"),
        ("gguf", "60%", "llama_untied"),
        ("gguf", "50%", "qwen2"),
        ("compressed-tensors", "95%", "qwen2"),
        ("container", "95%", "llama"),
    ],
)
def test_the_file_has_the_bytes_of_the_plan(target: str, size: str, kind: str, tiny: Tiny, tmp_path: Path) -> None:
    """To the byte, and never more than was allowed."""
    _, problem, plan = fitted(tiny(kind), tmp_path, target=target, size=size, group_size=16, guard=False)
    assert plan.bytes == exported_bytes(target, tmp_path / "artifact", tmp_path / "exported")
    assert problem.whole == dense_bytes(open_model(tiny(kind)).anatomy)
    assert plan.bytes <= plan.budget == int(float(size[:-1]) / 100 * dense_bytes(open_model(tiny(kind)).anatomy))
    assert abs(problem.bytes_of(plan.choices) - plan.bytes) <= 1024  # headers of safetensors name shapes in digits


def test_what_came_packed_counts_as_it_is_stored(tiny: Tiny, tmp_path: Path) -> None:
    """The embedding of a GGUF file goes into the container in the blocks that it has there."""
    source = with_merges(tiny("llama"), tmp_path / "source")
    compress(source, "gguf_quants", {"type": "Q8_0", "method": "nearest", "text": TEXT}, tmp_path / "quantized")
    gguf, model = export_format("gguf"), open_model(tmp_path / "quantized" / "artifact")
    gguf.write(model, tmp_path / "file", gguf.options(), lambda *_: None)
    (source,) = (tmp_path / "file").glob("*.gguf")
    _, _, plan = fitted(source, tmp_path / "fit", target="container", size="60%", group_size=16, guard=False)
    assert plan.bytes == exported_bytes("container", tmp_path / "fit" / "artifact", tmp_path / "exported")


def test_layers_have_the_formats_of_the_plan(half: Run) -> None:
    problem, plan = half.problem, half.plan
    modules = open_model(half.artifact).compressed()
    for unit in problem.units:
        module = modules[unit.layers[0]]
        assert isinstance(module, GgmlWeight)
        assert module.layout.name == plan.choices[unit.name]
    assert len(set(plan.choices.values())) > 1


def test_prices_are_the_divergence_of_single_swaps(tiny: Tiny, tmp_path: Path) -> None:
    """The price of a unit in its smallest format is what the KL divergence measures, on the same tokens."""
    folder = sharper(tiny("qwen2"), tmp_path)
    settings = FitToBudgetSettings.parse({**SMALL, "num_samples": 32, "fisher_samples": 32})
    analysis = Analysis(open_model(folder), settings, RecordingStage(tmp_path / "run"), (0.0, 1.0))
    problem = analysis.problem
    best = {unit.name: min(unit.options, key=lambda option: option.loss).id for unit in problem.units}
    ratios = []
    for unit in problem.units:
        option = max(unit.options, key=lambda option: option.loss)
        stage = RecordingStage(tmp_path / unit.name)
        divergences = Divergences(open_model(folder), stage, analysis.samples.seen)
        swapped = analysis.measure(problem, {**best, unit.name: option.id}, "", divergences, "", (0.0, 1.0))
        ratios.append(swapped.measured / swapped.predicted)
    logs = torch.tensor(ratios).log()
    assert float(logs.mean().abs()) < 0.4, ratios
    assert float(logs.abs().max()) < 1.5, ratios


@pytest.mark.parametrize("target", ["gguf", "container"])
def test_prices_are_those_of_layers_that_are_solved_column_by_column(tiny: Tiny, tmp_path: Path, target: str) -> None:
    """As the plan is built: less than the nearest weights lose, and what is measured of the built model, on average
    within a factor of two: the worst option of a layer lies beyond the radius of the expansion."""
    folder = sharper(tiny("qwen2"), tmp_path)
    given = {"num_samples": 32, "fisher_samples": 32, "target": target, "group_size": 16, "size": "99%"}
    settings = FitToBudgetSettings.parse({**SMALL, **given})
    analysis = Analysis(open_model(folder), settings, RecordingStage(tmp_path / "run"), (0.0, 1.0))
    problem = analysis.problem
    worst = {unit.name: max(unit.options, key=lambda option: option.loss) for unit in problem.units}
    choices = {name: option.id for name, option in worst.items()}
    assert problem.loss_of(choices) < 0.8 * problem.nearest_loss_of(choices)
    (tied,) = (unit for unit in problem.units if unit.is_end)
    assert all(option.nearest_loss is not None for option in tied.options if option.loss > 1e-9)
    ratios = []
    for unit in problem.units[:8]:
        one = {name: option.id if name == unit.name else _best(problem, name) for name, option in worst.items()}
        built = build(open_model(folder), problem, one, settings, RecordingStage(tmp_path / unit.name).substage("x"))
        stage = RecordingStage(tmp_path / f"{unit.name} measured")
        kl = Divergences(open_model(folder), stage, analysis.samples.seen).of(built, "", (0.0, 1.0))
        ratios.append(kl / problem.loss_of(one))
    logs = torch.tensor(ratios).log()
    assert float(logs.mean().abs()) < math.log(2) and float(logs.abs().max()) < 1.5, ratios


def test_plans_that_are_rounded_to_nearest_have_one_price(tiny: Tiny, tmp_path: Path) -> None:
    _, problem, _ = fitted(tiny("llama"), tmp_path, size="60%", guard=False, rounding="nearest")
    assert all(option.nearest_loss is None for unit in problem.units for option in unit.options)


def test_inputs_that_the_groups_do_not_divide_are_solved_too() -> None:
    """Of wide layers only the first inputs are solved, whatever the size of the groups."""
    settings = FitToBudgetSettings.parse({**SMALL, "target": "container", "group_size": 48})
    weight = torch.randn(5, 64, generator=torch.Generator().manual_seed(0))
    offer = offer_of(settings)
    assert isinstance(offer, SolvedFormats)
    solver = offer.solver(torch.eye(64))
    assert solver is not None
    solved = solver(weight, "int4")
    assert solved is not None and float((solved - weight).abs().max()) < 0.5


def _best(problem: BudgetProblem, unit: str) -> str:
    return min(problem.unit(unit).options, key=lambda option: option.loss).id


def sharper(source: Path, folder: Path) -> Path:
    """The model with larger weights: predictions that are not almost uniform."""
    copied = folder / "sharper"
    shutil.copytree(source, copied)
    for file in copied.glob("*.safetensors"):
        tensors = {name: x if "norm" in name else x * 8 for name, x in load_file(file).items()}
        save_file(tensors, file, {"format": "pt"})
    return copied


def test_prices_at_a_plan_are_what_single_changes_cost_there(tiny: Tiny, tmp_path: Path) -> None:
    folder = sharper(tiny("qwen2"), tmp_path)
    settings = FitToBudgetSettings.parse({**SMALL, "num_samples": 32, "fisher_samples": 32})
    stage = RecordingStage(tmp_path / "run")
    analysis = Analysis(open_model(folder), settings, stage, (0.0, 1.0))
    rounds = Rounds(analysis, stage.substage("rounds"), 0, {})
    choices = {unit.name: "Q4_0" for unit in analysis.problem.units}
    prices = rounds._prices(choices, (0.0, 1.0))
    before = rounds._loss(choices, "", (0.0, 1.0))
    expected, measured = [], []
    for unit in analysis.problem.units:
        if unit.role in ("embedding", "head"):
            assert unit.name not in prices  # they keep their formats in rounds
            continue
        expected.append(prices[unit.name]["Q8_0"])
        measured.append(rounds._loss({**choices, unit.name: "Q8_0"}, "", (0.0, 1.0)) - before)
    assert prices[analysis.problem.units[-1].name]["Q4_0"] == 0
    assert float(torch.corrcoef(torch.tensor([expected, measured]))[0, 1]) > 0.8, (expected, measured)


def test_rounds_never_make_the_loss_on_the_calibration_text_larger(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.methods.budget.fit_to_budget.rounds.WORTH", 0.0)
    folder = sharper(tiny("llama"), tmp_path)
    given: dict[str, Any] = {"size": "50%", "rounds": 2, "guard": False, "locks": ["q=Q5_0"]}
    stage, problem, plan = fitted(folder, tmp_path / "run", rounding="nearest", **given)
    assert plan.bytes <= plan.budget
    assert all(plan.choices[unit.name] == "Q5_0" for unit in problem.units if unit.role == "q")
    taken = [line for line in stage.lines if line.startswith("Round")]
    assert taken
    for line in taken:
        before, after = (
            float(word) for word in re.findall(r"(\d+\.\d+) before|(\d+\.\d+) after", line) for word in word if word
        )
        assert line.endswith("not taken") == (after >= before)
    stage, _, _ = fitted(folder, tmp_path / "solved", rounding="gptq", **given)
    assert not [line for line in stage.lines if line.startswith("Round")], "rounds measure what is rounded to nearest"


def test_no_round_begins_when_the_time_is_up(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.methods.budget.fit_to_budget.rounds.WORTH", 0.0)
    given: dict[str, Any] = {"size": "50%", "guard": False, "rounding": "nearest"}
    stage, _, plan = fitted(tiny("llama"), tmp_path, max_minutes=1e-6, **given)
    assert "The time is up after 0 of 2 rounds" in stage.lines and plan.bytes <= plan.budget
    assert stage.stopped_early and (tmp_path / "artifact.early").is_dir() and not (tmp_path / "artifact").exists()


def test_what_the_clock_cut_short_is_taken_up_to_the_same_bytes(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time is up after the first of the rounds, then the run is killed; taken up there would be time for more."""
    monkeypatch.setattr("engine.methods.budget.fit_to_budget.rounds.WORTH", 0.0)
    source = sharper(tiny("llama"), tmp_path)

    def run(folder: Path, rounds: int, *, is_killed: bool = False) -> RecordingStage:
        late = itertools.chain([False] * rounds, itertools.repeat(True))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(FitRun, "is_late", lambda run: next(late))
            if is_killed:
                patch.setattr(FitRun, "compare", killed)
            settings = {**SMALL, "size": "50%", "guard": False, "rounding": "nearest"}
            return compress(source, "fit_to_budget", settings, folder)

    def killed(*_: Any) -> Any:
        raise Killed

    whole = run(tmp_path / "whole", 1)
    with pytest.raises(Killed):
        run(tmp_path / "killed", 1, is_killed=True)
    again = run(tmp_path / "killed", 99)
    assert whole.stopped_early and again.stopped_early
    assert whole.details[BUDGET]["plan"]["choices"] == again.details[BUDGET]["plan"]["choices"]
    files = [sorted((tmp_path / name / "artifact.early").glob("*.safetensors")) for name in ("whole", "killed")]
    assert files[0] and [file.name for file in files[0]] == [file.name for file in files[1]]
    assert all(one.read_bytes() == other.read_bytes() for one, other in zip(*files, strict=True))


def test_locks_are_kept_and_the_rest_is_solved_around_them(tiny: Tiny, tmp_path: Path) -> None:
    _, problem, plan = fitted(tiny("llama"), tmp_path, size="50%", locks=["v=Q8_0", "embedding=Q4_0"])
    for unit in problem.units:
        if unit.role in ("v", "embedding"):
            assert plan.choices[unit.name] == {"v": "Q8_0", "embedding": "Q4_0"}[unit.role]
            assert plan.locked[unit.name] == plan.choices[unit.name]


def test_siblings_agree_for_servers(tiny: Tiny, tmp_path: Path) -> None:
    _, problem, _ = fitted(tiny("llama"), tmp_path, target="compressed-tensors", size="90%", group_size=16, guard=False)
    assert {unit.role for unit in problem.units} == {"qkv", "o", "gate_up", "down"}
    modules = open_model(tmp_path / "artifact").compressed()
    for unit in problem.units:
        assert len({scheme_of(modules[name]) for name in unit.layers}) == 1


def scheme_of(module: CompressedModule) -> object:
    return getattr(module, "scheme", None)


def test_experts_of_a_layer_share_a_type_in_gguf_and_all_of_a_model_for_servers(tiny: Tiny) -> None:
    anatomy = open_model(tiny("qwen3_moe")).anatomy
    of_gguf = [group for group in groups(anatomy, "gguf") if group.role.startswith("expert_")]
    assert len(of_gguf) == 2 * len(anatomy.layers)
    (experts,) = [group for group in groups(anatomy, "compressed-tensors") if group.role == "experts"]
    assert len(experts.linears) == sum(len(group.linears) for group in of_gguf)


def test_the_guard_knows_how_sure_a_difference_is() -> None:
    verdict = guard.Verdict((0.1, 0.2, 0.3), "int3", (0.2, 0.3, 0.41))
    assert (verdict.chosen, verdict.given_kl) == ("plan", pytest.approx(0.2))
    assert verdict.interval == pytest.approx(4.303 * 0.01 / 3, rel=1e-6), "samples differ by 0.1, 0.1 and 0.11"
    assert guard.Verdict((0.3, 0.4), "int3", (0.2, 0.3)).chosen == "uniform"
    single, alone = guard.Verdict((0.1,), "int3", (0.2,)), guard.Verdict((0.1, 0.2))
    assert single.interval is alone.interval is None and alone.uniform_kl is None and alone.chosen == "plan"
    assert "interval" not in alone.as_json() and verdict.as_json()["interval"] == verdict.interval


def test_the_guard_gives_the_uniform_model_where_it_is_better(tiny: Tiny, tmp_path: Path, monkeypatch: Any) -> None:
    """With a plan that a doctored problem makes bad."""

    def worst(self: Solver, budget: int, speed: float = 0.0) -> Plan:
        plan = Solver.quick(self, budget)
        smallest = {unit.name: min(unit.options, key=lambda x: x.bytes).id for unit in self.problem.units}
        return plan.model_copy(update={"choices": smallest})

    monkeypatch.setattr(Solver, "plan", worst)
    monkeypatch.setattr(
        "engine.methods.budget.fit_to_budget.method.best_uniform",
        lambda problem, *_: next(one for one in problem.uniform if one.label == "Q8_0"),
    )
    stage, problem, _ = fitted(tiny("llama"), tmp_path, size="70%")
    found = stage.details[BUDGET]["guard"]
    assert found["kept"] == "uniform" and found["uniform_kl"] < found["kl"]
    assert any("uniform model is better" in line for line in stage.lines)
    reported = Plan.model_validate(stage.details[BUDGET]["plan"])  # it is the model that was built, not the plan
    assert set(reported.choices.values()) == {"Q8_0"} and reported.bytes == problem.bytes_of(reported.choices)
    measured = BudgetProblem.model_validate(stage.details[BUDGET]["problem"]).measured[-1]
    assert (measured.bytes, measured.measured) == (reported.bytes, found["uniform_kl"])
    modules = open_model(tmp_path / "artifact").compressed()
    assert {module.layout.name for module in modules.values() if isinstance(module, GgmlWeight)} == {"Q8_0"}
    assert len(problem.units) == 15


def test_a_uniform_model_that_is_compared_with_fits_and_keeps_locks(half: Run) -> None:
    problem, plan = half.problem, half.plan
    uniform = guard.best_uniform(problem, plan, problem.bytes_of)
    assert uniform is not None and problem.bytes_of(uniform.choices) <= plan.budget
    everywhere = next(one for one in problem.uniform if one.label == "Q8_0")
    same = plan.model_copy(update={"choices": everywhere.choices})
    assert guard.best_uniform(problem, same, problem.bytes_of) is None
    # a plan rarely has all bytes that it may have: a uniform model that has them all is one to compare with
    exact = problem.bytes_of(everywhere.choices)
    shorter = plan.model_copy(update={"bytes": exact - 100, "budget": exact})
    assert guard.best_uniform(problem, shorter, problem.bytes_of) == everywhere
    # the file's own bytes count
    assert guard.best_uniform(problem, shorter, lambda choices: problem.bytes_of(choices) + 1) != everywhere
    unit = problem.units[-1]
    locked = plan.model_copy(update={"locked": {unit.name: "Q5_1"}})
    other = guard.best_uniform(problem, locked, problem.bytes_of)
    assert other is None or other.choices[unit.name] == "Q5_1"


def test_only_chosen_formats_are_measured(tiny: Tiny, tmp_path: Path) -> None:
    """Even where an earlier analysis of the model and text lies that measured others."""
    fitted(tiny("llama"), tmp_path, size="60%", guard=False)
    (tmp_path / "artifact").rename(tmp_path / "first")
    _, problem, plan = fitted(tiny("llama"), tmp_path, size="60%", guard=False, formats=("q4_*", "Q8_0"))
    names = {option.id for unit in problem.units for option in unit.options}
    assert names == {"Q4_0", "Q4_1", "Q8_0"} >= set(plan.choices.values())


def test_formats_that_no_layer_can_have_are_refused(tiny: Tiny) -> None:
    info = method("fit_to_budget")
    settings = info.settings.parse({**SMALL, "size": "60%", "formats": ("Q8_0", "Q4_2")})
    (problem,) = info.load().check(open_model(tiny("llama")).anatomy, settings)
    assert problem.severity == "error" and "'Q4_2'" in problem.message and "Q4_" in problem.advice


def test_a_context_is_part_of_the_size_and_the_file_gets_the_rest(tiny: Tiny, tmp_path: Path) -> None:
    settings = {"formats": ("Q4_0", "Q8_0"), "guard": False, "size": "300KB", "context": 512}
    _, problem, plan = fitted(tiny("llama"), tmp_path, **settings)
    assert problem.cache is not None and problem.cache == cache_of(open_model(str(tiny("llama"))).anatomy)
    assert plan.bytes <= plan.budget == 300_000 - problem.cache.bytes_at(512)
    assert memory_text(problem, plan, 512).endswith("131 kB are keys and values of 512 tokens")


def test_a_second_size_takes_the_sensitivities_of_the_first(tiny: Tiny, tmp_path: Path, monkeypatch: Any) -> None:
    compress(tiny("llama"), "fit_to_budget", {**SMALL, "size": "60%"}, tmp_path)
    first = tmp_path / "artifact"
    first.rename(tmp_path / "first")

    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("the sensitivities are there")

    monkeypatch.setattr("engine.methods.shared.fisher.output_gradients", never)
    for left in (tmp_path / "scratch").iterdir():  # what a run removes when its block is done
        if left.name != "cache":
            shutil.rmtree(left) if left.is_dir() else left.unlink()
    stage = compress(tiny("llama"), "fit_to_budget", {**SMALL, "size": "50%"}, tmp_path)
    assert any("earlier analysis" in line for line in stage.lines)


@pytest.mark.parametrize("file", ["problem.json", "losses-*.safetensors"])
def test_damaged_sensitivities_are_measured_again(file: str, tiny: Tiny, tmp_path: Path) -> None:
    _, problem, _ = fitted(tiny("llama"), tmp_path, size="60%", guard=False)
    damaged = next((tmp_path / "scratch").rglob(file))
    damaged.write_bytes(damaged.read_bytes()[:-40] + b"x" * 20)
    (tmp_path / "artifact").rename(tmp_path / "first")
    second, again, _ = fitted(tiny("llama"), tmp_path, size="60%", guard=False)
    assert again.units == problem.units
    assert not any("are those of an earlier analysis" in line for line in second.lines)


@pytest.mark.parametrize("target", list(READ_BY))
def test_integers_of_a_target_are_those_that_its_export_writes(target: Target) -> None:
    kind = export_format(FORMATS[target])
    written = {name for name in INTEGERS if not kind.why_not(packed_linear(Scheme(name, True, "group", 64), 64, 64))}
    assert set(READ_BY[target]) == written


def test_a_given_plan_is_built(half: Run, tiny: Tiny, tmp_path: Path) -> None:
    problem, plan = half.problem, half.plan
    unit = problem.units[-1]
    edited = plan.model_copy(update={"choices": {**plan.choices, unit.name: "Q4_0"}})
    file = tmp_path / "fit.json"
    PlanFile.of(problem, edited).write(file)
    _, _, built = fitted(tiny("llama"), tmp_path / "second", plan=str(file), guard=False)
    assert built.choices == edited.choices
    module = open_model(tmp_path / "second" / "artifact").compressed()[unit.layers[0]]
    assert isinstance(module, GgmlWeight) and module.layout.name == "Q4_0"


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"bad": "Q4_0"}, "Unknown unit 'bad'"), ({"": "Q9_X"}, "can't be stored as 'Q9_X'")],
)
def test_a_plan_that_does_not_fit_is_refused(
    changes: dict[str, str], why: str, half: Run, tiny: Tiny, tmp_path: Path
) -> None:
    problem, plan = half.problem, half.plan
    choices = {**plan.choices, **{name or problem.units[0].name: option for name, option in changes.items()}}
    file = tmp_path / "fit.json"
    written = json.loads(PlanFile.of(problem, plan).model_dump_json(exclude_none=True))
    written["plan"]["choices"] = choices
    file.write_text(json.dumps(written), encoding="utf-8")
    with pytest.raises(BadInput, match=why):
        fitted(tiny("llama"), tmp_path / "second", plan=str(file))


def test_a_size_that_nothing_fits_into_is_refused_before_anything_is_spent(tiny: Tiny) -> None:
    (problem,) = checked(tiny("llama"), size="10KB")
    assert problem.severity == "error" and "10.0 kB" in problem.message


@pytest.mark.parametrize("kind", ["llama", "llama_untied"])
@pytest.mark.parametrize("target", ["gguf", "compressed-tensors", "container"])
def test_a_size_without_room_for_tables_that_get_no_format_is_refused_too(
    target: Target, kind: str, tiny: Tiny, tmp_path: Path
) -> None:
    """And none that the smallest file has."""
    model = open_model(tiny(kind))
    settings, all_groups = (
        method("fit_to_budget").settings.parse({**SMALL, "target": target}),
        groups(model.anatomy, target),
    )
    sizes = Sizes(as_an_artifact(model, tmp_path), target, offer_of(settings), all_groups)
    options, fixed = sizes.of_options({group.name: sizes.options(group) for group in all_groups})
    smallest = sum(min(of_unit.values()) for of_unit in options.values())
    assert "error" not in {
        problem.severity for problem in checked(model.path, target=target, size=str(fixed + smallest))
    }
    ends = ("embed_tokens.weight", "lm_head.weight")
    tables = (
        sum(info.nbytes for info in model.header.tensors if info.name.endswith(ends))
        if target == "compressed-tensors"
        else 0
    )
    assert tables <= fixed
    too_small = str(int(0.9 * smallest) + tables)  # what rows of a GGUF file are filled up to is not known
    (message,) = (one.message for one in checked(model.path, target=target, size=too_small) if one.severity == "error")
    assert ("the embedding and the head" in message) == (tables > 0)


@pytest.mark.parametrize("target", ["gguf", "container"])
def test_a_size_without_room_for_norms_and_headers_is_refused_before_anything_is_measured(
    target: Target, tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a file has beside its layers is known when it is laid out, in a second of the run."""
    model = open_model(tiny("llama"))
    settings, all_groups = method("fit_to_budget").settings.parse({"target": target}), groups(model.anatomy, target)
    sizes = Sizes(as_an_artifact(model, tmp_path / "sizes"), target, offer_of(settings), all_groups)
    options, fixed = sizes.of_options({group.name: sizes.options(group) for group in all_groups})
    size = fixed + sum(min(of_unit.values()) for of_unit in options.values()) - 1
    assert "error" not in {problem.severity for problem in checked(model.path, target=target, size=str(size))}
    monkeypatch.setattr("engine.methods.budget.fit_to_budget.analysis.Sensitivities", None)
    with pytest.raises(BadInput, match="Nothing fits into") as refused:
        fitted(model.path, tmp_path / "run", target=target, size=str(size))
    assert "the smallest file takes" in str(refused.value)


@pytest.mark.parametrize(
    ("values", "message"),
    [({"size": "a lot"}, "not a size"), ({"locks": ["v"]}, "PATTERN=VALUE")],
)
def test_settings_that_mean_nothing_are_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        method("fit_to_budget").settings.parse(values)


def test_encoders_are_refused(tiny: Tiny) -> None:
    info = method("fit_to_budget")
    problems = info.load().check(open_model(tiny("bert")).anatomy, info.settings.parse({}))
    assert any(problem.severity == "error" for problem in problems)


def test_the_plan_is_an_ordinary_block_with_the_same_result(half: Run, tiny: Tiny, tmp_path: Path) -> None:
    """To the bit: what the window puts on the canvas is what was built."""
    problem, plan = half.problem, half.plan
    settings = FitToBudgetSettings.parse({**SMALL, "size": "50%"})
    ((name, values),) = blocks_of(plan, problem, open_model(tiny("llama")).anatomy, settings)
    compress(tiny("llama"), name, values, tmp_path / "block")
    ours, theirs = (open_model(folder).load() for folder in (half.artifact, tmp_path / "block" / "artifact"))
    for (key, one), (other_key, other) in zip(ours.state().items(), theirs.state().items(), strict=True):
        assert key == other_key and torch.equal(one, other)


@pytest.mark.parametrize("kill", ["prices", "plan", "store"])
def test_a_killed_fit_goes_on_to_the_same_bits(
    kill: str, guarded_half: Path, tiny: Tiny, tmp_path: Path, monkeypatch: Any
) -> None:
    places = {
        "prices": ("sensitivities.Sensitivities._group", 6),
        "plan": ("method.build", 2),
    }
    settings = {**SMALL, "size": "50%"}
    source = tiny("llama")
    if kill == "store":
        with pytest.raises(Killed):
            compress(source, "fit_to_budget", settings, tmp_path / "killed", kill_at=2)
    else:
        name, count = places[kill]
        with monkeypatch.context() as patched:
            patched.setattr(f"engine.methods.budget.fit_to_budget.{name}", killing(name, count))
            with pytest.raises(Killed):
                compress(source, "fit_to_budget", settings, tmp_path / "killed")
    compress(source, "fit_to_budget", settings, tmp_path / "killed")
    for file in guarded_half.glob("*.safetensors"):
        assert file.read_bytes() == (tmp_path / "killed" / "artifact" / file.name).read_bytes()


def killing(name: str, count: int) -> Callable[..., Any]:
    """The function with this name, which kills the run when it is called for the nth time."""
    module, *path = name.split(".")
    owner: Any = importlib.import_module(f"engine.methods.budget.fit_to_budget.{module}")
    for word in path[:-1]:
        owner = getattr(owner, word)
    function, calls = getattr(owner, path[-1]), []

    def call(*arguments: Any, **keywords: Any) -> Any:
        calls.append(1)
        if len(calls) == count:
            raise Killed
        return function(*arguments, **keywords)

    return call
