"""ggml's block formats against the gguf package's own dequantization, and their searches against plain rounding."""

from __future__ import annotations

import dataclasses
import itertools

import gguf
import numpy as np
import pytest
import torch
from gguf import quants

from engine.numerics.ggml import on_grid, search
from engine.numerics.ggml.codebooks import CODEBOOKS, Codebook
from engine.numerics.ggml.layouts import FORMATS, LAYOUTS, Format, Layout, dequantize
from engine.numerics.ggml.point_search import LARGE, Search, largest
from engine.numerics.ggml.quantize import quantize
from engine.numerics.ggml.search import Runs, Sums, fit_run_scales, grid_of, whole_numbers

WRITTEN_BY_GGUF = ("Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "TQ1_0", "TQ2_0", "MXFP4")
"""Formats that the gguf package rounds to itself."""


def drawn(rows: int, inputs: int, seed: int = 0) -> torch.Tensor:
    """Weights whose rows differ in size."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(rows, inputs, generator=generator) * 0.1 * torch.rand(rows, 1, generator=generator)


def arbitrary(layout: Layout, rows: int) -> torch.Tensor:
    """Blocks with any codes and whole numbers, and finite d and m: (rows, bytes of three blocks)."""
    generator = torch.Generator().manual_seed(1)
    raw = torch.randint(0, 256, (3 * rows, layout.nbytes), generator=generator, dtype=torch.uint8)
    fields = layout.split(raw)
    d, m = (torch.randn(3 * rows, 1, generator=generator).half().float() for _ in range(2))
    if "e" not in dict(layout.slots):
        fields = dataclasses.replace(fields, d=d, m=None if fields.m is None else m)
    return layout.join(fields).view(rows, -1)


def bits(values: torch.Tensor) -> torch.Tensor:
    return values.contiguous().view(torch.int32)


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_blocks_mean_what_the_gguf_package_reads_to_the_bit(layout: Layout) -> None:
    kind = gguf.GGMLQuantizationType[layout.name]
    assert gguf.GGML_QUANT_SIZES[kind] == (layout.size, layout.nbytes)
    blocks = arbitrary(layout, 16)
    expected = torch.from_numpy(quants.dequantize(blocks.numpy(), kind).astype(np.float32))
    assert torch.equal(bits(dequantize(blocks, layout)), bits(expected))
    each = blocks.view(-1, layout.nbytes)
    assert torch.equal(layout.join(layout.split(each)), each)


@pytest.mark.parametrize("book", CODEBOOKS.values(), ids=CODEBOOKS)
def test_points_mean_what_the_gguf_package_reads_to_the_bit(book: Codebook) -> None:
    kind = gguf.GGMLQuantizationType[book.name]
    assert gguf.GGML_QUANT_SIZES[kind] == (book.size, book.nbytes)
    generator = torch.Generator().manual_seed(1)
    blocks = torch.randint(0, 256, (24, book.nbytes), generator=generator, dtype=torch.uint8)
    blocks[:, 1] &= 0xBB  # a finite d
    expected = torch.from_numpy(quants.dequantize(blocks.numpy(), kind).astype(np.float32))
    assert torch.equal(bits(dequantize(blocks, book)), bits(expected))
    assert torch.equal(book.join(book.split(blocks)), blocks)


def test_the_place_of_the_largest_score() -> None:
    """The first of them where some are equal."""
    scores = torch.randint(0, 50, (3, 40, 512), generator=torch.Generator().manual_seed(0)).float()
    assert (scores == scores.amax(2, keepdim=True)).sum(2).float().mean() > 5
    assert torch.equal(largest(scores), scores.argmax(2))
    assert torch.equal(largest(scores[..., :50]), scores[..., :50].argmax(2))


@pytest.mark.parametrize("book", CODEBOOKS.values(), ids=CODEBOOKS)
def test_points_next_to_weights(book: Codebook) -> None:
    """Against all distances, in plain words, of a run of a row."""
    weight, e = drawn(2, 512), torch.rand(512, generator=torch.Generator().manual_seed(2))
    search = Search(weight, e, book)
    over = torch.full((512 // book.run, 2), book.levels[-1] / float(weight.abs().max()))
    codes, (along, square, _) = search.nearest(over), search.sums(over)
    x = torch.where(search.negative, -weight, weight)[1, -book.run :]
    points, energy = book.points(x.device), e[-book.run :]
    groups = zip((x * over[0, 0]).split(book.group), energy.split(book.group), strict=True)
    expected = [int((each * (points - group).square()).sum(1).argmin()) for group, each in groups]
    assert codes[-1, 1].tolist() == expected
    n = points[expected].flatten()
    most = float((energy * (x * over[0, 0] * n - n * n / 2)).sum())
    found = float(over[0, 0] * along[-1, 1] - square[-1, 1] / 2)
    left = float((energy * (x * over[0, 0]).square()).sum()) / 2
    more = 0.1 if len(points) >= LARGE * book.group else 1e-4  # of the error that the nearest points leave
    assert -1e-4 < (most - found) / (left - most) < more
    assert float(search.explained(over)[-1, 1] * over[0, 0] ** 2) == pytest.approx(found, rel=1e-4)
    odd = search.negative.view(2, -1, 8).sum(2) % 2
    assert not (book.even and odd.any())


@pytest.mark.parametrize("layout", FORMATS.values(), ids=FORMATS)
def test_a_weight_on_the_grid_comes_back_to_the_bit(layout: Format) -> None:
    energy = torch.rand(768, generator=torch.Generator().manual_seed(2)) ** 4
    grid = dequantize(quantize(drawn(8, 768), layout, energy), layout)
    for given in (None, energy):
        assert torch.equal(dequantize(quantize(grid, layout, given), layout), grid)


@pytest.mark.parametrize("name", ["Q4_0", "Q5_0", "Q8_0"])
def test_scales_of_the_largest_weight_are_found_without_a_search(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of files that ggml wrote without an importance matrix; where one block is not so, all are searched."""
    kind, layout = gguf.GGMLQuantizationType[name], LAYOUTS[name]
    weight = drawn(8, 768)
    weight[0, :32] = 0
    written = torch.from_numpy(quants.dequantize(quants.quantize(weight.numpy(), kind), kind))
    other = written.clone()
    other[3, 5] *= 0.97
    assert on_grid.from_ends(other.t().view(-1, 1, 32, 8), layout) is None
    monkeypatch.setattr("engine.numerics.ggml.quantize._search_blocks", None)
    assert torch.equal(dequantize(quantize(written, layout), layout), written)


@pytest.mark.parametrize("name", ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "IQ4_NL", "Q8_0"])
def test_blocks_of_another_program_come_back_too(name: str) -> None:
    """Codes and offsets that no search of ours would have left, as files have them (steps upward where the offset is
    free)."""
    layout = LAYOUTS[name]
    fields = layout.split(arbitrary(layout, 16).view(-1, layout.nbytes))
    upward = dataclasses.replace(fields, d=fields.d.abs() if layout.minimum else fields.d)
    foreign = dequantize(layout.join(upward).view(16, -1), layout)
    assert torch.equal(dequantize(quantize(foreign, layout), layout), foreign)


