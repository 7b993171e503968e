"""Folders for transformers are read layer by layer: the same bits as it gives as a whole, and memory that the number of
layers has no say in."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path
from typing import Any

import pytest
import torch
import warm_children
from safetensors.torch import load_file
from transformers import LlamaConfig, LlamaForCausalLM

from engine.architecture import pretrained
from engine.export.verification import expectation, layer_progress, llama_cpp, process, reader, reader_process
from engine.export.verification.check import export, verify
from engine.export.verification.machine import End
from engine.export.verification.stock_layers import NotByLayerError, layered
from engine.models.running import streamed
from engine.models.source import open_model
from engine.testing.stage import compress

TOKENS = torch.arange(24)[None] + 3


def saved(folder: Path, layers: int, *, wide: int = 64, tied: bool = False) -> Path:
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=320,
        hidden_size=wide,
        intermediate_size=4 * wide,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=128,
        tie_word_embeddings=tied,
    )
    LlamaForCausalLM(config).to(torch.bfloat16).save_pretrained(folder)
    return folder


def whole(folder: Path) -> torch.Tensor:
    module, info = pretrained.stock_model(folder, "AutoModelForCausalLM", torch.float32)
    assert not any(info.values())
    found: torch.Tensor = reader._output(module, TOKENS, "logits")
    return found


def by_layer(folder: Path) -> Any:
    module, _ = layered(folder, torch.float32, room=0)
    return reader._output(module, TOKENS, "logits")


@pytest.mark.parametrize("tied", [True, False])
def test_dense_folders_give_the_same_bits(tied: bool, tmp_path: Path) -> None:
    folder = saved(tmp_path / "model", 3, tied=tied)
    assert torch.equal(by_layer(folder), whole(folder))


@pytest.mark.parametrize(
    "settings",
    [
        {"format": "int4", "symmetric": True, "group_size": 32},
        {"format": "float8_e4m3", "granularity": "channel"},
    ],
    ids=str,
)
def test_packed_folders_give_the_same_bits(settings: dict[str, Any], tmp_path: Path) -> None:
    compress(saved(tmp_path / "model", 2), "round_to_nearest", settings, tmp_path)
    folder = tmp_path / "out"
    done = export(tmp_path / "artifact", "compressed-tensors", folder, {}, lambda *_: None, lambda: None)
    assert done.ok, done.sentence
    found = by_layer(folder)
    assert torch.equal(found, whole(folder))


def test_small_models_and_those_that_lack_a_tensor_are_left_to_transformers(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = saved(tmp_path / "model", 2)
    with pytest.raises(NotByLayerError, match=r"^$"):  # small: nothing to say
        layered(folder, torch.float32)
    tensors = load_file(folder / "model.safetensors")
    del tensors["model.layers.1.mlp.up_proj.weight"]
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(NotByLayerError, match="missing or left over"):
        layered(folder, torch.float32, room=0)


MEASURED = """
import sys, torch
from pathlib import Path
from engine import devices
from engine.export.verification.stock_layers import layered
from engine.export.verification.reader import _output
from engine.models.running import streamed
from engine.models.source import open_model
tokens = torch.arange(8)[None]
before = devices.peak_resident()
if sys.argv[2] == "stock":
    _output(layered(Path(sys.argv[1]), torch.float32, 0)[0], tokens, "logits")
else:
    model = open_model(sys.argv[1])
    with streamed(model), torch.no_grad():
        model.module(tokens)
