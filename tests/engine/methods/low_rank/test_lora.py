"""LoRA: a fresh adapter changes nothing, merged equals unmerged, what was compressed stays so, and it learns."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from engine.base.errors import BadInput
from engine.contracts.events import Curve, Grid, Metric
from engine.methods.registry import method
from engine.models.model import Model
from engine.models.source import open_model
from engine.modules.adapted import AdaptedLinear
from engine.modules.blockwise import BlockwiseLinear
from engine.modules.low_rank import LowRankLinear
from engine.modules.plain import PlainLinear
from engine.modules.quantized import QuantizedLinear
from engine.modules.sparse import SparseLinear
from engine.testing.models import DECODERS, byte_tokenizer
from engine.testing.stage import RecordingStage, compress, logits
from engine.training.model import close_after_training, open_for_training

if TYPE_CHECKING:  # peft takes seconds to load: only where it is used
    from engine.methods.low_rank.lora.adapters import Attached

Tiny = Callable[[str], Path]
TEXT = str(Path(__file__).resolve().parents[4] / "LICENSE")
TRAINING: dict[str, Any] = {
    "text": TEXT,
    "sequence_length": 32,
    "steps": 2,
    "batch_size": 2,
    "micro_batch_size": 1,
    "eval_samples": 2,
}
MATRIX_SETTINGS: dict[str, Any] = {**TRAINING, "r": 4, "result": "adapter"}
MATRIX_KINDS = DECODERS
LEARNING = {**TRAINING, "steps": 12, "learning_rate": 1e-2, "r": 4}
TOKENS = torch.arange(48).view(2, 24) * 7 % 250
STARTS: list[dict[str, Any]] = [
    {},
    {"init_lora_weights": "gaussian", "use_rslora": True},
    {"init_lora_weights": "orthogonal"},
    {"init_lora_weights": "pissa"},
    {"init_lora_weights": "olora"},
    {"use_dora": True},
    {"use_dora": True, "init_lora_weights": "pissa"},
]


CASES = [
    (kind, s) for kind in ("qwen2", "gpt2") for s in STARTS if (kind, s.get("init_lora_weights")) != ("gpt2", "olora")
]


def parsed(**settings: Any) -> Any:
    return method("lora").settings.parse({**MATRIX_SETTINGS, **settings})


def output(model: Model) -> torch.Tensor:
    with torch.no_grad():
        found: torch.Tensor = model.module(input_ids=TOKENS).logits
    return found


def attach(model: Model, folder: Path, settings: Any) -> Attached:
    from engine.methods.low_rank.lora.adapters import Attached
    from engine.methods.low_rank.lora.learning import targets_of

    stage = RecordingStage(folder)
    targets = targets_of(model.anatomy, settings)
    return Attached(model, targets, settings, stage)


def disturb(attached: Attached, seed: int = 0) -> None:
    """As if something had been learned."""
    generator = torch.Generator().manual_seed(seed)
    for parameter in attached.model.module.parameters():
        if parameter.requires_grad:
            parameter.data += 0.1 * torch.randn(parameter.shape, generator=generator)


@pytest.mark.parametrize(("kind", "settings"), CASES)
def test_a_fresh_adapter_changes_nothing(settings: dict[str, Any], kind: str, tiny: Tiny, tmp_path: Path) -> None:
    model = open_model(tiny(kind)).load()
    before = output(model)
    weights = {x.name: model.get(x.name).weight.detach().clone() for x in model.anatomy.linears}
    attached = attach(model, tmp_path, parsed(**settings))
    torch.testing.assert_close(output(model), before, rtol=0, atol=3e-5 * float(before.abs().max()))
    learned = [name for name, p in model.module.named_parameters() if p.requires_grad]
    assert learned and all(".lora_" in name for name in learned)
    attached.detach()
    assert all(torch.equal(model.get(name).weight, weight) for name, weight in weights.items())
    assert torch.equal(output(model), before)


@pytest.mark.parametrize(("kind", "settings"), CASES)
def test_merged_equals_kept_equals_trained(settings: dict[str, Any], kind: str, tiny: Tiny, tmp_path: Path) -> None:
    from engine.methods.low_rank.lora import learning, merging

    found = {}
    for end in ("trained", "kept", "merged"):
        model = open_model(tiny(kind)).load()
        attached = attach(model, tmp_path, parsed(**settings))
        disturb(attached)
        found["trained"] = output(model)
        for name, update in attached.detach().items():
            linear = learning.targets_of(model.anatomy, parsed())[name]
            rank = int(torch.linalg.matrix_rank(update.lora_B.double() @ update.lora_A.double()))
            assert rank <= len(update.lora_A) <= 8
            if end == "kept":
                merging.keep(model, linear, update)
            if end == "merged":
                merging.merge(model, linear, update)
        if end != "trained":
            found[end] = output(model)
    scale = float(found["trained"].abs().max())
    assert not torch.allclose(found["trained"], output(open_model(tiny(kind)).load()), atol=1e-2 * scale)
    for end in ("kept", "merged"):
        torch.testing.assert_close(found[end], found["trained"], rtol=0, atol=1e-4 * scale)


def pruned(source: Path, folder: Path) -> Path:
    """An artifact half of whose weights are gone."""
    model = open_model(source).load()
    generator = torch.Generator().manual_seed(0)
    for linear in model.anatomy.linears:
        weight = model.get(linear.name).weight
        mask = torch.rand(weight.shape, generator=generator) < 0.5
        bias = model.get(linear.name).bias
        model.replace(linear.name, SparseLinear.of(weight, mask, bias=bias))
    return RecordingStage(folder).finish(model)


@pytest.mark.parametrize("result", ["auto", "adapter", "merged"])
def test_pruned_weights_stay_pruned(result: str, tiny: Tiny, tmp_path: Path) -> None:
    source = pruned(tiny("qwen2"), tmp_path / "pruned")
    compress(source, "lora", {**LEARNING, "result": result}, tmp_path)
    before, after = open_model(source).load(), open_model(tmp_path / "artifact").load()
    for linear in before.anatomy.linears:
        old, new = before.get(linear.name), after.get(linear.name)
        assert isinstance(old, SparseLinear) and isinstance(new, AdaptedLinear if result == "adapter" else SparseLinear)
        zeros = ~old.kept_mask()
        assert not new.dense_weight()[zeros].any()
        assert not torch.equal(new.dense_weight(), old.dense_weight())


def test_quantized_layers_stay_quantized_unless_merged(tiny: Tiny, tmp_path: Path) -> None:
    source = tmp_path / "q" / "artifact"
    compress(tiny("llama"), "round_to_nearest", {"format": "int4", "group_size": 32}, tmp_path / "q")
    compress(source, "lora", LEARNING, tmp_path / "auto")
    before, after = open_model(source).load(), open_model(tmp_path / "auto" / "artifact").load()
    for name, old in before.compressed().items():
        new = after.get(name)
        assert isinstance(new, AdaptedLinear) and isinstance(new.base, QuantizedLinear)
        assert isinstance(old, QuantizedLinear) and torch.equal(new.base.codes, old.codes)
    stage = compress(
        source, "lora", {**LEARNING, "result": "merged"}, tmp_path / "m", inputs={"source": open_model(tiny("llama"))}
    )
    assert not open_model(tmp_path / "m" / "artifact").compressed()
    losses = stage.details["merging: held-out loss"]
    assert losses["kept"] == min(("unpacked base", "original base"), key=losses.get)
    assert losses["unpacked base"] == pytest.approx(losses["not merged"], abs=1e-4)
    assert losses["original base"] != pytest.approx(losses["unpacked base"], abs=1e-6)


def test_an_original_of_other_shapes_is_left_out(tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("llama"), "nf4", {}, tmp_path / "q")
    inputs = {"source": open_model(tiny("odd"))}
    stage = compress(
        tmp_path / "q" / "artifact", "lora", {**LEARNING, "result": "merged"}, tmp_path / "m", inputs=inputs
    )
    assert set(stage.details["merging: held-out loss"]) == {"not merged", "unpacked base", "kept"}


def test_low_rank_layers_stay_low_rank(tiny: Tiny, tmp_path: Path) -> None:
    factors = {"text": TEXT, "num_samples": 4, "sequence_length": 32, "ranks": "uniform", "removed": 0.5}
    compress(tiny("llama"), "svd", factors, tmp_path / "svd")
    compress(tmp_path / "svd" / "artifact", "lora", {**LEARNING, "r": 2}, tmp_path)
    before, after = open_model(tmp_path / "svd" / "artifact").load(), open_model(tmp_path / "artifact").load()
    for name, old in before.compressed().items():
        new = after.get(name)
        assert isinstance(old, LowRankLinear) and isinstance(new, LowRankLinear)
        assert len(new.matrices()[0]) == len(old.matrices()[0]) + 2
        assert not torch.equal(new.dense_weight(), old.dense_weight())


def test_what_no_weight_can_say_keeps_its_adapter(tiny: Tiny, tmp_path: Path) -> None:
    from engine.modules.onebit import OneBitTraining

    model = open_model(tiny("llama")).load()
    name = "model.layers.0.mlp.up_proj"
    model.replace(name, OneBitTraining.of(model.get(name).weight, None).compressed())
    RecordingStage(tmp_path / "onebit").finish(model)
    stage = compress(tmp_path / "onebit" / "artifact", "lora", {**LEARNING, "result": "merged"}, tmp_path)
    after = open_model(tmp_path / "artifact").load()
    assert isinstance(after.get(name), AdaptedLinear) and after.get(name).online
    assert any("can't be merged" in line for line in stage.lines)
    with pytest.raises(BadInput, match="DoRA"):
        compress(tmp_path / "onebit" / "artifact", "lora", {**LEARNING, "use_dora": True}, tmp_path / "dora")


def test_starts_in_the_weights_need_dense_ones(tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("llama"), "nf4", {}, tmp_path / "q")
    with pytest.raises(BadInput, match="start from the weights"):
        compress(tmp_path / "q" / "artifact", "lora", {**TRAINING, "init_lora_weights": "pissa"}, tmp_path)


@pytest.mark.parametrize("settings", [{"use_dora": True}, {}, {"lora_dropout": 0.2}])
def test_beside_four_bits_with_and_without_unpacking(settings: dict[str, Any], tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("llama"), "nf4", {}, tmp_path / "q")
    for name, unpack in (("one", True), ("other", False)):
        compress(
            tmp_path / "q" / "artifact",
            "lora",
            {**LEARNING, **settings, "cache_dense_weights": unpack},
            tmp_path / name,
        )
    one, other = (logits(tmp_path / name / "artifact") for name in ("one", "other"))
    torch.testing.assert_close(one, other, rtol=0, atol=1e-3 * float(one.abs().max()))
    assert not torch.allclose(one, logits(tmp_path / "q" / "artifact"), atol=1e-3)


def test_it_learns_only_where_it_should(tiny: Tiny, tmp_path: Path) -> None:
    settings = {**LEARNING, "target_modules": ("q", "down"), "loraplus_lr_ratio": 4.0, "eval_steps": 6, "steps": 24}
    stage = compress(tiny("llama"), "lora", settings, tmp_path)
    found = [e.value for e in stage.events if isinstance(e, Metric) and e.name == "loss/eval"]
    assert found[-1] < found[0] - 0.05
    before, after = open_model(tiny("llama")).load(), open_model(tmp_path / "artifact").load()
    assert not after.compressed()  # merged: the same kind of model as before
    for linear in before.anatomy.linears:
        same = torch.equal(before.get(linear.name).weight, after.get(linear.name).weight)
        assert same is (linear.role not in ("q", "down"))
    assert stage.details["trainable parameters"] == 4 * sum(
        x.in_features + x.out_features for x in before.anatomy.linears if x.role in ("q", "down")
    )
    rank = next(event for event in stage.events if isinstance(event, Grid) and event.chart == "Rank of the update")
    assert rank.columns == ("q", "down") and all(0 < value <= 4 for row in rank.values for value in row)
    curves = [event for event in stage.events if isinstance(event, Curve) and "Singular values" in event.chart]
    assert len(curves) == 4 and all(list(c.y) == sorted(c.y, reverse=True) and len(c.y) == 4 for c in curves)


def test_adapters_are_trained_on_with_what_they_stand_beside(tiny: Tiny, tmp_path: Path) -> None:
    """Fine-tuning after LoRA: the trainable form says the same, and gives the layer back."""
    for source in (tiny("qwen2"), pruned(tiny("qwen2"), tmp_path / "pruned")):
        folder = tmp_path / source.name / "adapted"
        compress(source, "lora", {**LEARNING, "result": "adapter"}, folder)
        model = open_model(folder / "artifact")
        before = logits(model)
        open_for_training(model, RecordingStage(tmp_path))
        torch.testing.assert_close(output(model), before, rtol=1e-4, atol=1e-5)
        close_after_training(model)
        torch.testing.assert_close(output(model), before, rtol=0, atol=0)
        kinds = {type(module.base) for module in model.compressed().values() if isinstance(module, AdaptedLinear)}
        assert kinds <= {PlainLinear, SparseLinear}


def test_adapters_on_adapters(tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("llama"), "lora", {**LEARNING, "result": "adapter"}, tmp_path / "one")
    compress(tmp_path / "one" / "artifact", "lora", {**LEARNING, "result": "adapter"}, tmp_path / "two")
    compress(tmp_path / "one" / "artifact", "lora", LEARNING, tmp_path / "merged")
    two, merged = logits(tmp_path / "two" / "artifact"), logits(tmp_path / "merged" / "artifact")
    torch.testing.assert_close(two, merged, rtol=0, atol=1e-4 * float(two.abs().max()))
    assert not open_model(tmp_path / "merged" / "artifact").compressed()


def test_settings_and_problems(tiny: Tiny) -> None:
    info = method("lora")
    anatomy = open_model(tiny("llama")).anatomy
    check = info.load().check
    assert "No layer would" in check(anatomy, parsed(target_modules="nothing"))[-1].message
    assert {p.severity for p in check(anatomy, parsed(r=65))} == {"warning"}
    assert {p.severity for p in check(anatomy, parsed(r=65, init_lora_weights="pissa"))} == {"error"}
    assert "transposed" in check(open_model(tiny("gpt2")).anatomy, parsed(init_lora_weights="olora"))[0].message
    assert check(open_model(tiny("bert")).anatomy, parsed())[0].severity == "error"
    assert "even rank" in info.settings.problems({"init_lora_weights": "orthogonal", "r": 3})[""]
    assert parsed(target_modules="q, v").target_modules == ("q", "v")
    assert info.settings().summary() == "r 16 · scale 2 · 200 steps"


def test_updates_are_what_the_formulas_say() -> None:
    from engine.methods.low_rank.lora.adapters import Update
    from engine.numerics import adapters

    generator = torch.Generator().manual_seed(0)
    first, second = torch.randn(3, 20, generator=generator), torch.randn(12, 3, generator=generator)
    update = Update(first, second, 0.5)
    whole = 0.5 * second.double() @ first.double()
    torch.testing.assert_close(
        adapters.spectrum(first, second, update.scale), torch.linalg.svdvals(whole)[:3], rtol=1e-9, atol=1e-9
    )
    assert adapters.effective_rank(torch.ones(5)) == pytest.approx(5)
    assert adapters.effective_rank(torch.zeros(5)) == 0
    weight = torch.randn(12, 20, generator=generator)
    magnitude = torch.rand(12, generator=generator) + 1
    lengths = adapters.merged(weight, first, second, 0.5, magnitude=magnitude).norm(dim=1)
    torch.testing.assert_close(lengths, magnitude.double())


def test_blockwise_as_bitsandbytes(tiny: Tiny, tmp_path: Path) -> None:
    """What stands in for a 4-bit layer on a GPU says the same, forwards and backwards."""
    from engine.methods.low_rank.lora.four_bit import as_bitsandbytes

    compress(tiny("qwen2"), "nf4", {"block_size": 32}, tmp_path)
    layer = open_model(tmp_path / "artifact").load().get("model.layers.0.self_attn.q_proj")
    assert isinstance(layer, BlockwiseLinear)
    theirs = as_bitsandbytes(layer, dtype=torch.float32)
    outputs = []
    for module in (layer, theirs):
        x = torch.randn(3, layer.in_features, generator=torch.Generator().manual_seed(0)).requires_grad_()
        y = module(x)
        y.sum().backward()
        outputs.append((y.detach(), x.grad))
    for ours, other in zip(*outputs, strict=True):
        assert ours is not None and other is not None
        torch.testing.assert_close(ours, other, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("before", ["nf4", "sparse", ""])
@pytest.mark.parametrize("result", ["auto", "adapter", "merged"])
def test_the_disk_is_foreseen_after_other_blocks(before: str, result: str, tiny: Tiny, tmp_path: Path) -> None:
    source = tiny("qwen2")
    if before == "nf4":
        compress(source, "nf4", {}, tmp_path / "before")
        source = tmp_path / "before" / "artifact"
    elif before == "sparse":
        source = pruned(source, tmp_path / "before")
    settings = parsed(result=result)
    model = open_model(source)
    estimate, lighter = (
        method("lora").load().estimate(model.header, model.anatomy, each, torch.device("cpu"))
        for each in (settings, settings.replace(cache_dense_weights=False))
    )
    packed = [linear for linear in model.anatomy.linears if linear.name in model.compressed()]
    unpacked = 4 * sum(linear.in_features * linear.out_features for linear in packed)
    assert estimate.memory_bytes - lighter.memory_bytes == unpacked
    compress(source, "lora", {**MATRIX_SETTINGS, "result": result}, tmp_path)
    real = sum(file.stat().st_size for file in (tmp_path / "artifact").glob("*.safetensors"))
    assert estimate.disk_bytes == pytest.approx(real, rel=0.1)


def test_answers_are_learned_from_records(tiny: Tiny, tmp_path: Path) -> None:
    """Prompts with answers of different lengths, padded."""
    records = [{"prompt": f"{n} and one", "answer": f" make {n + 1}, " * (1 + n % 3)} for n in range(24)]
    file = tmp_path / "records.jsonl"
    file.write_text("\n".join(json.dumps(record) for record in records), "utf-8")
    settings = {
        **LEARNING,
        "text": str(file),
        "sequence_length": 64,
        "steps": 30,
        "batch_size": 4,
        "learning_rate": 5e-3,
    }
    stage = compress(tiny("llama"), "lora", {**settings, "eval_steps": 5, "eval_samples": 4}, tmp_path)
    found = [e.value for e in stage.events if isinstance(e, Metric) and e.name == "loss/eval"]
    assert min(found) < found[0] - 0.1


def test_layers_beside_experts_learn(tmp_path: Path) -> None:
    """peft would turn gate, up and down of every module into the tensors of experts that DeepSeek has in some."""
    sizes = {"vocab_size": 260, "hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 2, "n_group": 1,
             "num_attention_heads": 2, "num_key_value_heads": 2, "kv_lora_rank": 16, "q_lora_rank": 16, "topk_group": 1,
             "qk_rope_head_dim": 8, "qk_nope_head_dim": 8, "v_head_dim": 8, "n_routed_experts": 4,
             "num_experts_per_tok": 2, "moe_intermediate_size": 16, "first_k_dense_replace": 1}  # fmt: skip
    config = AutoConfig.for_model("deepseek_v3", **sizes)
    AutoModelForCausalLM.from_config(config).save_pretrained(tmp_path / "m")
    byte_tokenizer().save_pretrained(tmp_path / "m")
    compress(tmp_path / "m", "lora", {**MATRIX_SETTINGS, "result": "merged"}, tmp_path)
    source, made = open_model(tmp_path / "m"), open_model(tmp_path / "artifact")
    changed = {name for name in made.state() if not torch.equal(made.tensor(name), source.tensor(name))}
    assert {"model.layers.0.mlp.gate_proj.weight", "model.layers.1.mlp.shared_experts.up_proj.weight"} <= changed