@pytest.mark.parametrize("name", WRITTEN_BY_GGUF)
def test_the_error_is_below_that_of_the_gguf_package(name: str) -> None:
    weight, kind = drawn(16, 512), gguf.GGMLQuantizationType[name]
    plain = torch.from_numpy(quants.dequantize(quants.quantize(weight.numpy(), kind), kind))
    found = dequantize(quantize(weight, name), LAYOUTS[name])
    assert (found - weight).square().sum() < 0.98 * (plain - weight).square().sum()


@pytest.mark.parametrize("layout", FORMATS.values(), ids=FORMATS)
def test_inputs_with_much_energy_are_spared(layout: Format) -> None:
    weight = drawn(16, 512)
    energy = torch.ones(512)
    energy[::7] = 50.0
    errors = [
        ((dequantize(quantize(weight, layout, given), layout) - weight).square() * energy).sum()
        for given in (energy, None)
    ]
    assert errors[0] < errors[1]


@pytest.mark.parametrize("name", ["Q4_0", "Q4_1", "IQ4_NL"])
def test_sums_over_runs(name: str) -> None:
    """What the searches go by, against the same in plain words: levels, sums, the error that they mean."""
    grid = grid_of(LAYOUTS[name])
    w, e = drawn(3 * 32, 5).view(3, 32, 5), torch.rand(3, 32, generator=torch.Generator().manual_seed(3))
    a, b = w.abs().amax(1) / 7.3, w.amin(1) if grid.values[0] == 0 else torch.zeros(3, 5)
    found = Runs(w, e, grid).sums((1 / a)[None], (-b / a)[None])[0]
    levels = torch.tensor(grid.values, dtype=torch.float32)
    for run, row in itertools.product(range(3), range(5)):
        scaled = (w[run, :, row] - b[run, row]) / a[run, row]
        n = levels[(scaled[:, None] - levels).abs().argmin(1)]
        assert torch.allclose(found.wn[run, row], (e[run] * w[run, :, row] * n).sum(), rtol=1e-4, atol=1e-5)
        assert torch.allclose(found.nn[run, row], (e[run] * n * n).sum(), rtol=1e-4)
        lost = (e[run] * (w[run, :, row] - a[run, row] * n - b[run, row]) ** 2).sum()
        all_of_it = (e[run] * w[run, :, row] ** 2).sum()
        assert torch.allclose(found.lost(a, b)[run, row] + all_of_it, lost, rtol=1e-3, atol=1e-6)


