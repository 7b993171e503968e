"""Networks that a method was applied to leave the process whole: saved, loaded again, exported; never half of them."""

from __future__ import annotations

import copy
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModel, AutoModelForCausalLM, AutoTokenizer

import engine.transformers
from engine.base.errors import BadInput
from engine.modules import CompressedModule

Tiny = Callable[[str], Path]
INT4 = {"format": "int4", "group_size": 32}
LAST = {"criterion": "manual", "layers": ["1"]}
APPLIED: list[tuple[str, str, dict[str, Any]]] = [
    ("llama", "round_to_nearest", {**INT4, "quantize_head": True, "quantize_embeddings": True}),
    ("gpt2", "nf4", {"block_size": 32}),
    ("qwen3_moe", "round_to_nearest", INT4),
    ("gpt_oss", "one_shot_pruning", {"score": "magnitude"}),
    ("bert", "nf4", {}),
]


def network_of(folder: Path) -> Any:
    """A network in memory; its tensors in float32."""
    auto = AutoModel if "bert" in folder.name else AutoModelForCausalLM
    return auto.from_pretrained(folder, dtype=torch.float32).eval()


@torch.no_grad()
def said(module: Any) -> torch.Tensor:
    output = module(input_ids=torch.arange(48).view(2, 24) * 7 % 250)
    found: torch.Tensor = output.logits if "logits" in output else output.last_hidden_state
    return found


def tensors(folder: Path) -> dict[str, torch.Tensor]:
    return {name: tensor for file in folder.glob("*.safetensors") for name, tensor in load_file(file).items()}


def applied(kind: str, method: str, settings: dict[str, Any], tiny: Tiny) -> Any:
    return engine.apply(method, network_of(tiny(kind)), progress=False, **settings)


@pytest.mark.parametrize(("kind", "method", "settings"), APPLIED)
def test_what_is_saved_is_what_is_loaded(
    kind: str, method: str, settings: dict[str, Any], tiny: Tiny, tmp_path: Path
) -> None:
    network = applied(kind, method, settings, tiny)
    before = said(network)
    network.save_pretrained(tmp_path / "saved")
    assert torch.equal(said(network), before), "it is as it was"
    auto = AutoModel if kind == "bert" else AutoModelForCausalLM
    loaded, info = auto.from_pretrained(tmp_path / "saved", output_loading_info=True)
    assert not any(info.values()), info
    assert torch.allclose(said(loaded), before, atol=1e-5)
    assert torch.allclose(said(engine.load(tmp_path / "saved")), before, atol=1e-5)
    loaded.save_pretrained(tmp_path / "again")
    engine.load(tmp_path / "again").save_pretrained(tmp_path / "third")
    for name in ("again", "third"):
        assert torch.allclose(said(engine.load(tmp_path / name)), before, atol=1e-5)
    first, third = (tensors(tmp_path / name) for name in ("saved", "third"))
    assert first.keys() == third.keys() and all(torch.equal(first[name], third[name]) for name in first)


def test_copies_of_a_network_leave_too(tiny: Tiny, tmp_path: Path) -> None:
    network = applied("llama", "nf4", {}, tiny)
    expected, copied, held = said(network), copy.deepcopy(network), io.BytesIO()
    torch.save(network, held)
    held.seek(0)
    for number, each in enumerate((copied, torch.load(held, weights_only=False))):
        engine.apply("one_shot_pruning", network, score="magnitude", progress=False)  # the copies stay as they are
        each.save_pretrained(tmp_path / str(number))
        assert torch.equal(said(engine.load(tmp_path / str(number))), expected)


def test_one_method_after_another_and_the_history_of_both(tiny: Tiny, tmp_path: Path) -> None:
    network = applied("llama", "one_shot_pruning", {"score": "magnitude"}, tiny)
    engine.apply("round_to_nearest", network, progress=False, **INT4).save_pretrained(tmp_path / "out")
    opened = engine.models.source.open_model(tmp_path / "out")
    assert [step["method"] for step in opened.history] == ["one_shot_pruning", "round_to_nearest"]
    assert torch.equal(said(engine.load(tmp_path / "out")), said(network))


