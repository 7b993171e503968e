"""Low-rank factors of a weight: W (out, in) ≈ B · A with A (r, in) and B (out, r).

With U the left singular vectors of W·S, W' = U_r U_rᵀ W is the best rank-r weight in the norm ‖(W − W')·S‖: for any S,
without inverting it. S = 1 is the plain SVD (Eckart and Young), S = diag(mean |x|^α) is ASVD (arXiv 2312.05821), and
S Sᵀ = G, the Gram matrix of the inputs, is SVD-LLM (arXiv 2403.07378): there the error of the outputs on the
calibration set, ‖(W − W')X‖², is the sum of the discarded σ² exactly. Where outputs count differently, D·W is
decomposed, D = diag(√d), and W' = D⁻¹ U_r U_rᵀ D W is the best in Σᵢ dᵢ‖((W − W')S)ᵢ‖²; d = E[gᵢ²], the Fisher
information of the outputs, makes that the second-order loss of the model (FWSVD, arXiv 2207.00112, has it without S).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from engine import devices

TINY = 1e-6
"""Added to ASVD's scales, as in its code."""
LARGEST = 1.05
"""Largest coefficient of the rows that pivoting does not store."""
COLUMNS = 512
"""Columns of a metric that are multiplied at a time."""
EXCHANGES = 16
"""Of pivoted rows on an accelerator, between two checks of the host if they are done."""
LEAST_IMPORTANCE = 1e-3
"""Of an output, as a share of the mean."""
RESOLVED = 1e-6
"""Singular values below this share of the largest are lost when they are squared."""


@dataclass(frozen=True)
class Spectrum:
    """``vectors`` (out, k) and falling ``values`` (k,): left singular vectors and singular values of D·W·S, float32.
    ``scales``: the diagonal of D, (out,); None for 1."""

    vectors: torch.Tensor
    values: torch.Tensor
    scales: torch.Tensor | None = None


@dataclass(frozen=True)
class Factors:
    """``first`` (r, in), ``second`` (out, r), float32: the weight is second · first."""

    first: torch.Tensor
    second: torch.Tensor

    @property
    def weight(self) -> torch.Tensor:
        """(out, in)."""
        return self.second @ self.first


def asvd_scales(magnitudes: torch.Tensor, alpha: float) -> torch.Tensor:
    """ASVD's diagonal of S, (in,) float64, from the mean |x| of each input."""
    return magnitudes.double() ** alpha + TINY


def decompose(
    weight: torch.Tensor, metric: torch.Tensor | None = None, importance: torch.Tensor | None = None
) -> Spectrum:
    """The singular values and left singular vectors of D·W·S, for ``metric`` S Sᵀ: None for 1, (in,) its diagonal, or
    (in, in), which may be singular (few samples, dead channels). ``importance``: D², how much the square of each
    output's error counts, (out,); None: alike.

    By the eigenvalues of the smaller of W S Sᵀ Wᵀ and Sᵀ Wᵀ W S in float64, several times faster than a singular value
    decomposition. Raises ValueError if a number is not finite or the decomposition does not converge.
    """
    scales = None if importance is None else _scales(importance).to(weight.device)
    weight = weight.double() if scales is None else weight.double() * scales.double()[:, None]
    if not _is_finite(weight) or not (metric is None or _is_finite(metric)):
        raise ValueError("the weight or the statistics of its inputs are not finite")
    try:
        vectors, values = _wide(weight, metric) if weight.shape[0] <= weight.shape[1] else _tall(weight, metric)
    except RuntimeError as error:
        raise ValueError(f"the decomposition did not converge ({error})") from None
    return Spectrum(vectors.float(), values.float(), scales)


def _scales(importance: torch.Tensor) -> torch.Tensor:
    """√d, which no output that counts for nothing makes singular."""
    importance = importance.double()
    least = LEAST_IMPORTANCE * float(importance.mean())
    return importance.clamp_min(least).sqrt().float() if least else torch.ones_like(importance).float()


def _is_finite(values: torch.Tensor) -> bool:
    """Without a copy: a metric is the largest tensor there is."""
    return bool(torch.isfinite(values.amax()) & torch.isfinite(values.amin()))