def test_the_result_does_not_depend_on_how_a_weight_is_cut() -> None:
    weight, energy = drawn(700, 512), torch.rand(512, generator=torch.Generator().manual_seed(2))
    for name in ("Q4_0", "Q4_K", "Q3_K"):
        pieces = [quantize(some, name, energy) for some in torch.split(weight, [300, 400])]
        same = (torch.cat(pieces) == quantize(weight, name, energy)).all(1).float().mean()
        assert same > 0.99, name


def test_more_bits_lose_less() -> None:
    weight = drawn(8, 512)
    names = ("IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ3_XXS", "IQ3_S", "Q4_K", "Q5_K", "Q6_K", "Q8_0")
    errors = [float((dequantize(quantize(weight, name), FORMATS[name]) - weight).square().sum()) for name in names]
    assert errors == sorted(errors, reverse=True)


@pytest.mark.parametrize("layout", FORMATS.values(), ids=FORMATS)
def test_extremes_are_finite(layout: Format) -> None:
    """Zeros, one value alone, constants, and inputs that no text ever gave."""
    weight = torch.zeros(4, 256)
    weight[1, 17] = 3.0
    weight[2] = -0.7
    weight[3, :128] = 1e-7
    found = dequantize(quantize(weight, layout, torch.zeros(256)), layout)
    assert torch.isfinite(found).all()
    assert not found[0].any()
    off = 0.6 if isinstance(layout, Codebook) else 0.05  # a codebook has no zeros for the others
    assert torch.allclose(found[1, 17], torch.tensor(3.0), rtol=off)


def test_what_can_not_be_written_is_refused() -> None:
    with pytest.raises(ValueError, match="rows of 48 weights"):
        quantize(torch.ones(1, 48), "Q4_0")
    with pytest.raises(ValueError, match="NaN"):
        quantize(torch.full((1, 32), float("nan")), "Q4_0")
    with pytest.raises(ValueError, match="beyond float16"):
        quantize(torch.full((1, 32), 1e9), "Q4_0")


