"""The anatomy of every kind of model, and honest ignorance."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from models import DECODERS, KINDS
from torch import nn
from transformers import AutoConfig, AutoModelForCausalLM

from engine.models.anatomy import Anatomy
from engine.models.model import Model
from engine.models.recognition import find_anatomy
from engine.models.source import open_model

GATED = ("q", "k", "v", "o", "gate", "up", "down")
ROLES = {
    "phi3": ("qkv", "o", "gate_up", "down"),
    "gpt2": ("qkv", "o", "fc1", "fc2"),
    "gpt_neox": ("qkv", "o", "fc1", "fc2"),
    "opt": ("q", "k", "v", "o", "fc1", "fc2"),
    "bert": ("q", "k", "v", "o", "fc1", "fc2"),
}
NORMS = {
    "qwen3": {"input", "post_attention", "q", "k"},
    "gemma2": {"input", "post_attention", "pre_feedforward", "post_feedforward"},
    "bert": {"post_attention", "post_feedforward"},
}
UNTIED = ("llama_untied", "mistral", "phi3", "gpt_neox", "bert")


@pytest.mark.parametrize("kind", KINDS)
def test_parts_are_found(kind: str, tiny: Callable[[str], Path]) -> None:
    model = open_model(tiny(kind))
    anatomy = model.anatomy
    assert anatomy.kind == ("decoder" if kind in DECODERS else "encoder"), anatomy.why_unknown
    assert [layer.index for layer in anatomy.layers] == [0, 1]
    for layer in anatomy.layers:
        assert tuple(linear.role for linear in layer.linears) == ROLES.get(kind, GATED)
        assert set(layer.norms) == NORMS.get(kind, {"input", "post_attention"})
    assert anatomy.tied == (kind not in UNTIED)
    assert (anatomy.head is None) == (kind == "bert")
    assert (anatomy.final_norm is None) == (kind == "bert")
    assert anatomy.vocabulary == 260
    hidden, heads, kv_heads, head_dim = (60, 6, 3, 10) if kind == "odd" else (64, 4, 2, 16)
    kv_heads = heads if kind in ("gpt2", "opt", "gpt_neox", "bert") else kv_heads
    head_dim = 32 if kind == "qwen3" else head_dim
    assert (anatomy.hidden_size, anatomy.heads, anatomy.kv_heads, anatomy.head_dim) == (
        hidden,
        heads,
        kv_heads,
        head_dim,
    )
    assert anatomy.positions == (256 if kind in ("gpt2", "opt", "bert") else None)  # the others compute them
    assert anatomy.intermediate_size == {"odd": 88, "gpt2": 256}.get(kind, 96)
    assert [linear.name for linear in anatomy.others] == (["pooler.dense"] if kind == "bert" else [])


@pytest.mark.parametrize("kind", KINDS)
def test_linears_describe_the_weights(kind: str, tiny: Callable[[str], Path]) -> None:
    model = open_model(tiny(kind)).load()
    for linear in model.anatomy.linears:
        module = model.get(linear.name)
        shape = (
            (linear.in_features, linear.out_features)
            if linear.transposed
            else (linear.out_features, linear.in_features)
        )
        assert tuple(module.weight.shape) == shape
        assert (getattr(module, "bias", None) is not None) == linear.bias
        assert linear.transposed == (kind == "gpt2")


@pytest.mark.parametrize("kind", KINDS)
def test_order_and_groups_are_those_of_a_forward_pass(kind: str, tiny: Callable[[str], Path]) -> None:
    """Linears of one input group read the same tensor, others don't; groups come in order of execution."""
    model = open_model(tiny(kind)).load()
    seen: list[tuple[str, int]] = []
    kept: list[torch.Tensor] = []
    for linear in model.anatomy.layers[0].linears:

        def note(_: nn.Module, inputs: tuple[torch.Tensor, ...], group: str = linear.input_group) -> None:
            kept.append(inputs[0])  # alive, so that no other tensor takes its address
            seen.append((group, inputs[0].data_ptr()))

        model.get(linear.name).register_forward_pre_hook(note)
    with torch.no_grad():
        model.module(input_ids=torch.arange(6)[None])
    groups = list(dict.fromkeys(group for group, _ in seen))
    assert groups == list(dict.fromkeys(linear.input_group for linear in model.anatomy.layers[0].linears))
    for group in groups:
        assert len({address for name, address in seen if name == group}) == 1
    assert len({address for _, address in seen}) == len(groups)


