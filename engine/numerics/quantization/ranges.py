"""Scale and zero point of groups of weights: the one place that knows ranges. A group is a row of (n, size).

Symmetric integers: the scale is signed, so that the weight of the largest magnitude lies exactly on the longer side,
−2^(b−1): the grid reaches one step further there (as in ggml's Q4_0), unless the range is narrow. Other symmetric
formats reach as far up as down, and their scales are positive. Asymmetric integers: from the smallest to the largest
weight, zero always between them, unless their minima are floating.

Nothing here waits for the device, except where a weight lies on a grid already: what is not finite comes out as a scale
that is not (`refuse_infinite`).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Iterator

import torch

from engine import devices
from engine.numerics.exponents import exponents_of, powers_of_two
from engine.numerics.quantization.codes import decode, restore, rounded_codes, scaled_codes
from engine.numerics.quantization.formats import E2M1, NumberFormat
from engine.numerics.quantization.scheme import BLOCK, Clip, Scheme

PROBE = (4, 32)
"""Groups of a weight, and weights of each, whose values decide if it lies on a grid already."""
CANDIDATES = 20
"""Scales that a search by least squares tries: each is then fitted to its codes, so that few are enough."""
MIN_SHARE = 0.4
"""The smallest share of a range that it tries."""
SEARCHED = 1 << 16
"""Weights that are searched at once, with all temporaries in the cache."""
REFITS = 3
"""Rounds of rounding and fitting the scale to the codes, after a search."""
SIX_OVER_FOUR = E2M1[-1] / E2M1[-2]
"""The share of a range under which the extreme of a 4-bit float is its second largest level."""
Parameters = tuple[torch.Tensor, torch.Tensor | None]
"""Scale and zero point; with `Scheme.zero_point` "float" the minimum, in the dtype of the scale."""


def fit(
    groups: torch.Tensor,
    scheme: Scheme,
    clip: Clip,
    ratios: torch.Tensor | None = None,
    *,
    energy: torch.Tensor | None = None,
    on_grid: bool = False,
) -> Parameters:
    """Scale (in its stored dtype) and zero point (int8, None if symmetric) of each row of ``groups`` (n, size),
    both (n, 1). A scale that is not finite: a weight is not, or the scale is beyond its dtype.

    ratios: (n, 1), the share of each range that is used, where it was chosen before.
    energy: (n, size), not negative, the weight of each squared error: the search is for the smallest weighted one,
        whatever ``clip`` says.
    on_grid: rows that lie on a grid of the scheme get its scale (see `may_lie_on_grid`).
    """
    number = scheme.number
    if number.kind == "sign":
        mean = _mean_magnitude(groups) if energy is None else _weighted_magnitude(groups, energy)
        low, high = groups.abs().amin(1, keepdim=True).float(), groups.abs().amax(1, keepdim=True).float()
        return _stored(torch.where(low == high, high, mean), scheme), None  # a mean of the same values is rounded
    if ratios is not None:
        return _parameters(*_range(groups, scheme, Clip()), scheme, ratios)
    if energy is not None and not is_short(scheme):
        scale, zero = _least_squares(groups, scheme, energy)
    elif energy is not None or clip.kind in ("mse", "four_over_six"):
        scale, zero = _best_share(groups, scheme, clip, energy)
    elif clip.kind == "absmax_narrow" and scheme.symmetric and number.kind == "integer":
        scale, zero = _stored(_range(groups, scheme, clip)[1].abs() / number.maximum, scheme), None
    else:
        scale, zero = _parameters(*_range(groups, scheme, clip), scheme, 1.0)
    return _on_grid(groups, scheme, scale, zero) if on_grid else (scale, zero)


def fit_rows(
    rows: torch.Tensor,
    scheme: Scheme,
    clip: Clip | None = None,
    ratios: torch.Tensor | None = None,
    energy: torch.Tensor | None = None,
    *,
    on_grid: bool | None = None,
) -> Parameters:
    """`fit` for rows (out, in) of a weight, in `Scheme.scale_shape`. ``energy``: (in,), of each input. ``on_grid``:
    None: checked here."""
    inputs = rows.shape[1]
    columns = scheme.scale_shape(*rows.shape)[1]
    groups = rows.reshape(1, -1) if scheme.granularity == "tensor" else rows.reshape(-1, inputs // columns)
    if on_grid is None:
        on_grid = ratios is None and may_lie_on_grid(rows, scheme)
    scale, zero = fit(
        groups,
        scheme,
        clip or Clip(),
        None if ratios is None else ratios.reshape(-1, 1),
        energy=None if energy is None else energy.expand(rows.shape).reshape(groups.shape),
        on_grid=on_grid,
    )
    return scale.view(-1, columns), None if zero is None else zero.view(-1, columns)


def rows_at_once(weight: torch.Tensor) -> int:
    """Number of rows of a weight (out, in) that are quantized together."""
    return max(1, devices.at_once(weight.device, BLOCK) // max(weight.shape[1], 1))


def is_short(scheme: Scheme) -> bool:
    """True if the scales have fewer than 16 bits."""
    return scheme.stored_scale.itemsize == 1


def tensor_scale(weights: Iterable[torch.Tensor], scheme: Scheme) -> torch.Tensor | None:
    """The unit of the scales of weights that share it, () float32; None if the format has none.

    A power of two, so that a product with it is exact in any floating dtype, and as small as it may be for the largest
    weight to become the level 4 (see `Clip`). 1 for weights that are all zero, or not finite.
    """
    if not scheme.number.tensor_scale:
        return None
    largest = torch.stack([weight.abs().max().float() for weight in weights]).max()
    exponent = (largest / E2M1[-2] / torch.finfo(scheme.stored_scale).max).log2().ceil()
    return powers_of_two(torch.where(torch.isfinite(exponent), exponent, 0.0))


def refuse_infinite(weight: torch.Tensor, scales: torch.Tensor, scheme: Scheme) -> None:
    """ValueError for scales that `fit` could not find or store, with the reason."""
    if torch.isfinite(scales).all():
        return
    if not torch.isfinite(weight).all():
        raise ValueError("a weight is NaN or infinite")
    raise ValueError(f"with weights up to {float(weight.abs().max()):.3g}, a scale is beyond {scheme.scale_dtype}")


def shares(scheme: Scheme, steps: int, smallest: float = 0.2) -> tuple[float, ...]:
    """The shares of a range that a search tries: the whole one, then ``steps`` of them down to ``smallest``. Symmetric
    integers start above 1, where the largest weight is the largest integer of the shorter side, 4-bit floats where it
    is 4; of powers of two there are few."""
    number = scheme.number
    if number.scale_dtype == "float8_e8m0fnu":
        return (1.0, 2.0, 0.5)
    start = number.minimum / -number.maximum if number.kind == "integer" and scheme.symmetric else 1.0
    if number.levels[: len(E2M1)] == E2M1:
        start = SIX_OVER_FOUR
    return (1.0, *torch.linspace(start, smallest, steps).tolist())


# -- ranges ------------------------------------------------------------------------------------------------------------
def _range(groups: torch.Tensor, scheme: Scheme, clip: Clip) -> tuple[torch.Tensor, torch.Tensor]:
    """Lowest and highest value (n, 1) in float32, zero between them. Symmetric: the second is the one of the larger
    magnitude, positive where the format has no longer side, and the first its opposite."""
    low, high = _extremes(groups, scheme.symmetric, clip)
    if scheme.zero_point == "float":
        return low, high
    if not scheme.symmetric:
        return low.clamp_max(0), high.clamp_min(0)
    integer = scheme.number.kind == "integer"
    high = torch.where(high < -low, low, high) if integer else torch.maximum(-low, high)
    return -high, high


def _extremes(groups: torch.Tensor, symmetric: bool, clip: Clip) -> tuple[torch.Tensor, torch.Tensor]:
    """The smallest and the largest value (n, 1) that are not clipped, float32. Symmetric, a percentile of the
    magnitudes stands for the end of the larger one, and zero for the other."""
    # two plain reductions are faster than aminmax over a short dimension
    low, high = groups.amin(1, keepdim=True).float(), groups.amax(1, keepdim=True).float()
    if clip.kind != "percentile":
        return low, high
    blank = low * 0 + high * 0  # NaN where a value is not finite: kthvalue hides a NaN among the largest
    values = groups.float()
    if not symmetric:
        return blank - _kth(-values, clip.percentile), blank + _kth(values, clip.percentile)
    clipped = _kth(values.abs(), clip.percentile)
    down = high < -low
    return blank - clipped * down, blank + clipped * ~down


def _kth(values: torch.Tensor, percentile: float) -> torch.Tensor:
    """The smallest value (n, 1) that at least ``percentile`` % of each row do not exceed."""
    k = max(1, math.ceil(percentile / 100 * values.shape[1]))
    return values.kthvalue(k, dim=1, keepdim=True).values


def _mean_magnitude(groups: torch.Tensor) -> torch.Tensor:
    """The scale that is best for signs in the squared error; summed in chunks, since a group may be a whole tensor."""
    chunks = torch.split(groups, devices.at_once(groups.device, BLOCK), dim=1)
    total = sum(chunk.float().abs().sum(1, keepdim=True, dtype=torch.float64) for chunk in chunks)
    assert isinstance(total, torch.Tensor)
    return (total / groups.shape[1]).float()


def _weighted_magnitude(groups: torch.Tensor, energy: torch.Tensor) -> torch.Tensor:
    """The same in the weighted squared error; the plain one where nothing counts."""
    total = energy.expand_as(groups).sum(1, keepdim=True)
    mean = (groups.float().abs() * (energy / total)).sum(1, keepdim=True)
    return torch.where(total > 0, mean, _mean_magnitude(groups))


def _parameters(low: torch.Tensor, high: torch.Tensor, scheme: Scheme, ratio: torch.Tensor | float) -> Parameters:
    """Scale and zero point of ranges of which the share ``ratio`` is used, that around its middle where minima are
    floating; nothing overflows on the way."""
    number = scheme.number
    if scheme.symmetric:
        return _stored(high / number.largest * ratio, scheme), None
    span = number.maximum - number.minimum
    scale = _stored((high / span - low / span) * ratio, scheme)
    if scheme.zero_point == "float":
        return _with_minimum(scale, low + (high / 2 - low / 2) * (1 - ratio))
    return scale, _integer(number.minimum - low / scale.float() * ratio, number)


def _with_minimum(scale: torch.Tensor, minimum: torch.Tensor) -> Parameters:
    """A stored scale beside a minimum as it is stored; the scale is not finite where the minimum is not."""
    stored = minimum.to(scale.dtype)
    return torch.where(torch.isfinite(stored), scale, torch.inf), stored


def _integer(zero: torch.Tensor, number: NumberFormat) -> torch.Tensor:
    """A zero point as it is stored."""
    return zero.nan_to_num().round_().clamp_(number.minimum, number.maximum).to(torch.int8)


def _stored(scale: torch.Tensor, scheme: Scheme) -> torch.Tensor:
    """The scale rounded to its dtype, never zero; in float32 if that has fewer than 16 bits."""
    dtype = scheme.stored_scale
    if scheme.scale_dtype == "float8_e8m0fnu":
        return torch.where(torch.isfinite(scale), power_of_two(scale.float(), *E2M1[:-3:-1]), scale)
    if is_short(scheme):
        largest = torch.finfo(dtype).max
        smallest = torch.finfo(dtype).smallest_normal * torch.finfo(dtype).eps
        short = scale.float().nan_to_num().clamp(smallest, largest).to(dtype).float()
        return torch.where(torch.isfinite(scale), short, scale)
    stored = scale.to(dtype)
    smallest = torch.finfo(dtype).tiny * (torch.finfo(dtype).eps if dtype == torch.float16 else 1)
    return stored.masked_fill_(stored == 0, smallest)


def power_of_two(scale: torch.Tensor, largest: float, below: float) -> torch.Tensor:
    """The smallest power of two under which a range of ``scale · largest`` still rounds to the largest level: as far
    beyond it as half of the step to the next one, had the format gone on (7 of E2M1's 6; OCP MX, llm-compressor).
    ``below``: the second largest level.

    The OCP MX specification (section 6.3) takes the power below instead, 2^(floor(log2 amax) − 2), which clips extremes
    between 7 and 8 units to 6. Its squared error is larger on weights: by 5 % on normal ones, by 7 % on SmolLM2's
    layers. It is smaller by up to 3 % where one outlier column fills its groups; the search of ``clip="mse"`` tries
    both.
    """
    reach = largest + (largest - below) / 2
    exponent = exponents_of(scale.nan_to_num() * (largest / reach))
    return powers_of_two(exponent.clamp(-127, 125))  # what it multiplies stays finite


# -- weights that lie on a grid ----------------------------------------------------------------------------------------
def may_lie_on_grid(weight: torch.Tensor, scheme: Scheme) -> bool:
    """True if a few groups of a weight (out, in) are levels times a scale each, as those of a weight that was quantized
    by this scheme before: then `fit` has to recover its scales, so that it comes back to the bit. ``weight``: in units
    of its `tensor_scale`."""
    return scheme.number.kind != "sign" and bool(lies_on_grid(weight, scheme))


def lies_on_grid(weight: torch.Tensor, scheme: Scheme) -> torch.Tensor:
    """`may_lie_on_grid` as a boolean () on the weight's device, so that many weights are checked with one wait."""
    if scheme.number.kind == "sign":
        return torch.zeros((), dtype=torch.bool, device=weight.device)
    count, width = PROBE
    if scheme.granularity == "tensor":
        some = weight.reshape(1, -1).float()
    else:
        rows = weight[:: max(1, len(weight) // count)][:count].float()
        columns = scheme.scale_shape(*rows.shape)[1]
        some = rows.reshape(-1, rows.shape[1] // columns)[::columns]
    low, high = _range(some, scheme, Clip())
    probe = some[:, :: max(1, some.shape[1] // width)][:, None]  # (n, 1, w) against (n, candidates, 1)
    scale, zeros = _candidates(low, high, scheme)
    zeros = None if zeros is None else zeros[:, :, None]
    return _is_exact(probe, scale[:, :, None], zeros, scheme.number).any(1).all()


def _candidates(low: torch.Tensor, high: torch.Tensor, scheme: Scheme) -> Parameters:
    """The results of `_candidate` for all of `_reaches`, (n, candidates) each: hundreds of them at once."""
    reaches = list(_reaches(scheme))
    if scheme.zero_point == "float":
        several = [_candidate(low, high, scheme, *reach) for reach in reaches]
        return torch.cat([scale for scale, _ in several], 1), torch.cat(
            [zero for _, zero in several if zero is not None], 1
        )
    steps, offsets = torch.tensor(reaches, dtype=torch.float64).t()
    scale = (high if scheme.symmetric else high - low) / steps.float().to(low.device)
    scale = _as_candidate(scale, scheme)
    scale = (scale.view(torch.int32) + offsets.int().to(low.device)).view(torch.float32)
    return scale, None if scheme.symmetric else _integer(scheme.number.minimum - low / scale, scheme.number)


def _as_candidate(scale: torch.Tensor, scheme: Scheme) -> torch.Tensor:
    """A scale as it would be stored, in float32."""
    stored = _stored(scale, scheme).masked_fill(scale == 0, 0) if is_short(scheme) else scale.to(scheme.stored_scale)
    return stored.float()


def _reaches(scheme: Scheme) -> Iterator[tuple[float, int]]:
    """Pairs (steps, offset) that the range of a group on a grid may have, the most likely first. ``steps``: of the
    whole range; symmetric: the integer of its extreme, in either direction of the scale, or the level. ``offset``:
    units in the last place between the scale and the quotient of range and steps: products of float32 scales were
    rounded, those of shorter ones are exact."""
    minimum, maximum = scheme.number.minimum, scheme.number.maximum
    reaches: Iterable[float] = range(maximum - minimum, 0, -1)
    if scheme.number.kind != "integer":
        reaches = _magnitudes(scheme.number)
    elif scheme.symmetric:
        reaches = (minimum, *(steps for size in range(maximum, 0, -1) for steps in (-size, size)))
    for steps in reaches:
        yield from ((steps, offset) for offset in ((0, -1, 1, -2, 2) if scheme.scale_dtype == "float32" else (0,)))


@functools.cache
def _magnitudes(number: NumberFormat) -> tuple[float, ...]:
    """Magnitudes of the values of a codebook or a float format, falling, without zero."""
    values = set(number.levels)
    if number.kind == "float":
        codes = torch.arange(256, dtype=torch.uint8).view(number.code_dtype).float()
        values = set(codes[torch.isfinite(codes)].tolist())
    return tuple(sorted({abs(value) for value in values} - {0.0}, reverse=True))


def _candidate(low: torch.Tensor, high: torch.Tensor, scheme: Scheme, steps: float, offset: int) -> Parameters:
    """Scale as it would be stored (in float32) and zero point of ranges that are ``steps`` steps of it."""
    reach = high if scheme.symmetric else high - low
    scale = _as_candidate(reach / steps, scheme)
    if offset:
        scale = (scale.view(torch.int32) + offset).view(torch.float32)
    if scheme.zero_point == "float":
        return scale, _minimum_below(low, high, scale, scheme, int(steps))
    return scale, None if scheme.symmetric else _integer(scheme.number.minimum - low / scale, scheme.number)


def _minimum_below(
    low: torch.Tensor, high: torch.Tensor, scale: torch.Tensor, scheme: Scheme, steps: int
) -> torch.Tensor:
    """The stored minimum (n, 1) a number of steps below ``low`` that both ends of the range come back nearest."""
    most = scheme.number.maximum - scheme.number.minimum - steps
    below = torch.arange(most + 1, dtype=torch.float32, device=low.device)
    minima = (low - scale * below).to(scheme.stored_scale)
    wide = minima.float()
    off = (scale * below + wide - low).abs() + (scale * (below + steps) + wide - high).abs()
    return minima.gather(1, off.nan_to_num(torch.inf).argmin(1, keepdim=True))


def _is_exact(
    values: torch.Tensor, scale: torch.Tensor, zero: torch.Tensor | None, number: NumberFormat
) -> torch.Tensor:
    """True for rows of values that come back to the bit; the last dimension is that of the row."""
    if zero is not None and zero.is_floating_point():
        return (restore(rounded_codes(values, scale, zero, number).nan_to_num_(), scale, zero, number) == values).all(
            -1
        )
    codes = scaled_codes((values / scale).nan_to_num_(), zero, number)
    return (decode(codes, zero, number).mul_(scale) == values).all(-1)


def _on_grid(groups: torch.Tensor, scheme: Scheme, scale: torch.Tensor, zero: torch.Tensor | None) -> Parameters:
    """Scale and zero point of rows that lie on a grid; ``scale`` and ``zero`` for the others."""
    low, high = _range(groups, scheme, Clip())
    rows = ((low != 0) | (high != 0)).squeeze(1).nonzero().squeeze(1)
    scale, zero = scale.clone(), None if zero is None else zero.clone()
    low, high, groups = low[rows], high[rows], groups[rows]
    for reach in _reaches(scheme):
        if not len(rows):
            break
        candidate, point = _candidate(low, high, scheme, *reach)
        is_exact = torch.stack([_is_exact(chunk, candidate, point, scheme.number) for chunk in _chunks(groups)]).all(0)
        accepted = is_exact & (candidate != 0).squeeze(1)
        matched = accepted.nonzero().squeeze(1)
        if not len(matched):
            continue
        scale[rows[matched]] = candidate[matched].to(scale.dtype)
        if zero is not None and point is not None:
            zero[rows[matched]] = point[matched]
        unmatched = (~accepted).nonzero().squeeze(1)
        rows, low, high, groups = rows[unmatched], low[unmatched], high[unmatched], groups[unmatched]
    return scale, zero


# -- searches ----------------------------------------------------------------------------------------------------------
def _chunks(groups: torch.Tensor) -> Iterator[torch.Tensor]:
    """Columns of the groups in float32, few enough for the cache: a group may be a whole tensor."""
    for chunk in torch.split(groups, max(1, devices.at_once(groups.device, BLOCK) // len(groups)), dim=1):
        yield chunk.float()


def rows_per_chunk(groups: torch.Tensor) -> int:
    """Groups (rows of ``groups``) that are searched at once."""
    return max(1, devices.at_once(groups.device, SEARCHED) // groups.shape[1])


def _join(parameters: list[Parameters]) -> Parameters:
    zeros = [zero for _, zero in parameters if zero is not None]
    return torch.cat([scale for scale, _ in parameters]), torch.cat(zeros) if zeros else None


def _best_share(groups: torch.Tensor, scheme: Scheme, clip: Clip, energy: torch.Tensor | None) -> Parameters:
    """For each group the share of its range (see `shares`) with the smallest error; never worse than the whole one.
    ``energy``: of each weight; the error is then the weighted squared one."""
    step = rows_per_chunk(groups)
    energies = [None] * -(-len(groups) // step) if energy is None else torch.split(energy, step)
    pairs = zip(torch.split(groups, step), energies, strict=True)
    return _join([_best_share_of_few(part, scheme, clip, weights) for part, weights in pairs])


def _best_share_of_few(groups: torch.Tensor, scheme: Scheme, clip: Clip, energy: torch.Tensor | None) -> Parameters:
    number = scheme.number
    low, high = _range(groups, scheme, Clip())
    unit = torch.maximum(low.abs(), high.abs()).clamp_min_(torch.finfo(torch.float32).tiny)
    best = torch.full_like(high, math.inf)
    chosen = torch.ones_like(high)
    exponent = clip.exponent if energy is None and clip.kind == "mse" else 2.0
    weights = None if energy is None else _relative(energy)
    ratios = (1.0, SIX_OVER_FOUR) if clip.kind == "four_over_six" else shares(scheme, clip.steps)
    for ratio in ratios:
        scale, zero = _parameters(low, high, scheme, ratio)
        error = torch.zeros_like(high)
        if energy is None:
            for chunk in _chunks(groups):
                error += _error(*_scaled(chunk, scale, zero, number), number, exponent)
        else:
            error += _error(*_scaled(groups.float(), scale, zero, number), number, exponent, weights)
        error *= (scale.float().abs() / unit) ** exponent
        better = error < best
        best = torch.where(better, error, best)
        chosen.masked_fill_(better, ratio)
    return _parameters(low, high, scheme, chosen)


def _scaled(
    values: torch.Tensor, scale: torch.Tensor, zero: torch.Tensor | None, number: NumberFormat
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Values in units of the scale, and the zero point; those above a floating minimum are counted from the smallest
    integer, and have none."""
    if zero is not None and zero.is_floating_point():
        return (values - zero).div_(scale.float()).add_(number.minimum), None
    return values / scale.float(), zero


def _error(
    scaled: torch.Tensor,
    zero: torch.Tensor | None,
    number: NumberFormat,
    exponent: float,
    weights: torch.Tensor | None = None,
) -> torch.Tensor:
    """Σ|ŵ − w|^exponent of each row (n, 1), in units of the scale; weighted by ``weights`` (n, size)."""
    difference = decode(scaled_codes(scaled.clone(), zero, number), zero, number).sub_(scaled)
    powers = difference.square_() if exponent == 2 else difference.abs_().pow_(exponent)
    return (powers if weights is None else powers.mul_(weights)).sum(1, keepdim=True)


def _least_squares(groups: torch.Tensor, scheme: Scheme, energy: torch.Tensor) -> Parameters:
    """Scale and zero point with a small Σ e (w − ŵ)², never larger than that of the whole range.

    For the integers n (less the zero point) under a candidate scale, the best scale is Σ e w n / Σ e n², and
    the part of Σ e w² that it explains is (Σ e w n)² / Σ e n² (as in ggml's make_qx_quants): the candidate that
    explains most is taken, and refined by alternate rounding and fitting.
    """
    step = rows_per_chunk(groups)
    pairs = zip(torch.split(groups, step), torch.split(energy, step), strict=True)
    return _join([_least_squares_of_few(part, scheme, weights) for part, weights in pairs])


def _least_squares_of_few(groups: torch.Tensor, scheme: Scheme, energy: torch.Tensor) -> Parameters:
    low, high = _range(groups, scheme, Clip())
    scale_fit = ScaleFit(groups, low, high, scheme, energy)
    best, parameters = torch.zeros_like(high), scale_fit.whole
    for ratio in shares(scheme, CANDIDATES, MIN_SHARE):
        explained, candidate = scale_fit.refit(_parameters(low, high, scheme, ratio))
        better = explained > best
        best, parameters = torch.where(better, explained, best), _where(better, candidate, parameters)
    for _ in range(REFITS):
        explained, candidate = scale_fit.refit(parameters)
        parameters = _where(explained > 0, candidate, parameters)
    return _where(scale_fit.error(parameters) < scale_fit.error(scale_fit.whole), parameters, scale_fit.whole)


class ScaleFit:
    """Least-squares fit of scales and zero points to the codes of groups. Weights are in units of their extreme and
    energies in units of their mean, so that no sum overflows."""

    def __init__(
        self, groups: torch.Tensor, low: torch.Tensor, high: torch.Tensor, scheme: Scheme, energy: torch.Tensor
    ) -> None:
        tiny = torch.finfo(torch.float32).tiny
        self.whole = _parameters(low, high, scheme, 1.0)
        self._scheme = scheme
        self._unit = torch.maximum(low.abs(), high.abs()).clamp_min(tiny)
        self._values = groups.float() / self._unit
        self._energy = _relative(energy)
        self._weighed = self._values * self._energy

    def refit(self, parameters: Parameters) -> tuple[torch.Tensor, Parameters]:
        """Round under ``parameters``, and fit to the codes: the part of Σ e w² that the fit explains (n, 1), and the
        fitted parameters."""
        codes, zero = self._codes(parameters), parameters[1]
        if zero is not None and zero.is_floating_point():
            return self.linear_fit(codes)
        scale = parameters[0].float() / self._unit
        if zero is not None:
            shift = (codes * self._energy).sum(1, keepdim=True) - self._weighed.sum(1, keepdim=True) / scale
            zero = _integer(shift / self._energy.sum(1, keepdim=True), self._scheme.number)
        steps = self._steps(codes, zero)
        along = (self._weighed * steps).sum(1, keepdim=True)
        length = steps.square_().mul_(self._energy).sum(1, keepdim=True)
        explained = (along.square() / length).nan_to_num_(0.0, 0.0, 0.0)
        return explained, (_stored((along / length).nan_to_num_() * self._unit, self._scheme), zero)

    def linear_fit(self, codes: torch.Tensor) -> tuple[torch.Tensor, Parameters]:
        """The scale and the minimum of the weighted regression of the weights on their integers."""
        total = self._energy.sum(1, keepdim=True)
        steps = codes.sub_(self._scheme.number.minimum)
        mean = (steps * self._energy).sum(1, keepdim=True) / total
        middle = self._weighed.sum(1, keepdim=True) / total
        away = steps - mean
        along = (self._weighed * away).sum(1, keepdim=True)
        length = away.square_().mul_(self._energy).sum(1, keepdim=True)
        explained = (along.square() / length).nan_to_num_(0.0, 0.0, 0.0)
        scale = _stored((along / length).nan_to_num_() * self._unit, self._scheme)
        return explained, _with_minimum(scale, middle * self._unit - scale.float() * mean)

    def error(self, parameters: Parameters) -> torch.Tensor:
        """Σ e (w − ŵ)² of each group (n, 1)."""
        codes, zero, scale = self._codes(parameters), parameters[1], parameters[0].float() / self._unit
        if zero is not None and zero.is_floating_point():
            dequantized = codes.sub_(self._scheme.number.minimum).mul_(scale).add_(zero.float() / self._unit)
        else:
            dequantized = self._steps(codes, zero).mul_(scale)
        return dequantized.sub_(self._values).square_().mul_(self._energy).sum(1, keepdim=True)

    def _codes(self, parameters: Parameters) -> torch.Tensor:
        """Codes of the groups, integers floating."""
        scale, zero = parameters[0].float() / self._unit, parameters[1]
        if zero is not None and zero.is_floating_point():
            zero = zero.float() / self._unit
        return rounded_codes(self._values, scale, zero, self._scheme.number)

    def _steps(self, codes: torch.Tensor, zero: torch.Tensor | None) -> torch.Tensor:
        """Values of codes in units of the scale; those of integers, which are floating here, are overwritten."""
        if self._scheme.number.kind == "integer":
            return codes if zero is None else codes.sub_(zero)
        return decode(codes, zero, self._scheme.number)


def _relative(energy: torch.Tensor) -> torch.Tensor:
    """In units of its mean over each group (n, size)."""
    return energy / energy.mean(1, keepdim=True).clamp_min(torch.finfo(torch.float32).tiny)


def _where(condition: torch.Tensor, one: Parameters, other: Parameters) -> Parameters:
    zeros = None if one[1] is None or other[1] is None else torch.where(condition, one[1], other[1])
    return torch.where(condition, one[0], other[0]), zeros
