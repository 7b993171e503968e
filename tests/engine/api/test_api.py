"""The library as scripts use it."""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from probe import PROBE
from transformers import AutoModelForCausalLM, AutoTokenizer

import engine
from engine import api
from engine.base.errors import BadInput, RunFailed
from engine.contracts.events import Event, StageChanged
from engine.export.registry import formats
from engine.methods.registry import methods
from engine.modules import CompressedModule
from engine.record.home import Home

Tiny = Callable[[str], Path]
INT4 = {"format": "int4", "group_size": 32}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(str(tmp_path / "home"))


@pytest.fixture
def text(tmp_path: Path) -> str:
    (tmp_path / "fox.txt").write_text("The quick brown fox jumps over the lazy dog. " * 30, encoding="utf-8")
    return str(tmp_path / "fox.txt")


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_changes_nothing_and_is_light() -> None:
    told = python(
        "import sys\n"
        "before, hooks, path = set(sys.modules), list(sys.meta_path), list(sys.path)\n"
        "import engine\n"
        "print(sorted({name.partition('.')[0] for name in set(sys.modules) - before}))\n"
        "print(hooks == sys.meta_path, path == sys.path)\n"
        "print(engine.Pipeline.__name__, 'torch' in sys.modules)\n"
        "print(engine.export.__name__, 'torch' in sys.modules)\n"
        "print(len(engine.methods()) > 20, len(engine.methods('nf4')) > 3, 'torch' in sys.modules)\n"
        "print(sorted(set(engine.__all__) - set(dir(engine))), hasattr(engine, 'compres'))\n"
    )
    lines = told.splitlines()
    assert "torch" not in lines[0] and "pydantic" not in lines[0] and "engine" in lines[0]
    assert lines[1:] == ["True True", "Pipeline False", "engine.export False", "True True False", "[] False"]


def test_every_name_is_there_typed_and_documented() -> None:
    assert set(api.__all__) <= set(engine.__all__)
    for name in api.__all__:
        value = getattr(engine, name)
        assert name in ("export", "fit", "methods") or value is getattr(api, name)
        assert inspect.getdoc(getattr(api, name)), name
    functions = ("compress", "fit", "sweep", "resume", "apply", "evaluate", "inspect", "export", "verify")
    for name in (*functions, "methods", "history", "results"):
        function = getattr(api, name)
        sections = inspect.getdoc(function) or ""
        assert "Raises\n------" in sections, name
        for parameter in inspect.signature(function).parameters.values():
            assert parameter.annotation is not parameter.empty, f"{name}.{parameter.name}"
        assert function.__annotations__["return"]


def test_no_setting_has_the_name_of_an_argument() -> None:
    taken = {
        name for function in (api.compress, api.sweep, api.apply) for name in inspect.signature(function).parameters
    }
    taken -= {"settings", "model", "method", "values"}  # the last three only by position
    for info in methods().values():
        assert taken & set(info.settings.model_fields) <= {"seed"}, info.id  # given with the id, see `compress`
    taken = set(inspect.signature(api.export).parameters) - {"options", "source", "format", "folder"}
    for entry in formats().values():
        assert not taken & set(entry.options.model_fields), entry.id


def test_compress_measure_export_and_load(tiny: Tiny, text: str, home: Home, tmp_path: Path) -> None:
    heard: list[Event] = []
    evaluation = {"text": text, "window": 64, "windows": 2}
    result = engine.compress(
        tiny("llama"), "round_to_nearest", evaluation=evaluation, home=home, on_event=heard.append, **INT4
    )
    assert result.metrics["perplexity"] > 1 and result.metrics["kl_divergence"] > 0
    assert list(result.blocks) == ["model_1", "round_to_nearest_1"]
    first = result.blocks["model_1"]
    assert result.metrics["size_bytes"] < first.metrics["size_bytes"] and first.protocol["windows"] == 2
    assert result.artifact.is_relative_to(home.root) and result.report["status"] == "done"
    assert "Round to nearest" in repr(result) and "perplexity=" in repr(result)
    assert {event.state for event in heard if isinstance(event, StageChanged)} >= {"running", "done"}
    model = result.model()
    tokens = torch.arange(24).view(1, -1)
    assert torch.equal(model(input_ids=tokens).logits, engine.load(result.artifact)(input_ids=tokens).logits)
    verified = result.export("dense", tmp_path / "out", progress=False, dtype="float32")
    assert verified.ok and verified.folder == tmp_path / "out"
    assert engine.verify(tmp_path / "out", progress=False).ok
    again = engine.evaluate(result, text, reference=tiny("llama"), window_size=64, num_windows=2, progress=False)
    assert again.metrics["perplexity"] == result.metrics["perplexity"]
    assert engine.inspect(result).format == "artifact" and engine.inspect(tiny("llama")).parameters > 1000


