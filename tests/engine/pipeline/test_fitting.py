"""A plan as an ordinary block in the place of the one that made it."""

import pytest

from engine.base.errors import BadInput
from engine.fit.solver import Solver
from engine.methods.quantization.gguf_quants.mixes import linear_types
from engine.methods.quantization.gguf_quants.settings import GgufQuantsSettings
from engine.pipeline.document import Pipeline
from engine.pipeline.fitting import as_ordinary_block
from tests.engine.fit.problems import anatomy_of, realistic

BLOCK = "fit_to_budget_1"


def pipeline():
    return Pipeline.linear([("model", {"model": "sample"}), ("fit_to_budget", {"num_samples": 7}), ("onebit", {})])


def test_the_block_has_the_types_of_the_plan_and_the_links_stay():
    problem, anatomy = realistic(4), anatomy_of(4)
    plan = Solver(problem, {}).plan(26_000_000)
    changed = as_ordinary_block(pipeline(), BLOCK, problem, plan, anatomy)
    block = changed.block(BLOCK)
    assert block.method == "gguf_quants"
    assert block.settings["num_samples"] == 7
    assert changed.links == pipeline().links
    types, without_layer = linear_types(anatomy, block.settings["tensor_types"])
    assert types == {unit.layers[0]: plan.choices[unit.name] for unit in problem.units if unit.layer is not None}
    assert not without_layer
    settings = GgufQuantsSettings.parse(block.settings)
    assert settings.token_embedding_type == plan.choices["embedding"]
    assert settings.output_tensor_type in ("mix", plan.choices["embedding"])


def test_a_plan_of_what_is_not_there_is_refused():
    problem = realistic(4)
    plan = Solver(problem, {}).plan(26_000_000)
    other = plan.model_copy(update={"choices": {**plan.choices, "embedding": "int99"}})
    with pytest.raises(BadInput, match="int99"):
        as_ordinary_block(pipeline(), BLOCK, problem, other, anatomy_of(4))
