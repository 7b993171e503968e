"""Speeds of llama.cpp by type: what follows from measured times, and that they are measured once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import gguf
import pytest
import torch

from engine.base.errors import Cancelled
from engine.measure import machine
from engine.measure.llama_cpp import rates
from engine.measure.llama_cpp.rates import FEW, FIRST, Shape, decoding_rates
from engine.numerics.ggml.layouts import FORMATS, dequantize

OWN_RATES = True
TOKEN, ROW, WEIGHT = 2e-5, 6e-9, {"Q8_0": 1.4e-10, "Q4_K": 8e-11, "F16": 3e-10}


@pytest.fixture(autouse=True)
def workspace(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COMPRESSION_STUDIO_HOME", str(tmp_path))


def took(type_name: str, shape: Shape, _: Callable[[], None]) -> float:
    """Seconds of a token by the formula."""
    return TOKEN + shape.layers * (shape.rows * ROW + shape.weights * WEIGHT[type_name])


def test_rates_follow_from_the_times_of_three_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "token_seconds", took)
    measured = decoding_rates(["Q4_K", "F16"], lambda: None, lambda *_: None)
    assert measured.token == pytest.approx(TOKEN, rel=1e-6)
    assert measured.row == pytest.approx(ROW, rel=1e-6)
    assert dict(measured.weight) == pytest.approx(WEIGHT, rel=1e-6)
    assert measured.threads == torch.get_num_threads()


def test_a_type_is_measured_once_and_with_another_number_of_threads_again(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def counted(type_name: str, shape: Shape, checkpoint: Callable[[], None]) -> float:
        calls.append(type_name)
        return took(type_name, shape, checkpoint)

    monkeypatch.setattr(rates, "token_seconds", counted)
    first = decoding_rates(["Q4_K"], lambda: None, lambda *_: None)
    assert calls == [FIRST, FIRST, FIRST, "Q4_K"]
    assert decoding_rates(["Q4_K"], lambda: None, lambda *_: None) == first and len(calls) == 4
    decoding_rates(["Q4_K", "F16"], lambda: None, lambda *_: None)
    assert calls[4:] == ["F16"]
    monkeypatch.setattr(machine.devices, "info", lambda _: {"threads": 63})
    decoding_rates(["Q4_K"], lambda: None, lambda *_: None)
    assert len(calls) == 9


def test_a_cancel_ends_a_measurement_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp", reason="the extra llama is not installed")

    def cancelled() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        decoding_rates(["Q4_0"], cancelled, lambda *_: None)
    assert not list((tmp_path / "cache").glob("speed-*"))


def test_llama_cpp_runs_the_random_network_in_every_kind_of_type(tmp_path: Path) -> None:
    """A block type, one of codebooks, and a dense one; the file holds the weights that were drawn."""
    pytest.importorskip("xllamacpp", reason="the extra llama is not installed")
    small = Shape(layers=2, hidden=256, inner=256, key_value=64, tokens=4)
    for name in ("Q4_K", "IQ3_XXS", "BF16"):
        assert 0 < rates.token_seconds(name, small, lambda: None) < 10
    file = tmp_path / "one.gguf"
    rates.write_random(file, "Q4_K", small)
    tensors = {tensor.name: tensor for tensor in gguf.GGUFReader(file).tensors}
    blocks = torch.from_numpy(tensors["blk.1.ffn_down.weight"].data.copy())
    weight = dequantize(blocks, FORMATS["Q4_K"])
    assert weight.shape == (256, 256) and 0.01 < float(weight.std()) < 0.03
    assert FEW.weights == 7 * 128 * 128 - 2 * 64 * 128
