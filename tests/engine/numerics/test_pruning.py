"""Masks and SparseGPT against direct solutions."""

from __future__ import annotations

import pytest
import torch

from engine.numerics.column_walk import relative_error
from engine.numerics.masks import keep_largest_by_row, keep_n_of_m
from engine.numerics.pruning import Pattern, magnitude_scores, mask_of, ria_scores, sparsegpt, wanda_scores


def inputs(tokens: int, features: int, seed: int = 0) -> torch.Tensor:
    """Correlated, of unequal size."""
    generator = torch.Generator().manual_seed(seed)
    mixing = torch.randn(features, features, generator=generator) / features**0.5
    mixing = mixing + torch.eye(features)
    scales = torch.logspace(-1, 1, features)[torch.randperm(features, generator=generator)]
    return torch.randn(tokens, features, generator=generator) @ mixing * scales


def weights(outputs: int, features: int, seed: int = 1) -> torch.Tensor:
    return torch.randn(outputs, features, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.73])
def test_exact_counts(share: float) -> None:
    scores = weights(30, 50).abs()
    layer = mask_of(scores, Pattern.of("unstructured", share))
    row = mask_of(scores, Pattern.of("unstructured", share), "row")
    assert int(layer.sum()) == round(1500 * (1 - share))
    assert set(row.sum(1).tolist()) == {round(50 * (1 - share))}
    assert scores[layer].min() >= scores[~layer].max()
    for one, kept in zip(scores, row, strict=True):
        assert one[kept].min() >= one[~kept].max()


@pytest.mark.parametrize(("pattern", "n", "m"), [("2:4", 2, 4), ("4:8", 4, 8), ("1:4", 1, 4)])
def test_n_of_every_m_stay(pattern: str, n: int, m: int) -> None:
    scores = weights(7, 32).abs()
    made = Pattern.of(pattern, 0.9)
    assert (made.n, made.m, made.share) == (n, m, 1 - n / m)
    mask = mask_of(scores, made)
    grouped, kept = scores.view(-1, m), mask.view(-1, m)
    assert set(kept.sum(1).tolist()) == {n}
    assert all(g[k].min() >= g[~k].max() for g, k in zip(grouped, kept, strict=True))


def test_ties_go_by_place_and_nan_is_refused() -> None:
    assert keep_largest_by_row(torch.ones(2, 4), 3).tolist() == [[True, True, True, False]] * 2
    mask = keep_n_of_m(torch.ones(8, 12), 2, 4)
    assert set(mask.sum(0).tolist()) == {4} and set(mask.view(-1, 4).sum(1).tolist()) == {2}
    with pytest.raises(ValueError, match="NaN"):
        keep_largest_by_row(torch.full((1, 2), torch.nan), 1)
    with pytest.raises(ValueError, match="multiple of 4"):
        keep_n_of_m(torch.ones(2, 6), 2, 4)


@pytest.mark.parametrize("pattern", ["unstructured", "2:4"])
@pytest.mark.parametrize("within", ["layer", "row"])
def test_what_is_gone_stays_gone(pattern: str, within: str) -> None:
    weight = weights(12, 64)
    alive = torch.rand(weight.shape, generator=torch.Generator().manual_seed(3)) > 0.3
    made = Pattern.of(pattern, 0.5)
    mask = mask_of(weight.abs() * alive, made, within, alive)  # type: ignore[arg-type]
    assert not (mask & ~alive).any() and int(mask.sum()) <= 12 * 32
    x = inputs(400, 64)
    solved = sparsegpt(weight * alive, x.T @ x, made, within, alive=alive)  # type: ignore[arg-type]
    assert not (solved.mask & ~alive).any()
    assert torch.equal(solved.weight != 0, solved.mask)


@pytest.mark.parametrize("order", [False, True])
def test_sparsegpt_is_the_solution_of_obs_column_by_column(order: bool) -> None:
    """One output, few inputs: each weight that goes moves those after it as the inverse Hessian says."""
    x, weight = inputs(500, 6).double(), weights(1, 6)
    gram = (x.T @ x).float()
    made = sparsegpt(weight, gram.clone(), Pattern.of("", 0.5), act_order=order)
    hessian = gram.double() / gram.double().diagonal().mean()
    hessian += 0.01 * torch.eye(6)
    sequence = gram.diagonal().argsort(descending=True).tolist() if order else list(range(6))
    expected, left = weight[0].double().clone(), list(sequence)
    for column in sequence:
        inverse = torch.linalg.inv(hessian[left][:, left])
        if not made.mask[0, column]:
            step = expected[column] / inverse[0, 0]
            expected[left] -= step * inverse[0]
        left = left[1:]
    assert torch.allclose(made.weight[0], (expected * made.mask[0]).float(), atol=1e-4)
    assert int(made.mask.sum()) == 3


