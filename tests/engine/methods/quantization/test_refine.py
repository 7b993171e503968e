"""Refine: better in the same format and bytes, or given back as it came."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest
import torch
from safetensors.torch import load_file

from engine.base.errors import BadInput
from engine.checkpoints.checkpoint import read_header
from engine.contracts.events import Metric
from engine.export.registry import export_format
from engine.methods.quantization.refine import method as refine_method
from engine.methods.quantization.refine import objective as refine_objective
from engine.methods.quantization.refine.forms import form_of
from engine.methods.quantization.refine.layer import RefinedEmbedding, RefinedLinear
from engine.methods.quantization.refine.method import RefineRun, Start
from engine.methods.quantization.refine.objective import CENTERED, RefineObjective
from engine.methods.quantization.refine.settings import RefineSettings
from engine.methods.registry import method
from engine.models.source import open_model
from engine.modules.ggml import GgmlLinear, GgmlWeight
from engine.modules.packed import packed_embedding
from engine.modules.quantized import Activations, QuantizedLinear
from engine.modules.rotated import RotatedLinear
from engine.modules.tied import TiedLinear
from engine.numerics.ggml.layouts import FORMATS
from engine.numerics.ggml.quantize import quantize as quantize_blocks
from engine.numerics.quantization.quantize import quantize
from engine.numerics.quantization.refining import grid_weight
from engine.numerics.quantization.scheme import Quantized, Scheme
from engine.run.signature import work_of
from engine.testing.models import DECODERS
from engine.testing.stage import Killed, RecordingStage, compress, logits
from engine.training.objective import Group

Tiny = Callable[[str], Path]
TEXT = str(Path(__file__).resolve().parents[4] / "LICENSE")
INT3 = ("round_to_nearest", {"format": "int3", "granularity": "channel"})
MATRIX_SETTINGS: dict[str, Any] = {
    "text": TEXT,
    "sequence_length": 32,
    "steps": 3,
    "eval_samples": 2,
    "eval_steps": 2,
    "trains": "both",
}
MATRIX_KINDS = DECODERS
MATRIX_BEHIND = (INT3[0], {**INT3[1], "quantize_embeddings": True, "quantize_head": True})
SHAPE = {"format": "int3", "granularity": "channel"}
FEW: dict[str, Any] = {
    "text": TEXT,
    "sequence_length": 32,
    "steps": 16,
    "eval_samples": 4,
    "batch_size": 4,
    "micro_batch_size": 4,
    "learning_rate": 0.004,
    "train_norms": False,  # they have tests of their own
}
FORMS: list[tuple[str, dict[str, Any]]] = [
    ("both", {"format": "int2", "group_size": 16}),
    ("codes", {"format": "int3", "group_size": 16, "symmetric": False}),
    ("scales", {"format": "int3", "group_size": 16, "symmetric": False, "zero_point": "float"}),
    ("both", {"format": "nvfp4"}),
    ("scales", {"format": "Q4_0"}),
    ("codes", {"format": "Q4_1"}),
]
"""What is trained, and the format."""


@pytest.fixture(autouse=True)
def every_step_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.training.loop.REPORT_SECONDS", 0.0)


def tensors(folder: Path) -> dict[str, torch.Tensor]:
    found: dict[str, torch.Tensor] = {}
    for file in sorted(folder.glob("*.safetensors")):
        found |= load_file(file)
    return found


def refined(tiny: Tiny, before: tuple[str, dict[str, Any]], settings: dict[str, Any], folder: Path) -> RecordingStage:
    """Quantize, then refine; the artifacts lie in ``folder / "before"`` and ``folder``."""
    compress(tiny("llama"), *before, folder / "before")
    inputs = {"teacher": open_model(tiny("llama"))}
    return compress(folder / "before" / "artifact", "refine", settings, folder, inputs=inputs)


def divergence(stage: RecordingStage) -> tuple[float, float]:
    found = stage.details["held_out_divergence"]
    return found["before"], found["after"]


# -- layers ------------------------------------------------------------------------------------------------------------
SCHEMES = [
    Scheme("int4", group_size=16),
    Scheme("int2", symmetric=False, group_size=16),
    Scheme("int8", symmetric=False, granularity="channel"),
    Scheme("int3", symmetric=False, group_size=16, zero_point="float"),
    Scheme("int4", granularity="tensor", scale_dtype="bfloat16"),
    Scheme("nf4", group_size=16),
    Scheme("int1", group_size=16),
    Scheme("float8_e4m3", granularity="channel", scale_dtype="float32"),
    Scheme("nvfp4"),
    Scheme("mxfp4"),
    *(Scheme(name) for name in FORMATS),
]


def layer_of(scheme: Scheme) -> tuple[torch.Tensor, QuantizedLinear | GgmlLinear]:
    """A weight (8, 256) and its quantized layer."""
    weight = torch.randn(8, 256, generator=torch.Generator().manual_seed(0))
    layer: QuantizedLinear | GgmlLinear
    if scheme.number.kind == "block":
        layer = GgmlLinear(scheme.format, 8, 256)
        layer.set_quantized(Quantized.of_blocks(quantize_blocks(weight, scheme.format)))
    else:
        layer = QuantizedLinear(scheme, 8, 256)
        layer.set_quantized(quantize(weight, scheme))
    return weight, layer


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda x: f"{x.format}-{x.granularity}-{x.zero_point}-{x.symmetric}")
def test_a_layer_that_learned_nothing_is_what_came_and_one_that_did_is_what_was_trained(scheme: Scheme) -> None:
    weight, layer = layer_of(scheme)
    before = {name: tensor.clone() for name, tensor in layer.packed_tensors().items()}
    x = torch.randn(3, 256, generator=torch.Generator().manual_seed(1))
    refined_layer = RefinedLinear(layer, learns_scales=True, original=weight)
    assert torch.equal(refined_layer.matrix(), layer.matrix())
    assert torch.equal(refined_layer(x), layer(x))
    assert refined_layer.compressed() is layer
    for name, tensor in layer.packed_tensors().items():
        assert torch.equal(tensor.view(torch.uint8), before[name].view(torch.uint8)), name
    if not refined_layer.learns:  # nothing but exponents, and points of a codebook
        assert scheme.format == "MXFP4"
        return
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for parameter in refined_layer.parameters():
            parameter += 0.3 * torch.randn(parameter.shape, generator=generator)
    refined_layer.limit()
    trained = refined_layer.matrix()
    assert not torch.equal(trained, layer.matrix())
    assert torch.equal(refined_layer.compressed().matrix(), trained)
    for name, tensor in layer.packed_tensors().items():
        assert (tensor.dtype, tensor.shape) == (before[name].dtype, before[name].shape)


EVEN_SCHEMES = [
    *(Scheme(f"int{bits}", group_size=16) for bits in (2, 3, 4, 8)),
    *(Scheme(f"int{bits}", symmetric=False, group_size=16) for bits in (2, 3, 4, 8)),
    Scheme("int4", symmetric=False, group_size=16, zero_point="float"),
    *(Scheme(name) for name in ("Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K")),
]


@pytest.mark.parametrize("scheme", EVEN_SCHEMES, ids=lambda x: f"{x.format}-{x.symmetric}-{x.zero_point}")
def test_a_step_moves_weights_by_a_small_part_of_a_level_in_every_format(scheme: Scheme) -> None:
    """All stored numbers at once, each in a direction of its own, by the default learning rate."""
    _, layer = layer_of(scheme)
    form, generator = form_of(layer), torch.Generator().manual_seed(3)
    rate = RefineSettings().learning_rate
    moved = {
        name: values + rate * form.units[name] * (torch.randint(2, values.shape, generator=generator) * 2 - 1)
        for name, values in form.numbers.items()
    }
    scales, _ = form.group_parameters(form.numbers)
    weights = [grid_weight(form.levels, *form.group_parameters(numbers)) for numbers in (form.numbers, moved)]
    steps = (weights[1] - weights[0]).view(*scales.shape, -1) / scales.unsqueeze(2)
    assert 0.001 < float(steps.abs().max()) < 0.08 and float(steps.square().mean().sqrt()) < 0.03


@pytest.mark.parametrize("scheme", [Scheme("int3", group_size=16), Scheme("Q2_K"), Scheme("IQ3_XXS")], ids=str)
def test_a_layer_can_be_given_back_as_it_came(scheme: Scheme) -> None:
    weight, layer = layer_of(scheme)
    before = {name: tensor.clone() for name, tensor in layer.packed_tensors().items()}
    refined_layer = RefinedLinear(layer, learns_scales=True, original=weight)
    with torch.no_grad():
        for parameter in refined_layer.parameters():
            parameter += 1.0
    refined_layer.give_back()
    refined_layer.compressed()
    for name, tensor in layer.packed_tensors().items():
        assert torch.equal(tensor, before[name])


@pytest.mark.parametrize("scheme", [scheme for scheme in SCHEMES if not scheme.number.tensor_scale], ids=str)
def test_an_embedding_and_its_tied_head_read_the_same_numbers(scheme: Scheme) -> None:
    weight = torch.randn(8, 256, generator=torch.Generator().manual_seed(0))
    table = packed_embedding(scheme, 8, 256, factor=3.0)
    is_block = scheme.number.kind == "block"
    table.set_quantized(
        Quantized.of_blocks(quantize_blocks(weight, scheme.format)) if is_block else quantize(weight, scheme)
    )
    refined_table = RefinedEmbedding(table, learns_scales=True, original=weight)
    root = torch.nn.ModuleDict({"table": refined_table, "head": TiedLinear("table")})
    root["head"].connect(root)  # type: ignore[operator]
    tokens, x = torch.tensor([[5, 0], [5, 7]]), torch.randn(2, 256, generator=torch.Generator().manual_seed(1))
    assert torch.equal(refined_table(tokens), table(tokens)) and torch.equal(root["head"](x), x @ table.matrix().T)
    if not refined_table.learns:
        return
    sums = [refined_table(tokens).square().sum(), root["head"](x).square().sum()]
    parameters = list(refined_table.parameters())
    alone = [torch.autograd.grad(value, parameters, retain_graph=True) for value in sums]
    together = torch.autograd.grad(sums[0] + sums[1], parameters)
    for one, other, both in zip(*alone, together, strict=True):
        torch.testing.assert_close(one + other, both)
        if len(one) == 8:  # numbers of each row
            assert not one[[1, 2, 3, 4, 6]].any(), "tokens that are not there give their rows no gradient"
    with torch.no_grad():
        for parameter in parameters:
            parameter += 0.3 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(2))
    refined_table.limit()
    trained = refined_table.matrix()
    assert not torch.equal(trained, table.matrix())
    assert torch.equal(refined_table(tokens), trained[tokens] * 3.0)
    assert torch.equal(refined_table.compressed().matrix(), trained)


# -- the method --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("trains", "settings"), FORMS, ids=lambda x: x if isinstance(x, str) else x["format"])
def test_the_divergence_falls_in_the_same_format_and_bytes(
    trains: str, settings: dict[str, Any], tiny: Tiny, tmp_path: Path
) -> None:
    before_it, rates = ("round_to_nearest", settings), {"rounding_lr": 0.02, "learning_rate": 0.01}
    stage = refined(tiny, before_it, {**FEW, **rates, "trains": trains, "solve_codes": False}, tmp_path)
    before, after = divergence(stage)
    assert after < before
    came, left = tensors(tmp_path / "before" / "artifact"), tensors(tmp_path / "artifact")
    assert {n: (x.dtype, x.shape) for n, x in left.items()} == {n: (x.dtype, x.shape) for n, x in came.items()}
    models = [open_model(folder / "artifact").load() for folder in (tmp_path / "before", tmp_path)]
    specs = [{n: m.spec() for n, m in model.compressed().items()} for model in models]
    assert specs[0] == specs[1]
    changed = {
        n.rpartition(".")[2] for n in came if not torch.equal(came[n].view(torch.uint8), left[n].view(torch.uint8))
    }
    if "blocks" not in {n.rpartition(".")[2] for n in came}:
        codes = {"codes"} if trains != "scales" else set()
        numbers = {"scales", *(["zero_points"] if settings.get("zero_point") == "float" else [])}
        assert changed == codes | (numbers if trains != "codes" else set())
    else:
        assert changed == {"blocks"}
        assert (stage.details.get("codes_changed", 0.0) > 0) == (trains != "scales")
    assert stage.details["worst_layer"]["name"] in specs[0]


def test_codes_that_gptq_chose_move_where_gradients_keep_their_sign(tiny: Tiny, tmp_path: Path) -> None:
    """They start in the middle of their level; some move within 40 steps of the default rate, and they gain."""
    calibrated = {"text": TEXT, "num_samples": 8, "sequence_length": 32, "gptaq_alpha": 0, **SHAPE}
    stage = refined(tiny, ("gptq", calibrated), {**FEW, "trains": "codes", "steps": 40}, tmp_path)
    before, after = divergence(stage)
    assert after < before and 0 < stage.details["codes_changed"] < 0.05


@pytest.mark.parametrize(("method_id", "is_centered"), [("gptq", True), ("round_to_nearest", False)])
def test_a_layer_knows_by_its_codes_whether_they_were_solved(
    method_id: str, is_centered: bool, tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calibrated = {"text": TEXT, "num_samples": 8, "sequence_length": 32}
    groups: list[list[float | None]] = []
    plain = RefineObjective.groups

    def seen(objective: RefineObjective) -> list[Group]:
        made = plain(objective)
        groups.append([group.rate for group in made if group.optimizer == "sign"])
        return made

    monkeypatch.setattr(RefineObjective, "groups", seen)
    before_it = (method_id, {**SHAPE, **(calibrated if is_centered else {})})
    one_step = {**FEW, "trains": "both", "steps": 1, "rounding_lr": 0.01, "solve_codes": False}
    refined(tiny, before_it, one_step, tmp_path)
    assert groups[0] == [pytest.approx(0.01 * (CENTERED if is_centered else 1.0))]


def raised(error: BaseException) -> NoReturn:
    raise error


# -- the guard ---------------------------------------------------------------------------------------------------------
def test_the_measured_divergence_is_that_of_the_artifact(tiny: Tiny, tmp_path: Path) -> None:
    """On all tokens of the text: what is told of the held-out ones is not another model's."""
    refined(tiny, INT3, FEW, tmp_path)
    original = logits(tiny("llama")).log_softmax(-1)
    found = [logits(folder / "artifact").log_softmax(-1) for folder in (tmp_path / "before", tmp_path)]
    before, after = ((original.exp() * (original - x)).sum(-1).mean() for x in found)
    assert after < before


