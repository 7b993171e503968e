"""Settings of a training that draws from several texts."""

from __future__ import annotations

import pydantic
import pytest

from engine.contracts.settings import setting
from engine.data.domains import Domain, DomainSettings

TWO = ("a=sample", "b=sample:stories")


@pytest.mark.parametrize("proportions", [(), (3.0, 1.0), (0.0, 1.0)])
def test_proportions_that_can_be_drawn_from(proportions: tuple[float, ...]) -> None:
    assert DomainSettings(domains=TWO, proportions=proportions).proportions == proportions


@pytest.mark.parametrize(
    ("proportions", "sentence"),
    [((-1.0, 2.0), "negative"), ((0.0, 0.0), "all be 0"), ((1.0,), "1 shares for 2 domains")],
)
def test_proportions_that_nothing_can_be_drawn_from(proportions: tuple[float, ...], sentence: str) -> None:
    with pytest.raises(pydantic.ValidationError, match=sentence):
        DomainSettings(domains=TWO, proportions=proportions)


@pytest.mark.parametrize(
    ("proportions", "shares"), [((), (0.5, 0.5)), ((3.0, 1.0), (0.75, 0.25)), ((0.0, 0.5), (0.0, 1.0))]
)
def test_shares_sum_to_one(proportions: tuple[float, ...], shares: tuple[float, ...]) -> None:
    settings = DomainSettings(domains=("a = sample", "b=x = y.txt"), proportions=proportions)
    assert settings.domain_list() == (Domain("a", "sample", shares[0]), Domain("b", "x = y.txt", shares[1]))


class Trains(DomainSettings):
    """A training with one text, as it is without domains."""

    text: str = setting("one.txt", title="Text", help="", kind="dataset")


def test_where_there_are_domains_their_texts_are_read_and_the_one_text_is_not() -> None:
    assert Trains().texts() == Trains().files() == {"text": "one.txt"}
    several = Trains(domains=TWO)
    assert several.texts() == {"domains.a": "sample", "domains.b": "sample:stories"}
    assert several.files() == {"text": "one.txt", **several.texts()}


def test_texts_of_domains_are_made_absolute() -> None:
    found = Trains(domains=("a = mine.txt", "b=b.txt")).anchored(lambda name, kind: f"/{kind}/{name}")
    assert (found.text, found.domains) == ("/dataset/one.txt", ("a=/file/mine.txt", "b=/file/b.txt"))
    assert Trains().anchored(lambda name, kind: name).domains == ()


@pytest.mark.parametrize(
    ("domains", "sentence"), [(("a=sample", "a=mixed"), "same name"), (("a=",), "as name = text"), (("=b",), "as name")]
)
def test_domains_that_have_no_name_of_their_own(domains: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(pydantic.ValidationError, match=sentence):
        DomainSettings(domains=domains)


def test_a_reference_loss_for_each_domain() -> None:
    given = DomainSettings(domains=TWO, reference="given", reference_losses=(2.0, 3.0))
    assert given.reference_losses == (2.0, 3.0)
    with pytest.raises(pydantic.ValidationError, match="1 reference losses for 2 domains"):
        DomainSettings(domains=TWO, reference="given", reference_losses=(2.0,))
    assert DomainSettings(domains=TWO, reference="source").reference_losses == ()


def test_losses_scale_by_the_measured_power_law() -> None:
    """Kaplan et al. 2020 (arXiv 2001.08361), table 5: the exponent of the number of parameters."""
    assert DomainSettings().scaling_exponent == 0.076


def test_shares_follow_the_losses_as_they_were_published() -> None:
    """Xia et al. 2023 (arXiv 2310.06694), algorithm 1: shares times the exponential of how far a loss is above."""
    assert DomainSettings().mixing_rate == 1.0


@pytest.mark.parametrize(("name", "low", "high"), [("scaling_exponent", 0, 1), ("mixing_rate", 0, 100)])
def test_ends_of_ranges_are_in_them(name: str, low: float, high: float) -> None:
    """An exponent of 0 scales nothing; a rate of 0 leaves the shares as they are."""
    assert [getattr(DomainSettings(**{name: value}), name) for value in (low, high)] == [low, high]
    for value in (low - 0.01, high + 0.01):
        with pytest.raises(ValueError, match=name):
            DomainSettings(**{name: value})
