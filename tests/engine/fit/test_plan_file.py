"""Plans on disk and in the words of other programs."""

import json

import pytest

from engine.base.errors import BadInput
from engine.contracts.budget import BudgetProblem, Option, Unit
from engine.fit import recipes
from engine.fit.plan_file import PlanFile, plan_of
from engine.fit.solver import Solver


def problem(target="compressed-tensors", names=("int3", "int4", "int8")):
    """Two units with two layers each."""
    return BudgetProblem(
        target=target,
        model="fingerprint",
        text="sample",
        tokens=64,
        fixed_bytes=100,
        units=tuple(
            Unit(
                name=f"{i}.qk",
                layers=(f"model.layers.{i}.q_proj", f"model.layers.{i}.k_proj"),
                layer=i,
                role="qk",
                parameters=64,
                options=tuple(
                    Option(id=name, bytes=100 * (1 + size), loss=(i + 1) * 0.5**size) for size, name in enumerate(names)
                ),
            )
            for i in range(2)
        ),
    )


@pytest.fixture
def written(tmp_path):
    of_model = problem()
    file = PlanFile.of(of_model, Solver(of_model, {}).plan(450), {"kl_divergence": 0.1}, {"kept": "plan"})
    file.write(tmp_path / "fit.json")
    return tmp_path / "fit.json"


def test_a_plan_comes_back_from_disk(written):
    file = PlanFile.read(written)
    assert file.problem.complete(file.plan.choices) == file.plan.choices
    assert file.measured == {"kl_divergence": 0.1}
    assert [row.unit for row in file.rows] == ["0.qk", "1.qk"]


def test_an_edited_choice_gets_its_own_bytes_and_prediction():
    of_model = problem()
    plan = Solver(of_model, {}).plan(450)
    edited = plan_of(of_model, of_model.complete({**plan.choices, "0.qk": "int8"}))
    assert edited.bytes == of_model.bytes_of(edited.choices)
    assert edited.predicted.kl != plan.predicted.kl


@pytest.mark.parametrize(
    "change",
    [
        lambda choices: choices.update({"0.qk": "int5"}),
        lambda choices: choices.pop("1.qk"),
        lambda choices: choices.update({"9.qk": "int4"}),
    ],
)
def test_choices_that_can_not_be_are_refused(written, change):
    file = PlanFile.read(written)
    change(file.plan.choices)
    with pytest.raises(BadInput):
        file.problem.complete(file.plan.choices)


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe", b"[" * 10_000, b'{"plan": NaN}'])
def test_files_that_are_no_plans_are_refused(tmp_path, content):
    (tmp_path / "fit.json").write_bytes(content)
    with pytest.raises(BadInput, match="not a plan"):
        PlanFile.read(tmp_path / "fit.json")


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(BadInput, match="can't be read"):
        PlanFile.read(tmp_path / "none.json")


def test_auto_round_and_llm_compressor_get_every_layer_with_its_bits():
    yaml = pytest.importorskip("yaml")
    of_model = problem()
    plan = Solver(of_model, {"0.qk": "int8"}).plan(500)
    config = json.loads(recipes.auto_round(of_model, plan, 64, True))
    expected = {layer: int(option[3:]) for layer, option in recipes.layer_options(of_model, plan).items()}
    assert {layer: values["bits"] for layer, values in config.items()} == expected
    modifier = yaml.safe_load(recipes.llm_compressor(of_model, plan, 64, True))
    groups = modifier["quantization_stage"]["quantization_modifiers"]["GPTQModifier"]["config_groups"]
    assert {t: g["weights"]["num_bits"] for g in groups.values() for t in g["targets"]} == expected


def test_llama_quantize_gets_an_exact_name_for_each_tensor():
    of_model = problem("gguf", ("Q2_K", "Q4_K", "Q8_0"))
    tensors = {
        "model.layers.0.q_proj": "blk.0.attn_q.weight",
        "model.layers.0.k_proj": "token_embd.weight",
        "model.layers.1.q_proj": "blk.1.attn_q.weight",
    }
    plan = Solver(of_model, {"0.qk": "Q8_0", "1.qk": "Q4_K"}).plan(1000)
    assert recipes.llama_quantize(of_model, plan, tensors) == [
        r"--tensor-type blk\.0\.attn_q=q8_0",
        "--token-embedding-type q8_0",
        r"--tensor-type blk\.1\.attn_q=q4_k",
    ]


def test_programs_refuse_plans_that_they_can_not_build():
    of_model = problem("gguf", ("Q4_K",))
    plan = Solver(of_model, {}).plan(1000)
    with pytest.raises(BadInput):
        recipes.auto_round(of_model, plan, 64, True)
    with pytest.raises(BadInput):
        recipes.llama_quantize(problem(), Solver(problem(), {}).plan(1000), {})
