"""Folders for transformers are read layer by layer: the same bits as it gives as a whole, and memory that the number of
layers has no say in."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from engine.architecture import pretrained
from engine.export.verification import process
from engine.export.verification.check import export
from engine.export.verification.stock_layers import layered
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
    found: torch.Tensor = process._output(module, TOKENS, "logits")
    return found


def by_layer(folder: Path) -> Any:
    module = layered(folder, torch.float32, room=0)
    return None if module is None else process._output(module, TOKENS, "logits")


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
    assert found is not None and torch.equal(found, whole(folder))


def test_small_models_and_those_that_lack_a_tensor_are_left_to_transformers(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = saved(tmp_path / "model", 2)
    assert layered(folder, torch.float32) is None, "small"
    tensors = load_file(folder / "model.safetensors")
    del tensors["model.layers.1.mlp.up_proj.weight"]
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    assert layered(folder, torch.float32, room=0) is None, "transformers says what is missing"


MEASURED = """
import sys, torch
from pathlib import Path
from engine import devices
from engine.export.verification.stock_layers import layered
from engine.export.verification.process import _output
from engine.models.running import streamed
from engine.models.source import open_model
tokens = torch.arange(8)[None]
before = devices.peak_resident()
if sys.argv[2] == "stock":
    _output(layered(Path(sys.argv[1]), torch.float32, 0), tokens, "logits")
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
        done = subprocess.run(
            [sys.executable, "-c", MEASURED, str(folder), reader], capture_output=True, text=True, check=True
        )
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