def test_a_result_that_is_no_better_is_given_back_as_it_came(tiny: Tiny, tmp_path: Path) -> None:
    """A rate so high that everything gets worse, and no look before the end."""
    settings = {
        **FEW,
        "steps": 2,
        "learning_rate": 50.0,
        "eval_steps": 0,
        "early_stopping_patience": 0,
        "trains": "both",
        "solve_codes": False,
    }
    stage = refined(tiny, INT3, settings, tmp_path)
    came, left = tensors(tmp_path / "before" / "artifact"), tensors(tmp_path / "artifact")
    assert came.keys() == left.keys() and all(torch.equal(came[name], left[name]) for name in came)
    before, after = divergence(stage)
    assert before == after
    assert any("given back as it came" in line for line in stage.warnings)


def test_what_can_not_be_refined_is_refused(tiny: Tiny, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="nothing to refine"):
        compress(tiny("llama"), "refine", MATRIX_SETTINGS, tmp_path / "dense")
    compress(tiny("llama"), *INT3, tmp_path / "before")
    quantized = tmp_path / "before" / "artifact"
    with pytest.raises(BadInput, match="The original is the quantized model itself"):
        compress(quantized, "refine", MATRIX_SETTINGS, tmp_path / "same")
    with pytest.raises(BadInput, match="The original is another model"):
        compress(quantized, "refine", {**MATRIX_SETTINGS, "original": str(tiny("wide"))}, tmp_path / "other")


