"""Fit to budget for integers: the embedding and the head are units with formats of their own, or stay as they came."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from engine.base.errors import BadInput
from engine.contracts.budget import STORED, Unit
from engine.export.registry import export_format
from engine.fit.plan_file import PlanFile
from engine.fit.recipes import recipes
from engine.fit.solver import Solver
from engine.methods.budget.fit_to_budget.settings import FitToBudgetSettings
from engine.methods.budget.fit_to_budget.uniform import uniform_models
from engine.methods.budget.fit_to_budget.units import blocks_of
from engine.models.source import open_model
from engine.modules.quantized import QuantizedWeight
from engine.modules.quantized_embedding import QuantizedEmbedding
from engine.modules.tied import TiedLinear
from engine.testing.stage import Killed, compress
from tests.engine.methods.budget.smaller import SMALL, Run, checked, fitted, smallest_file

Tiny = Callable[[str], Path]
INTEGERS: dict[str, Any] = {"target": "container", "group_size": 16, "guard": False, "size": "32%"}
"""Settings of these fits: a size at which tables in 16 bits would leave little for the layers."""


@pytest.fixture(scope="module")
def run(tiny: Tiny, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A fit of a model with a tied head."""
    return fitted(tiny("llama"), tmp_path_factory.mktemp("run"), **INTEGERS)


def _ends(run: Run) -> list[Unit]:
    return [unit for unit in run.problem.units if unit.is_end]


def _written(run: Run, folder: Path) -> int:
    """Bytes of the exported container."""
    kind = export_format("container")
    kind.write(open_model(run.artifact), folder, kind.options(), lambda *_: None)
    return sum(file.stat().st_size for file in folder.glob("*.safetensors"))


