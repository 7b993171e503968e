"""An export is made again from its replay.json: equal to the bit, or the first tensor that differs is named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.base.errors import BadInput
from engine.cli import main
from engine.contracts.recipe import NAME, Recipe
from engine.contracts.replay import Replay
from engine.pipeline.document import Block, Evaluation, Link, Pipeline
from engine.pipeline.recipes import open_pipeline
from engine.record.home import Home
from engine.reproduce.replay import replay
from engine.run.runner import start
from tests.engine.reproduce.exports import Step, exported, exported_from

Tiny = Callable[[str], Path]
BYTES = {"format": "int8", "group_size": 32}
CALIBRATED = {"num_samples": 8, "sequence_length": 32}
TRAINED = {"steps": 2, "batch_size": 2, "micro_batch_size": 1, "sequence_length": 32, "eval_samples": 0}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def text(tmp_path: Path) -> Path:
    file = tmp_path / "fox.txt"
    file.write_text("The quick brown fox jumps over the lazy dog. " * 60, encoding="utf-8")
    return file


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.mark.parametrize(
    ("steps", "kind"),
    [
        ([("round_to_nearest", {"format": "int4", "group_size": 32})], "compressed-tensors"),
        ([("gptq", {"format": "int4", "group_size": 32, **CALIBRATED})], "container"),
        ([("gguf_quants", {"type": "Q4_0", "method": "gptq", "objective": "kl", **CALIBRATED})], "gguf"),
        (
            [("one_shot_pruning", {"score": "magnitude"}), ("round_to_nearest", BYTES)],
            "dense",
        ),
        ([("svd", {"compression_ratio": 0.3, **CALIBRATED}), ("fine_tuning", TRAINED)], "container"),
    ],
)
def test_it_comes_out_again_to_the_bit(
    steps: list[Step], kind: str, tiny: Tiny, text: Path, home: Home, tmp_path: Path
) -> None:
    reading = ("gptq", "gguf_quants", "svd", "fine_tuning")
    with_text = [(name, {**settings, "text": str(text)} if name in reading else settings) for name, settings in steps]
    folder = exported(tiny("llama"), with_text, kind, home, tmp_path / "out")
    recipe = Recipe.read(folder)
    assert recipe.environment["threads"] == 1 and recipe.environment["instruction_set"]
    assert str(tmp_path) not in (folder / NAME).read_text("utf-8")
    result = replay(folder, str(tiny("llama")), files=[text])
    assert result.mode == "exact" and result.is_confirmed and len(result.tensors) == len(recipe.tensors)
    assert result.other_environment == ()


def test_a_student_and_what_comes_after_an_artifact(tiny: Tiny, text: Path, home: Home, tmp_path: Path) -> None:
    """A teacher at another port; a run that begins with what another has left draws what it drew."""
    made = Pipeline(blocks=(Block(id="model", method="model", settings={"model": str(tiny("llama"))}),))
    made = made.with_evaluation(Evaluation(when="never"))
    made = made.with_block(Block(id="small", method="round_to_nearest", settings={"format": "int3", "group_size": 32}))
    taught = {**TRAINED, "text": str(text)}
    made = made.with_block(Block(id="taught", method="logit_distillation", settings=taught))
    for link in (Link(source="model", target="small"), Link(source="small", target="taught")):
        made = made.with_link(link)
    made = made.with_link(Link(source="model", target="taught", port="teacher"))
    outcome = start(made, home=home, device="cpu")
    assert outcome.status == "done", outcome.error
    artifact = Path(outcome.report["stages"][-1]["artifact"])
    settings = {"format": "int4", "group_size": 32, "text": str(text), **CALIBRATED}
    folder = exported(artifact, [("gptq", settings)], "container", home, tmp_path / "out")
    assert [step.method for step in Recipe.read(folder).steps] == [
        "model",
        "round_to_nearest",
        "logit_distillation",
        "gptq",
    ]
    assert replay(folder, str(tiny("llama")), files=[text]).mode == "exact"

    opened = open_pipeline(folder)
    assert opened.is_recipe and opened == open_pipeline(folder / NAME)
    pipeline = opened.pipeline
    assert {(link.source, link.target, link.port) for link in pipeline.links} == {
        ("model_1", "round_to_nearest_1", "model"),
        ("round_to_nearest_1", "logit_distillation_1", "model"),
        ("model_1", "logit_distillation_1", "teacher"),
        ("logit_distillation_1", "gptq_1", "model"),
    }
    pipeline = pipeline.with_settings("model_1", model=str(tiny("llama"))).with_evaluation(Evaluation(when="never"))
    for block in ("logit_distillation_1", "gptq_1"):
        pipeline = pipeline.with_settings(block, text=str(text))
    again = exported_from(pipeline, "container", Home(tmp_path / "elsewhere"), tmp_path / "again")
    assert Recipe.read(again).tensors == Recipe.read(folder).tensors


def test_a_recipe_is_a_pipeline_for_another_model(
    tiny: Tiny, home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its seed goes with it; what is neither a recipe nor a pipeline is a sentence."""
    settings = {"format": "int4", "group_size": 32}
    pipeline = Pipeline.linear([("model", {"model": str(tiny("llama"))}), ("round_to_nearest", settings)], seed=7)
    folder = exported_from(pipeline.with_evaluation(Evaluation(when="never")), "container", home, tmp_path / "out")
    assert open_pipeline(folder).pipeline.seed == 7
    renamed = Path(shutil.copy(folder / NAME, tmp_path / "replay (1).json"))
    words = ["run", str(renamed), "--model", str(tiny("qwen2")), "--set", "evaluation.when=never", "--json"]
    assert main(words) == 0
    stages = json.loads(capsys.readouterr().out)["stages"]
    assert [stage["method"] for stage in stages] == ["model", "round_to_nearest"]
    renamed.write_text(json.dumps({"steps": [], "base": {}, "tensors": {}}))
    with pytest.raises(BadInput, match="record of how it was made is damaged"):
        open_pipeline(renamed)
    with pytest.raises(BadInput, match=f"it has no {NAME}"):
        open_pipeline(tmp_path)


