"""Round to nearest: its settings, refusals, ties, statistics."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.base.errors import BadInput, RunFailed
from engine.calibration.tokens import calibration_tokens
from engine.methods.quantization.round_to_nearest.method import RoundToNearest
from engine.methods.quantization.round_to_nearest.settings import RoundToNearestSettings
from engine.models.model import Model
from engine.models.source import open_model
from engine.modules.quantized import QuantizedLinear
from engine.numerics.quantization.formats import FORMATS
from engine.numerics.quantization.quantize import dequantize, quantize
from engine.numerics.quantization.scheme import Scheme
from engine.testing.models import tiny_model
from engine.testing.stage import Killed, compress, logits

MATRIX_SETTINGS: dict[str, Any] = {"group_size": 4}
Tiny = Callable[[str], Path]
TEXT = str(Path(__file__).resolve().parents[4] / "LICENSE")


def opened(folder: Path) -> Model:
    """The artifact, loaded."""
    return open_model(folder / "artifact").load()


def settings(**values: Any) -> RoundToNearestSettings:
    return RoundToNearestSettings.parse(values)


# -- what comes out ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", [name for name, number in FORMATS.items() if number.kind not in ("cast", "block")])
@pytest.mark.parametrize("granularity", ["group", "channel", "tensor"])
def test_every_format(name: str, granularity: str, tiny: Tiny, tmp_path: Path) -> None:
    stage = compress(
        tiny("llama"), "round_to_nearest", {"format": name, "granularity": granularity, "group_size": 16}, tmp_path
    )
    layer = "model.layers.1.mlp.down_proj"
    made = opened(tmp_path).get(layer)
    assert isinstance(made, QuantizedLinear)
    weight = cast(torch.Tensor, open_model(tiny("llama")).load().get(layer).weight)
    scheme = Scheme(name, True, granularity, 16)  # type: ignore[arg-type]
    assert torch.equal(made.dense_weight(), dequantize(quantize(weight, scheme), scheme))
    metrics = stage.layers[layer].metrics
    assert made.bits() / weight.numel() == pytest.approx(metrics["bits_per_weight"])
    assert FORMATS[name].bits <= metrics["bits_per_weight"] < FORMATS[name].bits + 1.2
    error = float((made.dense_weight() - weight).norm() / weight.norm())
    assert metrics["error"] == pytest.approx(error, rel=1e-4)


@pytest.mark.parametrize("name", ["float16", "bfloat16"])
@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_casts_stay_dense(name: str, kind: str, tiny: Tiny, tmp_path: Path) -> None:
    values = {"format": name, "quantize_embeddings": True, "quantize_head": True, "other_dtype": name}
    compress(tiny(kind), "round_to_nearest", values, tmp_path)
    model = opened(tmp_path)
    assert not model.compressed()
    dtypes = {tensor.dtype for part in model.parts for tensor in model.tensors(part).values()}
    assert dtypes == {getattr(torch, name)}
    size = sum(tensor.nbytes for tensor in model.header.tensors)
    assert size == sum(tensor.nbytes for tensor in open_model(tiny(kind)).header.tensors) // 2
    # a cast stays close
    assert torch.allclose(logits(tmp_path / "artifact"), logits(tiny(kind)), atol=0.05)


def test_ignored_layers_keep_their_bits(tiny: Tiny, tmp_path: Path) -> None:
    compress(
        tiny("qwen2"), "round_to_nearest", {"group_size": 32, "ignore": ("layers.0.*", "v", "*.up_proj")}, tmp_path
    )
    made, original = opened(tmp_path), open_model(tiny("qwen2")).load()
    left = {n for n in made.compressed() if "layers.0." in n or "v_proj" in n or "up_proj" in n}
    assert not left and len(made.compressed()) == 5
    name = "model.layers.1.self_attn.v_proj"
    assert torch.equal(cast(torch.Tensor, made.get(name).weight), cast(torch.Tensor, original.get(name).weight))


def test_reports_every_layer_in_order_over_one_range(tiny: Tiny, tmp_path: Path) -> None:
    stage = compress(tiny("llama"), "round_to_nearest", {"group_size": 32}, tmp_path)
    names = [linear.name for linear in open_model(tiny("llama")).anatomy.linears]
    assert list(stage.layers) == names
    for event in stage.layers.values():
        assert event.before is not None and event.after is not None
        assert (event.before.low, event.before.high) == (event.after.low, event.after.high)
        assert sum(event.before.counts) == sum(event.after.counts) == event.metrics["parameters"]
        assert sum(count > 0 for count in event.after.counts) < sum(count > 0 for count in event.before.counts)
        assert 15 < event.metrics["sqnr_db"] < 30


def test_activations_are_rounded(tiny: Tiny, tmp_path: Path) -> None:
    values = {"format": "int8", "granularity": "channel"}
    compress(tiny("llama"), "round_to_nearest", values, tmp_path / "w8")
    for bits in (8, 4):
        compress(tiny("llama"), "round_to_nearest", {**values, "activations": f"int{bits}"}, tmp_path / f"a{bits}")
    exact, eight, four = (logits(tmp_path / name / "artifact") for name in ("w8", "a8", "a4"))
    assert 0 < (eight - exact).norm() < 0.25 * (four - exact).norm()


# -- embedding and head ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["llama", "gemma", "gemma2", "gpt2", "opt", "llama_untied", "phi3", "bert"])
@pytest.mark.parametrize(("embeddings", "head"), [(True, True), (True, False), (False, True)])
def test_embedding_and_head(kind: str, embeddings: bool, head: bool, tiny: Tiny, tmp_path: Path) -> None:
    """Killed at every part and resumed, with the head tied or not: the same bytes, and the file says what it is."""
    values = {"format": "int8", "group_size": 4, "quantize_embeddings": embeddings, "quantize_head": head}
    stage = compress(tiny(kind), "round_to_nearest", values, tmp_path)
    original = open_model(tiny(kind))
    tied, has_head = original.anatomy.tied, original.anatomy.head is not None
    made = open_model(tmp_path / "artifact")
    assert made.anatomy.tied == (tied and embeddings == head)
    assert any("no longer tied" in line for line in stage.lines) == (tied and embeddings != head)
    dense, found = logits(original), logits(made)
    assert 0 < (found - dense).norm() < 0.1 * dense.norm()
    compressed = {module.KIND for module in made.compressed().values()}
    assert ("quantized_embedding" in compressed) == embeddings
    assert ("tied" in compressed) == (tied and embeddings and head)
    if has_head and head and not tied:
        assert made.anatomy.head in made.compressed()
    for kill_at in (1, len(original.parts)):
        place = tmp_path / str(kill_at)
        with pytest.raises(Killed):
            compress(tiny(kind), "round_to_nearest", values, place, kill_at=kill_at)
        compress(tiny(kind), "round_to_nearest", values, place)
        for file in (tmp_path / "artifact").iterdir():
            assert (place / "artifact" / file.name).read_bytes() == file.read_bytes(), file.name


@pytest.mark.parametrize(("embeddings", "head"), [(True, True), (True, False), (False, True), (False, False)])
def test_estimate_with_embedding_and_head(embeddings: bool, head: bool, tiny: Tiny, tmp_path: Path) -> None:
    chosen = settings(
        format="int3",
        symmetric=False,
        group_size=8,
        quantize_embeddings=embeddings,
        quantize_head=head,
    )
    for kind in ("llama", "llama_untied", "gpt2"):
        model = open_model(tiny(kind))
        estimate = RoundToNearest().estimate(model.header, model.anatomy, chosen, torch.device("cpu"))
        compress(tiny(kind), "round_to_nearest", chosen.model_dump(), tmp_path / kind)
        real = sum(file.stat().st_size for file in (tmp_path / kind / "artifact").glob("*.safetensors"))
        assert estimate.disk_bytes == pytest.approx(real, rel=0.02)


def test_rounding_twice_works(tiny: Tiny, tmp_path: Path) -> None:
    values = {"format": "int8", "group_size": 4, "quantize_embeddings": True, "quantize_head": True}
    compress(tiny("llama"), "round_to_nearest", values, tmp_path / "a")
    compress(tmp_path / "a" / "artifact", "round_to_nearest", {**values, "format": "int4"}, tmp_path / "b")
    schemes = {m.scheme.format for m in opened(tmp_path / "b").compressed().values() if isinstance(m, QuantizedLinear)}
    assert schemes == {"int4"}
    with pytest.raises(BadInput, match="already share"):
        compress(tmp_path / "a" / "artifact", "round_to_nearest", {**values, "quantize_head": False}, tmp_path / "c")


# -- the importance matrix ---------------------------------------------------------------------------------------------
IMATRIX: dict[str, Any] = {
    "format": "int3", "group_size": 16, "clip": "imatrix_mse", "text": TEXT, "num_samples": 4, "sequence_length": 32,
}  # fmt: skip


def energies(source: Path, stage: Any) -> dict[str, torch.Tensor]:
    """The mean of x² of what reaches each linear of the model as it is."""
    model = open_model(source).load(dtype=torch.float32)
    tokens = calibration_tokens(model, settings(**IMATRIX), stage)
    found: dict[str, torch.Tensor] = {}
    for linear in model.anatomy.linears:

        def keep(_: Any, given: tuple[torch.Tensor, ...], name: str = linear.name) -> None:
            found[name] = given[0].flatten(0, -2).square().mean(0)

        model.get(linear.name).register_forward_pre_hook(keep)
    with torch.no_grad():
        model.module(input_ids=tokens)
    return found


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_ranges_are_searched_with_the_energy_of_the_original_s_inputs(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    stage = compress(tiny(kind), "round_to_nearest", IMATRIX, tmp_path)
    model, original = opened(tmp_path), open_model(tiny(kind)).load()
    weights = energies(tiny(kind), stage)
    scheme = Scheme("int3", True, "group", 16)
    plain = lost = 0.0
    for linear in original.anatomy.linears:
        weight = cast(torch.Tensor, original.get(linear.name).weight).detach().float()
        weight = weight.t() if linear.transposed else weight
        made = cast(QuantizedLinear, model.get(linear.name)).matrix()
        energy = weights[linear.name]
        lost += float(((made - weight).square() * energy).sum())
        plain += float(((dequantize(quantize(weight, scheme), scheme) - weight).square() * energy).sum())
        expected = dequantize(quantize(weight, scheme, energy=energy), scheme)
        assert (made - expected).abs().gt(1e-4).float().mean() < 0.01  # a sum in another order may tip a tie
    assert lost < 0.85 * plain
    assert stage.details["calibration"]["tokens"] == 128


def test_a_killed_search_goes_on(tiny: Tiny, tmp_path: Path) -> None:
    with pytest.raises(Killed):
        compress(tiny("llama"), "round_to_nearest", IMATRIX, tmp_path / "killed", kill_at=2)
    compress(tiny("llama"), "round_to_nearest", IMATRIX, tmp_path / "killed")
    compress(tiny("llama"), "round_to_nearest", IMATRIX, tmp_path / "whole")
    assert torch.equal(logits(tmp_path / "killed" / "artifact"), logits(tmp_path / "whole" / "artifact"))


def test_without_a_search_no_text_is_read(tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("llama"), "round_to_nearest", {"group_size": 16, "text": str(tmp_path / "missing.txt")}, tmp_path)
    with pytest.raises(BadInput, match=r"missing\.txt"):
        values = {**IMATRIX, "text": str(tmp_path / "missing.txt")}
        compress(tiny("llama"), "round_to_nearest", values, tmp_path / "read")


# -- refusals ----------------------------------------------------------------------------------------------------------
def messages(kind: str, tiny: Tiny, **values: Any) -> list[tuple[str, str]]:
    found = RoundToNearest().check(open_model(tiny(kind)).anatomy, settings(**values))
    return [(problem.severity, str(problem)) for problem in found]


def test_groups_that_do_not_fit_are_named_with_advice(tiny: Tiny) -> None:
    found = messages("odd", tiny, group_size=32)
    assert [severity for severity, _ in found] == ["error", "error"]
    assert "q_proj of layer 0 (and 11 more) has 60 inputs, not a multiple of group size 32" in found[0][1]
    assert "down_proj of layer 0 (and 1 more) has 88 inputs" in found[1][1]
    assert all("Choose one scale per channel" in sentence for _, sentence in found)  # 4 is all that divides both
    ((_, sentence),) = messages("llama", tiny, group_size=64)
    assert "has 96 inputs" in sentence and "Choose 32, or per channel" in sentence
    assert not messages("odd", tiny, group_size=4)
    assert not messages("odd", tiny, granularity="channel")


@pytest.mark.parametrize(
    ("values", "severity", "sentence"),
    [
        ({"format": "nf4", "symmetric": False}, "error", "nf4 is always symmetric"),
        ({"format": "bfloat16", "activations": "int8"}, "error", "Activations can't be rounded"),
        ({"format": "nf4", "activations": "int8"}, "warning", "No other program computes with nf4"),
        ({"ignore": ("*.qproj",)}, "warning", "No layer is called '*.qproj'"),
        ({"ignore": ("*",)}, "error", "There is nothing to quantize"),
        ({"quantize_embeddings": True}, "warning", "keeps a copy of its own"),
        ({"quantize_head": True}, "warning", "the embedding keeps a copy of its own, 33.3 kB in 16 bits"),
    ],
)
def test_check(values: dict[str, Any], severity: str, sentence: str, tiny: Tiny) -> None:
    found = messages("llama", tiny, **{"group_size": 32, **values})
    assert any(level == severity and sentence in text for level, text in found), found


def test_a_head_that_is_not_there(tiny: Tiny) -> None:
    assert ("warning", "The model has no head that could be quantized.") in messages(
        "bert", tiny, quantize_head=True, group_size=4
    )


def test_patterns_come_from_the_command_line_too() -> None:
    assert settings(ignore="*.down_proj, v").ignore == ("*.down_proj", "v")


@pytest.mark.parametrize(("value", "reason"), [(float("nan"), "NaN or infinite"), (1e9, "beyond float16")])
def test_a_broken_weight_is_named(value: float, reason: str, tmp_path: Path) -> None:
    source = tiny_model("llama", tmp_path / "model")
    tensors = load_file(source / "model.safetensors")
    tensors["model.layers.1.mlp.up_proj.weight"][3, 5] = value
    save_file(tensors, source / "model.safetensors", {"format": "pt"})
    with pytest.raises(RunFailed, match=reason) as caught:
        compress(source, "round_to_nearest", {"group_size": 4}, tmp_path / "out")
    assert caught.value.where == "model.layers.1.mlp.up_proj"


def test_a_weight_too_large_for_float16_is_named(tmp_path: Path) -> None:
    source = tiny_model("llama", tmp_path / "model")
    tensors = load_file(source / "model.safetensors")
    tensors["model.layers.0.mlp.up_proj.weight"][0, 0] = 1e6
    save_file(tensors, source / "model.safetensors", {"format": "pt"})
    with pytest.raises(RunFailed, match="float16"):
        compress(source, "round_to_nearest", {"format": "float16"}, tmp_path / "out")


def test_the_description_is_plain_json(tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("llama"), "round_to_nearest", {"group_size": 32}, tmp_path)
    text = (tmp_path / "artifact" / "compression.json").read_text()
    spec = json.loads(text)["modules"]["model.layers.0.self_attn.q_proj"]
    assert spec["kind"] == "quantized" and spec["scheme"]["format"] == "int4"
