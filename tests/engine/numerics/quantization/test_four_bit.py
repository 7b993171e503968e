"""Use and error of the 4-bit formats, against counting by hand."""

from __future__ import annotations

import pytest
import torch

from engine.numerics.quantization import four_bit
from engine.numerics.quantization.blockwise import levels
from engine.numerics.quantization.formats import E2M1
from engine.numerics.quantization.quantize import dequantize, quantize
from engine.numerics.quantization.scheme import Clip, Scheme


@pytest.mark.parametrize("form", four_bit.FORMATS)
def test_shares_and_error_are_those_of_the_nearest_values(form: four_bit.FourBit) -> None:
    weight = torch.randn(48, 80, generator=torch.Generator().manual_seed(0))
    found = four_bit.fits(weight)[form]
    blocks = weight.view(-1, 64)
    table = torch.tensor(four_bit.values(form), dtype=torch.float64)
    assert (table.diff() >= 0).all() and len(table) == 16
    unit = blocks.abs().amax(1, keepdim=True)
    scaled = blocks.double() / unit.double()
    if form in ("nvfp4", "mxfp4"):  # scales of 8 bits
        made = quantize(weight.view(-1, 64), Scheme(form))
        blocks, unit = weight.view(made.scales.numel(), -1), made.scales.view(-1, 1) * 6
        scaled = blocks.double() / unit.double()
        assert float((blocks.abs().amax(1, keepdim=True) / unit).max()) < 7 / 6
    if form == "int4":  # seen with the extreme on the longer side
        scaled *= -torch.where(scaled.amax(1, keepdim=True) == 1, 1.0, -1.0)
    nearest = (scaled[..., None] - table).abs().min(-1)
    error = float((nearest.values * unit).norm() / blocks.norm())
    assert found.error == pytest.approx(error, rel=1e-3)
    shares = dict.fromkeys(table.tolist(), 0.0)
    for value, share in zip(table.tolist(), found.shares, strict=True):
        shares[value] += share  # FP4 has two zeros
    for value, share in shares.items():
        expected = float((table[nearest.indices] == value).double().mean())
        assert share == pytest.approx(expected, abs=2e-3), value
    assert sum(found.shares) == pytest.approx(1)


def test_normal_weights_lose_least_in_nf4() -> None:
    fits = four_bit.fits(torch.randn(512, 512, generator=torch.Generator().manual_seed(1)))
    assert fits["nf4"].error < fits["int4"].error and fits["nf4"].error < fits["fp4"].error


def test_weights_on_the_values_of_a_format_lose_nothing() -> None:
    weight = levels("nf4").repeat(64).view(16, 64) * 3
    fits = four_bit.fits(weight)
    assert fits["nf4"].error < 1e-6 and fits["int4"].error > 0.01
    assert fits["nf4"].shares == pytest.approx([1 / 16] * 16)


def test_nothing_to_fit() -> None:
    assert four_bit.fits(torch.zeros(64, 64)) == {} and four_bit.fits(torch.ones(3)) == {}


def test_large_weights_are_sampled_at_even_distances(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(four_bit, "SAMPLE", 4 * 64)
    blocks = torch.randn(16, 64, generator=torch.Generator().manual_seed(2))
    assert four_bit.fits(blocks) == four_bit.fits(blocks[::4])
    assert four_bit.fits(blocks[:3]) != four_bit.fits(blocks[:2])


def test_mxfp4_loses_less_than_under_the_floor_of_the_specification() -> None:
    """Σ (w − ŵ)² of normal and of heavy-tailed weights, against 2^(floor(log2 amax) − 2), written out."""
    draw = torch.Generator().manual_seed(2)
    scheme = Scheme("mxfp4", True, "group", 32, "float8_e8m0fnu")
    levels = torch.tensor(sorted({*E2M1, *(-level for level in E2M1)}))
    normal = torch.randn(256, 512, generator=draw)
    for weight in (normal, normal * (1 + normal.abs())):
        groups = weight.view(-1, 32)
        scale = torch.exp2(torch.floor(torch.log2(groups.abs().amax(1, keepdim=True))) - 2)
        floor = levels[torch.bucketize(groups / scale, (levels[1:] + levels[:-1]) / 2)] * scale
        ours = dequantize(quantize(weight, scheme), scheme)
        searched = dequantize(quantize(weight, scheme, Clip("mse")), scheme)
        errors = [float((each.view_as(weight) - weight).square().sum()) for each in (searched, ours, floor)]
        assert errors == sorted(errors) and errors[1] < 0.98 * errors[2]
