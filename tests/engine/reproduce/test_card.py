"""What the record of an export says before it is made again; and both commands through the engine."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from engine.base.errors import BadInput
from engine.contracts.commands import Command
from engine.contracts.recipe import NAME
from engine.contracts.replay import Card, ReadCard, Replay, ReplayExport
from engine.pipeline.document import Pipeline
from engine.record.home import Home
from engine.reproduce.card import read_card
from engine.service.client import Client
from tests.engine.reproduce.exports import exported

Tiny = Callable[[str], Path]
GPTQ = {"format": "int4", "group_size": 32, "num_samples": 8, "sequence_length": 32}


def card_of(export: Path) -> Card:
    return read_card(str(export), "", lambda *_: None, lambda: None)


def test_a_card_in_words(tiny: Tiny, tmp_path: Path) -> None:
    text = tmp_path / "fox.txt"
    text.write_text("The quick brown fox jumps over the lazy dog. " * 60, encoding="utf-8")
    settings = {**GPTQ, "text": str(text)}
    folder = exported(tiny("llama"), [("gptq", settings)], "gguf", Home(tmp_path / "home"), tmp_path / "out")
    (file,) = folder.glob("*.gguf")
    card = card_of(file)
    assert (card.name, card.format, card.options, card.base) == (file.name, "GGUF", "", tiny("llama").name)
    assert not card.base_is_here and not card.why_not and not card.other_environment
    (step,) = card.steps
    assert step.title == "GPTQ" and "group_size = 32" in step.settings and "fox.txt" in step.settings
    assert "damping" not in step.settings, "the default is not worth a word"
    (named,) = card.files
    assert (named.setting, named.name, named.is_here) == ("text", "fox.txt", False) and len(named.digest) == 64
    assert dict(card.environment)["threads"] == str(torch.get_num_threads()) and "torch" in dict(card.environment)
    assert [block.method for block in Pipeline.from_json(card.pipeline).blocks] == ["model", "gptq"]
    for other in (folder, folder / "README.md", folder / NAME):
        assert dataclasses.replace(card_of(other), export=card.export) == card
    (folder / NAME).unlink()
    assert card_of(file) == card
    with pytest.raises(BadInput, match="can't be replayed"):
        card_of(tmp_path)


class Asking(Client):
    """Asks an engine of a thread, and waits."""

    def ask_and_wait(self, command: Command) -> object:
        answers: list[object] = []
        self.ask(command, answers.append, answers.append)
        until = time.monotonic() + 120
        while not answers and time.monotonic() < until:
            self.pump()
            time.sleep(0.01)
        return answers[0]


def test_through_the_engine(tiny: Tiny, tmp_path: Path) -> None:
    steps = [("round_to_nearest", {"format": "int8", "group_size": 32})]
    folder = exported(tiny("llama"), steps, "gguf", Home(tmp_path / "home"), tmp_path / "out")
    client = Asking()
    try:
        card = client.ask_and_wait(ReadCard(export=str(folder)))
        assert isinstance(card, Card) and card.tensors > 10
        result = client.ask_and_wait(ReplayExport(export=card.export, base=str(tiny("llama")), layers=1))
        assert isinstance(result, Replay) and result.mode == "partial" and result.verdict == "exact"
    finally:
        client.close()