@pytest.mark.parametrize("name", sorted(CODEBOOKS))
def test_every_block_of_a_codebook_comes_back_to_the_bit(name: str) -> None:
    """Random bytes behind any d: largest weights alone leave several d and scales, the points tell which."""
    book = CODEBOOKS[name]
    draw = torch.Generator().manual_seed(11)
    blocks = torch.randint(0, 256, (768, book.nbytes), dtype=torch.uint8, generator=draw)
    blocks[:, :2] = (torch.rand(768, 1, generator=draw) * 0.1 + 1e-3).half().view(torch.uint8)
    blocks[5, :2] = 0
    weight = book.decode(blocks).view(96, -1)
    assert torch.equal(dequantize(quantize(weight, name), book), weight)
    searched = dequantize(quantize(torch.randn(32, 1024, generator=draw), name), book)
    assert torch.equal(dequantize(quantize(searched, name), book), searched)


def test_a_run_s_min_and_its_neighbors_are_tried_each_with_its_best_scale() -> None:
    """Against all scales under the min that is nearest for the present scale, and under its two neighbors."""
    generator = torch.Generator().manual_seed(0)
    blocks, runs, weights, rows = 8, 8, 32, 16
    n = torch.randint(0, 16, (blocks, runs, weights, rows), generator=generator).double()
    w = 0.1 * n - 0.7 + 0.05 * torch.randn(n.shape, generator=generator).double()
    e = torch.rand(blocks, runs, weights, 1, generator=generator).double() + 0.1
    totals = ((e * x).sum(2) for x in (w * n, n * n, torch.ones_like(w), w, n))
    sums = Sums(*totals)
    d, m = torch.full((blocks, 1, rows), 0.0031).double(), torch.full((blocks, 1, rows), 0.06).double()
    present = torch.randint(28, 37, (blocks, runs, rows), generator=generator).double()
    whole = whole_numbers(LAYOUTS["Q4_K"])
    scale, least = fit_run_scales(sums, d, m, present, whole)

    nearest = ((sums.n * d * present - sums.w) / (sums.e * m)).round().clamp(0, 63)
    tried = torch.stack([(nearest + step).clamp(0, 63) for step in (-1, 0, 1)])[:, None]
    scales = torch.arange(64).double().view(1, -1, 1, 1, 1)
    errors = sums.lost((d * scales).expand(3, -1, -1, -1, -1), -m * tried)  # (mins, scales, blocks, runs, rows)
    lost = sums.lost(d * scale, -m * least)
    assert torch.allclose(lost, errors.amin((0, 1)), rtol=1e-9)
    assert (lost < errors[1].amin(0) - 1e-9).float().mean() > 0.2, "neighbors are often better than the nearest min"


@pytest.mark.parametrize(("name", "most"), [("Q2_K", 0.05), ("Q4_K", 0.1), ("Q6_K", 0.03), ("IQ4_XS", 0.01)])
def test_few_runs_are_better_with_a_neighbor_of_their_scale_or_min(name: str, most: float) -> None:
    """Without its last step, which tries the neighbors, the search leaves three times as many or more."""
    layout, generator = LAYOUTS[name], torch.Generator().manual_seed(0)
    w = torch.randn(2, layout.size // layout.run, layout.run, 64, generator=generator) * 0.1
    e = torch.rand(w.shape[:3], generator=generator) + 0.1
    d, m, scales, mins = search.blocks(w, e, layout)
    low, high = search.whole_numbers(layout).values[0], search.whole_numbers(layout).values[-1]
    assert d is not None and scales is not None

    def error(up: int, down: int) -> torch.Tensor:
        scale = d.unsqueeze(1) * (scales + up).clamp(low, high)
        least = None if m is None or mins is None else m.unsqueeze(1) * (mins + down).clamp(low, high)
        levels = search.nearest_levels(w, scale, least, grid_of(layout)) * scale.unsqueeze(2)
        restored = levels if least is None else levels - least.unsqueeze(2)
        return ((restored - w).square() * e.unsqueeze(3)).sum(2)

    neighbors = [(1, 0), (-1, 0)] if mins is None else [(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, -1)]
    best = torch.stack([error(*neighbor) for neighbor in neighbors]).amin(0)
    assert float((best < error(0, 0) * (1 - 1e-5)).float().mean()) < most