def _anatomy(model_type: str, **values: Any) -> Anatomy:
    sizes = {"vocab_size": 260, "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
    config = AutoConfig.for_model(model_type, **{**sizes, **values})
    with torch.device("meta"):
        return find_anatomy(AutoModelForCausalLM.from_config(config), config.to_dict())


def test_gemma3() -> None:
    anatomy = _anatomy(
        "gemma3_text", intermediate_size=96, num_key_value_heads=1, head_dim=32, layer_types=["full_attention"] * 2
    )
    assert (anatomy.kind, anatomy.kv_heads, anatomy.head_dim) == ("decoder", 1, 32)
    assert set(anatomy.layers[0].norms) == {"input", "post_attention", "pre_feedforward", "post_feedforward", "q", "k"}


def test_the_smallest_opt_has_its_norms_behind() -> None:
    anatomy = _anatomy("opt", ffn_dim=96, word_embed_proj_dim=32, do_layer_norm_before=False, pad_token_id=1)
    assert set(anatomy.layers[0].norms) == {"post_attention", "post_feedforward"}
    assert {linear.name.rpartition(".")[2] for linear in anatomy.others} == {"project_in", "project_out"}


@pytest.mark.parametrize(
    ("model_type", "values"),
    [
        ("mixtral", {"intermediate_size": 96, "num_key_value_heads": 2, "num_local_experts": 2}),
        ("mamba", {}),
        ("deepseek_v3", {"intermediate_size": 96, "num_key_value_heads": 4, "n_routed_experts": 8, "n_group": 1,
                         "topk_group": 1, "moe_intermediate_size": 16, "first_k_dense_replace": 2}),
    ],
)  # fmt: skip
def test_what_is_not_known_is_called_unknown(model_type: str, values: dict[str, Any]) -> None:
    anatomy = _anatomy(model_type, **values)
    assert anatomy.kind == "unknown"
    assert not anatomy.layers
    assert "not recognized" in anatomy.why_unknown
    assert anatomy.others


def test_shapes_overrule_names() -> None:
    class Layer(nn.Module):
        def __init__(self, narrow: int) -> None:
            super().__init__()
            self.q_proj, self.k_proj, self.v_proj = nn.Linear(8, 8), nn.Linear(8, 8), nn.Linear(8, 8)
            self.o_proj = nn.Linear(8, 8)
            self.up_proj, self.gate_proj, self.down_proj = nn.Linear(8, 16), nn.Linear(8, 16), nn.Linear(narrow, 8)

    def model(narrow: int) -> nn.Module:
        return nn.ModuleDict({"embed": nn.Embedding(11, 8), "blocks": nn.ModuleList([Layer(narrow), Layer(narrow)])})

    config = {"num_attention_heads": 2, "vocab_size": 11}
    assert find_anatomy(model(16), config).kind != "unknown"
    assert "do not fit together" in find_anatomy(model(12), config).why_unknown
    assert "how many heads" in find_anatomy(model(16), {"vocab_size": 11}).why_unknown
    assert "8 values for 3 heads" in find_anatomy(model(16), {"num_attention_heads": 3}).why_unknown


def test_two_stacks_are_not_guessed() -> None:
    stack = nn.ModuleList([nn.Sequential(nn.Linear(4, 4))])
    anatomy = find_anatomy(nn.ModuleDict({"encoder": stack, "decoder": nn.ModuleList([nn.Linear(4, 4)])}), {})
    assert "several stacks of layers: encoder, decoder" in anatomy.why_unknown
    assert len(anatomy.others) == 2


def test_an_unknown_model_can_be_cut_and_loaded(tmp_path: Path) -> None:
    config = AutoConfig.for_model(
        "mixtral", vocab_size=260, hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, num_local_experts=2,
    )  # fmt: skip
    original = AutoModelForCausalLM.from_config(config).eval()
    original.save_pretrained(tmp_path)
    model: Model = open_model(tmp_path)
    assert [part.name for part in model.parts] == ["model", "lm_head"]
    ids = torch.arange(9)[None]
    with torch.no_grad():
        assert torch.equal(model.load().module(input_ids=ids).logits, original(input_ids=ids).logits)