@pytest.mark.parametrize("ignored", ["down_proj", "embed_tokens"])
def test_layers_and_tables_to_ignore_stay(ignored: str, tiny: Tiny, tmp_path: Path) -> None:
    with_table = (INT3[0], {**INT3[1], "quantize_embeddings": True, "quantize_head": True})
    refined(tiny, with_table, {**FEW, "steps": 3, "ignore": (ignored,)}, tmp_path)
    came, left = tensors(tmp_path / "before" / "artifact"), tensors(tmp_path / "artifact")
    same = {name: torch.equal(came[name], left[name]) for name in came if name.endswith("scales")}
    assert len(same) == 15 and all(same[name] == (ignored in name) for name in same)


@pytest.mark.parametrize("kind", ["llama", "llama_untied", "gemma"])
@pytest.mark.parametrize("trains", ["scales", "both"])
def test_a_quantized_embedding_learns_with_the_layers(kind: str, trains: str, tiny: Tiny, tmp_path: Path) -> None:
    """It and its tied head keep one table; the divergence falls below that of layers that learn alone."""
    rounding = {"format": "int2", "group_size": 16, "quantize_embeddings": True, "quantize_head": True}
    compress(tiny(kind), "round_to_nearest", rounding, tmp_path / "before")
    name = open_model(tiny(kind)).anatomy.embeddings[0]
    after = []
    for ignore in ((name, "lm_head"), ()):
        folder = tmp_path / str(len(after))
        inputs = {"teacher": open_model(tiny(kind))}
        settings = {**FEW, "learning_rate": 0.01, "trains": trains, "rounding_lr": 0.02, "ignore": ignore}
        stage = compress(tmp_path / "before" / "artifact", "refine", settings, folder, inputs=inputs)
        after.append(divergence(stage)[1])
    assert after[1] < after[0] < divergence(stage)[0]
    assert name in stage.layers
    models = [open_model(path / "artifact").load() for path in (tmp_path / "before", tmp_path / "1")]
    specs = [{n: m.spec() for n, m in model.compressed().items()} for model in models]
    assert specs[0] == specs[1] and specs[0][name]["kind"] == "quantized_embedding"
    came, learned = (model.get(name).get_buffer("scales") for model in models)
    assert not torch.equal(came, learned)