def test_a_network_in_memory_is_measured_and_left_as_it_is(tiny: Tiny, text: str) -> None:
    few: dict[str, Any] = {"window_size": 64, "num_windows": 2, "progress": False, "device": "cpu"}
    network = AutoModelForCausalLM.from_pretrained(tiny("llama"), dtype=torch.bfloat16)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    measured = engine.evaluate(network, text, **few)
    assert measured.metrics["perplexity"] == pytest.approx(
        engine.evaluate(tiny("llama"), text, **few).metrics["perplexity"], rel=0.02
    )
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())
    assert {tensor.dtype for tensor in network.state_dict().values()} == {torch.bfloat16}
    original = AutoModelForCausalLM.from_pretrained(tiny("llama"), dtype=torch.bfloat16)
    small = engine.apply("round_to_nearest", network, progress=False, **INT4)
    compared = engine.evaluate(small, text, reference=original, **few)
    assert compared.metrics["kl_divergence"] > 0
    assert compared.metrics["size_bytes"] < measured.metrics["size_bytes"]
    network.config.name_or_path = network.name_or_path = "somewhere"
    with pytest.raises(BadInput, match="tokenizer"):
        engine.evaluate(network, text, **few)
    told = engine.evaluate(network, text, tokenizer=AutoTokenizer.from_pretrained(tiny("llama")), **few)
    assert told.metrics["perplexity"] > 1


def test_earlier_words_of_evaluate(tiny: Tiny, text: str) -> None:
    found = engine.evaluate(tiny("llama"), text, window=64, windows=2, progress=False, device="cpu")
    assert found.protocol["windows"] == 2
    with pytest.raises(TypeError, match="unexpected keyword argument 'windws'"):
        engine.evaluate(tiny("llama"), text, windws=2, progress=False)


