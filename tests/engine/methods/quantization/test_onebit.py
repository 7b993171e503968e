"""OneBit as a method: it learns from its teacher, whole or layer by layer, and packs into what it trained."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from engine.base.errors import BadInput
from engine.calibration.walk import LayerStep
from engine.contracts.events import Metric
from engine.export.base import DtypeOptions
from engine.export.registry import export_format
from engine.methods.quantization.onebit.objective import LayerObjective
from engine.methods.registry import method
from engine.models import sampling
from engine.models.layerwise import Call
from engine.models.model import Model
from engine.models.source import open_model
from engine.modules.onebit import OneBitLinear, OneBitTraining
from engine.numerics.quantization.onebit import signs
from engine.testing.models import DECODERS
from engine.testing.stage import Killed, compress, logits
from engine.training.objective import Objective

Tiny = Callable[[str], Path]
TEXT = str(Path(__file__).resolve().parents[4] / "LICENSE")
MATRIX_SETTINGS: dict[str, Any] = {"text": TEXT, "sequence_length": 32, "steps": 2, "batch_size": 2, "eval_samples": 2}
MATRIX_KINDS = DECODERS
LAYERS: dict[str, Any] = {**MATRIX_SETTINGS, "mode": "layerwise", "num_samples": 8}


@pytest.fixture(autouse=True)
def every_step_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.training.loop.REPORT_SECONDS", 0.0)


def losses(stage: Any) -> list[tuple[int, float]]:
    return [(e.step, e.value) for e in stage.events if isinstance(e, Metric) and e.name == "loss/train"]


@pytest.mark.parametrize("normalize", [True, False])
def test_it_learns_and_packs_into_what_it_trained(
    normalize: bool, tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained: list[torch.Tensor] = []
    tokens = torch.arange(24)[None]

    def train(objective: Objective, *arguments: Any, **keywords: Any) -> Any:
        from engine.training.loop import train as real

        embedding = objective.module.get_input_embeddings().weight
        before = embedding.detach().clone()
        done = real(objective, *arguments, **keywords)
        assert not embedding.requires_grad and torch.equal(embedding, before)
        with torch.no_grad():
            trained.append(objective.module(input_ids=tokens).logits)
        return done

    monkeypatch.setattr("engine.methods.quantization.onebit.method.train", train)
    settings = {**MATRIX_SETTINGS, "steps": 16, "layer_norm": normalize, "learning_rate": 1e-3, "eval_samples": 0}
    text = tmp_path / "one.txt"
    text.write_text("The license of a single window." * 2, encoding="utf-8")
    stage = compress(tiny("llama"), "onebit", {**settings, "batch_size": 1, "text": str(text)}, tmp_path)
    found = [value for _, value in losses(stage)]
    assert found[-1] < 0.9 * found[0]
    model = open_model(tmp_path / "artifact").load(dtype=torch.float32)
    with torch.no_grad():
        assert torch.equal(model.module(input_ids=tokens).logits, trained[0])
    kinds = {module.KIND for module in model.compressed().values()}
    assert kinds == {"onebit" if normalize else "onebit_dense"}


def test_signs_flip_and_norms_learn(tiny: Tiny, tmp_path: Path) -> None:
    compress(
        tiny("llama"), "onebit", {**MATRIX_SETTINGS, "layer_norm": True, "steps": 6, "learning_rate": 2e-2}, tmp_path
    )
    before, after = open_model(tiny("llama")).load(), open_model(tmp_path / "artifact").load()
    name = "model.layers.0.mlp.up_proj"
    made = after.get(name)
    assert isinstance(made, OneBitLinear)
    flipped = made.sign_matrix() != signs(before.get(name).weight)
    assert 0 < flipped.float().mean() < 0.5
    norm = "model.layers.0.input_layernorm"
    assert not torch.equal(before.get(norm).weight, after.get(norm).weight)
    assert torch.equal(before.get("model.embed_tokens").weight, after.get("model.embed_tokens").weight)


def test_the_file_has_one_bit_a_weight(tiny: Tiny, tmp_path: Path) -> None:
    """To the byte: signs, two float16 vectors, and the biases as they were."""
    stage = compress(tiny("odd"), "onebit", MATRIX_SETTINGS, tmp_path)
    model = open_model(tmp_path / "artifact")
    sizes = {tensor.name: tensor.nbytes for tensor in model.header.tensors}
    bits = weights = 0
    for linear in model.anatomy.linears:
        mine = {key: size for key, size in sizes.items() if key.startswith(f"{linear.name}.")}
        bias = 4 * linear.out_features if linear.bias else 0
        assert (
            sum(mine.values())
            == linear.out_features * -(-linear.in_features // 8) + 2 * (linear.out_features + linear.in_features) + bias
        )
        bits += 8 * sum(mine.values())
        weights += linear.in_features * linear.out_features
    assert stage.details["layer_bits_per_weight"] == pytest.approx(bits / weights)


def test_layer_by_layer_every_layer_learns(tiny: Tiny, tmp_path: Path) -> None:
    settings = {**LAYERS, "steps": 16, "learning_rate": 1e-2, "eval_samples": 0}
    stage = compress(tiny("llama"), "onebit", settings, tmp_path)
    found = losses(stage)
    assert [step for step, _ in found] == list(range(1, 33))  # one curve through both layers
    for layer in (found[:16], found[16:]):
        assert sum(v for _, v in layer[-3:]) < 0.95 * sum(v for _, v in layer[:3])
    assert len(open_model(tmp_path / "artifact").compressed()) == 14
    assert torch.isfinite(logits(tmp_path / "artifact")).all()


@pytest.mark.parametrize("normalize", [True, False])
def test_layer_by_layer_what_was_trained_is_what_is_stored(
    normalize: bool, tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last layer's output at the end of the walk is that of the loaded file, to the bit."""
    from engine.calibration.walk import walk as real

    walks: list[tuple[torch.Tensor, LayerStep]] = []

    def walk(model: Model, stage: Any, tokens: torch.Tensor, **options: Any) -> Iterator[LayerStep]:
        for layer_step in real(model, stage, tokens, **options):
            walks.append((tokens, layer_step))
            yield layer_step

    monkeypatch.setattr("engine.methods.quantization.onebit.method.walk", walk)
    compress(tiny("qwen2"), "onebit", {**LAYERS, "layer_norm": normalize, "learning_rate": 1e-2}, tmp_path)
    tokens, last = walks[-1]
    model = open_model(tmp_path / "artifact").load(dtype=torch.float32)
    given: list[torch.Tensor] = []
    model.get(str(model.anatomy.final_norm)).register_forward_pre_hook(lambda _, x: given.append(x[0]))
    with torch.no_grad():
        for sample in tokens:
            model.module(input_ids=sample[None])
    assert len(given) == len(last.hidden) == 8
    assert all(torch.equal(one, other) for one, other in zip(given, last.hidden, strict=True))