# -- files of others ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "trains", "ends"),
    [
        ("llama", "scales", ("head",)),
        ("llama", "both", ("embeddings", "head")),
        ("llama_untied", "scales", ("embeddings", "head")),
        ("gpt2", "scales", ("embeddings", "head")),
        ("gpt2", "both", ("head",)),
    ],
)
def test_a_gguf_file_is_refined_in_its_own_types(
    kind: str, trains: str, ends: tuple[str, ...], tiny: Tiny, tmp_path: Path
) -> None:
    """Opened from disk with the original beside it, and exported again: every tensor has the type that it had. A tied
    head is refined with its embedding, one of its own like a layer."""
    form = export_format("gguf")
    rounding = {"format": "Q4_0", **{f"quantize_{end}": True for end in ends}}
    compress(tiny(kind), "round_to_nearest", rounding, tmp_path / "made")
    form.write(open_model(tmp_path / "made" / "artifact"), tmp_path / "file", form.options(), lambda *_: None)
    (file,) = (tmp_path / "file").glob("*.gguf")
    settings = {**FEW, "original": str(tiny(kind)), "trains": trains}
    stage = compress(file, "refine", settings, tmp_path / "refined")
    before, after = divergence(stage)
    assert after < before
    model = open_model(tmp_path / "refined" / "artifact")
    tables = {model.anatomy.embeddings[0]} if "embeddings" in ends else set()
    tables |= set() if model.anatomy.tied else {str(model.anatomy.head)}
    packed = {name for name, module in model.load().compressed().items() if isinstance(module, GgmlWeight)}
    assert packed == tables | {linear.name for linear in model.anatomy.linears}
    assert tables <= set(stage.layers) and tables
    model = open_model(tmp_path / "refined" / "artifact")
    form.write(model, tmp_path / "again", form.options(), lambda *_: None)
    (again,) = (tmp_path / "again").glob("*.gguf")
    described = [{t.name: (t.dtype, t.shape, t.nbytes) for t in read_header(path).tensors} for path in (file, again)]
    assert described[0] == described[1]
    assert torch.equal(logits(again), logits(tmp_path / "refined" / "artifact"))


