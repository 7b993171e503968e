"""LR-QAT as a method: it starts as rounding to nearest, learns, and merges into plain integers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.architecture.anatomy import Linear
from engine.base.errors import BadInput
from engine.contracts.events import Metric
from engine.export.base import DtypeOptions
from engine.export.formats import compressed_tensors
from engine.methods.quantization.common import self_distillation
from engine.methods.registry import method
from engine.models.source import open_model
from engine.modules.attention import OnlineAttention
from engine.modules.quantized import Activations, QuantizedLinear
from engine.testing.models import DECODERS
from engine.testing.stage import RecordingStage, compress, logits
from engine.training.objective import Objective

Tiny = Callable[[str], Path]
TEXT = str(Path(__file__).resolve().parents[4] / "LICENSE")
MATRIX_SETTINGS: dict[str, Any] = {
    "format": "int3",
    "text": TEXT,
    "sequence_length": 32,
    "steps": 2,
    "eval_samples": 2,
    "rank": 4,
    "scale_lr": 1e-2,
    "learning_rate": 0.1,
}
MATRIX_KINDS = DECODERS


@pytest.fixture(autouse=True)
def every_step_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.training.loop.REPORT_SECONDS", 0.0)


def losses(stage: Any, name: str = "loss/train") -> list[float]:
    return [event.value for event in stage.events if isinstance(event, Metric) and event.name == name]


@pytest.mark.parametrize("learn", ["low_rank", "scales", "weights"])
@pytest.mark.parametrize("symmetric", [True, False])
def test_it_learns_and_merges_into_what_it_trained(
    learn: str, symmetric: bool, tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same batch again and again: the loss ends below that of rounding to nearest, with which it starts; the merged
    model gives the logits of the last forward pass."""
    settings = {**MATRIX_SETTINGS, "trainable": learn, "symmetric": symmetric, "steps": 12, "eval_samples": 0}
    settings |= {"format": "int2", "granularity": "group", "group_size": 32, "batch_size": 1, "weight_lr": 1e-3}
    text = tmp_path / "one.txt"
    text.write_text("The license of a single window." * 2, encoding="utf-8")
    trained: list[torch.Tensor] = []
    tokens = torch.arange(24)[None]

    def train(objective: Objective, *arguments: Any, **keywords: Any) -> Any:
        from engine.training.loop import train as real

        done = real(objective, *arguments, **keywords)
        with torch.no_grad():
            trained.append(objective.module(input_ids=tokens).logits)
        return done

    monkeypatch.setattr("engine.methods.quantization.lr_qat.method.train", train)
    stage = compress(tiny("llama"), "lr_qat", {**settings, "text": str(text)}, tmp_path)
    found = losses(stage)
    assert found[-1] < 0.9 * found[0]
    model = open_model(tmp_path / "artifact").load(dtype=torch.float32)
    with torch.no_grad():
        merged = model.module(input_ids=tokens).logits
    assert torch.allclose(merged, trained[0], rtol=1e-5, atol=1e-5)
    assert stage.details["merge_difference"] < 1e-5
    quantized = [m for m in model.compressed().values() if isinstance(m, QuantizedLinear)]
    assert len(quantized) == 14 and all(m.scheme.symmetric is symmetric for m in quantized)
    changed = [event.metrics["changed"] for event in stage.layers.values()]
    assert len(changed) == 14
    if learn == "scales":
        assert stage.details["integers_changed"] == 0 == max(changed)
    else:
        assert 0 < stage.details["integers_changed"] < 0.9


@pytest.mark.parametrize("base", ["float32", "integer"])
def test_without_training_it_is_rounding_to_nearest(base: str, tiny: Tiny, tmp_path: Path) -> None:
    """Rates of (almost) nothing change nothing."""
    settings = {**MATRIX_SETTINGS, "downcast": base, "learning_rate": 1e-12, "scale_lr": 0, "steps": 1}
    compress(tiny("qwen2"), "lr_qat", settings, tmp_path / "one")
    nearest = {"format": "int3", "granularity": "channel", "clip": "mse", "mse_exponent": 3.0, "mse_steps": 100}
    compress(tiny("qwen2"), "round_to_nearest", nearest, tmp_path / "other")
    assert torch.equal(logits(tmp_path / "one" / "artifact"), logits(tmp_path / "other" / "artifact"))


