"""Low-rank factors: what theory says of their error, pivoting that loses nothing, ranks within a budget."""

from __future__ import annotations

import itertools
import math

import pytest
import torch

from engine.numerics import svd

ROWS, INPUTS, TOKENS = 24, 40, 300


def drawn(seed: int = 0, outputs: int = ROWS) -> tuple[torch.Tensor, torch.Tensor]:
    """A weight (out, in) and correlated inputs (tokens, in) with a few strong channels."""
    generator = torch.Generator().manual_seed(seed)
    weight = torch.randn(outputs, INPUTS, generator=generator)
    x = torch.randn(TOKENS, INPUTS, generator=generator) @ torch.randn(INPUTS, INPUTS, generator=generator)
    x[:, :3] *= 12
    return weight, x


def output_error(weight: torch.Tensor, other: torch.Tensor, x: torch.Tensor) -> float:
    return float((x.double() @ (weight.double() - other.double()).T).square().sum())


def test_full_rank_gives_the_weight_back() -> None:
    weight, x = drawn()
    for scaling in (None, svd.asvd_scales(x.abs().mean(0), 0.5) ** 2, x.T @ x):
        made = svd.truncate(weight, svd.decompose(weight, scaling), ROWS)
        torch.testing.assert_close(made.weight, weight, rtol=1e-5, atol=1e-5)