INT4: dict[str, Any] = {"format": "int4", "group_size": 32}
FILES: list[tuple[str, dict[str, Any]]] = [
    ("gptq", {**INT4, "symmetric": False}),
    ("gptq", INT4),
    ("awq", {**INT4, "symmetric": False}),
    ("compressed-tensors", {**INT4, "symmetric": False}),
    ("compressed-tensors", {"format": "float8_e4m3", "granularity": "channel"}),
    ("compressed-tensors", {"format": "nvfp4"}),
]
"""Export format, settings of the rounding."""


@pytest.mark.parametrize(
    ("form", "settings"), FILES, ids=lambda x: x if isinstance(x, str) else f"{x['format']}-{x.get('symmetric', True)}"
)
def test_files_of_other_programs_are_refined_in_their_own_layout(
    form: str, settings: dict[str, Any], tiny: Tiny, tmp_path: Path
) -> None:
    entry = export_format(form)
    compress(tiny("llama"), "round_to_nearest", settings, tmp_path / "made")
    entry.write(open_model(tmp_path / "made" / "artifact"), tmp_path / "file", entry.options(), lambda *_: None)
    learning = {**FEW, "steps": 8, "original": str(tiny("llama")), "learning_rate": 0.01}
    stage = compress(tmp_path / "file", "refine", {**learning, "solve_codes": False}, tmp_path / "refined")
    before, after = divergence(stage)
    assert after < before
    layers = open_model(tmp_path / "refined" / "artifact").load().compressed()
    assert len([layer for layer in layers.values() if isinstance(layer, QuantizedLinear)]) == 14
    again = open_model(tmp_path / "refined" / "artifact")
    entry.write(again, tmp_path / "again", entry.options(), lambda *_: None)
    came, left = tensors(tmp_path / "file"), tensors(tmp_path / "again")
    assert {n: (x.dtype, x.shape) for n, x in left.items()} == {n: (x.dtype, x.shape) for n, x in came.items()}
    changed = {n for n in came if not torch.equal(came[n].view(torch.uint8), left[n].view(torch.uint8))}
    assert changed and all("scale" in name for name in changed)


