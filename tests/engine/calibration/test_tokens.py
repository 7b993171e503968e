"""Calibration tokens: spread evenly over a text, or written by the model itself."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from engine.base.errors import BadInput
from engine.calibration.settings import CalibrationSettings
from engine.calibration.tokens import calibration_tokens
from engine.data.texts import load_text
from engine.data.tokens import token_ids
from engine.models.source import load_tokenizer, open_model
from engine.testing.stage import RecordingStage, compress, logits

Tiny = Callable[[str], Path]
TEXT = str(Path(__file__).resolve().parents[3] / "LICENSE")


def own(samples: int, length: int) -> CalibrationSettings:
    return CalibrationSettings.parse({"text": "model", "num_samples": samples, "sequence_length": length})


def test_samples_lie_evenly_in_the_text(tiny: Tiny, tmp_path: Path) -> None:
    stage, model = RecordingStage(tmp_path), open_model(tiny("llama"))
    settings = CalibrationSettings.parse({"text": TEXT, "num_samples": 5, "sequence_length": 16})
    tokens = calibration_tokens(model, settings, stage)
    whole = token_ids(load_tokenizer(model), load_text(TEXT, part="train").text)
    assert tokens.shape == (5, 16) and tokens.dtype == torch.int64
    windows = whole[: len(whole) // 16 * 16].view(-1, 16)
    places = [int((windows == row).all(1).nonzero()[0]) for row in tokens]
    steps = {b - a for a, b in itertools.pairwise(places)}
    assert places[0] == 0 and max(steps) - min(steps) <= 1
    assert stage.details["calibration"]["tokens"] == 80 and len(stage.details["calibration"]["sha256"]) == 64


def test_samples_are_drawn_anew_for_each_place_in_a_pipeline(tiny: Tiny, tmp_path: Path) -> None:
    settings = CalibrationSettings.parse({"text": TEXT, "num_samples": 16, "sequence_length": 16})
    first, again, other = (
        calibration_tokens(
            open_model(tiny("llama")), settings, RecordingStage(tmp_path, signature=signature * 32), at_random=True
        )
        for signature in "001"
    )
    assert torch.equal(first, again) and not torch.equal(first, other)
    assert first.shape == (16, 16)


def test_the_model_writes_its_own_text(sample_model: Path, tmp_path: Path) -> None:
    model = open_model(sample_model)
    stage = RecordingStage(tmp_path)
    tokens = calibration_tokens(model, own(40, 24), stage)
    assert tokens.shape == (40, 24) and tokens.dtype == torch.int64
    special = set(load_tokenizer(model).all_special_ids)
    assert not special & set(tokens.flatten().tolist())
    assert len({tuple(row) for row in tokens.tolist()}) == 40
    assert all(parameter.is_meta for parameter in model.module.parameters())  # it was freed again
    assert torch.equal(calibration_tokens(model, own(40, 24), RecordingStage(tmp_path / "again")), tokens)
    other = RecordingStage(tmp_path / "other", signature="1" * 32)
    assert not torch.equal(calibration_tokens(model, own(40, 24), other), tokens)
    assert stage.details["calibration"]["text"] == "model"


def test_what_it_wrote_is_likely(sample_model: Path, tmp_path: Path) -> None:
    """Far likelier to the model than tokens that were drawn without it, and the first of it are the likeliest."""
    model = open_model(sample_model)
    tokens = calibration_tokens(model, own(16, 32), RecordingStage(tmp_path))
    model.load(dtype=torch.float32)
    random = torch.randint(0, model.anatomy.vocabulary, tokens.shape, generator=torch.Generator().manual_seed(0))

    def loss(ids: torch.Tensor) -> float:
        with torch.no_grad():
            found = model.module(input_ids=ids).logits
        return float(torch.nn.functional.cross_entropy(found[:, :-1].flatten(0, 1), ids[:, 1:].flatten()))

    assert loss(tokens) < loss(random) - 3
    with torch.no_grad():
        likely = model.module(input_ids=tokens).logits.argmax(-1)
    assert torch.equal(tokens[:, 1:4], likely[:, :3])


def test_it_is_kept_for_a_resume(sample_model: Path, tmp_path: Path) -> None:
    tokens = calibration_tokens(open_model(sample_model), own(4, 16), RecordingStage(tmp_path))
    kept = tmp_path / "scratch" / "calibration-text.safetensors"
    written = kept.stat().st_mtime_ns
    assert torch.equal(calibration_tokens(open_model(sample_model), own(4, 16), RecordingStage(tmp_path)), tokens)
    assert kept.stat().st_mtime_ns == written


def test_gptq_on_its_own_text_beats_rounding(sample_model: Path, tmp_path: Path) -> None:
    compress(sample_model, "round_to_nearest", {"format": "int3", "clip": "mse"}, tmp_path / "nearest")
    settings = {"format": "int3", "text": "model", "num_samples": 24, "sequence_length": 64, "compute_dtype": "float32"}
    stage = compress(sample_model, "gptq", settings, tmp_path / "solved")
    assert stage.details["calibration"]["tokens"] == 24 * 64
    wanted = logits(sample_model, 128).log_softmax(-1)
    errors = [
        float((wanted.exp() * (wanted - logits(tmp_path / name / "artifact", 128).log_softmax(-1))).sum(-1).mean())
        for name in ("nearest", "solved")
    ]
    assert errors[1] < errors[0]


def test_an_encoder_writes_nothing(tiny: Tiny, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="its own text"):
        calibration_tokens(open_model(tiny("bert")), own(2, 8), RecordingStage(tmp_path))


def test_records_are_put_together_as_they_are_trained_on(tiny: Tiny, tmp_path: Path) -> None:
    file = tmp_path / "records.jsonl"
    file.write_text("\n".join(f'{{"prompt": "What is {n}?", "answer": "It is {n}."}}' for n in range(20)), "utf-8")
    model, stage = open_model(tiny("llama")), RecordingStage(tmp_path)
    settings = CalibrationSettings.parse({"text": str(file), "num_samples": 1, "sequence_length": 32})
    tokens = calibration_tokens(model, settings, stage)
    written = load_tokenizer(model).decode(tokens[0].tolist())
    assert written.startswith("What is 0?It is 0.</s>What is 1?It"), written
    assert len(stage.details["calibration"]["sha256"]) == 64


@pytest.mark.parametrize("kind", ["gpt2", "opt", "bert"])
def test_samples_beyond_the_table_of_positions_are_refused(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    model = open_model(tiny(kind))
    for length, is_known in ((256, True), (257, False)):
        settings = CalibrationSettings.parse({"text": TEXT, "num_samples": 1, "sequence_length": length})
        if is_known:
            tokens = calibration_tokens(model, settings, RecordingStage(tmp_path))
            model.ready().module.base_model(input_ids=tokens)
        else:
            with pytest.raises(BadInput, match="256 positions"):
                calibration_tokens(model, settings, RecordingStage(tmp_path))