print(devices.peak_resident() - before)
"""


@pytest.mark.parametrize("reader", ["stock", "own"])
def test_memory_does_not_grow_with_the_number_of_layers(reader: str, tmp_path: Path) -> None:
    """A layer is 9.5 MB in float32: sixteen more of them would be 150 MB."""

    def peak(layers: int) -> int:
        folder = saved(tmp_path / str(layers), layers, wide=416)
        done = warm_children.run("-c", MEASURED, str(folder), reader, folder=tmp_path)
        assert done.returncode == 0, done.stderr
        return int(done.stdout.splitlines()[-1])

    assert peak(20) - peak(4) < 60_000_000


def test_a_head_that_is_not_tied_takes_the_place_of_the_embeddings(tmp_path: Path) -> None:
    folder = saved(tmp_path / "model", 2)
    model = open_model(folder)
    seen: list[tuple[bool, bool]] = []

    def note(*_: Any) -> None:
        module: Any = model.module
        seen.append((module.model.embed_tokens.weight.is_meta, module.lm_head.weight.is_meta))

    model.get("model.layers.1").register_forward_pre_hook(note)
    with streamed(model), torch.no_grad():
        first = model.module(TOKENS).logits
        note()
        second = model.module(TOKENS).logits
    assert seen[:2] == [(False, True), (True, False)]
    assert torch.equal(first, second) and torch.equal(first, whole(folder))


@pytest.mark.parametrize("failing", [True, False])
def test_a_read_of_the_whole_model_in_place_of_a_streamed_one_is_said(
    failing: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The reader answers in this process, so that its network can fail between its layers."""
    source, folder = saved(tmp_path / "model", 2), tmp_path / "out"
    assert "as a whole" not in str(export(source, "dense", folder, {}, lambda *_: None, lambda: None).warnings)
    monkeypatch.setattr(reader, "WHOLE", 0)
    output = reader._output
    calls: list[str] = []

    def first_fails(*arguments: Any) -> Any:
        calls.append("")
        if failing and len(calls) == 1:
            raise RuntimeError("a layer\nthat is not one")
        return output(*arguments)

    monkeypatch.setattr(reader, "_output", first_fails)

    def read(_: str, request: dict[str, Any], *__: Any) -> Any:
        work = tmp_path / "work"
        work.mkdir()
        (work / "request.json").write_text(json.dumps(request), "utf-8")
        process.main(work)
        answer = json.loads((work / "result.json").read_text("utf-8"))
        return End(), load_file(work / "output.safetensors")["output"], answer

    monkeypatch.setattr(reader_process, "_read", read)
    with caplog.at_level(logging.WARNING):
        verified = verify(folder, lambda *_: None, lambda: None)
    assert verified.ok and len(calls) == 1 + failing
    assert bool(verified.warnings) == failing == ("as a whole" in caplog.text)
    if failing:
        assert "failed (RuntimeError: a layer that is not one)" in verified.warnings[0]
        assert "layer by layer" not in verified.loaded_by


@pytest.mark.parametrize(("form", "what"), [("container", "layer"), ("gguf", "position")])
def test_a_check_says_which_layer_it_is_at(form: str, what: str, tmp_path: Path) -> None:
    if form == "gguf":
        pytest.importorskip("xllamacpp")
    source, folder = Path(__file__).parents[3] / "resources" / "sample" / "model", tmp_path / "out"
    written: list[tuple[float, str]] = []
    assert export(source, form, folder, {}, lambda *report: written.append(report), lambda: None).ok
    texts = [text for _, text in written]
    count = len(open_model(source).anatomy.layers)
    reading = [text for text in texts if text.startswith("Reading layer")]
    assert reading == [f"Reading layer {number + 1} of {count}" for number in range(count)]
    assert [fraction for fraction, _ in written] == sorted(fraction for fraction, _ in written)
    seen = [text for text in texts if text.startswith(f"Verifying {what} ")]
    assert seen and all(re.fullmatch(rf"Verifying {what} \d+ of \d+", text) for text in seen)


def test_reports_of_a_reader_that_are_none(tmp_path: Path) -> None:
    assert layer_progress.reported(tmp_path) is None
    layer_progress.reporter(tmp_path)(0.25, "Verifying layer 1 of 4")
    assert layer_progress.reported(tmp_path) == (0.25, "Verifying layer 1 of 4")
    for words in ("", "x\ty", "0.5"):
        (tmp_path / layer_progress.FILE).write_text(words, "utf-8")
        assert layer_progress.reported(tmp_path) is None, words
    (tmp_path / layer_progress.FILE).write_text("7\tfar", "utf-8")
    assert layer_progress.reported(tmp_path) == (1.0, "far")


def test_llama_cpp_answers_at_positions_that_are_compared() -> None:
    assert llama_cpp.EVERY == expectation.EVERY
    for length in range(1, 65):
        positions = llama_cpp.positions_in(length)
        assert positions and all(0 <= each < length and each % expectation.EVERY == 0 for each in positions), length
    assert llama_cpp.positions_in(64) == list(llama_cpp.POSITIONS)
