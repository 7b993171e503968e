"""A survey: every method beside the others on one model, what can't work on it left out with the reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.base.errors import BadInput
from engine.cli.main import main
from engine.methods.registry import methods
from engine.pipeline.document import Block, Evaluation, Pipeline
from engine.pipeline.legality import problems
from engine.pipeline.survey import survey, surveyed, without_refused
from engine.record.home import Home
from engine.run.estimate import fitting

SOURCE = Block(id="model_1", method="model")


def test_all_methods_that_compress_are_in_it_with_their_presets_and_nothing_is_wrong_with_the_document() -> None:
    made = survey(SOURCE, name="S", text="mixed")
    families = {"quantization", "pruning", "low_rank", "distillation"}
    wanted = [info.id for info in methods().values() if info.family in families]
    assert sorted(block.method for block in made.blocks[1:]) == sorted(wanted)
    assert all(set(made.into(block.id).values()) == {"model_1"} for block in made.blocks[1:])
    assert made.block("gptq_1").settings == {"num_samples": 16, "sequence_length": 256}
    assert [p for p in problems(made) if p.severity == "error"] == []
    assert len({(block.x, block.y) for block in made.blocks}) == len(made.blocks)


def test_the_quick_settings_of_every_method_are_quick() -> None:
    """At most thirty steps in all, few samples, and no more texts to write than these steps read."""
    for block in survey(SOURCE).blocks[1:]:
        settings: Any = methods()[block.method].settings.parse(block.settings)
        trainings = settings.trainings() if hasattr(settings, "trainings") else 1
        steps = trainings * getattr(settings, "steps", 0) + getattr(settings, "fit_steps", 0)
        assert steps <= 30, block.method
        if hasattr(settings, "num_samples"):
            assert settings.num_samples <= 64, block.method


def test_unknown_words_are_refused() -> None:
    with pytest.raises(BadInput, match="Unknown preset"):
        survey(SOURCE, preset="Fast")
    with pytest.raises(BadInput, match="gptqq"):
        survey(SOURCE, ["gptqq"])
    with pytest.raises(BadInput, match="compresses none"):
        survey(SOURCE, ["model"])


def test_what_cannot_work_on_the_model_is_left_out_with_the_reason(tiny: Callable[[str], Path], home: Home) -> None:
    """Its linears have 64 inputs: groups of 96 do not fit."""
    source = SOURCE.model_copy(update={"settings": {"model": str(tiny("llama"))}})
    made = survey(source, ["nf4", "gptq"], evaluation=Evaluation(when="never"))
    wrong = made.with_settings("gptq_1", group_size=96)
    left, refused = fitting(wrong, home=home, device="cpu")
    assert [block.id for block in left.blocks] == ["model_1", "nf4_1"]
    assert {problem.block for problem in refused} == {"gptq_1"} and "96" in str(refused[0])
    with pytest.raises(BadInput, match="None of these methods"):
        without_refused(wrong.without(["nf4_1"]), refused)


def test_a_wrong_model_is_an_error_of_its_own(home: Home, tmp_path: Path) -> None:
    gone = SOURCE.model_copy(update={"settings": {"model": str(tmp_path / "none")}})
    with pytest.raises(BadInput, match="none"):
        fitting(survey(gone, ["nf4"]), home=home, device="cpu")


def test_the_command_writes_a_pipeline_and_runs_one(
    tiny: Callable[[str], Path], home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.setenv("COMPRESSION_STUDIO_HOME", str(home.root))
    file = tmp_path / "survey.json"
    few = ["--num-windows", "1", "--window-size", "32", "--device", "cpu"]
    text = tmp_path / "text.txt"
    text.write_text("Some words to be measured on. " * 60)
    words = ["survey", str(tiny("llama")), "nf4", "round_to_nearest", "one_shot_pruning", "--text", str(text), *few]
    left = ["model", "nf4", "one_shot_pruning"]  # 96 inputs are not a multiple of 64
    assert main([*words, "--save", str(file)]) == 0
    assert [block.method for block in Pipeline.read(file).blocks] == left
    capsys.readouterr()
    assert main([*words, "--json", "--quiet"]) == 0
    stages = json.loads(capsys.readouterr().out)["stages"]
    assert [stage["method"] for stage in stages] == left
    assert all(stage["metrics"]["perplexity"] > 1 for stage in stages)
    assert len(surveyed()) > 12
