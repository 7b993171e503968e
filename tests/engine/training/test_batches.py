"""Samples of a text in batches."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.base.errors import BadInput
from engine.contracts.details import CALIBRATION_WINDOWS
from engine.data.batches import even_windows, overlapping, windows
from engine.data.samples import load_ids
from engine.methods.registry import method
from engine.models.model import Model
from engine.models.source import load_tokenizer, open_model
from engine.testing.stage import RecordingStage, compress
from engine.training.batches import TokenBatches, text_batches
from engine.training.domain_settings import DomainTrainingSettings
from engine.training.domains import batches_of
from engine.training.settings import TrainingSettings


def test_tokens_are_those_of_samples_that_are_trained_on() -> None:
    batches = TokenBatches({"input_ids": torch.arange(20 * 3).view(20, 3)}, size=4, micro=2, seed=0, held_out=4)
    held_out = {int(ids[0]) for batch in batches.held_out() for ids in batch["input_ids"]}
    few, all_of_them = batches.tokens(4), batches.tokens(100)
    assert few.shape == (4, 3) and int(few[0, 0]) < 15 and int(few[-1, 0]) >= 36  # spread over the text
    assert all_of_them.shape == (16, 3) and held_out.isdisjoint(all_of_them[:, 0].tolist())
    assert set(few[:, 0].tolist()) <= set(all_of_them[:, 0].tolist())


def test_tokens_of_padded_samples_are_without_the_padding() -> None:
    mask = torch.tensor([[1, 1, 0], [1, 1, 1], [1, 0, 0], [1, 1, 0]])
    ids = torch.arange(12).view(4, 3) * mask - (1 - mask)
    batches = TokenBatches({"input_ids": ids, "attention_mask": mask}, size=1, micro=1, seed=0)
    assert batches.tokens(4).tolist() == [[0, 1, 3], [4, 5, 6]]  # 9 and 10 make no whole sample


def test_windows_that_share_tokens_with_those_of_another_length() -> None:
    assert overlapping(6, 10, [1, 4], 8).tolist() == [True, True, False, True, False, False]  # tokens 8-15, 32-39
    assert overlapping(3, 10, [9], 8).tolist() == [False, False, False]


SETTINGS = {"text": str(Path(__file__).resolve().parents[3] / "LICENSE"), "eval_samples": 4}


def calibrated_model(source: Path, folder: Path, settings: dict[str, Any]) -> Model:
    """What GPTQ leaves, with its entry in the history."""
    stage = compress(source, "gptq", {"format": "int4", "group_size": 32, **settings}, folder)
    model = open_model(folder / "artifact")
    model.history = ({"method": "gptq", "settings": settings, "details": stage.history_details},)
    return model


@pytest.mark.parametrize("length", [32, 48])
def test_samples_that_a_block_was_calibrated_on_are_not_held_out(
    length: int, tiny: Callable[[str], Path], tmp_path: Path
) -> None:
    """With 32 tokens all four would be among the 16 that both spread over the text."""
    calibrated = {"text": SETTINGS["text"], "num_samples": 16, "sequence_length": 32}
    model, stage = calibrated_model(tiny("llama"), tmp_path, calibrated), RecordingStage(tmp_path / "stage")
    settings = method("refine").settings.parse({**SETTINGS, "sequence_length": length})
    assert isinstance(settings, TrainingSettings)
    batches = text_batches(model, settings, stage)
    ids = load_ids(load_tokenizer(model), str(SETTINGS["text"]))[0]
    seen = {token for place in even_windows(len(ids) // 32, 16) for token in range(32 * place, 32 * place + 32)}
    numbers = [int(batch["sample"]) for batch in batches.held_out()]
    assert len(numbers) == 4
    assert seen.isdisjoint(token for number in numbers for token in range(length * number, length * (number + 1)))
    assert not stage.warnings


def test_it_says_where_all_samples_were_calibrated_on(tiny: Callable[[str], Path], tmp_path: Path) -> None:
    calibrated = {"text": SETTINGS["text"], "num_samples": 1000, "sequence_length": 32}
    stage = RecordingStage(tmp_path / "stage")
    settings = method("refine").settings.parse({**SETTINGS, "sequence_length": 32})
    assert isinstance(settings, TrainingSettings)
    batches = text_batches(calibrated_model(tiny("llama"), tmp_path, calibrated), settings, stage)
    assert len(list(batches.held_out())) == 4
    assert any("an earlier block was calibrated on" in line for line in stage.warnings)


def test_domains_hold_out_what_no_block_was_calibrated_on(tiny: Callable[[str], Path], tmp_path: Path) -> None:
    """Of the domain that the calibration read; the other one holds out what it always does."""
    here = Path(__file__)
    calibrated = {"text": SETTINGS["text"], "num_samples": 16, "sequence_length": 32}
    model, stage = calibrated_model(tiny("llama"), tmp_path, calibrated), RecordingStage(tmp_path / "stage")
    domains = (f"license = {SETTINGS['text']}", f"source = {here}")
    settings = method("sheared_llama").settings.parse({"domains": domains, "eval_samples": 4, "sequence_length": 32})
    assert isinstance(settings, DomainTrainingSettings)
    batches = batches_of(model, settings, stage)
    texts = {"a": str(SETTINGS["text"]), "b": str(here)}
    ids = {name: load_ids(load_tokenizer(model), text)[0] for name, text in texts.items()}
    held_out: dict[int, list[tuple[int, ...]]] = {0: [], 1: []}
    for batch in batches.held_out():
        for domain, sample in zip(batch["domain"].tolist(), batch["input_ids"], strict=True):
            held_out[domain].append(tuple(sample.tolist()))
    read = {tuple(sample.tolist()) for sample in windows(ids["a"], 32)[even_windows(len(ids["a"]) // 32, 16)]}
    assert len(held_out[0]) == 4 and read.isdisjoint(held_out[0])
    whole = len(ids["b"]) // 32
    middles = [(2 * number + 1) * whole // 8 for number in range(4)]
    assert held_out[1] == [tuple(windows(ids["b"], 32)[number].tolist()) for number in middles]
    assert not stage.warnings


def test_it_names_the_domain_that_was_read_whole(tiny: Callable[[str], Path], tmp_path: Path) -> None:
    calibrated = {"text": SETTINGS["text"], "num_samples": 1000, "sequence_length": 32}
    model, stage = calibrated_model(tiny("llama"), tmp_path, calibrated), RecordingStage(tmp_path / "stage")
    domains = (f"license = {SETTINGS['text']}", f"source = {Path(__file__)}")
    settings = method("sheared_llama").settings.parse({"domains": domains, "eval_samples": 4, "sequence_length": 32})
    assert isinstance(settings, DomainTrainingSettings)
    batches_of(model, settings, stage)
    (warning,) = stage.warnings
    assert "held-out samples of license are not independent" in warning


@pytest.mark.parametrize("damage", [{"length": 0}, {"windows": [-1]}, {"sha256": None}, None])
def test_a_damaged_record_of_windows_is_refused(
    damage: dict[str, Any] | None, tiny: Callable[[str], Path], tmp_path: Path
) -> None:
    compress(tiny("llama"), "gptq", {"format": "int4", "group_size": 32, "num_samples": 4}, tmp_path)
    file = tmp_path / "artifact" / "compression.json"
    described = json.loads(file.read_text())
    record = {"sha256": "0", "length": 32, "windows": [0]}
    described["history"] = [{"method": "gptq", "details": {CALIBRATION_WINDOWS: record}}]
    file.write_text(json.dumps(described))
    assert open_model(file.parent).history
    described["history"][0]["details"][CALIBRATION_WINDOWS] = damage and {**record, **damage}
    file.write_text(json.dumps(described))
    with pytest.raises(BadInput, match="description is damaged"):
        open_model(file.parent)
