"""The anatomy of every kind of model, and honest ignorance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForImageTextToText,
    AutoModelForSeq2SeqLM,
    AutoModelForSpeechSeq2Seq,
    ModernVBertConfig,
    ModernVBertForMaskedLM,
)

from engine.architecture.anatomy import Anatomy
from engine.architecture.experts import separate_experts
from engine.architecture.recognition import find_anatomy
from engine.architecture.two_texts import inputs_of
from engine.models.model import Model
from engine.models.source import open_model
from engine.testing.models import DECODERS, KINDS

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
        network = AutoModelForCausalLM.from_config(config)
        separate_experts(network)
        return find_anatomy(network, config.to_dict())


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
    ("model_type", "values", "first", "last"),
    [
        ("mixtral", {"intermediate_size": 96, "num_key_value_heads": 2, "num_local_experts": 3},
         ("attention", "experts", {"q": 1, "k": 1, "v": 1, "o": 1, "expert_gate_up": 3, "expert_down": 3}), None),
        ("mamba", {"state_size": 4}, ("state space", "", {"in_proj": 1, "out_proj": 1, "other": 1}), None),
        ("deepseek_v3", {"intermediate_size": 96, "num_key_value_heads": 4, "n_routed_experts": 8, "n_group": 1,
                         "topk_group": 1, "moe_intermediate_size": 16, "first_k_dense_replace": 1},
         ("latent attention", "gated", {"o": 1, "gate": 1, "up": 1, "down": 1, "other": 4}),
         ("latent attention", "experts + shared expert",
          {"o": 1, "other": 4, "expert_gate_up": 8, "expert_down": 8, "shared_gate": 1, "shared_up": 1,
           "shared_down": 1})),
        ("nemotron_h", {"layers_block_type": ["mamba", "moe"], "n_routed_experts": 4, "moe_intermediate_size": 32,
                        "mamba_num_heads": 4, "mamba_head_dim": 32, "n_groups": 1, "num_key_value_heads": 2},
         ("state space", "", {"in_proj": 1, "out_proj": 1}),
         ("", "experts + shared expert", {"expert_up": 4, "expert_down": 4, "shared_up": 1, "shared_down": 1})),
    ],
)  # fmt: skip
def test_layers_that_differ_are_described_one_by_one(
    model_type: str, values: dict[str, Any], first: Any, last: Any
) -> None:
    anatomy = _anatomy(model_type, **values)
    assert anatomy.kind == "decoder" and anatomy.irregular and anatomy.not_alike and not anatomy.why_unknown
    for layer, wanted in zip(anatomy.layers, (first, last or first), strict=True):
        roles = dict(Counter(linear.role for linear in layer.linears))
        assert (layer.mixer, layer.feed_forward, roles) == wanted
    left = [name for name, _ in anatomy.remainder if name.endswith(("gate.weight", "router.weight"))]
    assert len(left) == sum("experts" in layer.feed_forward for layer in anatomy.layers), "routers are left alone"


def test_a_model_with_a_vision_tower_is_its_language_model() -> None:
    size = {"hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4}
    text = {**size, "vocab_size": 260, "num_key_value_heads": 2, "head_dim": 16, "model_type": "gemma3_text"}
    config = AutoConfig.for_model(
        "gemma3", text_config=text, vision_config={**size, "image_size": 28, "patch_size": 14}
    )
    with torch.device("meta"):
        anatomy = find_anatomy(AutoModelForImageTextToText.from_config(config), config.to_dict())
    assert anatomy.kind == "decoder" and [layer.mixer for layer in anatomy.layers] == ["attention"] * 2
    assert all("language_model" in name for name in (anatomy.embeddings[0], *(x.name for x in anatomy.linears)))
    assert any("vision_tower" in name for name, _ in anatomy.remainder)


def test_a_table_of_tokens_in_a_module_of_its_own_tells_the_stack_too() -> None:
    """ModernVBERT's text side holds its embedding one module deeper than the layers are."""
    shape = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    text = {**shape, "vocab_size": 260, "model_type": "modernbert", "pad_token_id": 0}
    config = ModernVBertConfig(text_config=text, vision_config=shape, vocab_size=260, image_token_id=1)
    with torch.device("meta"):
        anatomy = find_anatomy(ModernVBertForMaskedLM(config), config.to_dict())
    assert [layer.name for layer in anatomy.layers] == ["model.text_model.layers.0", "model.text_model.layers.1"]
    assert anatomy.kind == "encoder" and anatomy.embeddings == ("model.text_model.embeddings.tok_embeddings",)


