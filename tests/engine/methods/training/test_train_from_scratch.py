"""Training from scratch: random weights of any config, kept beside the result."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.base.errors import BadInput
from engine.methods.registry import method
from engine.methods.shared.rewind import CURVE, load_weights, rewind_file
from engine.models.source import load_tokenizer, open_model
from engine.testing.models import DECODERS
from engine.testing.stage import compress

Tiny = Callable[[str], Path]
TEXT = str(Path(__file__).resolve().parents[4] / "LICENSE")
MATRIX_SETTINGS: dict[str, Any] = {
    "text": TEXT,
    "sequence_length": 32,
    "steps": 2,
    "batch_size": 2,
    "micro_batch_size": 1,
    "eval_samples": 2,
}
MATRIX_KINDS = DECODERS


def test_the_start_and_a_step_are_kept(tiny: Tiny, tmp_path: Path) -> None:
    settings = {**MATRIX_SETTINGS, "steps": 3, "keep_step": 2, "eval_steps": 1}
    compress(tiny("llama"), "train_from_scratch", settings, tmp_path)
    compress(
        tiny("llama"),
        "train_from_scratch",
        {**settings, "steps": 2, "lr_scheduler_type": "constant"},
        tmp_path / "short",
    )
    artifact = tmp_path / "artifact"
    start, later = load_weights(rewind_file(artifact, 0)), load_weights(rewind_file(artifact, 2))
    model = open_model(artifact).load()
    name = f"{model.anatomy.linears[0].name}.weight"
    assert start.keys() == later.keys() == dict(model.module.named_parameters()).keys()
    assert not torch.equal(start[name], later[name])
    assert not torch.equal(later[name], model.module.get_parameter(name))
    assert not torch.equal(start[name], open_model(tiny("llama")).load().module.get_parameter(name))
    recipe = json.loads((artifact / CURVE).read_text())
    assert [step for step, _ in recipe["curve"]] == [1, 2, 3]
    assert torch.equal(start[name], load_weights(rewind_file(tmp_path / "short" / "artifact", 0))[name])


@pytest.mark.parametrize("kind", ["gpt2", "gemma2"])
def test_numbers_may_differ_from_the_config(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    settings = {
        **MATRIX_SETTINGS,
        "num_hidden_layers": 1,
        "hidden_size": 32,
        "num_attention_heads": 2,
        "num_key_value_heads": 0 if kind == "gpt2" else 1,
    }
    compress(tiny(kind), "train_from_scratch", settings, tmp_path)
    anatomy = open_model(tmp_path / "artifact").anatomy
    assert (len(anatomy.layers), anatomy.hidden_size, anatomy.heads) == (1, 32, 2)


def test_the_config_of_another_model_with_this_tokenizer(tiny: Tiny, tmp_path: Path) -> None:
    config = tmp_path / "other.json"
    values = json.loads((tiny("qwen2") / "config.json").read_text())
    config.write_text(json.dumps({**values, "vocab_size": 999, "num_hidden_layers": 3, "layer_types": None}))
    compress(tiny("llama"), "train_from_scratch", {**MATRIX_SETTINGS, "config": str(config)}, tmp_path)
    model = open_model(tmp_path / "artifact")
    assert model.header.model_type == "qwen2" and len(model.anatomy.layers) == 3
    assert model.anatomy.vocabulary == 260 and load_tokenizer(model)("a")["input_ids"]


def test_what_does_not_fit_is_refused(tiny: Tiny, tmp_path: Path) -> None:
    info = method("train_from_scratch")
    anatomy = open_model(tiny("llama")).anatomy
    problems = info.load().check(anatomy, info.settings.parse({"num_attention_heads": 3, "steps": 5, "keep_step": 9}))
    assert ["can't share" in problems[0].message, "never reached" in problems[1].message] == [True, True]
    with pytest.raises(BadInput, match="no model_type"):
        config = tmp_path / "config.json"
        config.write_text("{}")
        compress(tiny("llama"), "train_from_scratch", {**MATRIX_SETTINGS, "config": str(config)}, tmp_path)


def test_a_config_of_which_nothing_can_be_made(tiny: Tiny, tmp_path: Path) -> None:
    for changes, sentence in (
        ({"config": str(tiny("bert"))}, "not a causal language model"),
        ({"hidden_size": 63}, "63"),
    ):
        with pytest.raises(BadInput, match=sentence) as caught:
            compress(tiny("llama"), "train_from_scratch", {**MATRIX_SETTINGS, **changes}, tmp_path / sentence[-2:])
        assert "damaged" not in str(caught.value) and "scratch" not in caught.value.where
        assert "validator" not in str(caught.value) and caught.value.advice