def _wide(weight: torch.Tensor, metric: torch.Tensor | None) -> tuple[torch.Tensor, torch.Tensor]:
    """A matrix metric is wider than the weight: it is never whole in float64."""
    if metric is None or metric.ndim == 1:
        product = (weight if metric is None else weight * metric.double()) @ weight.T
    else:
        product = weight.new_zeros(len(weight), len(weight))
        for start in range(0, len(metric), COLUMNS):
            columns = slice(start, start + COLUMNS)
            product.addmm_(weight @ metric[:, columns].double(), weight[:, columns].T)
    squares, vectors = torch.linalg.eigh(product)
    return vectors.flip(1), squares.flip(0).clamp_min(0).sqrt()


def _tall(weight: torch.Tensor, metric: torch.Tensor | None) -> tuple[torch.Tensor, torch.Tensor]:
    metric = None if metric is None else metric.double()
    if metric is None:
        product = weight
    elif metric.ndim == 1:
        product = weight * metric.sqrt()
    else:  # a Cholesky factor does not exist where it is singular
        squares, axes = torch.linalg.eigh(metric)
        product = weight @ (axes * squares.clamp_min(0).sqrt())
    squares, right = torch.linalg.eigh(product.T @ product)
    values = squares.flip(0).clamp_min(0).sqrt()
    if values[-1] > RESOLVED * values[0]:
        return product @ right.flip(1) / values, values
    vectors, values, _ = torch.linalg.svd(product, full_matrices=False)
    return vectors, values


def truncate(weight: torch.Tensor, spectrum: Spectrum, rank: int) -> Factors:
    """W' = D⁻¹ U_r · (U_rᵀ D W)."""
    second = spectrum.vectors[:, :rank]
    if spectrum.scales is None:
        return Factors(second.T @ weight.float(), second.contiguous())
    scales = spectrum.scales[:, None]
    return Factors((second * scales).T @ weight.float(), (second / scales).contiguous())


# -- least squares -----------------------------------------------------------------------------------------------------
def ridge_regression(weight: torch.Tensor, cross: torch.Tensor, gram: torch.Tensor, damping: float) -> torch.Tensor:
    """The weight of any rank whose outputs come closest to others, as near to the given one as the inputs leave open:
    argmin ‖Y − W' X‖² + λ‖W' − W‖² = W + (C − W G)(G + λ)⁻¹.

    ``weight`` W (out, in), ``cross`` C = Σ y xᵀ (out, in), ``gram`` G = Σ x xᵀ (in, in), λ =
    ``damping`` · mean(diag G). The result is float32 (out, in).
    """
    damped = gram.double().clone()
    missing = cross.double() - weight.double() @ damped
    damped.diagonal().add_(damping * damped.diagonal().mean())
    solved: torch.Tensor = torch.linalg.solve(damped, missing.T, left=True)
    return (weight.double() + solved.T).float()


def update(factors: Factors, cross: torch.Tensor, gram: torch.Tensor) -> Factors:
    """The least-squares B for a given A: argmin_B ‖Y − B A X‖² = C Aᵀ (A G Aᵀ)⁺, SVD-LLM's update in closed form.
    ``cross`` C = Σ y xᵀ is W·G where the target outputs are those of W. Falls back to the old B if that is better:
    the error never rises."""
    first = factors.first.double()
    small = first @ gram.double() @ first.T
    inverse = torch.linalg.pinv(small, hermitian=True, rtol=1e-10)
    second = (cross.double() @ first.T @ inverse).float()
    updated = Factors(factors.first, second)
    return updated if _loss(updated, cross, gram) <= _loss(factors, cross, gram) else factors


def _loss(factors: Factors, cross: torch.Tensor, gram: torch.Tensor) -> float:
    """‖Y − W'X‖² − ‖Y‖² = tr(W'(G W'ᵀ − 2 Cᵀ))."""
    weight = factors.weight.double()
    return float((weight * (weight @ gram.double() - 2 * cross.double())).sum())