def test_what_was_changed_is_named(tiny: Tiny, home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = exported(tiny("llama"), [("round_to_nearest", BYTES)], "dense", home, tmp_path / "out")
    (file,) = folder.glob("*.safetensors")
    tensors = load_file(file)
    name = next(name for name in tensors if name.endswith("mlp.up_proj.weight"))
    tensors[name][0, 0] += 1
    save_file(tensors, file, {"format": "pt"})
    result = replay(folder, str(tiny("llama")))
    assert [tensor.name for tensor in result.differing] == [name] and not result.is_confirmed
    assert result.divergence is not None and result.divergence > 0
    (partial,) = replay(folder, str(tiny("llama")), layers=1).differing
    assert partial.name == name.removesuffix(".weight")
    assert main(["replay", str(folder), "--base", str(tiny("llama")), "--quiet"]) == 1
    assert name in capsys.readouterr().out


def test_the_first_layers_alone(tiny: Tiny, text: Path, home: Home, tmp_path: Path) -> None:
    settings = {"format": "int4", "group_size": 32, "text": str(text), **CALIBRATED}
    for kind in ("compressed-tensors", "container"):
        folder = exported(tiny("llama"), [("gptq", settings)], kind, home, tmp_path / kind)
        result = replay(folder, str(tiny("llama")), files=[text], layers=1)
        assert result.mode == "partial" and result.is_confirmed and len(result.tensors) == 7
        assert all(".layers.0." in tensor.name for tensor in result.tensors)


def test_another_environment_is_said_and_judged_by_the_divergence(
    tiny: Tiny, text: Path, home: Home, tmp_path: Path
) -> None:
    settings = {"format": "int4", "group_size": 32, "text": str(text), **CALIBRATED}
    folder = exported(tiny("llama"), [("gptq", settings)], "container", home, tmp_path / "out")
    recorded = json.loads((folder / NAME).read_text("utf-8"))
    recorded["environment"] |= {"instruction_set": "another", "threads": 64}
    recorded["steps"][-1]["settings"]["damping"] = 0.5  # other codes: near, not equal
    (folder / NAME).write_text(json.dumps(recorded), "utf-8")
    result = replay(folder, str(tiny("llama")), files=[text])
    assert [words.split(" ")[0] for words in result.other_environment] == ["instruction", "threads"]
    assert result.mode == "near" and result.differing
    assert result.loss is not None and result.divergence is not None
    assert result.is_confirmed is (result.divergence <= result.loss)
    assert not Replay(str(folder), "exact", ()).is_confirmed, "nothing was compared"


def test_refusals(tiny: Tiny, text: Path, home: Home, tmp_path: Path) -> None:
    settings = {"format": "int4", "group_size": 32, "text": str(text), **CALIBRATED}
    folder = exported(tiny("llama"), [("gptq", settings)], "container", home, tmp_path / "out")
    with pytest.raises(BadInput, match="A file that it was made with is not here"):
        replay(folder, str(tiny("llama")))
    other = shutil.copytree(tiny("llama"), tmp_path / "other")
    (file,) = other.glob("*.safetensors")
    tensors = load_file(file)
    tensors["model.layers.1.mlp.up_proj.weight"] += 1
    save_file(tensors, file, {"format": "pt"})
    with pytest.raises(BadInput, match=r"first tensor that differs is model\.layers\.1\.mlp\.up_proj\.weight"):
        replay(folder, str(other), files=[text])
    recorded = json.loads((folder / NAME).read_text("utf-8"))
    del recorded["steps"][-1]["seed_hash"]
    (folder / NAME).write_text(json.dumps(recorded), "utf-8")
    with pytest.raises(BadInput, match="earlier release"):
        replay(folder, str(tiny("llama")), files=[text])
    (folder / NAME).write_text('{"version": 1, "steps": 3}', "utf-8")
    with pytest.raises(BadInput, match="damaged"):
        replay(folder, str(tiny("llama")))
    (folder / NAME).unlink()
    with pytest.raises(BadInput, match="can't be replayed"):
        replay(folder, str(tiny("llama")))


def test_bundled_texts_of_another_version_are_named(tiny: Tiny, home: Home, tmp_path: Path) -> None:
    settings = {"format": "int4", "group_size": 32, "text": "mixed:code", **CALIBRATED}
    folder = exported(tiny("llama"), [("gptq", settings)], "container", home, tmp_path / "out")
    assert replay(folder, str(tiny("llama"))).is_confirmed
    recorded = json.loads((folder / NAME).read_text("utf-8"))
    recorded["steps"][-1]["data"]["text"] = "0" * 64
    (folder / NAME).write_text(json.dumps(recorded), "utf-8")
    with pytest.raises(BadInput, match=r"other bundled texts than this version has.*text: mixed:code"):
        replay(folder, str(tiny("llama")))


def test_the_record_alone_is_enough(tiny: Tiny, home: Home, tmp_path: Path) -> None:
    folder = exported(tiny("llama"), [("round_to_nearest", BYTES)], "compressed-tensors", home, tmp_path / "out")
    count = len(Recipe.read(folder).tensors)
    card = tmp_path / "card"
    card.mkdir()
    shutil.copy(folder / NAME, card)
    result = replay(card / NAME, str(tiny("llama")))
    assert result.mode == "exact" and result.is_confirmed and len(result.tensors) == count
    recorded = json.loads((card / NAME).read_text("utf-8"))
    recorded["tensors"] |= {next(iter(recorded["tensors"])): "0" * 64}
    (card / NAME).write_text(json.dumps(recorded), "utf-8")
    assert len(replay(card, str(tiny("llama"))).differing) == 1


def test_the_original_of_refine_is_found_by_its_weights(tiny: Tiny, text: Path, home: Home, tmp_path: Path) -> None:
    rounded = exported(tiny("llama"), [("round_to_nearest", BYTES)], "container", home, tmp_path / "rounded")
    settings = {**TRAINED, "text": str(text), "original": str(tiny("llama")), "trains": "scales", "eval_samples": 2}
    folder = exported(rounded, [("refine", settings)], "container", home, tmp_path / "out")
    result = replay(folder, str(tiny("llama")), files=[text])
    assert result.mode == "exact" and result.is_confirmed


def test_a_setting_that_came_later_had_its_earlier_value(tiny: Tiny, text: Path, home: Home, tmp_path: Path) -> None:
    """A record of a version without asymmetric calibration, which is on by default now."""
    settings = {"format": "int3", "group_size": 32, "text": str(text), "gptaq_alpha": 0.0, **CALIBRATED}
    folder = exported(tiny("llama"), [("gptq", settings)], "container", home, tmp_path / "out")
    record = json.loads((folder / NAME).read_text("utf-8"))
    assert record["steps"][1]["settings"].pop("gptaq_alpha") == 0.0
    (folder / NAME).write_text(json.dumps(record), encoding="utf-8")
    result = replay(folder, str(tiny("llama")), files=[text])
    assert result.mode == "exact" and result.is_confirmed
    (block,) = (block for block in open_pipeline(folder).pipeline.blocks if block.method == "gptq")
    assert block.settings["gptaq_alpha"] == 0.0


def test_a_folder_of_texts_is_found_by_its_content(tiny: Tiny, text: Path, home: Home, tmp_path: Path) -> None:
    for folder in ("here", "elsewhere"):
        (tmp_path / folder).mkdir()
        for number in range(2):
            (tmp_path / folder / f"{number}.txt").write_text(f"{number}\n\n{text.read_text()}")
    settings = {**TRAINED, "text": str(tmp_path / "here"), "original": str(tiny("llama")), "eval_samples": 2}
    rounded = exported(tiny("llama"), [("round_to_nearest", BYTES)], "container", home, tmp_path / "rounded")
    folder = exported(rounded, [("refine", settings)], "container", home, tmp_path / "out")
    shutil.rmtree(tmp_path / "here")
    with pytest.raises(BadInput, match="A file that it was made with is not here"):
        replay(folder, str(tiny("llama")))
    assert replay(folder, str(tiny("llama")), files=[tmp_path / "elsewhere"]).is_confirmed