# -- activations -------------------------------------------------------------------------------------------------------
def test_it_trains_through_rounded_activations(tiny: Tiny, tmp_path: Path) -> None:
    """W4A4: what the layers read is rounded in the forward pass, and stays so."""
    w4a4 = {"format": "int4", "group_size": 16, "activations": "int4"}
    stage = refined(tiny, ("round_to_nearest", w4a4), FEW, tmp_path)
    before, after = divergence(stage)
    assert after < before
    layers = open_model(tmp_path / "artifact").load().compressed().values()
    assert all(isinstance(layer, QuantizedLinear) and layer.activations == Activations(4) for layer in layers)


def test_it_trains_behind_online_rotations(tiny: Tiny, tmp_path: Path) -> None:
    """W4A4KV4 by SpinQuant: rotations, rounded inputs, rounded keys and values are in the forward pass."""
    spin = {"format": "int4", "text": TEXT, "num_samples": 2, "sequence_length": 32, "rotation": "hadamard"}
    stage = refined(tiny, ("spinquant", {**spin, "activation_bits": 4, "kv_bits": 4}), FEW, tmp_path)
    before, after = divergence(stage)
    assert after < before
    layers = open_model(tmp_path / "artifact").load().compressed().values()
    assert any(isinstance(layer, RotatedLinear) for layer in layers)


# -- time --------------------------------------------------------------------------------------------------------------
def test_the_clock_limits_the_steps_and_the_result_is_this_runs_alone(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RefineRun, "_steps", lambda run, seconds: 5)
    stage = refined(tiny, INT3, {**FEW, "max_minutes": 1.0}, tmp_path)
    assert stage.stopped_early
    steps = [event.step for event in stage.events if isinstance(event, Metric) and event.name == "loss/train"]
    assert steps[-1] == 5
    assert not (tmp_path / "artifact").exists() and (tmp_path / "artifact.early").is_dir()


