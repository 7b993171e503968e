"""Linformer as a method: projections of every sharing, padding and lengths, training that helps, decoders that stay
causal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.base.errors import BadInput
from engine.contracts.events import Curve, Metric
from engine.measure.generate import Decoder
from engine.methods.registry import method
from engine.models.model import Model
from engine.models.source import open_model
from engine.modules.linformer import LinformerAttention
from engine.testing.stage import RecordingStage, compress, logits

Tiny = Callable[[str], Path]
TEXT = str(Path(__file__).resolve().parents[4] / "LICENSE")
MATRIX_SETTINGS: dict[str, Any] = {
    "text": TEXT,
    "sequence_length": 32,
    "projected_dim": 8,
    "max_sequence_length": 48,
    "segment_length": 8,
    "segment_projected_dim": 2,
    "benchmark_length": 0,
    "fit_steps": 2,
    "steps": 2,
    "batch_size": 2,
    "eval_samples": 2,
}
MATRIX_KINDS = ("llama", "llama_untied", "qwen2", "qwen3", "gpt2", "opt", "gpt_neox", "odd", "bert")


def projected(folder: Path) -> tuple[Model, list[LinformerAttention]]:
    model = open_model(folder / "artifact").load(dtype=torch.float32)
    return model, [module for module in model.compressed().values() if isinstance(module, LinformerAttention)]


def hidden(model: Model, ids: torch.Tensor, **inputs: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        found: torch.Tensor = model.module(input_ids=ids, **inputs).last_hidden_state
    return found


@pytest.mark.parametrize(
    ("sharing", "numbers"),
    [("none", 2 * 2 * 4), ("headwise", 2 * 2), ("key_value", 2), ("layerwise", 1)],
)
def test_how_many_projections_there_are(sharing: str, numbers: int, tiny: Tiny, tmp_path: Path) -> None:
    """Two layers of four heads, 48 tokens to 8 slots."""
    compress(tiny("bert"), "linformer", {**MATRIX_SETTINGS, "sharing": sharing}, tmp_path)
    model, modules = projected(tmp_path)
    assert sum(parameter.numel() for module in modules for parameter in module.parameters()) == numbers * 8 * 48
    assert torch.isfinite(hidden(model, torch.arange(20)[None])).all()


@pytest.mark.parametrize("sharing", ["headwise", "layerwise"])
def test_parts_alone_and_the_whole_say_the_same(sharing: str, tiny: Tiny, tmp_path: Path) -> None:
    """A layer that reads another's projections gets them loaded with it."""
    compress(tiny("bert"), "linformer", {**MATRIX_SETTINGS, "sharing": sharing}, tmp_path)
    model = open_model(tmp_path / "artifact")
    last = model.part(model.anatomy.layers[-1].name)
    model.load(last)
    module = model.get(f"{last.name}.attention.self.linformer")
    assert isinstance(module, LinformerAttention)
    query = torch.randn(1, 4, 20, 16, generator=torch.Generator().manual_seed(0))
    assert torch.isfinite(module(query, query, query, None, 0.25)).all()


def test_as_many_slots_as_tokens_changes_nothing(tiny: Tiny, tmp_path: Path) -> None:
    settings = {**MATRIX_SETTINGS, "projected_dim": 48, "fit_steps": 0, "recovery": "none"}
    compress(tiny("bert"), "linformer", settings, tmp_path)
    torch.testing.assert_close(logits(tmp_path / "artifact"), logits(tiny("bert")), rtol=1e-4, atol=1e-5)


def test_padding_is_not_seen(tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("bert"), "linformer", MATRIX_SETTINGS, tmp_path)
    model, _ = projected(tmp_path)
    ids = torch.arange(60).view(2, 30)
    mask = torch.ones(2, 30, dtype=torch.int64)
    mask[0, 17:] = 0
    padded = hidden(model, ids, attention_mask=mask)
    ids[0, 17:] = 200
    torch.testing.assert_close(hidden(model, ids, attention_mask=mask)[0, :17], padded[0, :17])
    alone = hidden(model, ids[:1, :17])
    torch.testing.assert_close(alone[0], padded[0, :17], rtol=1e-4, atol=1e-5)


def test_lengths(tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("bert"), "linformer", MATRIX_SETTINGS, tmp_path)
    model, _ = projected(tmp_path)
    assert hidden(model, torch.arange(48)[None]).shape == (1, 48, 64)
    with pytest.raises(BadInput, match=r"49 tokens.*at most 48"):
        hidden(model, torch.arange(49)[None])


