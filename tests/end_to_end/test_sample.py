"""The methods on the bundled sample, through the command line: metrics in the order that theory asks for, and an
export that stock transformers loads."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from engine.cli import main

Compress = Callable[..., dict[str, Any]]


@pytest.fixture
def compress(told: Callable[..., dict[str, Any]]) -> Compress:
    """``compress("gptq format=int3", …)``: the metrics of every stage, by its place in the chain."""
    return partial(told, "sample", num_windows=6)


def metrics(told: dict[str, Any], stage: int = -1) -> dict[str, float]:
    found: dict[str, float] = told["stages"][stage]["metrics"]
    return found


def test_fewer_bits_cost_more(compress: Compress) -> None:
    told = {name: compress(f"round_to_nearest format={name}") for name in ("int8", "int4", "int3", "int2")}
    original = metrics(told["int8"], 0)
    assert metrics(told["int8"])["perplexity"] == pytest.approx(original["perplexity"], rel=0.01)
    bits = [metrics(told[name])["bits_per_weight"] for name in ("int8", "int4", "int3", "int2")]
    divergence = [metrics(told[name])["kl_divergence"] for name in ("int8", "int4", "int3", "int2")]
    assert bits == sorted(bits, reverse=True) and divergence == sorted(divergence)
    assert original["bits_per_weight"] == pytest.approx(16, rel=0.01)


def test_gptq_loses_less_than_rounding(compress: Compress) -> None:
    nearest = metrics(compress("round_to_nearest format=int3 clip=mse"))
    solved = metrics(compress("gptq format=int3 num_samples=16 sequence_length=256"))
    assert solved["kl_divergence"] < nearest["kl_divergence"]
    assert solved["size_bytes"] == pytest.approx(nearest["size_bytes"], rel=0.001)


@pytest.mark.parametrize("name", ["compressed-tensors", "dense", "container"])
def test_export_is_loaded_and_verified(
    name: str,
    compress: Compress,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> None:
    """Of compressed-tensors in processes that are started as they are in use; of the others in forked ones, since what
    is started is the same."""
    if name != "compressed-tensors":
        request.getfixturevalue("warm_reader")
    words = ("--export", name, "--out", str(tmp_path / "small"))
    told = compress("gptq num_samples=8 sequence_length=128", *words, num_windows=1)
    assert told["status"] == "done" and (tmp_path / "small" / "README.md").exists()
    assert main(["verify", str(tmp_path / "small"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["export"]["ok"] is True


def test_awq_loses_less_than_rounding_and_stays_plain(
    compress: Compress, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nearest = metrics(compress("round_to_nearest format=int3 symmetric=false"))
    out = tmp_path / "small"
    scaled = metrics(compress("awq format=int3 num_samples=8 sequence_length=256"))
    assert scaled["kl_divergence"] < 0.9 * nearest["kl_divergence"]
    assert scaled["size_bytes"] == pytest.approx(nearest["size_bytes"], rel=0.001)
    words = ("--export", "compressed-tensors", "--out", str(out))
    told = compress("awq num_samples=8 sequence_length=128 n_grid=4", *words)
    assert told["status"] == "done" and (out / "config.json").exists()
