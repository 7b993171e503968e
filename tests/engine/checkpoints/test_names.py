"""Names in published checkpoints: transformers finds every tensor of the network under them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModelForCausalLM, conversion_mapping
from transformers.core_model_loading import Transpose, WeightConverter

from engine.architecture.experts import fused_tensors, separate_experts
from engine.checkpoints.names import CheckpointNames
from engine.models.source import RenamedSource, open_model

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

    def is_state_of(self, state: Mapping[str, torch.Tensor]) -> bool:
        return False


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


def test_a_checkpoint_with_the_names_of_its_network_needs_no_conversions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = AutoModelForCausalLM.from_config(AutoConfig.for_model("llama", **SIZE))
    network.save_pretrained(tmp_path)

    def asked(*arguments: Any) -> None:
        raise AssertionError("the table of all conversions was made")

    monkeypatch.setattr(conversion_mapping, "get_model_conversion_mapping", asked)
    found = open_model(tmp_path).load().state()
    assert all(torch.equal(found[name], tensor) for name, tensor in network.state_dict().items() if name in found)
    assert "model.layers.1.mlp.up_proj.weight" in found


@pytest.mark.parametrize("change", ["another name", "another shape", "one missing"])
def test_any_other_is_converted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    network = AutoModelForCausalLM.from_config(AutoConfig.for_model("llama", **SIZE))
    network.save_pretrained(tmp_path)
    tensors = dict(network.state_dict())
    norm = tensors.pop("model.norm.weight")
    if change != "one missing":
        tensors["norm.weight" if change == "another name" else "model.norm.weight"] = norm[
            : -1 if "sh" in change else 32
        ]
    save_file(tensors, tmp_path / "model.safetensors")
    asked = []

    def mapping(*arguments: Any) -> list[Any]:
        asked.append(arguments)
        return []

    monkeypatch.setattr(conversion_mapping, "get_model_conversion_mapping", mapping)
    open_model(tmp_path)
    assert asked


def test_no_conversion_keeps_the_name_and_the_shape_of_a_matrix() -> None:
    """So that none is missed where they are not asked for. Those that keep a name turn the matrices of stacked experts,
    or cut a vocabulary."""
    table: dict[str, list[Any]] = conversion_mapping._build_checkpoint_conversion_mapping()  # type: ignore[no-untyped-call]
    for model_type, entries in table.items():
        for entry in entries:
            if isinstance(entry, WeightConverter) and _plain(entry.source_patterns) & _plain(entry.target_patterns):
                turned = all("experts" in name for name in entry.target_patterns)
                cut = all("Vocab" in type(operation).__name__ for operation in entry.operations)
                assert cut or (turned and any(isinstance(each, Transpose) for each in entry.operations)), model_type


def _plain(patterns: Iterable[str]) -> set[str]:
    return {pattern.replace("\\", "").strip("^$") for pattern in patterns}
