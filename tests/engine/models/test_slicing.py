"""Slicing: the smaller model says what the masked one says, on every kind of decoder, and is a stock model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from transformers import AutoConfig, AutoModelForCausalLM

from engine.base.errors import BadInput
from engine.export.registry import export_format
from engine.methods.pruning.common.target_shape import parameters
from engine.models.model import Model
from engine.models.slicing import Kept, Shape, kept_shape, sliced
from engine.models.source import open_model
from engine.modules.sparse import SparseLinear
from engine.testing.models import DECODERS, byte_tokenizer
from engine.testing.stage import RecordingStage, logits

Tiny = Callable[[str], Path]
NARROW = ("llama", "llama_untied", "mistral", "qwen2", "qwen3", "gemma", "gemma2", "odd")
"""Kinds with separate q, k, v, gate and up."""


def some(size: int, count: int, seed: int = 0) -> torch.Tensor:
    """``count`` of ``size`` indices, in order."""
    return torch.randperm(size, generator=torch.Generator().manual_seed(seed))[:count].sort().values


def kept_of(model: Model, *, groups: bool, layers: tuple[int, ...] | None = None) -> Kept:
    """A part of every axis; heads by whole groups, or one of each group."""
    anatomy = model.anatomy
    size = anatomy.heads // anatomy.kv_heads
    heads = {}
    for layer in range(len(anatomy.layers)):
        if groups:
            chosen = some(anatomy.kv_heads, anatomy.kv_heads - 1, layer)
            heads[layer] = (chosen[:, None] * size + torch.arange(size)).flatten()
        else:
            heads[layer] = torch.arange(anatomy.kv_heads) * size + layer % size
    return Kept(
        hidden=some(anatomy.hidden_size, anatomy.hidden_size * 3 // 4 // 12 * 12),
        layers=layers,
        heads=heads,
        inner={layer: some(anatomy.intermediate_size, 40, layer) for layer in range(len(anatomy.layers))},
    )


class MaskedNorm(nn.Module):
    """A norm over the kept values only, zero elsewhere."""

    def __init__(self, norm: nn.Module, kept: torch.Tensor) -> None:
        super().__init__()
        self.norm = norm
        self.kept = kept

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        mask = torch.zeros(x.shape[-1])
        mask[self.kept] = 1
        # the norm's own mean is over all values: what goes in is scaled so that it comes out as the mean over the kept
        eps = float(getattr(self.norm, "variance_epsilon", getattr(self.norm, "eps", 0.0)))
        x = x * mask
        total = x.square().sum(-1, keepdim=True)
        whole = total / x.shape[-1] + eps
        return self.norm(x) * mask * (whole / (total / len(self.kept) + eps)).sqrt()


def masked_logits(folder: Path, kept: Kept) -> torch.Tensor:
    """The whole model with what goes held at zero."""
    model = open_model(folder).load(dtype=torch.float32)
    anatomy = model.anatomy
    assert kept.hidden is not None and kept.heads is not None and kept.inner is not None
    norms = [
        anatomy.final_norm,
        *(n for x in anatomy.layers for place, n in x.norms.items() if place not in ("q", "k")),
    ]
    hidden = torch.zeros(anatomy.hidden_size)
    hidden[kept.hidden] = 1
    mask_of: dict[str, torch.Tensor] = {anatomy.embeddings[0]: hidden}

    for layer in anatomy.layers:
        inner, heads = torch.zeros(anatomy.intermediate_size), torch.zeros(anatomy.heads, anatomy.head_dim)
        inner[kept.inner[layer.index]] = 1
        heads[kept.heads[layer.index]] = 1
        by_role = {linear.role: linear.name for linear in layer.linears}
        mask_of |= {by_role["o"]: hidden, by_role["down"]: hidden}
        for role, mask in (("down", inner), ("o", heads.flatten())):
            model.get(by_role[role]).register_forward_pre_hook(lambda _, x, mask=mask: (x[0] * mask,))
    for name, mask in mask_of.items():
        model.get(name).register_forward_hook(lambda _, __, out, mask=mask: out * mask)
    for name in norms:
        model.replace(str(name), MaskedNorm(model.get(str(name)), kept.hidden))
    if kept.layers is not None:
        stack = model.get(anatomy.layers[0].name.rpartition(".")[0])
        for index in range(len(anatomy.layers)):
            if index not in kept.layers:
                stack[index].forward = lambda x, *_, **__: x  # type: ignore[index]
    with torch.no_grad():
        tokens = torch.arange(48).view(2, 24) * 7 % 250
        found: torch.Tensor = model.module(input_ids=tokens, use_cache=False).logits
    return found


def test_norms_over_all_heads_are_cut_with_them(tmp_path: Path) -> None:
    """OLMo 2 norms all queries of a layer together, and all keys."""
    config = AutoConfig.for_model(
        "olmo2", vocab_size=260, hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, pad_token_id=None,
    )  # fmt: skip
    network = AutoModelForCausalLM.from_config(config)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    network.save_pretrained(tmp_path / "model")
    byte_tokenizer().save_pretrained(tmp_path / "model")
    model = open_model(tmp_path / "model")
    stage = RecordingStage(tmp_path / "run")
    stage.finish(sliced(model, Kept(heads={0: torch.tensor([2, 3]), 1: torch.tensor([0, 1])}), stage))
    smaller = open_model(tmp_path / "run" / "artifact")
    for layer, first in ((0, 1), (1, 0)):
        for norm, width in (("q_norm", 32), ("k_norm", 16)):
            name = f"model.layers.{layer}.self_attn.{norm}.weight"
            assert smaller.tensor(name).equal(model.tensor(name)[first * width : (first + 1) * width])
    assert parameters(model.anatomy, Shape.of(smaller.anatomy)) == sum(x.numel() for x in smaller.module.parameters())
    assert logits(smaller).isfinite().all()


@pytest.mark.parametrize("groups", [True, False])
@pytest.mark.parametrize("kind", NARROW)
def test_logits_are_those_of_the_masked_model(kind: str, groups: bool, tiny: Tiny, tmp_path: Path) -> None:
    model = open_model(tiny(kind))
    kept = kept_of(model, groups=groups, layers=(1,))
    made = sliced(model, kept, RecordingStage(tmp_path))
    assert Shape.of(made.anatomy) == kept_shape(model.anatomy, kept)
    expected = masked_logits(tiny(kind), kept)
    assert (logits(made) - expected).abs().max() < 1e-5 * max(1.0, float(expected.abs().max()))


@pytest.mark.parametrize("kind", NARROW)
def test_the_result_is_a_stock_model(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    model = open_model(tiny(kind))
    kept = kept_of(model, groups=True)
    stage = RecordingStage(tmp_path)
    made = sliced(model, kept, stage)
    here = logits(made)
    folder = stage.finish(made)
    assert torch.equal(here, logits(folder))
    dense = export_format("dense")
    dense.write(open_model(folder), tmp_path / "dense", dense.options(dtype="as stored"), lambda fraction, text: None)
    stock = AutoModelForCausalLM.from_pretrained(tmp_path / "dense", dtype=torch.float32)
    with torch.no_grad():
        theirs = stock(input_ids=torch.arange(48).view(2, 24) * 7 % 250).logits
    assert torch.allclose(theirs, logits(folder), atol=1e-5)
    assert stock.generate(torch.tensor([[1, 2, 3]]), max_new_tokens=4, do_sample=False).shape == (1, 7)
    parameters = sum(parameter.numel() for parameter in stock.parameters())
    assert parameters == sum(p.numel() for p in open_model(folder).module.parameters())


@pytest.mark.parametrize("kind", DECODERS)
def test_whole_layers_of_any_decoder(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    model = open_model(tiny(kind))
    stage = RecordingStage(tmp_path)
    folder = stage.finish(sliced(model, Kept(layers=(1,)), stage))
    small = open_model(folder)
    assert len(small.anatomy.layers) == 1
    old = open_model(tiny(kind))
    name = old.anatomy.layers[1].linears[0].name
    assert torch.equal(old.tensor(f"{name}.weight"), small.tensor(f"{small.anatomy.layers[0].linears[0].name}.weight"))
    assert torch.isfinite(logits(small)).all()


def test_pruned_layers_stay_pruned(tiny: Tiny, tmp_path: Path) -> None:
    stage = RecordingStage(tmp_path / "pruned")
    model = open_model(tiny("odd"))
    for part in stage.parts(model):
        for linear in part.linears:
            module: Any = model.get(linear.name)
            mask = torch.rand(module.weight.shape, generator=stage.generator(linear.name)) > 0.5
            model.replace(linear.name, SparseLinear.of(module.weight, mask, bias=module.bias))
    pruned = open_model(stage.finish(model))
    kept = kept_of(pruned, groups=True, layers=(0,))
    stage = RecordingStage(tmp_path / "sliced")
    small = open_model(stage.finish(sliced(pruned, kept, stage)))
    assert all(isinstance(module, SparseLinear) for module in small.compressed().values())
    assert len(small.compressed()) == 7
    expected = masked_logits(tmp_path / "pruned" / "artifact", kept)
    assert (logits(small) - expected).abs().max() < 1e-5


@pytest.mark.parametrize(
    ("kept", "why"),
    [
        (Kept(layers=()), "layers 0 to 1"),
        (Kept(layers=(0, 2)), "layers 0 to 1"),
        (Kept(heads={0: torch.tensor([0]), 1: torch.tensor([0, 1])}), "different numbers of heads"),
        (Kept(heads={0: torch.tensor([0, 1, 2]), 1: torch.tensor([0, 1, 2])}), "differ in size"),
        (Kept(heads={0: torch.tensor([0, 1]), 1: torch.tensor([0, 2])}), "different numbers of key/value heads"),
        (Kept(hidden=torch.tensor([3, 1])), "in order"),
        (Kept(hidden=torch.arange(63)), "not a multiple"),
    ],
)
def test_shapes_that_no_config_can_say(kept: Kept, why: str, tiny: Tiny, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=why):
        sliced(open_model(tiny("llama")), kept, RecordingStage(tmp_path))


@pytest.mark.parametrize("kind", ["gpt2", "phi3", "opt", "bert"])
def test_models_that_can_only_lose_whole_layers(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="can be made narrower"):
        sliced(open_model(tiny(kind)), Kept(hidden=torch.arange(32)), RecordingStage(tmp_path))


def test_models_that_keep_other_layers_have_other_fingerprints(tiny: Tiny, tmp_path: Path) -> None:
    """Their configs are the same."""
    model, stage = open_model(tiny("llama")), RecordingStage(tmp_path)
    first, last, again = (sliced(open_model(tiny("llama")), Kept(layers=(x,)), stage).header for x in (0, 1, 0))
    assert first.config == last.config
    assert len({model.header.fingerprint, first.fingerprint, last.fingerprint}) == 3
    assert again.fingerprint == first.fingerprint