def test_several_methods_and_pipelines(tiny: Tiny, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(methods(), "probe", PROBE)
    few: dict[str, Any] = {"evaluation": None, "home": home, "progress": False}
    chain = engine.compress(tiny("llama"), ["probe", ("round_to_nearest", INT4)], **few)
    assert list(chain.blocks) == ["model_1", "probe_1", "round_to_nearest_1"] and "perplexity" not in chain.metrics
    one = engine.compress(tiny("llama"), ("probe", {"factor": 0.5}), **few)
    assert one.artifact == chain.blocks["probe_1"].artifact, "computed once"
    pipeline = engine.Pipeline.linear([("model", {"model": "nowhere"}), ("probe", {})])
    given = engine.compress(tiny("llama"), pipeline, **few)
    assert given.artifact == one.artifact
    with pytest.raises(RunFailed, match="ZeroDivisionError"):
        engine.compress(tiny("llama"), "probe", action="error", **few)


@pytest.mark.parametrize(
    ("arguments", "settings", "sentence"),
    [
        (("sample", "gtpq"), {}, r"Unknown method 'gtpq'. Did you mean 'gptq'\?"),
        (("sample", "gptq"), {"groupsize": 3}, "there is no setting 'groupsize' .did you mean 'group_size'"),
        (("sample", [("gptq", {}), "nf4"]), {"format": "int4"}, "Setting 'format' needs a method"),
        (("sample", []), {}, "No method is given"),
        (("sample", [3]), {}, "3 is not a step"),
        ((None, "gptq"), {}, "No model is given"),
        ((torch.nn.Linear(2, 2), "gptq"), {}, "engine.apply"),
        (("sample", "gptq"), {"evaluation": {"txt": "a"}}, "did you mean 'text'"),
        (("sample", engine.Pipeline()), {}, "has 0 source models"),
        (("sample", engine.Pipeline()), {"format": "int4"}, "has its own settings"),
        (("sample", None), {}, "No method is given"),
        (("sample", 5), {}, "This is not a method: it is of type int"),
        ((5, "gptq"), {}, "This is not a model: it is of type int"),
        ((5, engine.Pipeline.linear([("model", {"model": "x"})])), {}, "This is not a model"),
        (("sample", "gptq"), {"seed": "a"}, "This is not a seed: 'a' is not a whole number"),
        (("sample", "gptq"), {"seed": True}, "This is not a seed"),
        (("sample", "gptq"), {"evaluation": 5}, "This is not a text .evaluation, text.: it is of type int"),
        (("sample", "gptq"), {"evaluation": []}, "This is not a text .evaluation, text.: the list is empty"),
        (("sample", "gptq"), {"evaluation": [" "]}, "The text is empty"),
        (("sample", "gptq"), {"text": [3]}, "This is not a text .gptq, text.: it is of type list"),
        (("sample", "gptq"), {"home": 5}, "This is not a workspace"),
        (("sample", "gptq"), {"folder": 5}, "This is not a folder"),
        (("sample", "gptq"), {"trust_remote_code": 5}, "This is not the name of a model"),
        (("s" * 300, "gptq"), {}, "too long for the name of a file .s+….: it has 300 characters"),
    ],
)
def test_what_can_not_be_is_a_sentence(arguments: tuple[Any, ...], settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        engine.compress(*arguments, progress=False, **settings)


def test_other_kinds_than_a_model_are_sentences(tiny: Tiny) -> None:
    wrong: Any = 5
    for call in (engine.evaluate, engine.load, engine.inspect):
        with pytest.raises(BadInput, match="This is not a model: it is of type int"):
            call(wrong)
    with pytest.raises(BadInput, match="This is not a model"):
        engine.export(wrong, "dense", "out", progress=False)
    with pytest.raises(BadInput, match="not an exported folder"):
        engine.verify(wrong, progress=False)
    with pytest.raises(BadInput, match="not a network of transformers"):
        engine.apply("nf4", wrong, progress=False)
    with pytest.raises(BadInput, match=r"This is not a text .text.: it is of type int"):
        engine.evaluate(tiny("llama"), wrong, progress=False, device="cpu")
    with pytest.raises(BadInput, match=r"not on this machine.*Check the name; a model of the hub is fetched by a run"):
        engine.load("nope/none")


def test_unknown_formats_and_networks(tiny: Tiny, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"Unknown export format 'dens'\. Did you mean 'dense'"):
        engine.export(tiny("llama"), "dens", tmp_path / "out", progress=False)
    with pytest.raises(BadInput, match="not a network of transformers"):
        engine.apply("nf4", torch.nn.Linear(2, 2), progress=False)
    with pytest.raises(BadInput, match="has no files"):
        engine.inspect(torch.nn.Linear(2, 2))  # type: ignore[arg-type]


# -- in memory ---------------------------------------------------------------------------------------------------------
def test_one_method_after_another_in_memory(tiny: Tiny) -> None:
    network = AutoModelForCausalLM.from_pretrained(tiny("llama"), dtype=torch.bfloat16).train()
    flags = {name: parameter.requires_grad for name, parameter in network.named_parameters()}
    assert engine.apply("one_shot_pruning", network, score="magnitude", progress=False) is network
    assert network.training and network.model.norm.weight.requires_grad == flags["model.norm.weight"]
    assert network.model.norm.weight.dtype == torch.bfloat16
    pruned = network.model.layers[0].mlp.down_proj
    assert isinstance(pruned, CompressedModule)
    engine.apply("round_to_nearest", network, progress=False, **INT4)
    both = network.model.layers[0].mlp.down_proj
    assert type(both) is not type(pruned) and isinstance(both, CompressedModule)
    assert network.generate(torch.arange(5).view(1, -1), max_new_tokens=3).shape == (1, 8)


def test_a_method_that_reads_texts_needs_a_tokenizer(tiny: Tiny, text: str) -> None:
    settings = {**INT4, "text": text, "num_samples": 2, "sequence_length": 32, "progress": False}
    folder = tiny("llama")

    def fresh() -> Any:
        network = AutoModelForCausalLM.from_pretrained(folder)
        network.config.name_or_path = ""
        return network

    with pytest.raises(BadInput, match="no tokenizer"):
        engine.apply("gptq", fresh(), **settings)
    given = engine.apply("gptq", fresh(), tokenizer=AutoTokenizer.from_pretrained(folder), **settings)
    beside = engine.apply("gptq", fresh(), tokenizer=folder, **settings)
    found = engine.apply("gptq", AutoModelForCausalLM.from_pretrained(folder), **settings)
    tokens = torch.arange(24).view(1, -1)
    said = [network(input_ids=tokens).logits for network in (given, beside, found)]
    assert torch.equal(said[0], said[1]) and torch.equal(said[1], said[2])


def test_other_ports(tiny: Tiny) -> None:
    network = AutoModelForCausalLM.from_pretrained(tiny("llama"))
    with pytest.raises(BadInput, match="no input 'student'"):
        engine.apply("nf4", network, inputs={"student": network}, progress=False)


def test_a_method_of_a_script(tiny: Tiny, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    known = dict(methods())
    monkeypatch.setattr("engine.methods.registry.methods", lambda: known)
    engine.register_method(PROBE)
    assert known["probe"].origin == "module probe"
    with pytest.raises(BadInput, match="two methods are called 'probe'"):
        engine.register_method(PROBE)
    with pytest.raises(BadInput, match="not a MethodInfo"):
        engine.register_method("probe")  # type: ignore[arg-type]
