"""Texts as they are in the place of files, functions that evaluate, and runs that are refused before they begin."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

import engine
from engine.base.errors import BadInput
from engine.record.history import History
from engine.record.home import Home
from tests.engine.shares import checking_types

Tiny = Callable[[str], Path]
ROOT = Path(__file__).resolve().parents[3]
FOX = "The quick brown fox jumps over the lazy dog. "
LONG = FOX * 120
FEW: dict[str, Any] = {"num_samples": 2, "sequence_length": 32, "format": "int4", "group_size": 32}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(str(tmp_path / "home"))


def test_texts_are_given_as_they_are(tiny: Tiny, home: Home, tmp_path: Path) -> None:
    (tmp_path / "fox.txt").write_text(LONG, encoding="utf-8")
    sizes = {"window_size": 64, "num_windows": 2}
    results = []
    for given in (tmp_path / "fox.txt", LONG, [LONG]):
        evaluation = {"text": given, **sizes}
        results.append(
            engine.compress(tiny("llama"), "gptq", home=home, evaluation=evaluation, progress=False, text=given, **FEW)
        )
    file, text, several = results
    assert text.metrics["perplexity"] == several.metrics["perplexity"] == file.metrics["perplexity"]
    assert text.artifact == several.artifact == file.artifact, "the content counts, not the name"
    two = engine.compress(tiny("llama"), "gptq", home=home, evaluation=None, progress=False, text=[FOX, LONG], **FEW)
    assert two.artifact != text.artifact
    read = Path(two.last.settings["text"])
    assert read.read_text(encoding="utf-8") == f"{FOX}\n\n{LONG}" and read.is_relative_to(home.root)
    measured = [
        engine.evaluate(tiny("llama"), given, **sizes, progress=False, device="cpu")
        for given in (tmp_path / "fox.txt", LONG, [LONG])
    ]
    assert len({each.metrics["perplexity"] for each in measured}) == 1
    assert measured[1].protocol["text"] == "given"
    assert measured[1].protocol["sha256"] == measured[0].protocol["sha256"]


def test_a_short_text_in_the_place_of_a_file_says_how_texts_are_given(tiny: Tiny) -> None:
    with pytest.raises(BadInput, match=r"text file was not found .*in Python \[text\] is a text itself"):
        engine.evaluate(tiny("llama"), FOX, progress=False, device="cpu")


def test_texts_and_records_in_memory(tiny: Tiny, tmp_path: Path) -> None:
    """The same bits wherever the text lies, and nothing of it stays."""
    (tmp_path / "fox.txt").write_text(LONG, encoding="utf-8")
    tokens = torch.arange(24).view(1, -1)

    def said(text: Any, **settings: Any) -> torch.Tensor:
        network = AutoModelForCausalLM.from_pretrained(tiny("llama"))
        with torch.no_grad():
            logits: torch.Tensor = engine.apply(
                "gptq", network, text=text, progress=False, **{**FEW, **settings}
            )(input_ids=tokens).logits  # fmt: skip
        return logits

    assert torch.equal(said(tmp_path / "fox.txt"), said([LONG])) and torch.equal(said([LONG]), said(LONG))
    records = [{"prompt": "What jumps?", "answer": f"The fox, {n} times."} for n in range(8)]
    assert torch.isfinite(said(records)).all()


# -- functions that evaluate -------------------------------------------------------------------------------------------
def test_a_function_evaluates_every_step(tiny: Tiny, home: Home) -> None:
    tokens = torch.arange(24).view(1, -1)

    @torch.no_grad()
    def mean_logit(network: Any) -> dict[str, Any]:
        return {"mean logit": network(input_ids=tokens).logits.mean(), "layers": len(network.model.layers)}

    result = engine.compress(
        tiny("llama"),
        "round_to_nearest",
        format="int4",
        group_size=32,
        evaluation=mean_logit,
        home=home,
        progress=False,
    )
    source = AutoModelForCausalLM.from_pretrained(tiny("llama"), dtype=torch.float32)
    assert result.blocks["model_1"].metrics["mean logit"] == pytest.approx(float(mean_logit(source)["mean logit"]))
    assert result.metrics["mean logit"] != result.blocks["model_1"].metrics["mean logit"]
    assert result.metrics["layers"] == 2.0 and result.metrics["size_bytes"] > 0 and "perplexity" not in result.metrics
    for wrong, sentence in (
        (lambda network: None, "gave no metrics: nothing is given"),
        (lambda network: {"a": "b"}, "metric of the evaluation is not a number .a."),
        (lambda network: {"size_bytes": 1}, "'size_bytes', which is measured already"),
    ):
        with pytest.raises(BadInput, match=sentence):
            engine.compress(
                tiny("llama"), "round_to_nearest", format="int4", group_size=32, evaluation=wrong, home=home,
                progress=False,
            )  # fmt: skip


# -- refused before it begins ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"format": "int4", "group_size": 48}, "group size"),
        ({"format": "int4", "group_size": 32, "evaluation": "nowhere.txt"}, "nowhere.txt"),
    ],
)
def test_what_does_not_fit_leaves_no_run(
    given: dict[str, Any], sentence: str, tiny: Tiny, home: Home, tmp_path: Path
) -> None:
    options = {"evaluation": None, "home": home, "progress": False} | given
    with pytest.raises(BadInput, match=sentence):
        engine.compress(tiny("llama"), "round_to_nearest", **options)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("kept", encoding="utf-8")
    with pytest.raises(BadInput, match=sentence):
        engine.compress(tiny("llama"), "round_to_nearest", folder=tmp_path / "mine", **options)
    with History.open(home) as history:
        assert history.runs() == ()
    assert not home.runs.exists() or not any(home.runs.iterdir())
    assert [file.name for file in (tmp_path / "mine").iterdir()] == ["notes.txt"]


def test_the_types_are_seen_by_a_checker(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    lines = {
        'engine.compres("sample")': 'Module has no attribute "compres"',
        'engine.export("a", 5, "b")': "incompatible type",
        'engine.export("a", "dense", "b")': "",
        'engine.sweep("sample", "gptq", {"bits": [3, 4]}).best(3)': "incompatible type",
        'engine.methods("gptq")': "",
        "engine.methods(4)": "incompatible type",
        'engine.history("x")': "incompatible type",
        "engine.resume(3)": "incompatible type",
    }
    script = tmp_path / "script.py"
    script.write_text("\n".join(["import engine", *lines]), encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", str(script)]
    with checking_types():
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    said = [line.split("script.py:")[1] for line in done.stdout.splitlines() if "script.py:" in line]
    found = {line.partition(":")[0]: line for line in said}
    for number, expected in enumerate(lines.values(), 2):
        assert expected in found.get(str(number), "") and bool(expected) == (str(number) in found), done.stdout


def test_models_are_typed_as_those_of_transformers() -> None:
    """transformers has types, so that completion and checkers know the methods of what is loaded."""
    functions = (engine.load, engine.BlockResult.model, engine.Result.model)
    assert {function.__annotations__["return"] for function in functions} == {"PreTrainedModel"}
