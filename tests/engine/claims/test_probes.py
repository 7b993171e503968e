"""Probes measure what they say: an adapter that is merged, attention at several lengths."""

from __future__ import annotations

import pytest
import torch

from engine.claims import probes
from engine.claims.catalog import CLAIMS
from engine.modules.adapted import AdaptedLinear


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "ROUNDS", 1)
    monkeypatch.setattr(probes, "LONG_ROUNDS", 1)
    monkeypatch.setattr(probes, "LEAST_SECONDS", 1e-9)


def _adapters(seed: int = 0) -> dict[str, float]:
    return probes.adapters(seed=seed, checkpoint=lambda: None, width=48, rank=4, tokens=8)


def test_a_merged_adapter_differs_by_rounding_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    values = _adapters()
    assert 0 < values["difference"] < 1e-5 and values["milliseconds/merged"] > 0
    assert _adapters(1)["difference"] != values["difference"]
    monkeypatch.setattr(AdaptedLinear, "dense_weight", lambda self: self.base.dense_weight())  # forgets the update
    assert _adapters()["difference"] > 0.01


def test_attention_that_is_written_out_takes_the_square_of_the_length_in_memory() -> None:
    exact = probes.attention(seed=0, checkpoint=lambda: None, kind="written out", lengths=[256, 512, 1024])
    slots = probes.attention(seed=0, checkpoint=lambda: None, kind="slots", lengths=[1024, 4096], slots=32)
    assert exact["megabytes/exponent"] == pytest.approx(2, abs=0.1)
    assert slots["megabytes/exponent"] == pytest.approx(1, abs=0.1)
    assert set(exact) >= {"milliseconds/256", "milliseconds/1024", "milliseconds/exponent"}


def test_an_exponent_is_that_of_the_law_behind_all_values() -> None:
    assert probes.exponent([1024, 4096, 16384], [3.0, 12.0, 48.0]) == pytest.approx(1)
    assert probes.exponent([1024, 2048, 4096], [3.0, 12.0, 48.0]) == pytest.approx(2)
    assert 1 < probes.exponent([1024, 2048, 4096], [3.0, 12.0, 13.0]) < 2


def test_every_probe_of_a_claim_gives_what_is_compared() -> None:
    small = {"lengths": [64, 128], "length": 128, "slots": 4, "segment": 16, "width": 16, "rank": 2, "tokens": 4}
    compared = 0
    for claim in CLAIMS:
        for arm in claim.arms:
            if arm.probe:
                options = {
                    name: small[name] if name in small and value else value for name, value in arm.options.items()
                }
                values = probes.PROBES[arm.probe](seed=0, checkpoint=lambda: None, **options)
                assert claim.measure_of(arm) in values
                compared += 1
    assert compared > 4


def test_a_probe_draws_from_its_seed_alone() -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    assert _adapters(3)["difference"] == _adapters(3)["difference"]
    assert torch.equal(before, torch.get_rng_state())
