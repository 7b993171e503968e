"""Sequence-level distillation as a method: what is written, kept, taken up again and learned."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.base.errors import BadInput
from engine.contracts.events import Metric
from engine.methods.distillation.sequence_level_distillation import generated_texts
from engine.methods.registry import method
from engine.models.source import open_model
from engine.testing.models import DECODERS, byte_tokenizer, tiny_model
from engine.testing.stage import Killed, RecordingStage, compress

Tiny = Callable[[str], Path]
TEXT = str(Path(__file__).resolve().parents[4] / "LICENSE")
MATRIX_SETTINGS: dict[str, Any] = {
    "text": TEXT,
    "steps": 2,
    "batch_size": 2,
    "micro_batch_size": 1,
    "sequence_length": 24,
    "eval_samples": 1,
    "num_samples": 6,
    "prompt_length": 8,
}
MATRIX_KINDS = DECODERS


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Each test writes its own texts."""
    monkeypatch.setenv("COMPRESSION_STUDIO_HOME", str(tmp_path / "workspace"))
    return tmp_path / "workspace"


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model("llama", tmp_path_factory.mktemp("teacher"), seed=5)


def distill(student: Path, teacher: Path, folder: Path, **settings: Any) -> RecordingStage:
    inputs = {"teacher": open_model(teacher)}
    return compress(student, "sequence_level_distillation", {**MATRIX_SETTINGS, **settings}, folder, inputs=inputs)


def texts(stage: RecordingStage) -> Path:
    return Path(stage.details["teacher_texts"]["file"])


def records(stage: RecordingStage) -> list[dict[str, Any]]:
    return [json.loads(line) for line in texts(stage).read_text("utf-8").splitlines()]


def test_the_teacher_writes_a_data_set(tiny: Tiny, teacher: Path, tmp_path: Path, workspace: Path) -> None:
    stage = distill(tiny("llama"), teacher, tmp_path)
    assert texts(stage).parent == workspace / "datasets"
    assert len(records(stage)) == 6 and all(set(record) == {"text"} for record in records(stage))
    license_text = Path(TEXT).read_text("utf-8")
    assert records(stage)[0]["text"].startswith(license_text[:8])
    made_of = json.loads(texts(stage).with_suffix(".json").read_text("utf-8"))
    assert made_of["settings"]["temperature"] == 1.0
    assert [path.suffix for path in sorted(texts(stage).parent.iterdir())] == [".json", ".jsonl", ".lock"]


def test_other_trainings_use_the_same_texts(
    tiny: Tiny, teacher: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = distill(tiny("llama"), teacher, tmp_path / "one")
    before = texts(first).read_bytes()
    monkeypatch.setattr(generated_texts, "continued", None)  # it would fail if it was called
    second = distill(tiny("qwen2"), teacher, tmp_path / "two", learning_rate=1e-4)
    assert texts(second) == texts(first) and texts(second).read_bytes() == before
    assert any("there already" in line for line in second.lines)


def test_writing_goes_on_where_it_was_killed(
    tiny: Tiny, teacher: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generated_texts, "BATCH", 2)
    whole = distill(tiny("llama"), teacher, tmp_path / "whole")
    expected = texts(whole).read_bytes()
    texts(whole).unlink()
    calls: list[int] = []
    real = generated_texts.continued

    def counting(*arguments: Any, **options: Any) -> Any:
        calls.append(options["seed"])
        if len(calls) == 2:
            raise Killed
        return real(*arguments, **options)

    monkeypatch.setattr(generated_texts, "continued", counting)
    with pytest.raises(Killed):
        distill(tiny("llama"), teacher, tmp_path / "killed")
    again = distill(tiny("llama"), teacher, tmp_path / "killed")
    assert calls == [0, 2, 2, 4]
    assert texts(again).read_bytes() == expected


def test_another_seed_or_temperature_gives_other_texts(tiny: Tiny, teacher: Path, tmp_path: Path) -> None:
    made = [
        records(distill(tiny("llama"), teacher, tmp_path / str(index), **settings))
        for index, settings in enumerate(({}, {"generation_seed": 1}, {"temperature": 0.0}))
    ]
    assert made[0] != made[1] != made[2] != made[0]


def test_prompts_of_records_are_answered(tiny: Tiny, teacher: Path, tmp_path: Path) -> None:
    file = tmp_path / "asked.jsonl"
    lines = [
        {"prompt": "What is it?", "answer": "unused"},
        {"instruction": "Say", "input": "ab"},
        {"prompt": "x" * 99},
    ]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    stage = distill(tiny("llama"), teacher, tmp_path, text=str(file), eval_samples=0, temperature=0.0)
    found = records(stage)
    assert [record["prompt"] for record in found] == ["What is it?", "Say\n\nab"]  # the long one leaves no room
    assert all(record["answer"] and record["answer"] != "unused" for record in found)
    assert any("2 prompts, not 6" in line for line in stage.lines)


def test_texts_of_a_teacher_elsewhere(tiny: Tiny, teacher: Path, tmp_path: Path) -> None:
    file = tmp_path / "answers.jsonl"
    lines = [{"prompt": f"{n}?", "answer": f"It is {n}."} for n in range(12)]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    settings = {"text_source": "file", "text": str(file), "steps": 30, "learning_rate": 3e-3, "eval_samples": 2}
    stage = distill(tiny("llama"), teacher, tmp_path, **settings, eval_steps=10)
    held_out = [e.value for e in stage.events if isinstance(e, Metric) and e.name == "loss/eval"]
    assert held_out[-1] < held_out[0]
    assert "teacher_texts" not in stage.details


def test_the_teacher_may_have_another_tokenizer(tiny: Tiny, tmp_path: Path) -> None:
    other = tiny_model("llama", tmp_path / "other", seed=5)
    tokenizer = byte_tokenizer()
    tokenizer.add_tokens(["hello"])
    tokenizer.save_pretrained(other)
    assert len(records(distill(tiny("llama"), other, tmp_path))) == 6


def test_refusals(tiny: Tiny, teacher: Path, tmp_path: Path) -> None:
    info = method("sequence_level_distillation")
    with pytest.raises(BadInput, match="leaves nothing to write"):
        info.settings.parse({"sequence_length": 16, "prompt_length": 16})
    encoder = open_model(tiny("bert")).anatomy
    assert any("no next token" in problem.message for problem in info.load().check(encoder, info.settings()))
    file = tmp_path / "texts.jsonl"
    file.write_text('{"text": "no prompt"}\n', encoding="utf-8")
    with pytest.raises(BadInput, match=r"no prompt.*record 1"):
        distill(tiny("llama"), teacher, tmp_path, text=str(file))
