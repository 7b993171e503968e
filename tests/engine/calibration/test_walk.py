"""The layer-by-layer pass: the same numbers as the whole model at once, each linear computed once, resume, cancel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from models import DECODERS
from recording_stage import Cancelled, Killed, RecordingStage

from engine.calibration.statistics import Gram
from engine.calibration.walk import Site, calibrate
from engine.contracts.errors import RunFailed
from engine.models.source import open_model

Tiny = Callable[[str], Path]
TOKENS = torch.arange(6 * 20).view(6, 20) * 7 % 250


def direct(folder: Path) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    """Gram matrices by linear and the last layer's output, from the whole model at once."""
    model = open_model(folder).load(dtype=torch.float32)
    grams: dict[str, torch.Tensor] = {}
    last: list[torch.Tensor] = []

    def gather(name: str) -> Callable[..., None]:
        def hook(_: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
            x = inputs[0].reshape(-1, inputs[0].shape[-1])
            grams[name] = grams.get(name, torch.zeros(())) + x.T @ x

        return hook

    def output(_: torch.nn.Module, __: object, result: torch.Tensor | tuple[torch.Tensor, ...]) -> None:
        last.append(result[0] if isinstance(result, tuple) else result)

    for linear in model.anatomy.linears:
        model.get(linear.name).register_forward_pre_hook(gather(linear.name))
    model.get(model.anatomy.layers[-1].name).register_forward_hook(output)
    with torch.no_grad():
        for row in TOKENS.split(2):
            model.module(input_ids=row)
    return grams, torch.cat(last)


@pytest.mark.parametrize("kind", [*DECODERS, "bert"])
def test_grams_are_those_of_the_whole_model(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    expected, _ = direct(tiny(kind))
    found: dict[str, torch.Tensor] = {}

    def work(site: Site[Gram]) -> None:
        assert site.statistic.tokens == TOKENS.numel()
        found.update({linear.name: site.statistic.matrix() for linear in site.linears})

    model = open_model(tiny(kind))
    calibrate(model, RecordingStage(tmp_path), TOKENS, statistic=Gram, work=work, batch=2)
    layers = {linear.name for layer in model.anatomy.layers for linear in layer.linears}
    assert found.keys() == layers
    for name in layers:
        scale = float(expected[name].abs().max())
        assert torch.allclose(found[name], expected[name], atol=1e-5 * scale), name


def test_every_linear_is_computed_once_a_batch(tiny: Tiny, tmp_path: Path) -> None:
    model = open_model(tiny("llama"))
    calls: dict[str, int] = {}

    class Counting(torch.nn.Linear):
        name = ""

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            calls[self.name] = calls.get(self.name, 0) + 1
            return super().forward(x)

    def work(site: Site[Gram]) -> None:
        for linear in site.linears:
            module = model.get(linear.name)
            module.__class__ = Counting
            module.name = linear.name

    calibrate(model, RecordingStage(tmp_path), TOKENS, statistic=Gram, work=work, batch=2)
    assert len(calls) == 14
    assert set(calls.values()) == {3}


def test_what_is_passed_on_comes_from_the_compressed_layer(tiny: Tiny, tmp_path: Path) -> None:
    """Weights halved on the way: later layers see what the halved ones give."""
    grams: dict[str, torch.Tensor] = {}
    model = open_model(tiny("llama"))

    def halve(site: Site[Gram]) -> None:
        grams.update({linear.name: site.statistic.matrix() for linear in site.linears})
        for linear in site.linears:
            weight = model.get(linear.name).weight
            assert isinstance(weight, torch.Tensor)
            weight.data.mul_(0.5)

    stage = RecordingStage(tmp_path)
    calibrate(model, stage, TOKENS, statistic=Gram, work=halve, batch=2)
    expected, _ = direct(stage.finish(model))
    for name, gram in grams.items():
        assert torch.allclose(gram, expected[name], atol=1e-5 * float(gram.abs().max())), name


def test_resume_gives_the_same_grams(tiny: Tiny, tmp_path: Path) -> None:
    def run(stage: RecordingStage) -> dict[str, torch.Tensor]:
        grams: dict[str, torch.Tensor] = {}
        model = open_model(tiny("qwen2"))

        def halve(site: Site[Gram]) -> None:
            grams.update({linear.name: site.statistic.matrix() for linear in site.linears})
            for linear in site.linears:
                weight = model.get(linear.name).weight
                assert isinstance(weight, torch.Tensor)
                weight.data.mul_(0.5)

        calibrate(model, stage, TOKENS, statistic=Gram, work=halve)
        return grams

    whole = run(RecordingStage(tmp_path / "whole"))
    with pytest.raises(Killed):
        run(RecordingStage(tmp_path / "killed", kill_at=3))
    rest = run(RecordingStage(tmp_path / "killed"))
    assert rest and rest.keys() < whole.keys()
    assert all(torch.equal(gram, whole[name]) for name, gram in rest.items())


def test_cancel(tiny: Tiny, tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        stage = RecordingStage(tmp_path, cancel_at=2)
        calibrate(open_model(tiny("llama")), stage, TOKENS, statistic=Gram, work=lambda site: None)


def test_a_layer_that_is_not_finite_is_named(tiny: Tiny, tmp_path: Path) -> None:
    model = open_model(tiny("llama"))

    def spoil(site: Site[Gram]) -> None:
        if site.part.name.endswith("1"):
            weight = model.get(site.linears[-1].name).weight
            assert isinstance(weight, torch.Tensor)
            weight.data.fill_(float("inf"))

    with pytest.raises(RunFailed, match=r"layers\.1"):
        calibrate(model, RecordingStage(tmp_path), TOKENS, statistic=Gram, work=spoil)


def test_gram_is_symmetric_and_adds_up() -> None:
    x = torch.randn(40, 1100, generator=torch.Generator().manual_seed(0))
    gram = Gram(1100)
    gram.add(x[:10].view(2, 5, 1100))
    gram.add(x[10:])
    gram.reduce()
    assert gram.tokens == 40
    assert torch.equal(gram.matrix(), gram.matrix().T)
    assert torch.allclose(gram.matrix(), x.T @ x, atol=1e-3)