def test_with_layernorm_only_directions_of_states_count() -> None:
    target = torch.randn(2, 3, 8)
    batch = {"hidden": 2 * target, "target": target}
    losses = [
        LayerObjective(nn.Identity(), Call({1: ((), {})}), name="layers.0", lengths=lengths)(batch)["loss"].item()
        for lengths in (False, True)
    ]
    assert losses == pytest.approx([0.0, 1.0], abs=1e-5)


def test_layer_by_layer_another_model_teaches_from_its_own_embeddings(tiny: Tiny, tmp_path: Path) -> None:
    """A teacher that is the same but for its embeddings: all that differs comes from there."""
    teacher = open_model(tiny("llama_untied"))
    source = tiny("llama_untied")
    compress(source, "onebit", LAYERS, tmp_path / "own", inputs={"teacher": open_model(source)})
    teacher.load()
    with torch.no_grad():
        teacher.get(teacher.anatomy.embeddings[0]).weight.mul_(3.0)
    teacher.load = lambda *arguments, **keywords: teacher  # type: ignore[method-assign, assignment]
    teacher.free = lambda *arguments: None  # type: ignore[method-assign, assignment]
    compress(source, "onebit", LAYERS, tmp_path / "other", inputs={"teacher": teacher})
    assert not torch.equal(logits(tmp_path / "own" / "artifact"), logits(tmp_path / "other" / "artifact"))


def test_layer_by_layer_resumes_to_the_same_bytes(tmp_path: Path) -> None:
    """Of a model in bfloat16, whose norms are rounded when they are stored."""
    from engine.testing.models import tiny_model

    source = tiny_model("qwen2", tmp_path / "model", torch.bfloat16)
    compress(source, "onebit", LAYERS, tmp_path / "whole")
    for kill_at in (2, 3):
        with pytest.raises(Killed):
            compress(source, "onebit", LAYERS, tmp_path / f"killed{kill_at}", kill_at=kill_at)
        compress(source, "onebit", LAYERS, tmp_path / f"killed{kill_at}")
        for file in sorted((tmp_path / "whole" / "artifact").iterdir()):
            assert file.read_bytes() == (tmp_path / f"killed{kill_at}" / "artifact" / file.name).read_bytes()