def test_a_later_token_is_seen_by_an_encoder_but_not_by_a_decoder(tiny: Tiny, tmp_path: Path) -> None:
    for kind, seen in (("bert", True), ("llama", False), ("gpt2", False)):
        compress(tiny(kind), "linformer", MATRIX_SETTINGS, tmp_path / kind)
        model, _ = projected(tmp_path / kind)
        ids = torch.arange(40)[None] * 5 % 250
        outputs = []
        for last in (3, 77):
            ids[0, 30] = last
            with torch.no_grad():
                outputs.append(model.module(input_ids=ids)[0][0])
        assert torch.equal(outputs[0][:30], outputs[1][:30]) is not seen
        assert not torch.allclose(outputs[0][30:], outputs[1][30:])


def test_a_decoder_writes_with_its_cache_what_it_reads_without(tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("llama"), "linformer", MATRIX_SETTINGS, tmp_path)
    model, modules = projected(tmp_path)
    assert len(modules) == 2 and all(module.causal for module in modules)
    ids = torch.arange(30) * 7 % 250
    decoder = Decoder(model.module, "cpu")
    rows = [decoder.feed(ids[:13]), *(decoder.feed(token[None]) for token in ids[13:])]
    with torch.no_grad():
        whole = model.module(input_ids=ids[None]).logits[0, 12:]
    torch.testing.assert_close(torch.stack([row.flatten() for row in rows]), whole, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_transformers_generates_the_same_with_and_without_a_cache(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    """Two prompts, the shorter one padded on its left."""
    compress(tiny(kind), "linformer", MATRIX_SETTINGS, tmp_path)
    model, _ = projected(tmp_path)
    ids = torch.arange(26).view(2, 13) * 7 % 250
    mask = torch.ones_like(ids)
    mask[1, :5] = 0
    found = [
        model.module.generate(  # type: ignore[operator]
            ids, attention_mask=mask, max_new_tokens=20, do_sample=False, use_cache=cache, pad_token_id=258
        )
        for cache in (True, False)
    ]
    assert found[0].shape == (2, 33) and torch.equal(*found)
    with pytest.raises(BadInput, match="cache is longer than the text"):
        model.module.generate(ids, max_new_tokens=3, cache_implementation="static")  # type: ignore[operator]


def test_an_encoder_refuses_a_cache() -> None:
    module = LinformerAttention(48, 8)
    module.set_projections(torch.ones(8, 48) / 48, torch.ones(8, 48) / 48)
    key = torch.zeros(1, 4, 20, 16)
    with pytest.raises(BadInput, match="can't go on from a cache"):
        module(key[:, :, -1:], key, key, None, 0.25)


def held_out(stage: RecordingStage, name: str) -> list[float]:
    return [e.value for e in stage.events if isinstance(e, Metric) and e.name == f"{name}: loss/eval"]


def test_an_estimate_without_a_length_in_the_config(tiny: Tiny) -> None:
    """Of what a file may say instead of a number, too."""
    model = open_model(tiny("llama"))
    info = method("linformer")
    settings = info.settings(**{**MATRIX_SETTINGS, "max_sequence_length": 0})
    found = []
    for length in (512, None, "many", [1]):
        header = replace(model.header, config={**model.config, "max_position_embeddings": length})
        estimate = info.load().estimate(header, model.anatomy, settings, torch.device("cpu"))
        found.append(estimate.disk_bytes)
    assert len(set(found)) == 1


@pytest.mark.parametrize(("kind", "start"), [("bert", "random"), ("llama", "random"), ("llama", "segments")])
def test_fitting_lowers_the_error_of_the_layers(kind: str, start: str, tiny: Tiny, tmp_path: Path) -> None:
    settings = {**MATRIX_SETTINGS, "init": start, "recovery": "none", "fit_steps": 30, "fit_lr": 5e-3, "batch_size": 4}
    stage = compress(tiny(kind), "linformer", {**settings, "eval_steps": 1}, tmp_path)
    losses = held_out(stage, "fitting")
    assert losses[-1] < 0.97 * losses[0]


def test_recovery_comes_closer_to_the_original(tiny: Tiny, tmp_path: Path) -> None:
    settings = {
        **MATRIX_SETTINGS,
        "init": "random",
        "fit_steps": 0,
        "steps": 25,
        "batch_size": 4,
        "learning_rate": 2e-4,
    }
    compress(tiny("bert"), "linformer", {**settings, "recovery": "none"}, tmp_path / "before")
    compress(tiny("bert"), "linformer", settings, tmp_path / "after")
    wanted = logits(tiny("bert"))
    before, after = (float((logits(tmp_path / n / "artifact") - wanted).norm()) for n in ("before", "after"))
    assert after < 0.97 * before


def test_only_the_projections_are_trained_where_that_is_asked_for(tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("llama"), "linformer", {**MATRIX_SETTINGS, "trainable": "projections"}, tmp_path)
    model, _ = projected(tmp_path)
    original = open_model(tiny("llama")).load()
    for name, tensor in original.module.state_dict().items():
        assert torch.equal(model.module.state_dict()[name], tensor)


@pytest.mark.parametrize("start", ["attention", "auto"])
def test_as_many_slots_as_tokens_lose_nothing(start: str, tiny: Tiny, tmp_path: Path) -> None:
    settings = {**MATRIX_SETTINGS, "projected_dim": 48, "init": start, "fit_steps": 0, "recovery": "none"}
    compress(tiny("bert"), "linformer", settings, tmp_path)
    wanted = logits(tiny("bert"))
    torch.testing.assert_close(logits(tmp_path / "artifact"), wanted, rtol=0, atol=1e-5 * float(wanted.abs().max()))


@pytest.mark.parametrize("start", ["attention", "auto"])
def test_the_average_attention_as_a_start(start: str, tiny: Tiny, tmp_path: Path) -> None:
    settings = {**MATRIX_SETTINGS, "init": start, "fit_steps": 0, "recovery": "none"}
    compress(tiny("bert"), "linformer", settings, tmp_path)
    _, modules = projected(tmp_path)
    for module in modules:
        assert module.e is not None
        torch.testing.assert_close(module.e.sum(-1), torch.ones(1, 8))


@pytest.mark.parametrize(("kind", "exact"), [("bert", "exact"), ("llama", "exact, causal")])
def test_the_cost_of_attention_is_measured(kind: str, exact: str, tiny: Tiny, tmp_path: Path) -> None:
    settings = {**MATRIX_SETTINGS, "benchmark_length": 1024, "fit_steps": 0, "recovery": "none"}
    stage = compress(tiny(kind), "linformer", settings, tmp_path)
    curves = {(event.chart, event.series): event for event in stage.events if isinstance(event, Curve)}
    ours = "8 slots" if kind == "bert" else "2 slots per 8 tokens"
    for chart in ("Attention time", "Attention memory"):
        for series in (exact, ours):
            assert list(curves[chart, series].x) == [512, 1024] and min(curves[chart, series].y) > 0
    if kind == "bert":
        small, written = (curves["Attention memory", series].y for series in ("8 slots", "exact, written out"))
        assert written[1] > 3.5 * written[0] and small[1] == pytest.approx(2 * small[0], rel=0.05)


def test_checks(tiny: Tiny) -> None:
    info = method("linformer")

    def found(kind: str, **settings: Any) -> list[str]:
        problems = info.load().check(open_model(tiny(kind)).anatomy, info.settings.parse(settings))
        return [f"{problem.severity}: {problem.message}" for problem in problems]

    assert found("bert") == []
    assert [text[:17] for text in found("llama")] == ["warning: In a dec"]
    assert "error: 3 projected lengths for 2 layers" in found("bert", projected_dims="64, 32, 16")
    assert any("share one" in text for text in found("bert", projected_dims="64, 32", sharing="layerwise"))
    assert any("no head" in text for text in found("bert", recovery="language_modeling"))
    assert any("can't have 99 slots" in text for text in found("llama", segment_projected_dim=99))
    with pytest.raises(BadInput, match="whole numbers"):
        info.settings.parse({"projected_dims": "64, many"})


@pytest.mark.parametrize(("kind", "why"), [("gemma2", "caps the logits"), ("mistral", "window")])
def test_other_attentions_are_refused(kind: str, why: str, tiny: Tiny, tmp_path: Path) -> None:
    if kind == "mistral":
        from engine.methods.low_rank.linformer.method import _refuse

        model = open_model(tiny(kind))
        model.config["sliding_window"] = 64
        with pytest.raises(BadInput, match=why):
            _refuse(model)
        return
    with pytest.raises(BadInput, match=why):
        compress(tiny(kind), "linformer", MATRIX_SETTINGS, tmp_path)


def test_layers_of_different_projected_lengths(tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("bert"), "linformer", {**MATRIX_SETTINGS, "projected_dims": ("16", "4")}, tmp_path)
    _, modules = projected(tmp_path)
    assert [module.slots for module in modules] == [16, 4]
