"""The bundled tasks and their scorer: log-likelihoods as transformers gives them, errors, storing, other models."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM, AutoTokenizer

import engine
from engine.base import extras
from engine.base.errors import BadInput
from engine.cli import main
from engine.contracts.tasks import Score, TaskScores, paired_difference, scores_in, standard_error
from engine.measure.reading import ReadContext
from engine.measure.tasks import loading, scoring
from engine.measure.tasks.definition import bundled_tasks, read_definition
from engine.models.source import open_model

Tiny = Callable[[str], Path]
CONTEXT = ReadContext(torch.device("cpu"), torch.float32, lambda fraction, text: None, lambda: None)


@pytest.fixture(autouse=True)
def _home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COMPRESSION_STUDIO_HOME", str(tmp_path / "home"))


def test_log_likelihoods_are_those_of_the_network(tiny: Tiny) -> None:
    network = AutoModelForCausalLM.from_pretrained(tiny("llama"), dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(tiny("llama"))
    model = open_model(tiny("llama"))
    with loading.loaded(model, CONTEXT):
        scorer = scoring.Scorer(model, CONTEXT.device)
        found = scorer.loglikelihood("The quick ", "brown fox")
        best = scorer.loglikelihood("The quick", tokenizer.decode([_next(network, tokenizer, "The quick")]))
    ids = tokenizer("The quick brown fox", return_tensors="pt")["input_ids"]
    count = ids.shape[1] - len(tokenizer("The quick")["input_ids"])
    with torch.no_grad():
        scores = torch.log_softmax(network(ids[:, :-1]).logits[0].double(), -1)
    expected = scores[-count:].gather(1, ids[0, -count:, None]).sum()
    assert count > 1 and found[0] == pytest.approx(float(expected), abs=1e-4)
    assert best[0] > -math.log(len(tokenizer)) and not found[1]
    assert all(tensor.is_meta for tensor in model.module.parameters())


def _next(network: torch.nn.Module, tokenizer: object, text: str) -> int:
    with torch.no_grad():
        return int(network(**tokenizer(text, return_tensors="pt")).logits[0, -1].argmax())  # type: ignore[operator]


def test_an_encoder_decoder_reads_the_context_and_writes_the_rest(tiny: Tiny) -> None:
    network = AutoModelForSeq2SeqLM.from_pretrained(tiny("t5"), dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(tiny("t5"))
    model = open_model(tiny("t5"))
    with loading.loaded(model, CONTEXT):
        found, _ = scoring.Scorer(model, CONTEXT.device).loglikelihood("The quick", " brown fox")
    labels = tokenizer(" brown fox", add_special_tokens=False, return_tensors="pt")["input_ids"]
    with torch.no_grad():
        mean = network(**tokenizer("The quick", return_tensors="pt"), labels=labels).loss
    assert found == pytest.approx(-float(mean) * labels.shape[1], abs=1e-4)


def test_scores_have_standard_errors_and_are_stored(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["bundled_brackets", "bundled_copying"]
    measured = engine.evaluate(tiny("llama"), tasks=names, limit=6, progress=False, device="cpu")
    scores = scores_in(measured.details)
    assert [*scores] == names and scores["bundled_copying"].items == 6
    values = scores["bundled_brackets"].values["acc"]
    assert measured.metrics["bundled_brackets.acc"] == sum(values) / 6 and set(values) <= {0.0, 1.0}
    assert measured.metrics["bundled_brackets.acc_stderr"] == standard_error(values)
    copied = scores["bundled_copying"].scores["perplexity"]
    mean = sum(scores["bundled_copying"].values["perplexity"]) / 6
    assert copied.value == pytest.approx(math.exp(-mean)) and copied.stderr

    def fail(*_: object) -> None:
        raise AssertionError("it was scored again")

    monkeypatch.setattr(scoring, "score", fail)
    again = engine.evaluate(tiny("llama"), tasks=names, limit=6, progress=False, device="cpu")
    assert again.metrics == measured.metrics
    with pytest.raises(AssertionError, match="again"):
        engine.evaluate(tiny("llama"), tasks=names, limit=5, progress=False, device="cpu")


def test_a_paired_difference_is_of_the_same_records() -> None:
    def scores(*values: float, sha256: str = "a") -> TaskScores:
        return TaskScores(scores={}, items=len(values), values={"acc": [*values]}, sha256=sha256)

    found = paired_difference(scores(0, 1, 0, 1), scores(1, 1, 0, 1), "acc")
    assert found == Score(value=0.25, stderr=0.25)
    assert paired_difference(scores(0, 1), scores(1, 1, 0), "acc") is None
    assert paired_difference(scores(0, 1), scores(1, 1, sha256="b"), "acc") is None


def test_the_command(tiny: Tiny, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["evaluate", str(tiny("llama")), "--tasks", "bundled_arithmetic", "--limit", "3", "--device", "cpu"]
    assert main([*words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert 0 <= told["metrics"]["bundled_arithmetic.acc"] <= 1 and told["details"]["tasks"]
    assert main([*words, "--quiet"]) == 0
    assert "bundled_arithmetic" in capsys.readouterr().out
    assert main(["evaluate", str(tiny("llama")), "--tasks", "bundled_arithmetics"]) == 2
    assert "Did you mean 'bundled_arithmetic'?" in capsys.readouterr().err


def test_what_can_not_be_scored_is_a_sentence(tiny: Tiny) -> None:
    with pytest.raises(BadInput, match="encoder"):
        engine.evaluate(tiny("bert"), tasks=["bundled_cloze"], progress=False)
    with pytest.raises(BadInput, match="No task"):
        engine.evaluate(tiny("llama"), tasks=iter(()), progress=False)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="number of records"):
        engine.evaluate(tiny("llama"), tasks=["bundled_cloze"], limit=0, progress=False)
    with pytest.raises(BadInput, match="Tasks alone"):
        engine.evaluate(tiny("llama"), tasks=["bundled_cloze"], reference=tiny("llama"), progress=False)


def test_other_tasks_name_the_extra_that_they_need(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(extras.MODULES, "eval", ("no_such_module",))
    (tmp_path / "own.yaml").write_bytes(bundled_tasks()["bundled_cloze"].read_bytes())
    (tmp_path / "bundled_cloze.jsonl").touch()
    for task in ("hellaswag", str(tmp_path / "own.yaml")):
        with pytest.raises(BadInput, match=r"pip install 'compression-studio\[eval\]'"):
            engine.evaluate(tiny("llama"), tasks=[task], progress=False)


def test_answers_are_in_their_records() -> None:
    for file in bundled_tasks().values():
        task = read_definition(file)
        for record in scoring.records_of(task, None):
            assert record["context"].strip() == record["context"]
            if task.config["output_type"] == "multiple_choice":
                assert 0 <= record["label"] < len(record["choices"]) == len(set(record["choices"]))
            else:
                assert record["target"].startswith(" ") and record["target"].strip()