# -- pivoting ----------------------------------------------------------------------------------------------------------
def pivoted(factors: Factors) -> tuple[Factors, torch.Tensor]:
    """The same product with r of its rows stored as they are: (r, in) those rows, (out − r, r) how the other rows are
    made of them, and ``order`` (out,) int64 so that W' = cat(rows, others)[order].

    Any r independent rows span the others, so that the r² numbers of an identity need not be stored ("pivoting
    factorization", arXiv 2501.19090). The rows begin as the pivots of an LU factorization and are exchanged while one
    of the others is more than `LARGEST` of one of them ("maxvol", Goreinov et al. 2010): small numbers lose least when
    they are rounded.
    """
    second = factors.second.double()
    outputs, rank = second.shape
    permutation, _, _ = torch.linalg.lu(second)
    chosen = permutation.argmax(0)  # row i of L comes from row chosen[i] of B
    coefficients = torch.linalg.solve(second[chosen[:rank]], second[chosen[rank:]], left=False)
    if coefficients.numel():
        at_once = EXCHANGES if devices.is_accelerator(coefficients.device) else 1
        for _ in range(-(-4 * rank // at_once)):
            if bool(coefficients.abs().max() <= LARGEST):  # the one wait for the device of these exchanges
                break
            for _ in range(at_once):
                _exchange_largest(coefficients, chosen)
    rows = second[chosen[:rank]] @ factors.first.double()
    order = torch.empty(outputs, dtype=torch.int64, device=second.device)
    order[chosen] = torch.arange(outputs, device=second.device)
    return Factors(rows.float(), coefficients.float()), order


def _exchange_largest(coefficients: torch.Tensor, chosen: torch.Tensor) -> None:
    """Exchange rows in place: of ``coefficients`` (out − r, r), the other rows as combinations of the stored ones, the
    row with the largest number is stored in place of that number's column; nothing if no number is above `LARGEST`.
    ``chosen`` (out,): the stored rows, then the others. With others = X · stored: the old stored one is (others_row − Σ
    X stored) / pivot. Indices stay on the device."""
    rank = coefficients.shape[1]
    position = coefficients.abs().argmax().reshape(1)
    row, column = position // rank, position % rank
    old, values = coefficients[row], coefficients[:, column]
    pivot = old[:, column]
    active = pivot.abs() > LARGEST
    unit = values / pivot
    new = -old / pivot
    new[:, column] = 1 / pivot
    coefficients -= torch.where(active, unit * old, 0.0)
    coefficients[:, column] = torch.where(active, unit, values)
    coefficients[row] = torch.where(active, new, old)
    one, other = chosen[column], chosen[rank + row]
    active = active[0]
    chosen[column], chosen[rank + row] = torch.where(active, other, one), torch.where(active, one, other)


# -- ranks -------------------------------------------------------------------------------------------------------------
def parameters(outputs: int, inputs: int, rank: int, pivot: bool = False) -> int:
    """Numbers that the factors of a rank hold: r(m + n), with ``pivot`` r² fewer."""
    return rank * (outputs + inputs) - (rank * rank if pivot else 0)


def rank_for(outputs: int, inputs: int, share: float, pivot: bool = False) -> int:
    """The largest rank whose factors hold at most the ``share`` of the weight's numbers."""
    both, budget = outputs + inputs, share * outputs * inputs
    if pivot:
        return min(math.floor((both - math.sqrt(max(both * both - 4 * budget, 0))) / 2 + 1e-9), outputs, inputs)
    return min(math.floor(budget / both + 1e-9), outputs, inputs)


def saves(outputs: int, inputs: int, rank: int, pivot: bool = False) -> bool:
    """True if factors of this rank hold fewer numbers than the weight."""
    return 0 < rank < min(outputs, inputs) and parameters(outputs, inputs, rank, pivot) < outputs * inputs


def rank_of_energy(values: torch.Tensor, energy: float) -> int:
    """The smallest rank that keeps the share ``energy`` of Σ σ²; at least 1."""
    squares = values.double() ** 2
    energy_shares = squares.cumsum(0) / squares.sum().clamp_min(1e-300)
    return min(int((energy_shares < energy - 1e-12).sum()) + 1, len(values))


@dataclass(frozen=True)
class _Options:
    """Ranks that a matrix may get, each (k,) float64 on the CPU: ``ranks`` and the ``numbers`` that they store, both
    rising, and the weighted Σ σ² that they cut off (``losses``)."""

    ranks: torch.Tensor
    numbers: torch.Tensor
    losses: torch.Tensor

    def best_raise(self, index: int, budget: float) -> tuple[float, int]:
        """The option beyond ``index`` that lowers the loss most per number and stores at most ``budget`` more: that
        loss a number, and its index; 0 and ``index`` if there is none."""
        more = self.numbers[index + 1 :] - self.numbers[index]
        worth = torch.where(more <= budget, (self.losses[index] - self.losses[index + 1 :]) / more, 0.0)
        if not len(worth) or float(worth.max()) <= 0:
            return 0.0, index
        return float(worth.max()), index + 1 + int(worth.argmax())


def _options(values: torch.Tensor, shape: tuple[int, int], least: int, weight: float, pivot: bool) -> _Options:
    """From ``least`` up to the last rank that saves numbers, then the whole matrix, which loses nothing."""
    squares = weight * values.double().cpu() ** 2
    cut = torch.cat([squares.flip(0).cumsum(0).flip(0), squares.new_zeros(1)])  # cut[r]: lost by rank r
    full = min(shape)
    ranks = [rank for rank in range(least, full) if saves(*shape, rank, pivot)]
    numbers = [float(parameters(*shape, rank, pivot)) for rank in ranks]
    losses = cut[torch.tensor(ranks, dtype=torch.int64)]
    return _Options(
        torch.tensor([*ranks, full]),
        torch.tensor([*numbers, float(math.prod(shape))], dtype=torch.float64),
        torch.cat([losses, losses.new_zeros(1)]),
    )


def allocate_ranks(
    spectra: Mapping[str, torch.Tensor],
    shapes: Mapping[str, tuple[int, int]],
    share: float,
    *,
    floor: float,
    weights: Mapping[str, float],
    pivot: bool = False,
) -> dict[str, int]:
    """Ranks that together keep the ``share`` of all numbers and lose least: min Σ w σ² over what is cut off, under
    a budget of stored numbers.

    By a Lagrangian: every matrix takes the rank with the least loss + λ · numbers, where the full rank is the matrix as
    it is; λ comes from bisection, and the remaining numbers go where each lowers the loss most. No matrix gets
    less than ``floor`` times its uniform rank.

    ``spectra``: σ by name, falling. ``shapes``: (out, in). ``weights``: w by name.
    """
    budget = share * sum(m * n for m, n in shapes.values())
    options = {}
    for name, shape in shapes.items():
        least = max(1, round(floor * rank_for(*shape, share, pivot)))
        options[name] = _options(spectra[name], shape, least, weights[name], pivot)

    def cheapest(price: float) -> dict[str, int]:
        return {name: int((choice.losses + price * choice.numbers).argmin()) for name, choice in options.items()}

    def numbers(chosen: Mapping[str, int]) -> float:
        return sum(float(options[name].numbers[index]) for name, index in chosen.items())

    largest = max((float(choice.losses[0]) for choice in options.values()), default=0.0)
    low, high = -80.0, math.log(max(largest, 1e-300)) + 1.0  # at this price one number costs more than all errors
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if numbers(cheapest(math.exp(middle))) > budget else (low, middle)
    chosen = cheapest(math.exp(high))
    remaining = budget - numbers(chosen)
    while options:
        raises = {name: choice.best_raise(chosen[name], remaining) for name, choice in options.items()}
        name = max(raises, key=lambda name: raises[name][0])
        worth, index = raises[name]
        if worth <= 0:
            break
        remaining -= float(options[name].numbers[index] - options[name].numbers[chosen[name]])
        chosen[name] = index
    return {name: int(options[name].ranks[index]) for name, index in chosen.items()}


def energy_curve(values: torch.Tensor) -> Sequence[float]:
    """Share of Σ σ² that the first r ranks hold, for r = 1 …"""
    squares = values.double() ** 2
    curve: list[float] = (squares.cumsum(0) / squares.sum().clamp_min(1e-300)).tolist()
    return curve
