"""Number formats: codebooks, bounds, conventions, odd inputs."""

from __future__ import annotations

import itertools
import math
from typing import Any, get_args, get_type_hints

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.methods.quantization.common.weights import GGML
from engine.methods.quantization.round_to_nearest.settings import RoundToNearestSettings
from engine.numerics.quantization.codes import decode, encode, from_unsigned, scaled_codes, to_unsigned
from engine.numerics.quantization.formats import E2M1, FORMATS, NumberFormat
from engine.numerics.quantization.quantize import dequantize, quantize
from engine.numerics.quantization.ranges import is_short, tensor_scale
from engine.numerics.quantization.scheme import Clip, Quantized, Scheme

NF4 = (
    -1.0, -0.6961928, -0.5250731, -0.3949175, -0.2844414, -0.1847734, -0.0910500, 0.0,
    0.0795803, 0.1609302, 0.2461123, 0.3379152, 0.4407098, 0.5626170, 0.7229568, 1.0,
)  # fmt: skip
SCALED = [name for name, number in FORMATS.items() if number.kind not in ("cast", "block")]
INTEGERS = [name for name in SCALED if FORMATS[name].kind == "integer"]
SCHEMES = list(
    dict.fromkeys(
        Scheme(name, symmetric, granularity, 16, "float32")
        for name, symmetric, granularity in itertools.product(SCALED, (True, False), ("group", "channel", "tensor"))
        if symmetric or name in INTEGERS
    )
)
CLIPS = [Clip(), Clip("percentile", percentile=90.0), Clip("mse", steps=12), Clip("mse", exponent=2.0, steps=5)]


def largest_step(scheme: Scheme) -> float:
    """The largest distance of a value within the range to its nearest neighbor, in units of the scale."""
    number = scheme.number
    if number.kind == "integer":
        # half a step; without a zero point the weights of the shorter side are clipped by another half
        return 1.0 if scheme.symmetric else 0.5
    if number.kind == "float":
        return 16.0  # half of the distance of the largest floats, 416 and 448
    levels = sorted(number.levels)
    return max(b - a for a, b in itertools.pairwise(levels)) / 2


def test_formats_are_those_of_the_method() -> None:
    offered = set(get_args(get_type_hints(RoundToNearestSettings)["format"]))
    assert offered <= set(FORMATS) and set(GGML) < offered
    assert {name for name in FORMATS if FORMATS[name].kind != "block"} == offered - set(GGML)


def test_normal_float_levels_are_those_of_the_paper() -> None:
    assert FORMATS["nf4"].levels == pytest.approx(NF4, abs=1e-6)


@pytest.mark.parametrize("scheme", SCHEMES, ids=str)
def test_quantizing_again_changes_nothing(scheme: Scheme) -> None:
    torch.manual_seed(0)
    first = quantize(torch.randn(8, 96), scheme)
    dense = dequantize(first, scheme)
    codes = encode(
        dense.view(8, first.scales.shape[1], -1),
        first.scales.float().unsqueeze(-1),
        None if first.zero_points is None else first.zero_points.unsqueeze(-1),
        scheme.number,
    )
    assert torch.equal(decode(codes, None, scheme.number).flatten(), decode(first.codes, None, scheme.number).flatten())


