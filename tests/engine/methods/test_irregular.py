"""Methods on models with experts, and on models whose layers differ."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForSeq2SeqLM

from engine.architecture.experts import ExpertLinears, separate_experts
from engine.architecture.two_texts import inputs_of
from engine.calibration.statistics import Gram
from engine.calibration.walk import InputGroup, walk
from engine.export import registry
from engine.measure.coverage import coverage, incoming
from engine.measure.size import size_metrics
from engine.methods.base import Planning, problems
from engine.methods.registry import method
from engine.models.model import Model
from engine.models.source import open_model
from engine.modules import CompressedModule
from engine.testing.models import IRREGULAR, byte_tokenizer, tiny_model
from engine.testing.stage import RecordingStage

Tiny = Callable[[str], Path]
IDS = torch.arange(24).reshape(2, 12) * 9


def logits(model: Model) -> torch.Tensor:
    with torch.no_grad():
        return cast(torch.Tensor, model.load().module(input_ids=IDS, use_cache=False).logits)


def stock_logits(folder: Path) -> torch.Tensor:
    """Of the folder as transformers alone loads it."""
    with torch.no_grad():
        network = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
        return cast(torch.Tensor, network(input_ids=IDS, use_cache=False).logits)


def applied(name: str, settings: dict[str, Any], source: Path, folder: Path) -> tuple[Model, RecordingStage]:
    info, stage = method(name), RecordingStage(folder)
    chosen = info.settings.parse(settings, where=name)
    model = open_model(source)
    assert not [p for p in problems(info.load_planner(), model.anatomy, chosen) if p.severity == "error"]
    stage.finish(info.load().apply(model, chosen, stage))
    return open_model(folder / "artifact"), stage


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("text") / "text.txt"
    path.write_bytes(bytes(torch.randint(32, 127, (6000,), generator=torch.Generator().manual_seed(0)).tolist()))
    return str(path)


@pytest.mark.parametrize("kind", IRREGULAR)
def test_experts_are_linears_that_compute_the_same(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    model = open_model(tiny(kind))
    expected = stock_logits(tiny(kind))
    assert torch.allclose(logits(model), expected, atol=1e-5)
    export = registry.formats()["dense"]
    export.write(open_model(tiny(kind)), tmp_path / "dense", export.options(), lambda *_: None)
    assert torch.allclose(stock_logits(tmp_path / "dense"), expected, atol=1e-5)
    made, _ = applied("round_to_nearest", {"group_size": 32}, tiny(kind), tmp_path / "rounded")
    experts = {x.name for x in made.anatomy.linears if x.role.startswith("expert")}
    assert len(experts) >= 8 and all(isinstance(made.get(name), CompressedModule) for name in experts)
    export.write(made, tmp_path / "rounded dense", export.options(), lambda *_: None)
    assert torch.allclose(stock_logits(tmp_path / "rounded dense"), logits(made), atol=1e-4)
    assert not torch.allclose(logits(made), expected, atol=1e-4)


def test_any_other_use_of_the_tensor_gets_the_tensor() -> None:
    class Experts(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gate_up_proj = torch.nn.Parameter(torch.randn(3, 8, 4))
            self.down_proj = torch.nn.Parameter(torch.randn(3, 4, 4))

    experts = Experts()
    block = torch.nn.ModuleDict({"experts": experts})
    up, x = experts.gate_up_proj.detach().clone(), torch.randn(3, 5, 4)
    assert [fused.transposed for fused in separate_experts(block)] == [False, False]
    held: Any = experts.gate_up_proj
    assert isinstance(held, ExpertLinears) and held.shape == up.shape and held.ndim == 3 and held.dtype == up.dtype
    assert torch.equal(torch.einsum("eti,eoi->eto", x, held), torch.einsum("eti,eoi->eto", x, up))
    assert torch.equal(torch.bmm(x, held.transpose(1, 2)), torch.bmm(x, up.transpose(1, 2)))
    assert torch.equal(held[torch.tensor([2, 0])], up[[2, 0]])
    assert torch.equal(x[0] @ held[1].t(), x[0] @ up[1].t())
    names = [f"experts.{name}.{index}.weight" for name in ("gate_up_proj", "down_proj") for index in range(3)]
    assert list(block.state_dict()) == names


def test_four_bits_of_experts_are_four_bits(tmp_path: Path) -> None:
    source = tiny_model("qwen3_moe", tmp_path / "model", torch.bfloat16)
    before = incoming(open_model(source))
    made, _ = applied("round_to_nearest", {"format": "int4"}, source, tmp_path / "rounded")
    found = coverage(before, made, ())
    assert found.parameters > 0.97 and found.bytes > 0.97
    assert 4.25 < size_metrics(made)["bits_per_weight"] < 4.7
    assert "experts" not in found.left_text() and "mlp.gate" in found.left_text(), "the router is left alone"
    info = method("round_to_nearest")
    planner = cast("Planning[Any]", info.load_planner())
    settings = info.settings.parse({"ignore": ["*.experts.*"]}, where="")
    (problem,) = problems(planner, open_model(source).anatomy, settings)
    assert problem.severity == "warning" and "experts.gate_up_proj" in problem.advice


def test_gptq_on_experts_beats_rounding(tiny: Tiny, text: str, tmp_path: Path) -> None:
    settings = {"format": "int3", "group_size": 32}
    data = {"text": text, "num_samples": 16, "sequence_length": 96}
    solved, stage = applied("gptq", {**settings, **data}, tiny("qwen3_moe"), tmp_path / "gptq")
    rounded, _ = applied("round_to_nearest", settings, tiny("qwen3_moe"), tmp_path / "rounded")
    original = open_model(tiny("qwen3_moe"))
    ids = torch.frombuffer(bytearray(Path(text).read_bytes()), dtype=torch.uint8)[:1536].long().reshape(16, 96)
    grams: dict[str, torch.Tensor] = {}

    def keep(group: InputGroup[Gram]) -> None:
        grams.update({linear.name: group.statistic.matrix().double() for linear in group.linears})

    for step in walk(original, RecordingStage(tmp_path / "look"), ids, batch=8, store=False):
        step.compress(functools.partial(Gram), keep)
    errors = {"solved": 0.0, "rounded": 0.0}
    solved.load(), rounded.load(), original.load()
    names = [x.name for x in original.anatomy.layers[0].linears if x.role.startswith("expert")]
    for name in names:
        weight = cast(torch.Tensor, original.get(name).weight).double()
        for word, model in (("solved", solved), ("rounded", rounded)):
            off = cast(CompressedModule, model.get(name)).dense_weight().double() - weight
            errors[word] += float((off @ grams[name] * off).sum())
    assert len(names) == 32 and errors["solved"] < 0.9 * errors["rounded"]
    assert "experts" in stage.details and stage.details["experts"]["linears"] == 64


def test_awq_scales_the_inner_values_of_experts(tiny: Tiny, text: str, tmp_path: Path) -> None:
    """On a model some of whose inner values are large: scales of experts leave less of the error."""
    source = tmp_path / "model"
    network = AutoModelForCausalLM.from_pretrained(tiny("mixtral"))
    with torch.no_grad():
        for layer in network.model.layers:
            layer.mlp.experts.gate_up_proj[:, 96:104] *= 20  # the first rows of up
    network.save_pretrained(source)
    byte_tokenizer().save_pretrained(source)
    data = {"text": text, "num_samples": 8, "sequence_length": 64, "group_size": 32, "apply_clip": False}
    made, stage = applied("awq", {"format": "int3", **data}, source, tmp_path / "awq")
    told = stage.details["scales"]["down of experts"]
    assert told["layers"] == 2 and told["error left"] < 0.8 and torch.isfinite(logits(made)).all()
    errors = [m.metrics for name, m in stage.layers.items() if ".down_proj." in name]
    assert sum(m["output_error"] for m in errors) < 0.9 * sum(m["output_error_rounded"] for m in errors)


def test_inputs_of_experts_are_weighed_by_the_router(tiny: Tiny, tmp_path: Path) -> None:
    grams: dict[str, tuple[int, torch.Tensor]] = {}

    def keep(group: InputGroup[Gram]) -> None:
        grams[group.linears[0].name] = group.statistic.tokens, group.statistic.matrix()

    model = open_model(tiny("mixtral"))
    step = next(walk(model, RecordingStage(tmp_path), IDS, batch=2, store=False))
    step.compress(functools.partial(Gram), keep)
    network = AutoModelForCausalLM.from_pretrained(tiny("mixtral"), dtype=torch.float32).eval()
    called: list[tuple[torch.Tensor, ...]] = []
    experts = network.model.layers[0].mlp.experts
    experts.register_forward_pre_hook(lambda _, given: called.append(given))
    with torch.no_grad():
        network(input_ids=IDS)
    hidden, chosen, weights = called[0]
    for expert in range(4):
        token, place = torch.where(chosen == expert)
        x, w = hidden[token], weights[token, place, None]
        gate, up = (x @ experts.gate_up_proj[expert].t()).chunk(2, -1)
        inner = torch.nn.functional.silu(gate) * up
        for name, read in (("gate_up_proj", x), ("down_proj", inner)):
            count, gram = grams[f"model.layers.0.mlp.experts.{name}.{expert}"]
            expected = (read * w).t() @ (read * w) if len(token) else torch.eye(read.shape[1])
            assert count == len(token) and torch.allclose(gram, expected, rtol=1e-3, atol=1e-5)


def test_experts_that_no_token_reaches_are_rounded_and_named(tiny: Tiny, tmp_path: Path) -> None:
    flat = tmp_path / "flat.txt"
    flat.write_text("a" * 600)
    settings = {"group_size": 32, "text": str(flat), "num_samples": 4, "sequence_length": 32}
    made, stage = applied("gptq", settings, tiny("qwen3_moe"), tmp_path / "gptq")
    plain, _ = applied("round_to_nearest", {"group_size": 32}, tiny("qwen3_moe"), tmp_path / "rounded")
    never = stage.details["experts"]["never reached"]
    assert never and any("No calibration token reached" in line and never[0] in line for line in stage.warnings)
    made.load(), plain.load()
    original = open_model(tiny("qwen3_moe"))
    for name in never:
        one, other = (cast(CompressedModule, model.get(name)).dense_weight() for model in (made, plain))
        weight = original.tensor(f"{name}.weight")
        assert (one - weight).norm() <= 1.01 * (other - weight).norm(), "ranges may be searched, but nothing is made up"
    assert not any("could not be factorized" in line for line in stage.warnings if any(n in line for n in never))


@pytest.mark.parametrize(
    ("kind", "name", "settings"),
    [
        ("gpt_oss", "gptq", {"group_size": 32}),
        ("gpt_oss", "svd", {}),
        ("nemotron_h", "awq", {"group_size": 32}),
        ("nemotron_h", "one_shot_pruning", {}),
        ("nemotron_h", "nf4", {}),
    ],
)
def test_every_linear_that_fits_is_worked_on(
    kind: str, name: str, settings: dict[str, Any], tiny: Tiny, text: str, tmp_path: Path
) -> None:
    data = {} if name == "nf4" else {"text": text, "num_samples": 8, "sequence_length": 64}
    made, _ = applied(name, {**settings, **data}, tiny(kind), tmp_path)
    compressed = made.compressed()
    done = [linear for linear in made.anatomy.linears if linear.name in compressed]
    assert {linear.layer for linear in done} == {layer.index for layer in made.anatomy.layers}
    assert any(linear.role.startswith("expert") for linear in done)
    small = [x for x in made.anatomy.linears if x not in done and x.in_features * x.out_features > 4096]
    assert not small or name == "svd", "a rank that saves nothing is not taken"
    assert torch.isfinite(logits(made)).all()


@pytest.mark.parametrize("name", ["spinquant", "width_pruning", "linformer", "depth_pruning", "sheared_llama"])
def test_methods_that_take_layers_apart_say_why_not(name: str, tiny: Tiny) -> None:
    info = method(name)
    found = info.load_planner().check(open_model(tiny("qwen3_moe")).anatomy, info.settings())
    assert any(p.severity == "error" and "model.layers.0 has experts" in p.message for p in found)


def test_the_container_opens_in_transformers(tiny: Tiny, tmp_path: Path) -> None:
    import engine.transformers  # noqa: F401 - tells transformers about the container

    made, _ = applied("round_to_nearest", {"group_size": 32}, tiny("qwen3_moe"), tmp_path / "rounded")
    for other in ("gptq", "awq", "bitsandbytes"):
        kind = registry.formats()[other]
        assert any(problem.severity == "error" for problem in kind.check(made, kind.options()))
    export = registry.formats()["container"]
    export.write(made, tmp_path / "container", export.options(), lambda *_: None)
    assert any("experts.gate_up_proj.3.codes" in name for path in (tmp_path / "container").glob("*.safetensors")
               for name in load_file(path))  # fmt: skip
    assert torch.allclose(stock_logits(tmp_path / "container"), logits(made), atol=1e-5)


def test_networks_that_read_a_weight_find_one(text: str, tmp_path: Path) -> None:
    size = {"vocab_size": 260, "hidden_size": 32, "num_hidden_layers": 2}
    rwkv = AutoConfig.for_model("rwkv", **size, attention_hidden_size=32, intermediate_size=64, rescale_every=1)
    t5 = AutoConfig.for_model("t5", vocab_size=260, d_model=32, d_ff=64, num_layers=1, num_heads=2, d_kv=16)
    for config, auto in ((rwkv, AutoModelForCausalLM), (t5, AutoModelForSeq2SeqLM)):
        source = tmp_path / config.model_type
        network = auto.from_config(config).eval()
        with torch.no_grad():
            for parameter in network.parameters():
                if parameter.ndim == 2:
                    parameter.normal_(0, 0.2)
        network.save_pretrained(source)
        made, _ = applied("round_to_nearest", {"format": "int8", "group_size": 16}, source, tmp_path / f"{source}-8")
        with torch.no_grad():
            both = [each(**inputs_of(network, IDS)).logits for each in (network, made.load().module)]
        assert (both[0] - both[1]).norm() < 0.1 * both[0].norm()
        compressed = next(iter(made.compressed().values()))
        assert torch.equal(torch.ones(2, compressed.weight.shape[0]) @ compressed.weight,
                           torch.ones(2, compressed.weight.shape[0]) @ compressed.dense_weight())  # fmt: skip
        with pytest.raises(AttributeError):
            compressed.weight.mul_(2)
