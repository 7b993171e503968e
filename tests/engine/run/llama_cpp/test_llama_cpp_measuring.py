"""Speed and answers of results in GGUF types: llama.cpp measures them where it is installed, and the numbers say so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

import engine
from engine import resources
from engine.base.errors import Cancelled
from engine.contracts.generation import GENERATION
from engine.contracts.metrics import metric_text
from engine.measure import generation_check, generation_facts
from engine.measure.answers import Prompt
from engine.measure.evaluate import Measurement
from engine.measure.llama_cpp import process
from engine.measure.program import ProgramFailed
from engine.measure.reading import ReadContext, freed, load_all
from engine.measure.speed import Decoder, ready_to_decode
from engine.models.source import open_model
from engine.pipeline.document import Evaluation
from engine.record.home import Home
from engine.run.llama_cpp import file
from engine.run.llama_cpp.program import TOP, LlamaCpp
from engine.run.measuring import Measuring

CPU = torch.device("cpu")
PROMPTS = (Prompt(name="one", domain="prose", text="Once upon a time", tokens=8),)
SAMPLE = resources.path("sample", "model")
SPEED = "decode_tokens_per_second"
BOTH = Evaluation(window_size=32, num_windows=2, speed=True, generation="check")


def nothing(*_: object) -> None:
    """Progress and safe points that nobody looks at."""


@pytest.fixture(autouse=True)
def _few_prompts(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (generation_check, generation_facts):
        monkeypatch.setattr(module, "prompts", lambda scope: PROMPTS)


@pytest.fixture
def llama_cpp() -> None:
    pytest.importorskip("xllamacpp", reason="the extra llama is not installed")


def measured(result: Path, home: Home, text: str) -> Measurement:
    """By a run's evaluation, against the sample."""
    measuring = Measuring(home, BOTH.model_copy(update={"text": text}), CPU)
    subject, original = (measuring.subject(open_model(path).header) for path in (result, SAMPLE))
    measurement = measuring.measure(subject, original, full=True, progress=nothing, checkpoint=nothing)
    assert measuring.is_known(subject, original)
    return measurement


@pytest.mark.slow
@pytest.mark.usefixtures("llama_cpp")
def test_the_numbers_are_llama_cpps_and_none_is_served_as_torchs(
    result: Path, home: Home, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_llama_cpp = measured(result, home, text)
    protocol = by_llama_cpp.protocol
    assert protocol["speed_program"] == protocol["generation_program"] == file.program_name()
    assert "16 tokens read, 16 written" in protocol["speed"] and by_llama_cpp.metrics["prefill_tokens_per_second"] > 0
    for name in (SPEED, "prefill_tokens_per_second", "generation_agreement"):
        assert metric_text(name, by_llama_cpp.metrics, protocol).endswith(" · llama.cpp")
    assert len(list((home.cache / "llama.cpp").iterdir())) == 1, "one file for both"
    monkeypatch.setattr(engine.run.measuring, "evaluate", lambda *_, **__: pytest.fail("nothing is measured twice"))
    assert measured(result, home, text) == by_llama_cpp
    monkeypatch.undo()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generation_check, "prompts", lambda scope: PROMPTS)
        patch.setattr(generation_facts, "prompts", lambda scope: PROMPTS)
        patch.setattr("importlib.util.find_spec", lambda name: None)
        by_torch = measured(result, home, text)
    assert by_torch.protocol["speed_program"] == by_torch.protocol["generation_program"] == f"torch {torch.__version__}"
    for name in ("speed", GENERATION):
        assert "pip install 'compression-studio[llama]'" in by_torch.protocol[name] and "[llama]" not in protocol[name]
    assert metric_text(SPEED, by_torch.metrics, by_torch.protocol).endswith(" tokens/s · torch")
    assert by_torch.metrics["perplexity"] == by_llama_cpp.metrics["perplexity"], "both are torch's"


@pytest.mark.slow
@pytest.mark.usefixtures("llama_cpp")
def test_it_predicts_what_the_layers_predict(result: Path, home: Home) -> None:
    """Several sequences, on and on; llama.cpp rounds what a layer reads to 8 bits."""
    rows = torch.tensor([[5, 17, 300, 41, 7], [5, 17, 300, 41, 8], [5, 17, 300, 41, 7]])
    more = torch.tensor([[9], [10], [11]])
    model = open_model(result)
    with LlamaCpp(home, CPU).running(model, nothing, nothing) as program:
        assert program is not None
        decoder = program.decoder(3, 6)
        theirs = [decoder.feed_rows(rows), decoder.feed_rows(more)]
    with freed(model), torch.no_grad():
        load_all(model, ReadContext(CPU, torch.float32, nothing, nothing))
        with ready_to_decode(model, torch.float32):
            network = Decoder(model.module, CPU)
            ours = [network.feed_rows(rows), network.feed_rows(more)]
    for mine, other in zip(ours, theirs, strict=True):
        expected = torch.log_softmax(mine, -1)
        assert torch.equal(expected.argmax(-1), other.argmax(-1))
        best = expected.topk(20).indices
        assert torch.allclose(expected.gather(1, best), other.gather(1, best), atol=0.15)
        assert torch.allclose(other.exp().sum(-1), torch.ones(3), atol=1e-3) and other.shape[1] > TOP


@pytest.mark.slow
@pytest.mark.usefixtures("llama_cpp")
def test_a_cancel_ends_the_process_and_what_llama_cpp_can_not_run_is_said(
    result: Path, home: Home, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = list[Any]()
    real = process.children.start
    monkeypatch.setattr(process.children, "start", lambda *a, **o: started.append(real(*a, **o)) or started[-1])

    def cancelled() -> None:
        if started:
            raise Cancelled

    model = open_model(result)
    with pytest.raises(Cancelled), LlamaCpp(home, CPU).running(model, nothing, cancelled) as program:
        assert program is not None
        program.speeds([5, 17, 300], 4, 2)
    assert started[0].poll() is not None, "nobody is left behind"

    def broken(*_: object, **__: object) -> Any:
        raise ProgramFailed("llama.cpp can't run this model", why="an unknown architecture")

    monkeypatch.setattr(process.Child, "ask", broken)
    measuring = Measuring(home, BOTH.model_copy(update={"text": text}), CPU)
    subject = measuring.subject(model.header)
    measurement = measuring.measure(subject, None, full=True, progress=nothing, checkpoint=nothing)
    for name in ("speed", GENERATION):
        assert "not measured: llama.cpp can't run this model" in measurement.protocol[name]
    assert "perplexity" in measurement.metrics and SPEED not in measurement.metrics


@pytest.mark.usefixtures("llama_cpp")
def test_other_models_are_torchs(tiny: Callable[[str], Path], home: Home) -> None:
    measuring = Measuring(home, BOTH, CPU)
    assert measuring.subject(open_model(tiny("llama")).header).program == ""
    llama_cpp = LlamaCpp(home, CPU)
    with llama_cpp.running(open_model(tiny("llama")), nothing, nothing) as program:
        assert program is None
    assert llama_cpp.advice(open_model(tiny("llama"))) == ""