def test_plain_loses_the_discarded_singular_values() -> None:
    weight, _ = drawn()
    spectrum = svd.decompose(weight)
    for rank in (1, 7, 20):
        lost = float((weight - svd.truncate(weight, spectrum, rank).weight).square().sum())
        assert lost == pytest.approx(float(spectrum.values[rank:].square().sum()), rel=1e-4)
    torch.testing.assert_close(spectrum.values, torch.linalg.svdvals(weight), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("tokens", [TOKENS, 11])
def test_whitened_loses_the_discarded_singular_values_of_the_outputs(tokens: int) -> None:
    """With 11 tokens the Gram matrix of 40 inputs is singular."""
    weight, x = drawn()
    x = x[:tokens]
    spectrum = svd.decompose(weight, x.double().T @ x.double())
    for rank in (1, 5, 9):
        lost = output_error(weight, svd.truncate(weight, spectrum, rank).weight, x) ** 0.5
        assert lost == pytest.approx(float(spectrum.values[rank:].double().square().sum()) ** 0.5, rel=1e-4)


def test_weighted_outputs_lose_the_discarded_singular_values_of_what_counts() -> None:
    """No other factors of the rank lose less; an output that counts for nothing breaks nothing."""
    weight, x = drawn()
    gram = x.double().T @ x.double()
    importance = torch.rand(ROWS, generator=torch.Generator().manual_seed(1)) ** 4
    importance[0] = 0.0
    counted = importance.clamp_min(svd.LEAST_IMPORTANCE * float(importance.mean())).double()

    def loss(made: torch.Tensor) -> float:
        return float(((x.double() @ (weight - made).double().T).square() * counted).sum())

    spectrum = svd.decompose(weight, gram, importance)
    for rank in (1, 5, 9):
        lost = loss(svd.truncate(weight, spectrum, rank).weight)
        assert lost == pytest.approx(float(spectrum.values[rank:].double().square().sum()), rel=1e-4)
        assert lost < loss(svd.truncate(weight, svd.decompose(weight, gram), rank).weight)
    whole = svd.truncate(weight, svd.decompose(weight, gram, torch.zeros(ROWS)), ROWS)
    torch.testing.assert_close(whole.weight, weight, rtol=1e-5, atol=1e-5)


def test_whitened_is_the_best_of_three() -> None:
    weight, x = drawn()
    found = {
        name: output_error(weight, svd.truncate(weight, svd.decompose(weight, scaling), 8).weight, x)
        for name, scaling in {
            "plain": None,
            "activation": svd.asvd_scales(x.abs().mean(0), 0.5) ** 2,
            "whitened": x.T @ x,
        }.items()
    }
    assert found["whitened"] < found["activation"] and found["whitened"] < found["plain"]


@pytest.mark.parametrize("scaling", ["plain", "activation", "whitened"])
def test_the_update_never_raises_the_error(scaling: str) -> None:
    for seed in range(5):
        weight, x = drawn(seed)
        gram = x.T @ x
        s = {"plain": None, "activation": svd.asvd_scales(x.abs().mean(0), 0.5) ** 2, "whitened": gram}[scaling]
        made = svd.truncate(weight, svd.decompose(weight, s), 8)
        before, after = (output_error(weight, f.weight, x) for f in (made, svd.update(made, weight @ gram, gram)))
        assert after <= before * (1 + 1e-6)
        if scaling != "whitened":
            assert after < 0.99 * before


def test_the_update_of_a_singular_gram_stays_finite() -> None:
    weight, x = drawn()
    x = x[:5]
    made = svd.update(svd.truncate(weight, svd.decompose(weight), 8), weight @ (x.T @ x), x.T @ x)
    assert torch.isfinite(made.second).all()


def test_a_weight_toward_other_outputs_is_closer_to_them() -> None:
    """Inputs that an earlier layer's error has shifted: least squares takes a part of it back."""
    weight, x = drawn()
    generator = torch.Generator().manual_seed(9)
    shifted = x @ (torch.eye(INPUTS) + 0.1 * torch.randn(INPUTS, INPUTS, generator=generator))
    cross = weight @ x.T @ shifted
    made = svd.ridge_regression(weight, cross, shifted.T @ shifted, 1e-6)
    wanted = x @ weight.T
    assert (shifted @ made.T - wanted).norm() < 0.2 * (shifted @ weight.T - wanted).norm()


def test_a_weight_toward_other_outputs_keeps_what_no_input_says() -> None:
    """Fewer tokens than inputs: nothing is known of the other directions, where the weight stays as it was."""
    weight, x = (values.double() for values in drawn())
    generator = torch.Generator().manual_seed(9)
    shifted = x[:5] + 0.1 * torch.randn(5, INPUTS, generator=generator, dtype=torch.float64)
    gram = shifted.T @ shifted
    fitted = svd.ridge_regression(weight, weight @ x[:5].T @ shifted, gram, 1e-6)
    silent = torch.linalg.svd(shifted, full_matrices=True).Vh[5:]
    torch.testing.assert_close(silent @ fitted.double().T, silent @ weight.T, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(shifted @ fitted.double().T, x[:5] @ weight.T, rtol=1e-2, atol=1e-2)
    stiff = svd.ridge_regression(weight, weight @ x[:5].T @ shifted, gram, 1e9)
    torch.testing.assert_close(stiff, weight.float())


@pytest.mark.parametrize("outputs", [12, ROWS, 70])
def test_pivoting_gives_the_same_weight_with_fewer_numbers(outputs: int) -> None:
    weight, x = drawn(outputs=outputs)
    made = svd.truncate(weight, svd.decompose(weight, x.T @ x), 9)
    short, order = svd.pivoted(made)
    unfolded = torch.cat([short.first, short.second @ short.first])[order]
    torch.testing.assert_close(unfolded, made.weight, rtol=1e-4, atol=1e-4)
    assert short.first.numel() + short.second.numel() == svd.parameters(outputs, INPUTS, 9, pivot=True)
    assert not short.second.numel() or short.second.abs().max() <= svd.LARGEST + 1e-5


@pytest.mark.parametrize("pivot", [False, True])
@pytest.mark.parametrize(("outputs", "inputs"), [(576, 576), (192, 576), (1536, 576), (576, 1536), (10, 60)])
def test_the_rank_is_the_largest_that_fits(outputs: int, inputs: int, pivot: bool) -> None:
    for kept in (0.9, 0.8, 0.5, 0.2):
        rank = svd.rank_for(outputs, inputs, kept, pivot)
        budget = kept * outputs * inputs
        assert svd.parameters(outputs, inputs, rank, pivot) <= budget
        assert svd.parameters(outputs, inputs, rank + 1, pivot) > budget
        assert svd.saves(outputs, inputs, rank, pivot)
    assert not svd.saves(outputs, inputs, min(outputs, inputs), pivot)
    assert svd.rank_for(outputs, inputs, 1.0, pivot) <= min(outputs, inputs)


def test_the_rank_of_an_energy() -> None:
    values = torch.tensor([3.0, 2.0, 1.0, 0.0])
    assert [svd.rank_of_energy(values, energy) for energy in (0.1, 9 / 14, 0.7, 13 / 14, 1.0)] == [1, 1, 2, 2, 3]
    assert svd.energy_curve(values) == pytest.approx([9 / 14, 13 / 14, 1.0, 1.0])


@pytest.mark.parametrize("pivot", [False, True])
def test_ranks_are_spread_within_the_budget(pivot: bool) -> None:
    """A matrix whose singular values fall fast gives its ranks to one whose do not, down to the floor."""
    steep, flat = 0.8 ** torch.arange(32.0), torch.linspace(1, 0.9, 32)
    shapes = {"steep": (32, 64), "flat": (64, 32)}
    spectra = {"steep": steep, "flat": flat}
    even = {"steep": 1.0, "flat": 1.0}
    uniform = svd.rank_for(32, 64, 0.5, pivot)
    found = svd.allocate_ranks(spectra, shapes, 0.5, floor=0.5, weights=even, pivot=pivot)
    assert found["flat"] > uniform > found["steep"] >= round(0.5 * uniform)
    assert sum(svd.parameters(*shapes[name], found[name], pivot) for name in shapes) <= 0.5 * 2 * 32 * 64
    heavy = svd.allocate_ranks(spectra, shapes, 0.5, floor=0.5, weights={"steep": 1e6, "flat": 1.0}, pivot=pivot)
    assert heavy["steep"] > found["steep"]


def test_bad_numbers_are_refused() -> None:
    weight, _ = drawn()
    weight[3, 4] = torch.nan
    with pytest.raises(ValueError, match="not finite"):
        svd.decompose(weight)


@pytest.mark.parametrize("pivot", [False, True])
@pytest.mark.parametrize("kept", [0.3, 0.6, 0.9])
def test_ranks_lose_little_more_than_the_best_of_all_choices(pivot: bool, kept: float) -> None:
    """Against every combination of ranks of three matrices, whole ones among them."""
    draw = torch.Generator().manual_seed(int(10 * kept))
    shapes = {"a": (10, 14), "b": (14, 10), "c": (8, 24)}
    spectra = {
        name: torch.rand(min(shape), generator=draw).pow(2 + 3 * place).sort(descending=True).values
        for place, (name, shape) in enumerate(shapes.items())
    }
    weights = {"a": 1.0, "b": 0.5, "c": 2.0}

    def numbers(ranks: dict[str, int]) -> int:
        return sum(
            svd.parameters(*shapes[name], rank, pivot)
            if svd.saves(*shapes[name], rank, pivot)
            else math.prod(shapes[name])
            for name, rank in ranks.items()
        )

    def lost(ranks: dict[str, int]) -> float:
        return sum(
            weights[name] * float(spectra[name][rank:].double().square().sum())
            for name, rank in ranks.items()
            if svd.saves(*shapes[name], rank, pivot)
        )

    budget = kept * sum(math.prod(shape) for shape in shapes.values())
    every = [
        dict(zip(shapes, ranks, strict=True))
        for ranks in itertools.product(*(range(1, min(shape) + 1) for shape in shapes.values()))
    ]
    best = min(lost(ranks) for ranks in every if numbers(ranks) <= budget)
    found = svd.allocate_ranks(spectra, shapes, kept, floor=0.0, weights=weights, pivot=pivot)
    assert numbers(found) <= budget
    assert lost(found) <= 1.1 * best + 1e-9, "a Lagrangian reaches the convex hull; the rest is filled up"


def test_a_matrix_that_is_better_whole_stays_whole() -> None:
    """Equal singular values: cutting one rank costs as much as its share, but two numbers a rank are saved nowhere
    near the full rank, while the other matrix needs one rank only."""
    spectra = {"flat": torch.ones(16), "thin": torch.tensor([1.0, *[1e-4] * 15])}
    shapes = {"flat": (16, 16), "thin": (16, 16)}
    found = svd.allocate_ranks(spectra, shapes, 0.6, floor=0.0, weights={"flat": 1.0, "thin": 1.0})
    assert found["flat"] == 16 and found["thin"] < 4


def test_exchanges_without_waits_choose_the_same_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many exchanges between two looks, as on an accelerator, end in the same factors as one by one."""
    weight = torch.randn(40, 24, generator=torch.Generator().manual_seed(3))
    factors = svd.truncate(weight, svd.decompose(weight), 12)
    one_by_one, order = svd.pivoted(factors)
    assert float(one_by_one.second.abs().max()) <= svd.LARGEST
    monkeypatch.setattr(svd.devices, "is_accelerator", lambda device: True)
    together, same_order = svd.pivoted(factors)
    assert torch.equal(order, same_order)
    assert torch.equal(one_by_one.first, together.first) and torch.equal(one_by_one.second, together.second)
