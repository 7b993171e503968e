"""Names in published checkpoints: transformers finds every tensor of the network under them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from engine.models.checkpoint_names import CheckpointNames
from engine.models.experts import fused_tensors, separate_experts
from engine.models.source import RenamedSource

SIZE: dict[str, Any] = {"vocab_size": 260, "hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 2}
SIZE |= {"num_attention_heads": 4, "num_key_value_heads": 4, "num_experts_per_tok": 2}
MODELS: dict[str, tuple[dict[str, Any], str]] = {
    "qwen3_moe": ({"num_experts": 4}, "model.layers.1.mlp.experts.3.gate_proj.weight"),
    "mixtral": ({"num_local_experts": 4}, "model.layers.1.block_sparse_moe.experts.3.w1.weight"),
    "deepseek_v3": ({"n_routed_experts": 4, "n_group": 1, "topk_group": 1, "first_k_dense_replace": 1},
                    "model.layers.1.mlp.experts.3.down_proj.weight"),
    "granitemoe": ({"num_local_experts": 4}, "model.layers.1.block_sparse_moe.input_linear.weight"),
    "gpt_oss": ({"num_local_experts": 4}, "model.layers.1.mlp.experts.gate_up_proj"),
}  # fmt: skip


class Named:
    """A checkpoint of which only the names are known."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = list(names)

    def names(self) -> list[str]:
        return self._names


@pytest.mark.parametrize("model_type", MODELS)
def test_transformers_finds_every_tensor(model_type: str) -> None:
    values, expected = MODELS[model_type]
    with torch.device("meta"):
        network = AutoModelForCausalLM.from_config(AutoConfig.for_model(model_type, **{**SIZE, **values}))
        separated = AutoModelForCausalLM.from_config(network.config)
    separate_experts(separated)
    names = CheckpointNames(separated)
    fused = {name: len(experts) for name, experts in fused_tensors(separated, lambda _: True)}
    stored: list[str] = []
    for name in network.state_dict():
        layers = names.of_experts(name) if name in fused else ()
        stored += [f"{layer.format(i)}.weight" for layer in layers for i in range(fused[name])] or [names.of(name)]
    assert expected in stored
    assert set(RenamedSource(Named(stored), network).names()) == set(network.state_dict())  # type: ignore[arg-type]
