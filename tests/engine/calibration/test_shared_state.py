"""Layers that fill something in for those behind them (keys and values that several read) are walked batch by batch."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM

from engine.calibration.asymmetric import GramAndDrift, calibrate_asymmetric
from engine.calibration.statistics import Gram
from engine.calibration.walk import InputGroup, walk
from engine.models.source import open_model
from engine.testing.models import byte_tokenizer
from engine.testing.stage import RecordingStage

TOKENS = torch.randint(250, (3, 12), generator=torch.Generator().manual_seed(1))


def saved(folder: Path) -> Any:
    """A tiny Gemma 4 whose last layers read keys and values of earlier ones."""
    config = AutoConfig.for_model(
        "gemma4_text", vocab_size=260, hidden_size=32, intermediate_size=48, num_hidden_layers=4, head_dim=16,
        num_attention_heads=2, num_key_value_heads=1, global_head_dim=16, hidden_size_per_layer_input=8,
        vocab_size_per_layer_input=260, num_kv_shared_layers=2, max_position_embeddings=64, sliding_window=16,
        layer_types=["sliding_attention", "full_attention"] * 2, pad_token_id=258,
    )  # fmt: skip
    torch.manual_seed(0)
    made = AutoModelForCausalLM.from_config(config)
    made.save_pretrained(folder)
    byte_tokenizer().save_pretrained(folder)
    return made.eval()


def test_every_batch_reads_its_own_keys_and_values(tmp_path: Path) -> None:
    made = saved(tmp_path / "m")
    expected: list[torch.Tensor] = []
    made.model.layers[-1].register_forward_hook(lambda module, given, output: expected.append(output))
    with torch.no_grad():
        made(input_ids=TOKENS)
    model = open_model(tmp_path / "m")
    stage = RecordingStage(tmp_path / "work")
    stage.describe_output(model)
    for layer_step in walk(model, stage, TOKENS):
        assert layer_step.call.shares == "shared_kv_states"
    found = torch.cat(list(layer_step.hidden))
    wanted = expected[0][0] if isinstance(expected[0], tuple) else expected[0]
    torch.testing.assert_close(found, wanted, rtol=0, atol=1e-5)


def test_the_original_reads_keys_and_values_of_its_own(tmp_path: Path) -> None:
    """And not those of compressed layers beside it."""
    saved(tmp_path / "m")
    model = open_model(tmp_path / "m")
    targets = {linear.name for linear in model.anatomy.linears}
    stage = RecordingStage(tmp_path / "work")
    drifts: dict[str, float] = {}

    def on_group(damage: float, group: InputGroup[Gram]) -> None:
        assert isinstance(group.statistic, GramAndDrift) and group.statistic.drift is not None
        drifts[group.linears[0].name] = float(group.statistic.drift.norm())
        for linear in group.linears:
            for parameter in model.get(linear.name).parameters():
                parameter.data.mul_(damage)

    calibrate_asymmetric(model, stage, TOKENS, on_group=functools.partial(on_group, 1.0), targets=targets)
    assert len(drifts) > 8 and not any(drifts.values())
    model = open_model(tmp_path / "m")
    stage = RecordingStage(tmp_path / "damaged")
    calibrate_asymmetric(model, stage, TOKENS, on_group=functools.partial(on_group, 0.5), targets=targets)
    assert max(drifts.values()) > 0.1
