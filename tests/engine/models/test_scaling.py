"""Scales between neighbors: what is found on every kind of model, that it is exact, and what is refused and why."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
import torch

from engine.architecture.anatomy import Layer
from engine.base.errors import BadInput
from engine.models.fusing import FusedLinear, fuse_norms, norm_factor, norms_read
from engine.models.model import Model
from engine.models.scaling import Scaling, apply_scales, scalings
from engine.models.source import open_model
from engine.modules.sparse import SparseLinear
from engine.testing.models import DECODERS, KINDS, tiny_model

Tiny = Callable[[str], Path]
TOKENS = torch.arange(2 * 24).view(2, 24) * 7 % 250
ALL = {"attention", "attention_output", "mlp", "mlp_output"}
FOUND = {
    **dict.fromkeys(DECODERS, ALL),
    "gpt2": ALL - {"mlp_output"},  # GELU
    "gpt_neox": ALL - {"mlp_output"},
    "bert": {"attention_output"},  # what attention and MLP read is the residual stream too
}


def outputs(model: Model) -> torch.Tensor:
    """Hidden states behind the last layer."""
    last: list[torch.Tensor] = []

    def keep(_: object, __: object, result: torch.Tensor | tuple[torch.Tensor, ...]) -> None:
        last.append(result[0] if isinstance(result, tuple) else result)

    handle = model.get(model.anatomy.layers[-1].name).register_forward_hook(keep)
    with torch.no_grad():
        model.module(input_ids=TOKENS)
    handle.remove()
    return last[0]


def found(model: Model, layer: Layer, **options: dict[str, str]) -> tuple[list[Scaling], dict[str, str]]:
    return scalings(model, layer, lambda: outputs(model), **options)


def groups(made: list[Scaling]) -> set[str]:
    return {linear.input_group for scaling in made for linear in scaling.readers}


@pytest.mark.parametrize("kind", KINDS)
def test_what_can_be_scaled_keeps_what_the_model_computes(kind: str, tiny: Tiny) -> None:
    model = open_model(tiny(kind)).load(dtype=torch.float32)
    before = outputs(model)
    generator = torch.Generator().manual_seed(1)
    for layer in model.anatomy.layers:
        made, reasons = found(model, layer)
        assert groups(made) == FOUND[kind]
        assert reasons.keys() == ALL - FOUND[kind] and all(len(why) > 20 for why in reasons.values())
        for scaling in made:
            weights = [FusedLinear(model, linear).weight for linear in scaling.readers]
            scales = torch.rand(scaling.count, generator=generator) * 3 + 0.3
            applied = apply_scales(model, scaling, scales)
            assert torch.allclose(applied, scales.double(), rtol=1e-6)
            for linear, weight in zip(scaling.readers, weights, strict=True):
                expected = (weight * applied[scaling.columns]).float()
                assert torch.equal(FusedLinear(model, linear).weight.float(), expected)
    assert torch.allclose(outputs(model), before, atol=2e-5 * float(before.abs().max()))


@pytest.mark.parametrize("kind", ["llama", "gemma", "gpt2"])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_norms_in_16_bits_stay_exact(kind: str, dtype: torch.dtype, tmp_path: Path) -> None:
    """A norm is rounded to what it is stored in, and the linears behind it take up what that costs."""
    model = open_model(tiny_model(kind, tmp_path / "model", dtype)).load(dtype=torch.float32)
    layer = model.anatomy.layers[0]
    scaling = found(model, layer)[0][0]
    before = outputs(model)
    scales = torch.rand(scaling.count, generator=torch.Generator().manual_seed(1)) * 3 + 0.3
    applied = apply_scales(model, scaling, scales)
    weight = cast(torch.Tensor, model.get(scaling.norm).weight)
    assert torch.equal(weight, weight.to(dtype).float())  # nothing is lost when it is stored
    assert 1e-5 < float((applied / scales.double() - 1).abs().max()) < 0.2
    assert torch.allclose(outputs(model), before, atol=2e-5 * float(before.abs().max()))


def test_heads_that_share_values_share_scales(tiny: Tiny) -> None:
    model = open_model(tiny("llama")).load(dtype=torch.float32)
    anatomy = model.anatomy
    scaling = next(s for s in found(model, anatomy.layers[0])[0] if s.readers[0].role == "o")
    assert scaling.count == anatomy.kv_heads * anatomy.head_dim < scaling.readers[0].in_features
    by_head = scaling.columns.view(anatomy.kv_heads, -1, anatomy.head_dim)
    assert all(torch.equal(by_head[head, one], by_head[head, 0]) for head in range(2) for one in range(2))


@pytest.mark.parametrize("kind", ["phi3", "gpt_neox"])
def test_the_order_of_fused_rows_is_found(kind: str, tiny: Tiny) -> None:
    """Values come last in Phi-3; in GPT-NeoX behind the query and key of each head."""
    model = open_model(tiny(kind)).load(dtype=torch.float32)
    width = model.anatomy.head_dim
    scaling = next(s for s in found(model, model.anatomy.layers[0])[0] if s.readers[0].role == "o")
    assert scaling.writer is not None and scaling.writer.role == "qkv" and scaling.rows is not None
    rows = scaling.rows.view(-1, width)[:, 0].tolist()
    assert rows == ([6 * width, 7 * width] if kind == "phi3" else [2 * width, 5 * width, 8 * width, 11 * width])


def test_reasons(tiny: Tiny) -> None:
    model = open_model(tiny("gpt2")).load(dtype=torch.float32)
    layer = model.anatomy.layers[0]
    _, reasons = found(model, layer)
    assert "c_fc can't be scaled without changing what the layer computes" in reasons["mlp_output"]
    first = layer.linears[0].name
    made, reasons = found(model, layer, fixed={first: "is left alone"})
    assert groups(made) == {"mlp"}
    assert reasons["attention"] == reasons["attention_output"] == f"{first} is left alone"


def test_a_norm_that_something_else_reads_is_not_scaled(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    model = open_model(tiny("llama")).load(dtype=torch.float32)
    layer = model.anatomy.layers[0]
    mlp = model.get(layer.name + ".mlp")
    forward = mlp.forward
    monkeypatch.setattr(mlp, "forward", lambda x: forward(x) + 0.01 * x)
    made, reasons = found(model, layer)
    assert groups(made) == ALL - {"mlp"}
    assert "post_attention_layernorm can't be scaled" in reasons["mlp"]


def test_attention_and_mlp_behind_one_norm_are_scaled_together(tmp_path: Path) -> None:
    from transformers import AutoConfig, AutoModelForCausalLM

    sizes = {"n_embd": 64, "n_layer": 1, "n_head": 4, "n_positions": 64, "rotary_dim": 16, "vocab_size": 260}
    torch.manual_seed(0)
    AutoModelForCausalLM.from_config(AutoConfig.for_model("gptj", **sizes)).save_pretrained(tmp_path)
    model = open_model(tmp_path).load(dtype=torch.float32)
    made, reasons = found(model, model.anatomy.layers[0])
    assert {linear.input_group for linear in made[0].readers} == {"attention", "mlp"}
    assert reasons.keys() == {"mlp_output"}


def test_relu_lets_scales_pass(tiny: Tiny, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny("opt"), tmp_path / "opt"))
    config = json.loads((folder / "config.json").read_text("utf-8"))
    assert config["activation_function"] == "relu"
    (folder / "config.json").write_text(json.dumps({**config, "activation_function": "gelu"}), "utf-8")
    model = open_model(folder).load(dtype=torch.float32)
    assert groups(found(model, model.anatomy.layers[0])[0]) == ALL - {"mlp_output"}


@pytest.mark.parametrize("kind", ["llama", "gemma", "gemma2", "gpt2", "qwen3"])
def test_norms_move_into_what_reads_them(kind: str, tiny: Tiny) -> None:
    model = open_model(tiny(kind)).load(dtype=torch.float32)
    before = outputs(model)
    if model.anatomy.norm == "layer":  # the bias of a LayerNorm stays behind
        for layer in model.anatomy.layers:
            for name in norms_read(layer).values():
                cast(torch.Tensor, model.get(name).bias).data.zero_()
        before = outputs(model)
    for layer in model.anatomy.layers:
        fuse_norms(model, layer)
        assert all(torch.all(norm_factor(model, name) == 1) for name in norms_read(layer).values())
    assert torch.allclose(outputs(model), before, atol=2e-5 * float(before.abs().max()))


def test_a_compressed_layer_is_refused(tiny: Tiny) -> None:
    model = open_model(tiny("llama")).load(dtype=torch.float32)
    linear = model.anatomy.linears[0]
    weight = FusedLinear(model, linear).weight.float()
    model.replace(linear.name, SparseLinear.of(weight, weight > 0, dtype=torch.float32))
    with pytest.raises(BadInput, match="can't be rotated or scaled"):
        FusedLinear(model, linear)


@pytest.mark.parametrize("kind", ["mixtral", "nemotron_h", "gpt_oss"])
def test_inner_values_of_experts_are_scaled_where_that_is_exact(kind: str, tiny: Tiny) -> None:
    model = open_model(tiny(kind)).load(dtype=torch.float32)
    layer = next(layer for layer in model.anatomy.layers if "experts" in layer.feed_forward)
    downs = [x.name for x in layer.linears if x.role == "expert_down"]
    made, reasons = found(model, layer, fixed={downs[1]: "is left alone"})
    experts = {reader.name: each for each in made for reader in each.readers if reader.role == "expert_down"}
    assert "is left alone" in reasons[downs[1]] and downs[1] not in experts
    if kind != "mixtral":  # up + 1, clamped; relu squared
        assert not experts and "without changing" in reasons[downs[0]]
        return
    assert set(experts) == set(downs) - {downs[1]}
    before = outputs(model)
    for number, each in enumerate(experts.values()):
        generator = torch.Generator().manual_seed(number)
        apply_scales(model, each, 0.5 + torch.rand(each.count, generator=generator))
    assert torch.allclose(outputs(model), before, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", ["mixtral", "gpt_oss", "qwen3_moe"])
def test_what_experts_and_their_router_read_is_scaled_to_the_bit(kind: str, tiny: Tiny) -> None:
    model = open_model(tiny(kind)).load(dtype=torch.float32)
    layer = next(layer for layer in model.anatomy.layers if "experts" in layer.feed_forward)
    (made,) = [each for each in found(model, layer)[0] if each.routers]
    roles = {linear.role for linear in layer.linears if linear.role.startswith(("expert", "shared"))}
    assert {reader.role for reader in made.readers} == roles - {"expert_down", "shared_down"}
    (router,) = made.routers
    before, weight = outputs(model), model.tensor(f"{router}.weight").clone()
    powers = torch.randint(-3, 4, (made.count,), generator=torch.Generator().manual_seed(0))
    apply_scales(model, made, torch.exp2(powers.float()))
    assert torch.equal(model.tensor(f"{router}.weight"), weight * torch.exp2(powers.float()))
    assert torch.equal(outputs(model), before)