def test_the_student_is_never_whole_in_float32(tiny: Tiny, tmp_path: Path) -> None:
    """It is loaded part by part, and every part is exchanged at once."""
    model = open_model(tiny("llama_untied"))
    linears, seen = model.anatomy.linears, set()

    class Stage(RecordingStage):
        def checkpoint(self) -> None:
            dense = {x.name for x in linears if type(model.get(x.name)) is torch.nn.Linear}
            seen.add(sum(not model.get(name).weight.is_meta for name in dense))
            super().checkpoint()

    def identity(linear: Linear, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.nn.Module:
        return torch.nn.Identity()

    self_distillation.replace_layers(model, Stage(tmp_path), linears, identity, "Replacing")
    assert max(seen) == len(model.anatomy.layers[0].linears) < len(linears)


def test_the_integers_leave_as_any_others_do(tiny: Tiny, tmp_path: Path) -> None:
    settings = {**MATRIX_SETTINGS, "format": "int4", "granularity": "group", "group_size": 32}
    compress(tiny("llama"), "lr_qat", settings, tmp_path)
    model = open_model(tmp_path / "artifact")
    assert not [p for p in compressed_tensors.FORMAT.check(model, DtypeOptions()) if p.severity == "error"]
    compressed_tensors.FORMAT.write(model, tmp_path / "export", DtypeOptions(), lambda *_: None)
    dense = dict(compressed_tensors.FORMAT.read(tmp_path / "export"))
    model.load()
    for name, module in model.compressed().items():
        assert torch.equal(dense[f"{name}.weight"], module.dense_weight())


def test_rounded_activations_are_trained_with_and_kept(tiny: Tiny, tmp_path: Path) -> None:
    settings = {**MATRIX_SETTINGS, "activations": "int8", "loss": "labels"}
    compress(tiny("llama"), "lr_qat", settings, tmp_path)
    modules = open_model(tmp_path / "artifact").compressed().values()
    for module in modules:
        assert isinstance(module, QuantizedLinear) and module.activations is not None
        assert module.activations.bits == 8 and not module.activations.symmetric


def test_rounded_keys_and_values_are_trained_with_and_kept(tiny: Tiny, tmp_path: Path) -> None:
    """In training and after they are rounded alike, so the merged model still gives what was trained."""
    found: list[torch.Tensor] = []
    for bits in (16, 8, 2):
        place = tmp_path / str(bits)
        stage = compress(tiny("qwen2"), "lr_qat", {**MATRIX_SETTINGS, "kv_bits": bits}, place)
        assert stage.details["merge_difference"] < 1e-5
        online = [m for m in open_model(place / "artifact").compressed().values() if isinstance(m, OnlineAttention)]
        assert len(online) == (0 if bits == 16 else 2)
        assert all(m.keys == m.values == Activations(bits, symmetric=False) and not m.rotate for m in online)
        found.append(logits(place / "artifact"))
    off = [float((each - found[0]).abs().max()) for each in found[1:]]
    assert 0 < off[0] < 0.1 * off[1]


@pytest.mark.parametrize("kind", ["gpt2", "qwen2"])
def test_after_pruning_it_starts_from_what_is_left(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    """Of compressed layers the dense equal counts, whichever way round their tensors lie."""
    pruning = {"sparsity": 0.5, "score": "magnitude"}
    compress(tiny(kind), "one_shot_pruning", pruning, tmp_path / "pruned")
    settings = {**MATRIX_SETTINGS, "downcast": "float32", "learning_rate": 1e-12, "scale_lr": 0, "steps": 1}
    pruned = tmp_path / "pruned" / "artifact"
    compress(pruned, "lr_qat", settings, tmp_path / "one")
    nearest = {"format": "int3", "granularity": "channel", "clip": "mse", "mse_exponent": 3.0, "mse_steps": 100}
    compress(pruned, "round_to_nearest", nearest, tmp_path / "other")
    assert torch.equal(logits(tmp_path / "one" / "artifact"), logits(tmp_path / "other" / "artifact"))


def test_keeping_the_weights_takes_as_much_memory(tiny: Tiny) -> None:
    model, made = open_model(tiny("llama")), method("lr_qat")
    kept, again = (
        made.load().estimate(
            model.header,
            model.anatomy,
            made.settings.parse({**MATRIX_SETTINGS, "keep_quantized_weights": keep}),
            torch.device("cpu"),
        )
        for keep in (True, False)
    )
    weights = sum(linear.in_features * linear.out_features for linear in model.anatomy.linears)
    assert kept.memory_bytes - again.memory_bytes == 4 * weights


def test_keeping_the_weights_changes_rounding_only(tiny: Tiny, tmp_path: Path) -> None:
    for keep in (True, False):
        compress(tiny("llama"), "lr_qat", {**MATRIX_SETTINGS, "keep_quantized_weights": keep}, tmp_path / str(keep))
    one, other = (logits(tmp_path / str(keep) / "artifact") for keep in (True, False))
    assert torch.allclose(one, other, rtol=1e-3, atol=1e-3)


def test_gradients_pass_the_rounding_of_activations() -> None:
    """Unchanged, but to the value of each token that its range comes from."""
    x = torch.randn(3, 8, generator=torch.Generator().manual_seed(0), requires_grad=True)
    upper = torch.randn(3, 8, generator=torch.Generator().manual_seed(1))
    (Activations(4).rounded(x) * upper).sum().backward()
    is_end = x.detach().abs() == x.detach().abs().amax(1, keepdim=True)
    assert x.grad is not None and torch.equal(x.grad[~is_end], upper[~is_end])
    assert not torch.equal(x.grad[is_end], upper[is_end])


def test_checks(tiny: Tiny) -> None:
    info = method("lr_qat")
    anatomy = open_model(tiny("llama")).anatomy

    def messages(kind: str = "", **settings: Any) -> str:
        model = open_model(tiny(kind)).anatomy if kind else anatomy
        return " ".join(p.message for p in info.load().check(model, info.settings.parse(settings)))

    assert not messages()
    assert "no bits left" in messages(format="int8")
    assert not messages(format="int8", downcast="bfloat16")
    assert "not a multiple of group size 40" in messages(granularity="group", group_size=40)
    assert "predicts the next token" in messages("bert")
    assert messages(ignore=["nothing"]).count("No layer is called 'nothing'") == 1


def test_a_text_that_is_too_short_is_refused(tiny: Tiny, tmp_path: Path) -> None:
    text = tmp_path / "short.txt"
    text.write_text("Too short.", encoding="utf-8")
    with pytest.raises(BadInput, match="shorter than one window"):
        compress(tiny("llama"), "lr_qat", {**MATRIX_SETTINGS, "text": str(text)}, tmp_path)


def test_a_rank_above_the_width_is_said(tiny: Tiny) -> None:
    info = method("lr_qat")
    anatomy = open_model(tiny("llama")).anatomy
    for rank, said in ((33, ["only 32 wide"]), (32, [])):
        problems = info.load().check(anatomy, info.settings.parse({"rank": rank}))
        assert [words for words in said if words in problems[0].message] == said and len(problems) == len(said)