@pytest.mark.parametrize("kind", ["llama", "llama_untied", "gemma"])
def test_tables_get_integers_and_the_file_has_the_bytes_of_the_plan(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    fit = fitted(tiny(kind), tmp_path, **INTEGERS)
    assert fit.plan.bytes == _written(fit, tmp_path / "exported") <= fit.plan.budget
    model = open_model(fit.artifact)
    modules = model.compressed()
    for unit in fit.problem.units:
        module = modules[unit.layers[0]]
        assert isinstance(module, QuantizedWeight) and module.scheme.format == fit.plan.choices[unit.name]
    assert isinstance(modules[model.anatomy.embeddings[0]], QuantizedEmbedding)
    assert isinstance(modules[str(model.anatomy.head)], TiedLinear) == model.anatomy.tied
    assert [unit.layers for unit in _ends(fit)] == (
        [(model.anatomy.embeddings[0], model.anatomy.head)]
        if model.anatomy.tied
        else [(model.anatomy.embeddings[0],), (model.anatomy.head,)]
    )


def test_the_plan_loses_less_than_one_that_leaves_the_tables(run: Run, tmp_path: Path) -> None:
    (end,) = _ends(run)
    stored = end.option(STORED).bytes - min(option.bytes for option in end.options)
    size = str(smallest_file(run.problem) + stored + 2000)
    left = fitted(run.source, tmp_path / "left", run, **{**INTEGERS, "size": size, "locks": ["embedding=stored"]})
    assert left.plan.choices[end.name] == STORED
    free = fitted(run.source, tmp_path / "free", run, **{**INTEGERS, "size": size})
    assert free.plan.loss < 0.5 * left.plan.loss and free.plan.choices[end.name] != STORED


def test_tables_that_are_locked_stay_bit_for_bit(run: Run, tmp_path: Path) -> None:
    fit = fitted(run.source, tmp_path, run, **{**INTEGERS, "size": "80%", "locks": ["embedding=stored"]})
    original, result = (open_model(path).load() for path in (run.source, fit.artifact))
    name = original.anatomy.embeddings[0]
    assert torch.equal(original.get(name).weight, result.get(name).weight) and result.anatomy.tied
    assert fit.plan.bytes == _written(fit, tmp_path / "exported")
    (refused,) = (p.message for p in checked(run.source, **INTEGERS, locks=["v=int9"]) if p.severity == "error")
    assert "'int9'" in refused
    with pytest.raises(BadInput, match="can't be stored as 'stored'"):
        fitted(run.source, tmp_path / "layers", run, **INTEGERS, locks=["v=stored"])


def test_plans_of_earlier_releases_leave_the_tables_as_they_came(run: Run, tmp_path: Path) -> None:
    """Their files know no unit for them."""
    (end,) = _ends(run)
    written = json.loads(PlanFile.of(run.problem, run.plan).model_dump_json(exclude_none=True))
    del written["plan"]["choices"][end.name]
    written["problem"]["units"] = [unit for unit in written["problem"]["units"] if unit["name"] != end.name]
    written["rows"] = [row for row in written.get("rows", []) if row["unit"] != end.name]
    file = tmp_path / "fit.json"
    file.write_text(json.dumps(written), encoding="utf-8")
    again = fitted(run.source, tmp_path / "again", run, **INTEGERS, plan=str(file))
    assert again.plan.choices == {**run.plan.choices, end.name: STORED}
    assert end.layers[0] not in open_model(again.artifact).compressed()


def test_the_plan_is_an_ordinary_block_with_the_same_result(run: Run, tmp_path: Path) -> None:
    settings = FitToBudgetSettings.parse(run.settings)
    ((name, values),) = blocks_of(run.plan, run.problem, open_model(run.source).anatomy, settings)
    assert name == "gptq" and values["quantize_embeddings"] and values["quantize_head"]
    compress(run.source, name, values, tmp_path)
    ours, theirs = (open_model(path).load().state() for path in (run.artifact, tmp_path / "artifact"))
    assert ours.keys() == theirs.keys() and all(torch.equal(ours[key], theirs[key]) for key in ours)


def test_a_killed_fit_goes_on_to_the_same_bytes(run: Run, tmp_path: Path) -> None:
    for kill_at in (1, 2):
        with pytest.raises(Killed):
            compress(run.source, "fit_to_budget", run.settings, tmp_path, kill_at=kill_at)
    compress(run.source, "fit_to_budget", run.settings, tmp_path)
    for file in run.artifact.glob("*.safetensors"):
        assert file.read_bytes() == (tmp_path / "artifact" / file.name).read_bytes()


def test_rounds_change_the_format_of_a_table_too(run: Run, tmp_path: Path) -> None:
    values = {**INTEGERS, "rounding": "nearest", "rounds": 1, "size": str(smallest_file(run.problem) + 6000)}
    fit = fitted(run.source, tmp_path, **values)
    assert fit.plan.bytes == _written(fit, tmp_path / "exported") <= fit.plan.budget


def test_uniform_models_have_one_width_and_the_same_or_the_widest_for_the_tables(run: Run) -> None:
    (end,) = _ends(run)
    models = {one.label: one.choices for one in uniform_models(run.problem, open_model(run.source).anatomy)}
    assert set(models["int4"].values()) == {"int4"}
    wide = models["int4, embedding int8"]
    assert wide[end.name] == "int8" and {x for name, x in wide.items() if name != end.name} == {"int4"}
    assert len(models) == 2 * 7 - 1, "8 bits and 8 bits of the embedding are one"


def test_recipes_for_other_programs_leave_the_tables(run: Run) -> None:
    texts = recipes(run.problem, run.plan, {}, 16)
    config = json.loads(texts["auto_round.json"])
    layers = {name for unit in run.problem.units if not unit.is_end for name in unit.layers}
    assert set(config) == layers
    (modifier,) = yaml.safe_load(texts["llm-compressor.yaml"])["quantization_stage"]["quantization_modifiers"].values()
    targets = [name for group in modifier["config_groups"].values() for name in group["targets"]]
    assert set(targets) == layers and "lm_head" in modifier["ignore"]


def test_a_second_size_is_solved_from_the_same_prices(run: Run, tmp_path: Path) -> None:
    plan = Solver(run.problem, {}).plan(run.plan.budget + 4096)
    fit = fitted(run.source, tmp_path, run, **{**INTEGERS, "size": str(run.plan.budget + 4096)})
    assert fit.plan.loss <= plan.loss * 1.001 and fit.problem.units == run.problem.units
    assert SMALL["num_samples"] * SMALL["sequence_length"] == fit.problem.tokens