@pytest.mark.parametrize("damaged", ["a word", 7, ["hidden_size"], None])
def test_a_part_of_the_config_that_is_no_object_says_nothing(damaged: Any) -> None:
    config = AutoConfig.for_model("llama", hidden_size=64, num_hidden_layers=2, num_attention_heads=4)
    with torch.device("meta"):
        network = AutoModelForCausalLM.from_config(config)
    anatomy = find_anatomy(network, {**config.to_dict(), "text_config": damaged})
    assert (anatomy.kind, anatomy.heads) == ("decoder", config.num_attention_heads)


def test_an_encoder_decoder_has_two_stacks_of_layers() -> None:
    config = AutoConfig.for_model("t5", vocab_size=260, d_model=64, d_ff=96, num_layers=2, num_heads=4, d_kv=16)
    with torch.device("meta"):
        anatomy = find_anatomy(AutoModelForSeq2SeqLM.from_config(config), config.to_dict())
    assert anatomy.kind == "encoder_decoder" and anatomy.not_alike and not anatomy.why_unknown
    assert [[layer.name for layer in stack] for stack in anatomy.stacks] == [
        ["encoder.block.0", "encoder.block.1"],
        ["decoder.block.0", "decoder.block.1"],
    ]
    assert Counter(linear.role for linear in anatomy.layers[2].linears) == {
        **dict.fromkeys("qkvo", 2),
        "fc1": 1,
        "fc2": 1,
    }
    assert len(anatomy.linears) == 2 * 6 + 2 * 10 and not anatomy.others
    assert (anatomy.head, anatomy.final_norm) == ("lm_head", "decoder.final_layer_norm")
    assert [layer.mixer for layer in anatomy.layers[1:3]] == ["attention", "attention + cross-attention"]


def test_an_encoder_that_hears_is_not_walked_through() -> None:
    size = {"d_model": 64, "encoder_layers": 1, "decoder_layers": 1, "encoder_attention_heads": 4}
    config = AutoConfig.for_model("whisper", vocab_size=260, decoder_attention_heads=4, pad_token_id=258, **size)
    with torch.device("meta"):
        anatomy = find_anatomy(AutoModelForSpeechSeq2Seq.from_config(config), config.to_dict())
    assert anatomy.kind == "encoder_decoder" and not anatomy.layers and "an embedding of tokens" in anatomy.why_unknown
    assert len(anatomy.linears) == 6 + 10


def test_an_encoder_that_sees_has_one_side_that_reads() -> None:
    """The tower of a T5Gemma 2 stands inside of its encoder, and is none of its layers."""
    config = AutoConfig.for_model("t5gemma2")
    for part in (config.encoder.text_config, config.decoder):
        part.num_hidden_layers, part.layer_types = 2, ["sliding_attention", "full_attention"]
    config.encoder.vision_config.num_hidden_layers = 1
    with torch.device("meta"):
        module = AutoModelForSeq2SeqLM.from_config(config)
    anatomy = find_anatomy(module, config.to_dict())
    assert (len(anatomy.layers), anatomy.first_of_decoder) == (4, 2), anatomy.why_unknown
    assert not any("vision" in linear.name for linear in anatomy.linears)
    assert anatomy.head is not None and anatomy.head.startswith("lm_head")


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
    assert not find_anatomy(model(16), config).irregular
    assert "do not fit together" in find_anatomy(model(12), config).irregular
    assert "how many heads" in find_anatomy(model(16), {"vocab_size": 11}).irregular
    assert "8 values for 3 heads" in find_anatomy(model(16), {"num_attention_heads": 3}).irregular


def test_two_stacks_are_not_guessed() -> None:
    stack = nn.ModuleList([nn.Sequential(nn.Linear(4, 4))])
    anatomy = find_anatomy(nn.ModuleDict({"encoder": stack, "decoder": nn.ModuleList([nn.Linear(4, 4)])}), {})
    assert "several stacks of layers: encoder, decoder" in anatomy.why_unknown
    assert len(anatomy.others) == 2


def test_an_encoder_decoder_can_be_cut_and_loaded(tmp_path: Path) -> None:
    config = AutoConfig.for_model("t5", vocab_size=260, d_model=64, d_ff=96, num_layers=2, num_heads=4, d_kv=16)
    original = AutoModelForSeq2SeqLM.from_config(config).eval()
    original.save_pretrained(tmp_path)
    model: Model = open_model(tmp_path)
    layers = [f"{side}.block.{index}" for side in ("encoder", "decoder") for index in range(2)]
    assert [part.name for part in model.parts] == ["embeddings", *layers, "head"]
    both = inputs_of(original, torch.arange(9)[None])
    with torch.no_grad():
        assert torch.equal(model.load().module(**both).logits, original(**both).logits)