def test_planned_steps_are_those_that_fit(tiny: Tiny, tmp_path: Path) -> None:
    settings = refine_method.RefineSettings(max_minutes=1.0, steps=100, eval_samples=8, batch_size=2, eval_steps=0)
    model = open_model(tiny("llama"))
    run = RefineRun(model, model, settings, RecordingStage(tmp_path))
    # 8 samples in 16 s: 2 s a sample of two forward passes, 8 s for a step of 2 samples in four
    assert run._steps(Start(0.1, 0.1, seconds=16.0, solving_seconds=0.0)) == 6
    assert run._steps(Start(0.1, 0.1, seconds=16.0, solving_seconds=16.0)) == 4
    late = RefineRun(model, model, settings.replace(max_minutes=0.0), RecordingStage(tmp_path))
    assert late._steps(Start(0.1, 0.1, seconds=1e9, solving_seconds=0.0)) == 100


def test_no_longer_than_the_time_limit_is_promised(tiny: Tiny) -> None:
    model, info = open_model(tiny("llama")), method("refine")

    def seconds(max_minutes: float) -> float:
        settings = info.settings.parse({"steps": 10_000_000, "max_minutes": max_minutes})
        return info.load().estimate(model.header, model.anatomy, settings, torch.device("cpu")).seconds or 0.0

    assert seconds(0.5) == 30.0 < seconds(0.0)
    assert seconds(1e5) == pytest.approx(min(6e6, seconds(0.0)))


def test_what_it_starts_from_is_the_same_after_a_kill(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planned steps follow from it; it is measured once."""
    compress(tiny("llama"), *INT3, tmp_path / "before")
    starts: list[Start] = []

    def killed(_: RefineRun, start: Start) -> int:
        starts.append(start)
        raise Killed

    monkeypatch.setattr(RefineRun, "_steps", killed)
    for _ in range(2):
        with pytest.raises(Killed):
            inputs = {"teacher": open_model(tiny("llama"))}
            compress(tmp_path / "before" / "artifact", "refine", FEW, tmp_path / "killed", inputs=inputs)
        monkeypatch.setattr(refine_method, "held_out_divergence", lambda *_: raised(AssertionError("measured again")))
    assert starts[0] == starts[1]
    assert starts[0].solved < starts[0].before and starts[0].seconds > 0 and starts[0].solving_seconds > 0


def test_what_the_clock_cut_short_is_taken_up_to_the_same_bytes(tiny: Tiny, tmp_path: Path) -> None:
    """The limit is passed at the end of the second step, then at that of the first: the first run's result counts."""
    compress(tiny("llama"), *INT3, tmp_path / "before")
    source, settings = tmp_path / "before" / "artifact", {**FEW, "max_minutes": 1.0}

    def run(folder: Path, seconds: float, **options: Any) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(RefineRun, "_steps", lambda run, _: run.settings.steps)
            patch.setattr(refine_objective.time, "monotonic", itertools.count(step=seconds).__next__)
            compress(source, "refine", settings, folder, inputs={"teacher": open_model(tiny("llama"))}, **options)

    run(tmp_path / "whole", 40.0)
    with pytest.raises(Killed):
        run(tmp_path / "killed", 40.0, kill_at=2)
    run(tmp_path / "killed", 70.0)
    whole, taken_up = (tensors(tmp_path / name / "artifact.early") for name in ("whole", "killed"))
    assert whole and whole.keys() == taken_up.keys()
    assert all(torch.equal(whole[name], taken_up[name]) for name in whole)


def test_the_weights_of_the_original_count_for_the_signature(tiny: Tiny) -> None:
    """Not its name alone, nor its config."""
    info = method("refine")
    words = [
        work_of(info, info.settings.parse({"original": str(tiny(kind))}), {"model": "0"}, 0)
        for kind in ("llama", "llama", "llama_untied")
    ]
    assert words[0] == words[1] != words[2]