@pytest.mark.parametrize("pattern", ["unstructured", "2:4", "4:8"])
def test_each_score_is_better_than_the_one_before(pattern: str) -> None:
    x, weight = inputs(2000, 320), weights(96, 320)
    gram = x.T @ x
    made = Pattern.of(pattern, 0.5)
    magnitude = weight * mask_of(weight.abs(), made)
    wanda = weight * mask_of(wanda_scores(weight, gram.diagonal()), made, "row")
    solved = sparsegpt(weight, gram.clone(), made)
    errors = [relative_error(weight, each, gram) for each in (magnitude, wanda, solved.weight)]
    assert errors == sorted(errors, reverse=True) and errors[2] < 0.9 * errors[1]
    assert solved.error == pytest.approx(errors[2], rel=0.02)


def test_sparsegpt_as_published_takes_the_same_share_of_every_block() -> None:
    """Whatever the energy of the inputs of a block; of the layer, blocks with much energy keep more."""
    x = inputs(600, 64) * torch.cat((torch.full((32,), 8.0), torch.ones(32)))
    gram, weight = x.T @ x, weights(20, 64)
    made = Pattern.of("unstructured", 0.4)
    published = sparsegpt(weight, gram.clone(), made, "block", block=16)
    assert published.mask.sum(0).view(4, 16).sum(1).tolist() == [192] * 4
    counts = sparsegpt(weight, gram.clone(), made, "layer", block=16).mask.sum(0).view(4, 16).sum(1)
    assert counts.sum() == 4 * 192 and counts[:2].min() > counts[2:].max()


@pytest.mark.parametrize("within", ["layer", "block", "row"])
@pytest.mark.parametrize("pattern", ["unstructured", "2:4"])
def test_stacked_layers_are_each_pruned_alike(pattern: str, within: str) -> None:
    x = inputs(600, 200)
    gram, one, other = x.T @ x, weights(20, 200, 1), 5 * weights(12, 200, 2)
    made = Pattern.of(pattern, 0.4)
    both = sparsegpt(torch.cat([one, other]), gram.clone(), made, within, layers=(20, 12))  # type: ignore[arg-type]
    alone = sparsegpt(other, gram.clone(), made, within)  # type: ignore[arg-type]
    assert torch.equal(both.mask[20:], alone.mask)
    assert torch.allclose(both.weight[20:], alone.weight, atol=1e-4)
    assert int(alone.mask.sum()) == pytest.approx(12 * 200 * (1 - made.share), abs=12)


def test_an_odd_width_loses_its_share() -> None:
    x, weight = inputs(900, 301), weights(10, 301)
    for within in ("layer", "row"):
        made = sparsegpt(weight, x.T @ x, Pattern.of("", 0.37), within)  # type: ignore[arg-type]
        assert int(made.mask.sum()) == pytest.approx(10 * 301 * 0.63, abs=6)


def test_a_gram_matrix_of_nothing_falls_back() -> None:
    weight = weights(8, 16)
    made = sparsegpt(weight, torch.zeros(16, 16), Pattern.of("", 0.5))
    assert made.damping is None and int(made.mask.sum()) == 64
    assert torch.equal(made.weight, weight * made.mask)
    with pytest.raises(ValueError, match="finite"):
        sparsegpt(torch.full((2, 2), torch.inf), torch.eye(2), Pattern.of("", 0.5))


def test_scores_by_hand() -> None:
    """Inputs of norm 1 and 2, of which the squares would turn the first row around; then of norm 1 and 4."""
    weight, energy = torch.tensor([[-3.0, 1.0], [2.0, -2.0]]), torch.tensor([1.0, 4.0])
    assert magnitude_scores(weight).tolist() == [[3.0, 1.0], [2.0, 2.0]]
    assert wanda_scores(weight, energy).tolist() == [[3.0, 2.0], [2.0, 4.0]]
    assert mask_of(wanda_scores(weight, energy), Pattern(0.5), "row").tolist() == [[True, False], [False, True]]
    shares = [[3 / 4 + 3 / 5, 1 / 4 + 1 / 3], [2 / 4 + 2 / 5, 2 / 4 + 2 / 3]]
    expected = [[row[0], 2 * row[1]] for row in shares]
    found = ria_scores(weight, torch.tensor([1.0, 16.0]))
    assert torch.allclose(found, torch.tensor(expected))
    assert torch.allclose(ria_scores(weight, energy, 0.0), torch.tensor(shares))


def test_ria_keeps_something_of_every_input_and_output() -> None:
    """Where small weights lie together, magnitude and Wanda lose the whole row or column."""
    weight, energy = weights(16, 16), torch.ones(16)
    weight[3] *= 0.01
    weight[:, 5] *= 0.01
    by_size, by_share = (mask_of(score(weight, energy), Pattern(0.5)) for score in (wanda_scores, ria_scores))
    assert not by_size[3].any() and not by_size[:, 5].any()
    assert by_share.any(0).all() and by_share.any(1).all()
    assert torch.equal(ria_scores(torch.zeros(2, 2), torch.ones(2)), torch.zeros(2, 2))
