"""The block that a pipeline starts with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

from engine.architecture.recognition import find_anatomy
from engine.base.errors import BadInput
from engine.methods.registry import method
from engine.methods.source.model import method as room
from engine.methods.source.model.settings import ModelSettings
from engine.models.source import open_model


class Stage(SimpleNamespace):
    """Notes what it is told."""

    def __init__(self) -> None:
        super().__init__(lines=[])

    def log(self, text: str) -> None:
        self.lines.append(text)

    def progress(self, fraction: float, text: str = "") -> None:
        self.lines.append(text)

    def checkpoint(self) -> None:
        pass


def test_it_opens_a_model(tiny: Callable[[str], Path]) -> None:
    source, stage = method("model").load_source(), Stage()
    model = source.open(ModelSettings(model=str(tiny("llama"))), stage)
    assert model.path == tiny("llama")
    assert str(tiny("llama")) in stage.lines[0]
    assert all(parameter.device.type == "meta" for parameter in model.module.parameters())


def test_it_downloads_what_is_not_here(tiny: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def download(name: str, revision: str, progress: Any, checkpoint: Any) -> None:
        asked.append((name, revision))
        raise BadInput("There is no model")

    monkeypatch.setattr(room, "download", download)
    with pytest.raises(BadInput, match="There is no model"):
        method("model").load_source().open(ModelSettings(model="owner/name", revision="v1"), Stage())
    assert asked == [("owner/name", "v1")]


def test_check_and_estimate(tiny: Callable[[str], Path]) -> None:
    source, model = method("model").load_planner(), open_model(tiny("llama"))
    settings = ModelSettings(model=str(tiny("llama")))
    assert source.check(model.anatomy, settings) == []
    estimate = source.estimate(model.header, model.anatomy, settings, torch.device("cpu"))
    assert estimate.disk_bytes == model.header.nbytes
    largest = max(tensor.nbytes for tensor in model.header.tensors)
    assert estimate.memory_bytes == 2 * largest
    network = nn.ModuleDict({name: nn.ModuleList([nn.Linear(4, 4)]) for name in ("first", "second")})
    (problem,) = source.check(find_anatomy(network, {}), settings)
    assert problem.severity == "warning"
    assert "not recognized" in problem.message