def test_what_normalizes_is_never_written_as_a_dense_layer(tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("llama"), "onebit", {**MATRIX_SETTINGS, "layer_norm": True}, tmp_path)
    model = open_model(tmp_path / "artifact")
    for name in ("dense", "compressed-tensors", "gguf"):
        with pytest.raises(BadInput, match="normalizes its output"):
            export_format(name).write(model, tmp_path / "export", DtypeOptions(), lambda *_: None)
    assert not (tmp_path / "export").exists()


def test_without_layernorm_it_is_written_as_a_dense_one(tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("gpt2"), "onebit", {**MATRIX_SETTINGS, "layer_norm": False}, tmp_path)
    model = open_model(tmp_path / "artifact")
    dense = export_format("dense")
    assert not [p for p in dense.problems(model, DtypeOptions()) if p.severity == "error"]
    dense.write(model, tmp_path / "export", DtypeOptions(), lambda *_: None)
    assert torch.allclose(logits(tmp_path / "export"), logits(tmp_path / "artifact"), atol=1e-4)


def test_another_model_teaches(tiny: Tiny, tmp_path: Path) -> None:
    """One of another shape can't, which is said: the model teaches itself then. One of the same changes the result."""
    odd = {"teacher": open_model(tiny("odd"))}
    stage = compress(tiny("llama"), "onebit", MATRIX_SETTINGS, tmp_path / "odd", inputs=odd)
    assert any("The teacher has another shape" in line for line in stage.lines)
    compress(tiny("llama"), "onebit", MATRIX_SETTINGS, tmp_path / "own")
    teacher = open_model(tiny("mistral"))
    compress(tiny("llama"), "onebit", MATRIX_SETTINGS, tmp_path / "other", inputs={"teacher": teacher})
    own = logits(tmp_path / "own" / "artifact")
    assert torch.equal(own, logits(tmp_path / "odd" / "artifact"))
    assert not torch.equal(own, logits(tmp_path / "other" / "artifact"))


def test_a_damaged_weight_is_named(tiny: Tiny, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="NaN"):
        OneBitTraining.of(torch.full((2, 2), torch.nan), None)


def test_checks(tiny: Tiny) -> None:
    info = method("onebit")

    def messages(kind: str, **settings: Any) -> str:
        anatomy = open_model(tiny(kind)).anatomy
        return " ".join(p.message for p in info.load().check(anatomy, info.settings.parse(settings)))

    assert not messages("odd")
    assert "predicts the next token" in messages("bert")
    assert "no linear layer is left" in messages("llama", ignore=["layers.*"])


@pytest.mark.parametrize(("settings", "samples"), [(MATRIX_SETTINGS, 2 * 2 + 2), (LAYERS, 8)])
def test_it_learns_from_a_text_that_its_teacher_writes(
    settings: dict[str, Any], samples: int, tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without data (Xu et al. 2024, section 3.4): by the teacher, not by the model; the same text in every run."""
    writers: list[tuple[Path, tuple[int, ...]]] = []
    real = sampling.own_text

    def own_text(model: Model, *sizes: int, **more: Any) -> torch.Tensor:
        writers.append((model.path, sizes))
        return real(model, *sizes, **more)

    monkeypatch.setattr(sampling, "own_text", own_text)
    teacher = tiny("llama_untied")
    inputs = {"teacher": open_model(teacher)}
    runs = [
        compress(tiny("llama"), "onebit", {**settings, "text": "model"}, tmp_path / name, inputs=inputs)
        for name in ("one", "two")
    ]
    assert {path for path, _ in writers} == {teacher} and [sizes for _, sizes in writers] == [(samples, 32)] * 2
    one, two = (stage.details["training_text"] for stage in runs)
    assert one == two and one["text"] == "model"
    files = [sorted((tmp_path / name / "artifact").glob("*.safetensors")) for name in ("one", "two")]
    assert files[0] and [file.read_bytes() for file in files[0]] == [file.read_bytes() for file in files[1]]