@pytest.mark.parametrize("scheme", [s for s in SCHEMES if s.format != "int1"], ids=str)
def test_errors_are_within_half_a_step(scheme: Scheme) -> None:
    torch.manual_seed(0)
    weight = torch.randn(8, 96)
    found = quantize(weight, scheme)
    step = found.scales.abs().repeat_interleave(96 // found.scales.shape[1], 1) * largest_step(scheme)
    assert (dequantize(found, scheme) - weight).abs().le(step * 1.0001).all()


@pytest.mark.parametrize("name", ["nf4", "float4_e2m1", "float8_e4m3"])
def test_zero_and_the_largest_weight_are_exact(name: str) -> None:
    torch.manual_seed(0)
    weight = torch.randn(4, 64)
    weight[:, 5] = 0
    largest = weight.abs().argmax(1)
    dense = dequantize(quantize(weight, Scheme(name, scale_dtype="float32")), Scheme(name))
    assert dense[:, 5].eq(0).all()
    rows = torch.arange(4)
    assert dense[rows, largest].tolist() == pytest.approx(weight[rows, largest].tolist(), rel=1e-6)


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("name", INTEGERS)
def test_the_extreme_lies_on_the_longer_side(name: str, sign: float) -> None:
    """Scale extreme / −2^(b−1), negative where the extreme is positive (ggml's Q4_0): the extreme is exact."""
    longest = -FORMATS[name].minimum
    weight = torch.linspace(-1, 0.999, 64).view(1, 64) * sign
    scheme = Scheme(name, scale_dtype="float32")
    found = quantize(weight, scheme)
    assert float(found.scales) == sign / longest
    assert int(found.codes[0, 0]) == -longest and int(found.codes.max()) == longest - 1
    assert torch.equal(dequantize(found, scheme)[0, 0], weight[0, 0])


@pytest.mark.parametrize(("name", "most"), [("int8", 127), ("int4", 7)])
def test_a_narrow_range_divides_by_the_largest_positive_integer(name: str, most: int) -> None:
    """Absmax as published: scale = max |w| / (2^(b-1) - 1), positive, and no code below -(2^(b-1) - 1)."""
    weight = torch.randn(8, 64, generator=torch.Generator().manual_seed(0))
    scheme = Scheme(name, granularity="channel", scale_dtype="float32")
    made = quantize(weight, scheme, Clip("absmax_narrow"))
    assert torch.equal(made.scales, weight.abs().amax(1, keepdim=True) / most)
    assert int(made.codes.abs().max()) == most
    assert torch.equal(made.codes.float(), (weight / made.scales).round())
    other = Scheme(name, symmetric=False, granularity="channel")
    one, two = (quantize(weight, other, Clip(kind)) for kind in ("absmax", "absmax_narrow"))
    assert torch.equal(one.codes, two.codes), "asymmetric ranges are what they were"


def test_integers_match_compressed_tensors() -> None:
    """Asymmetric ranges are those of its tools; symmetric ones are ours, and it reads negative scales as we do."""
    from compressed_tensors.quantization import QuantizationArgs
    from compressed_tensors.quantization.lifecycle.forward import dequantize as theirs_back
    from compressed_tensors.quantization.lifecycle.forward import quantize as theirs
    from compressed_tensors.quantization.utils import calculate_qparams

    torch.manual_seed(0)
    weight = torch.randn(16, 128)
    for bits, symmetric in itertools.product((4, 8), (True, False)):
        args = QuantizationArgs(num_bits=bits, symmetric=symmetric, strategy="group", group_size=32)
        groups = weight.view(16, 4, 32)
        scheme = Scheme(f"int{bits}", symmetric, "group", 32, "float32")
        found = quantize(weight, scheme)
        if found.zero_points is None:
            assert found.scales.lt(0).any() and found.scales.gt(0).any()
        else:
            scale, zero = calculate_qparams(groups.amin(-1), groups.amax(-1), args)
            assert torch.allclose(found.scales, scale, rtol=1e-6)
            assert torch.equal(found.zero_points, zero.to(torch.int8))
        codes = theirs(weight, found.scales, found.zero_points, args, dtype=torch.int8)
        assert torch.equal(found.codes, codes)
        back = theirs_back(found.codes, found.scales, found.zero_points, args)
        assert torch.equal(back, dequantize(found, scheme))


GRIDS = [
    *dict.fromkeys(
        Scheme(name, symmetric, granularity, 16, dtype)
        for name, symmetric, granularity, dtype in itertools.product(
            SCALED, (True, False), ("group", "channel", "tensor"), ("float16", "bfloat16", "float32")
        )
        if (name in INTEGERS or (symmetric and granularity == "group")) and (dtype == "float16" or name == "int4")
    ),
    *(
        Scheme(name, False, granularity, 16, "float16", "float")
        for name, granularity in itertools.product(("int8", "int5", "int4", "int2"), ("group", "channel"))
    ),
]


def _random_codes(number: NumberFormat, seed: int, generator: torch.Generator) -> torch.Tensor:
    """(24, 64), all of them; with seed 1 of the inner half only."""
    if number.kind == "integer":
        codes = torch.randint(number.minimum, number.maximum + 1, (24, 64), generator=generator, dtype=torch.int8)
        return codes.clamp(*((number.minimum // 2, number.maximum // 2 + 1) if seed == 1 else (-128, 127)))
    values = torch.randn(24, 64, generator=generator) * number.largest * (0.2 if seed == 1 else 0.4)
    return scaled_codes(values.clamp(-number.largest, number.largest), None, number).to(number.code_dtype)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("scheme", GRIDS, ids=str)
def test_a_weight_on_the_grid_comes_back_to_the_bit(scheme: Scheme, seed: int) -> None:
    """Whatever codes its groups happen to use, whatever the sign of the scale, however ranges are chosen."""
    generator = torch.Generator().manual_seed(seed)
    number = scheme.number
    shape = scheme.scale_shape(24, 64)
    codes = _random_codes(number, seed, generator)
    scales = torch.randn(shape, generator=generator) * 0.02
    scales = (scales if number.kind == "integer" else scales.abs() + 0.001).to(scheme.stored_scale)
    scales = scales.float() if is_short(scheme) else scales
    zeros = None
    if not scheme.symmetric:
        scales = scales.abs()
        zeros = torch.randint(number.minimum, number.maximum + 1, shape, generator=generator, dtype=torch.int8)
        if scheme.zero_point == "float":
            zeros = (torch.randn(shape, generator=generator) * 0.1).to(scheme.stored_scale)
    dense = dequantize(Quantized(codes, scales, zeros), scheme)
    dense[3] = 0  # a row of zeros lies on any grid
    if scheme.granularity == "tensor" or number.kind == "sign":
        dense[3] = dense[2]
    for clip in CLIPS:
        assert torch.equal(dequantize(quantize(dense, scheme, clip), scheme), dense)
    energy = torch.rand(64, generator=generator)
    assert torch.equal(dequantize(quantize(dense, scheme, energy=energy), scheme), dense)


def test_order_of_the_four_bit_formats() -> None:
    """On N(0, 1) in blocks of 64 (methods sheet, section 8): NF4 0.0085 < E2M1 0.0112 < int4 with absmax/7 0.0116."""
    torch.manual_seed(0)
    weight = torch.randn(2048, 512)

    def error(name: str) -> float:
        scheme = Scheme(name, scale_dtype="float32")
        return float((dequantize(quantize(weight, scheme), scheme) - weight).square().mean())

    groups = weight.view(-1, 64)
    scales = groups.abs().amax(1, keepdim=True) / 7
    codes = encode(groups, scales, None, FORMATS["int4"])
    int4 = float((codes.float() * scales - groups).square().mean())
    assert error("nf4") == pytest.approx(0.0085, abs=1.5e-4)
    assert error("float4_e2m1") == pytest.approx(0.0112, abs=1.5e-4)
    assert int4 == pytest.approx(0.0116, abs=1.5e-4)
    assert error("nf4") < error("int4") < int4  # the longer side pays


def test_one_bit_keeps_sign_and_mean_magnitude() -> None:
    weight = torch.tensor([[0.0, -0.0, 3.0, -1.0]])
    scheme = Scheme("int1", granularity="channel", scale_dtype="float32")
    assert dequantize(quantize(weight, scheme), scheme).tolist() == [[1.0, 1.0, 1.0, -1.0]]


@pytest.mark.parametrize("scheme", [s for s in SCHEMES if s.format != "int1"], ids=str)
@pytest.mark.parametrize("exponent", [2.0, 2.4])
def test_the_search_never_loses_to_absmax(scheme: Scheme, exponent: float) -> None:
    torch.manual_seed(1)
    weight = torch.randn(8, 96) ** 3

    def error(clip: Clip) -> torch.Tensor:
        found = quantize(weight, scheme, clip)
        groups = (dequantize(found, scheme) - weight).abs().pow(exponent)
        return groups.view(found.scales.numel(), -1).sum(1)

    searched, plain = error(Clip("mse", exponent=exponent, steps=20)), error(Clip())
    assert searched.le(plain * 1.0001).all()
    if scheme.format == "int2" and scheme.symmetric:
        assert searched.sum() < 0.85 * plain.sum()


@pytest.mark.parametrize("scheme", SCHEMES, ids=str)
def test_the_weighted_search_never_loses_to_whole_ranges(scheme: Scheme) -> None:
    """In the error that inputs of this energy see; far ahead where the inputs differ and the integers are few."""
    generator = torch.Generator().manual_seed(2)
    weight = torch.randn(32, 64, generator=generator)
    energy = torch.randn(64, generator=generator).mul_(2).exp_() * 1e6

    def error(found: Quantized) -> torch.Tensor:
        lost = (dequantize(found, scheme) - weight).square() * energy
        return lost.view(found.scales.numel(), -1).sum(1)

    plain, weighted = error(quantize(weight, scheme)), error(quantize(weight, scheme, energy=energy))
    assert weighted.le(plain * 1.0001).all()
    if scheme.granularity != "tensor" and scheme.format in ("int4", "int3", "int2", "nf4"):
        assert weighted.sum() < 0.8 * plain.sum()
        by_size = error(quantize(weight, scheme, Clip("mse", exponent=2.0)))
        assert weighted.sum() < 0.95 * by_size.sum()


def test_the_weighted_search_finds_nearly_the_best_scale() -> None:
    """Against all of 4000 scales of either sign."""
    generator = torch.Generator().manual_seed(3)
    weight = torch.randn(24, 32, generator=generator)
    energy = torch.randn(32, generator=generator).exp_()
    scheme = Scheme("int4", True, "group", 32, "float32")
    found = (dequantize(quantize(weight, scheme, energy=energy), scheme) - weight).square().mul_(energy).sum(1)
    tried = torch.linspace(-1.5, 1.5, 4000) / 8
    scales = (weight.abs().amax(1, keepdim=True) * tried)[:, :, None]
    made = (weight[:, None] / scales).round_().clamp_(-8, 7).mul_(scales)
    best = made.sub_(weight[:, None]).square_().mul_(energy).sum(-1).amin(1)
    assert (found / best).mean() < 1.05 and (found / best).max() < 1.6


@pytest.mark.parametrize("scheme", SCHEMES, ids=str)
def test_strange_energies_stay_finite(scheme: Scheme) -> None:
    """Inputs that are always zero, tiny and huge ones, and weights alike."""
    weight = torch.randn(4, 32, generator=torch.Generator().manual_seed(4))
    energy = torch.ones(32)
    energy[:16], energy[20] = 0, 1e30
    for factor, value in itertools.product((0.0, 1e-30, 1.0, 1e30), (energy, energy * 0, energy * 1e-30)):
        dense = dequantize(quantize(weight * factor, scheme, energy=value), scheme)
        assert torch.isfinite(dense).all()
        assert dense.abs().max() <= 1.5 * weight.abs().max() * factor + 1e-37


def test_minima_fit_groups_that_lie_away_from_zero() -> None:
    """Better than whole zero points there, by least squares better than at the ends; refused where float16 ends."""
    generator = torch.Generator().manual_seed(5)
    weight = torch.randn(24, 64, generator=generator) * 0.02 + torch.randn(24, 1, generator=generator) * 0.2
    energy = torch.rand(64, generator=generator) ** 3 + 0.01
    whole, free = Scheme("int4", False, group_size=32), Scheme("int4", False, group_size=32, zero_point="float")

    def error(scheme: Scheme, **how: Any) -> float:
        lost = dequantize(quantize(weight, scheme, **how), scheme) - weight
        return float((lost.square() * energy).sum())

    assert error(free) < 0.2 * error(whole)
    assert error(free, energy=energy) < 0.8 * error(free)
    assert error(free, clip=Clip("mse", exponent=2.0)) < error(free)
    plain = quantize(weight, free)
    assert plain.zero_points is not None and plain.zero_points.dtype == torch.float16
    assert torch.equal(plain.zero_points, weight.view(24, 2, 32).amin(2).half())
    assert Scheme("int4", zero_point="float") == Scheme("int4")
    with pytest.raises(ValueError, match="beyond float16"):
        quantize(torch.linspace(-1e5, -9e4, 32).view(1, 32), free)


def test_percentile_clips_what_lies_outside() -> None:
    weight = torch.arange(1, 101.0).view(1, 100) + 0.37  # on no grid of 8 bits
    found = quantize(weight, Scheme("int8", granularity="channel", scale_dtype="float32"), Clip("percentile", 90.0))
    assert float(found.scales) == pytest.approx(90.37 / -128)
    scheme = Scheme("int8", False, "channel", scale_dtype="float32")
    lopsided = quantize(weight - 50, scheme, Clip("percentile", 90.0))
    assert float(lopsided.scales) == pytest.approx((40.37 - -38.63) / 255)


@pytest.mark.parametrize("scheme", SCHEMES, ids=str)
def test_strange_groups_stay_finite(scheme: Scheme) -> None:
    """Zeros, denormals, tiny, constant and huge weights."""
    for clip, value in itertools.product(CLIPS, (0.0, 1e-44, 1e-30, 2.5, -2.5, 3e38)):
        weight = torch.full((2, 32), value)
        dense = dequantize(quantize(weight, scheme, clip), scheme)
        assert torch.isfinite(dense).all()
        if value == 0 and scheme.format != "int1":
            assert dense.eq(0).all()
        if abs(value) > 1 and not scheme.symmetric and clip.kind == "absmax":
            assert torch.allclose(dense, weight, rtol=1e-5)


@pytest.mark.parametrize("name", SCALED)
def test_what_is_not_finite_is_refused(name: str) -> None:
    for bad, clip in itertools.product((math.nan, math.inf, -math.inf), CLIPS):
        weight = torch.ones(4, 64)
        weight[2, 7] = bad
        with pytest.raises(ValueError, match="NaN or infinite"):
            quantize(weight, Scheme(name), clip)


def test_scales_beyond_their_dtype_are_refused() -> None:
    with pytest.raises(ValueError, match="beyond float16"):
        quantize(torch.full((1, 64), 1e6), Scheme("int4"))
    quantize(torch.full((1, 64), 1e6), Scheme("int4", scale_dtype="bfloat16"))


def test_groups_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="not a multiple"):
        quantize(torch.ones(4, 60), Scheme("int4"))


def test_the_extreme_keeps_its_integer() -> None:
    """With scales in 16 bits as with float32 ones, however they are rounded."""
    torch.manual_seed(0)
    weight = torch.randn(500, 64)
    weight[:, 3] = 5 * torch.rand(500) + 5
    weight[::2, 3] *= -1
    for dtype, name in itertools.product(("float16", "bfloat16", "float32"), INTEGERS):
        codes = quantize(weight, Scheme(name, scale_dtype=dtype)).codes[:, 3]
        assert codes.eq(FORMATS[name].minimum).all()


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_codes_belong_to_the_stored_scale(dtype: str) -> None:
    """Rounded after the scale was: dequantized with the short scale, every weight is at its nearest value."""
    torch.manual_seed(0)
    weight = torch.randn(16, 64)
    found = quantize(weight, Scheme("int8", scale_dtype=dtype))
    assert found.scales.dtype == getattr(torch, dtype)
    assert torch.equal(found.codes.float(), (weight / found.scales.float()).round().clamp(-128, 127))


def test_blocks_do_not_change_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    weight = torch.randn(40, 64)
    for scheme, clip in itertools.product(SCHEMES, CLIPS[:3]):
        monkeypatch.setattr("engine.numerics.quantization.ranges.BLOCK", 1 << 18)
        whole = quantize(weight, scheme, clip)
        monkeypatch.setattr("engine.numerics.quantization.ranges.BLOCK", 150)
        blocks = quantize(weight, scheme, clip)
        assert torch.allclose(whole.scales, blocks.scales, rtol=1e-6)
        # in another order of summation, a search may settle for its neighbor
        assert torch.allclose(dequantize(whole, scheme), dequantize(blocks, scheme), rtol=1e-5)


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(SCALED),
    rows=st.integers(1, 5),
    columns=st.integers(1, 6),
    size=st.integers(1, 9),
    seed=st.integers(0, 10_000),
    spread=st.floats(1e-6, 1e4),
)
def test_any_shape_works(name: str, rows: int, columns: int, size: int, seed: int, spread: float) -> None:
    torch.manual_seed(seed)
    scheme = Scheme(name, group_size=size, scale_dtype="float32")
    weight = torch.randn(rows, columns * scheme.group_size) * spread
    found = quantize(weight, scheme)
    dense = dequantize(found, scheme)
    assert found.scales.shape == scheme.scale_shape(*weight.shape) and dense.shape == weight.shape
    assert (dense - weight).abs().max() <= weight.abs().max() * 1.01
    if FORMATS[name].kind != "float":
        assert torch.equal(from_unsigned(to_unsigned(found.codes, scheme.number), scheme.number), found.codes)
        assert int(to_unsigned(found.codes, scheme.number).max()) < 2**scheme.number.bits


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("granularity", ["group", "channel", "tensor"])
def test_known_shares_of_the_ranges(granularity: Any, symmetric: bool) -> None:
    """The largest weight of a range of which half is used is clipped to half of it, each range for itself."""
    weight = torch.randn(4, 16, generator=torch.Generator().manual_seed(3))
    scheme = Scheme("int8", symmetric, granularity, 8, "float32")
    shape = scheme.scale_shape(4, 16)
    assert torch.equal(quantize(weight, scheme, ratios=torch.ones(shape)).codes, quantize(weight, scheme).codes)
    ratios = torch.ones(shape)
    ratios[-1, -1] = 0.5
    found = dequantize(quantize(weight, scheme, ratios=ratios), scheme)
    whole = dequantize(quantize(weight, scheme), scheme)
    cut = weight.reshape(shape[0], shape[1], -1)[-1, -1]
    low, high = cut.min().item(), cut.max().item()
    low, high = (-max(-low, high), max(-low, high)) if symmetric else (low, high)
    expected = cut.clamp(low / 2, high / 2)
    step = (high - low) / 254
    assert torch.allclose(found.reshape(shape[0], shape[1], -1)[-1, -1], expected, atol=1.01 * step)
    others = torch.ones(shape, dtype=torch.bool)
    others[-1, -1] = False
    assert torch.equal(found.reshape(*shape, -1)[others], whole.reshape(*shape, -1)[others])


def test_nvfp4_is_what_compressed_tensors_reads() -> None:
    """Scales are E4M3 in units of a power of two, so that its dequantizing, in bfloat16, is exact."""
    weight = torch.randn(32, 64, generator=torch.Generator().manual_seed(5)) * 0.03
    found = quantize(weight, Scheme("nvfp4"))
    unit = found.tensor_scale
    assert unit is not None and float(torch.log2(unit)).is_integer()
    stored = (found.scales / unit).to(torch.float8_e4m3fn)
    assert torch.equal(stored.float() * unit, found.scales) and 448 / 3 < stored.float().max() <= 448
    dense = dequantize(found, Scheme("nvfp4"))
    assert torch.equal(dense.bfloat16().float(), dense)
    assert float((dense - weight).norm() / weight.norm()) < 0.1


def test_mxfp4_has_the_scales_of_compressed_tensors() -> None:
    """The largest weight of a group may be up to 7 units, as its tools have it."""
    from compressed_tensors.quantization.utils import generate_mx_scales

    weight = torch.randn(64, 128, generator=torch.Generator().manual_seed(6)) * 0.1
    found = quantize(weight, Scheme("mxfp4"))
    largest = weight.view(64, 4, 32).abs().amax(-1)
    assert torch.equal(found.scales, torch.exp2(generate_mx_scales(largest) - 127))
    reach = largest / found.scales
    assert 3.4 < float(reach.min()) < 3.6 and 6.9 < float(reach.max()) < 7


@pytest.mark.parametrize("name", ["nvfp4", "float4_e2m1"])
def test_four_over_six_takes_the_better_of_two_scales(name: str) -> None:
    weight = torch.randn(64, 64, generator=torch.Generator().manual_seed(7))
    scheme = Scheme(name, group_size=16)

    def errors(clip: Clip, share: float | None = None) -> torch.Tensor:
        ratios = None if share is None else torch.full((64, 4), share)
        made = dequantize(quantize(weight, scheme, clip, ratios=ratios), scheme)
        return (made - weight).square().view(64, 4, 16).sum(-1)

    six, four, best = errors(Clip(), 1.0), errors(Clip(), 1.5), errors(Clip("four_over_six"))
    assert torch.allclose(best, torch.minimum(six, four), rtol=1e-4)
    assert best.sum() < 0.9 * six.sum() and (four < six).any() and (six < four).any()


def test_weights_can_share_a_tensor_scale() -> None:
    """Fused layers (q, k, v) have one."""
    torch.manual_seed(8)
    small, large = torch.randn(4, 32) * 0.01, torch.randn(4, 32)
    scheme = Scheme("nvfp4")
    unit = tensor_scale([small, large], scheme)
    shared = quantize(small, scheme, unit=unit)
    assert unit is not None and torch.equal(shared.tensor_scale, unit)  # type: ignore[arg-type]
    assert torch.equal(dequantize(shared, scheme), dequantize(quantize(small, scheme), scheme))
    assert float(unit) > 30 * float(quantize(small, scheme).tensor_scale)  # type: ignore[arg-type]
    assert tensor_scale([small], Scheme("mxfp4")) is None
    assert float(tensor_scale([small * 0], scheme)) == 1  # type: ignore[arg-type]


def test_prescribed_groups_and_scales() -> None:
    for name, size, dtype in (("nvfp4", 16, torch.float8_e4m3fn), ("mxfp4", 32, torch.float8_e8m0fnu)):
        scheme = Scheme(name, granularity="tensor", group_size=99)
        assert (scheme.granularity, scheme.group_size, scheme.stored_scale) == ("group", size, dtype)
        assert scheme.number.levels[:8] == E2M1 and scheme.free() == Scheme("float4_e2m1", group_size=size)