def test_a_dense_network_is_saved_by_transformers_itself(tiny: Tiny, tmp_path: Path) -> None:
    network = engine.apply("depth_pruning", network_of(tiny("llama")), progress=False, **LAST)
    network.save_pretrained(tmp_path / "out")
    assert not (tmp_path / "out" / "compression.json").exists()
    assert torch.equal(said(AutoModelForCausalLM.from_pretrained(tmp_path / "out")), said(network))


def test_saving_over_an_earlier_state_but_not_over_another_model(tiny: Tiny, tmp_path: Path) -> None:
    network = applied("llama", "nf4", {}, tiny)
    AutoTokenizer.from_pretrained(tiny("llama")).save_pretrained(tmp_path / "out")
    network.save_pretrained(tmp_path / "out")
    tokenizer = (tmp_path / "out" / "tokenizer.json").read_bytes()
    engine.apply("one_shot_pruning", network, score="magnitude", progress=False)
    network.save_pretrained(tmp_path / "out")
    assert torch.equal(said(engine.load(tmp_path / "out")), said(network))
    assert (tmp_path / "out" / "tokenizer.json").read_bytes() == tokenizer
    network_of(tiny("llama")).save_pretrained(tmp_path / "dense")
    files = {file: file.read_bytes() for file in (tmp_path / "dense").iterdir()}
    with pytest.raises(BadInput, match="weights of another model"):
        network.save_pretrained(tmp_path / "dense")
    assert files == {file: file.read_bytes() for file in (tmp_path / "dense").iterdir()}


@pytest.mark.parametrize("option", [{"state_dict": {"x": torch.ones(1)}}, {"variant": "fp16"}, {"push_to_hub": True}])
def test_options_that_can_not_be_met_are_refused(option: dict[str, Any], tiny: Tiny, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=f"can't be saved with '{next(iter(option))}'"):
        applied("llama", "nf4", {}, tiny).save_pretrained(tmp_path / "out", **option)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("kind", ["llama", "qwen3_moe"])
def test_measuring_leaves_a_network_as_it_was(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    (tmp_path / "fox.txt").write_text("The quick brown fox jumps over the lazy dog. " * 30, encoding="utf-8")
    network = network_of(tiny(kind))
    before = dict(network.named_parameters())
    engine.evaluate(network, tmp_path / "fox.txt", window_size=64, num_windows=1, progress=False, device="cpu")
    after = dict(network.named_parameters())
    assert before.keys() == after.keys() and all(before[name] is after[name] for name in before)
    network.save_pretrained(tmp_path / "out")
    _, info = AutoModelForCausalLM.from_pretrained(tmp_path / "out", output_loading_info=True)
    assert not any(info.values()), info


# -- export ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("format", ["container", "dense", "compressed-tensors"])
def test_a_network_is_exported(format: str, tiny: Tiny, tmp_path: Path) -> None:
    network = applied("llama", "round_to_nearest", INT4, tiny)
    before = said(network)
    verified = engine.export(network, format, tmp_path / "out", progress=False)
    assert verified.ok, verified.sentence
    assert torch.equal(said(network), before)
    assert isinstance(network.model.layers[0].mlp.down_proj, CompressedModule)
    assert torch.allclose(said(AutoModelForCausalLM.from_pretrained(tmp_path / "out")), before, atol=1e-4)
    assert (tmp_path / "out" / "tokenizer.json").is_file(), "that of the folder that it was loaded from"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_network_that_can_not_be_exported_is_refused_and_leaves_nothing(tiny: Tiny, tmp_path: Path) -> None:
    network = applied("llama", "one_shot_pruning", {"score": "magnitude"}, tiny)
    with pytest.raises(BadInput, match="Unknown export format"):
        engine.export(network, "gguff", tmp_path / "out", progress=False)
    with pytest.raises(BadInput, match="not a network of transformers"):
        engine.export(torch.nn.Linear(2, 2), "dense", tmp_path / "out", progress=False)
    assert not any(tmp_path.iterdir())
