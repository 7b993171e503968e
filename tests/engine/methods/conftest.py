"""All that methods draw in these tests is made of words that translators get."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from engine.architecture import skeleton
from engine.contracts.metrics import TARGET, metric_group, metric_title, series_title
from engine.methods.plot_words import WORDS, pattern
from engine.methods.quantization.awq.record import TITLES as LINEARS
from engine.numerics.quantization.four_bit import TITLES as CODES
from engine.run.stage import RunStage
from engine.words import short_words


@pytest.fixture(scope="session", autouse=True)
def all_networks() -> Iterator[None]:
    """Tests go through all architectures in turn: their skeletons are kept."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(skeleton, "CACHED", 32)
        yield


FORMULAS = ("1 − cos", "kl")
OF_DOMAINS = ("eval", "domain")
"""Metrics whose curves are named by the user."""


def unknown(text: str) -> str:
    """The text, if it is not among the words of plots or a name of a method's; "" if it is."""
    if text in FORMULAS or text in names() or text in CODES.values() or text in LINEARS.values():
        return ""
    return "" if pattern(text)[0] in WORDS else text


def names() -> frozenset[str]:
    """All names of the engine that are translated."""
    global _names
    _names = _names or frozenset(short_words())
    return _names


_names: frozenset[str] = frozenset()


@pytest.fixture(autouse=True)
def plots_have_known_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse a title, an axis or a curve that no catalog can have: see `engine.methods.plot_words`."""

    def checked(draw: Any) -> Any:
        def inner(self: RunStage, chart: str, series: str, *values: Any, **style: Any) -> None:
            titles = [style.get(f"{which}_title", "") for which in ("x", "y", "row", "column")]
            heads = [chart.partition(": ")[0], *titles, *([] if "." in series else [series])]
            found = [text for text in filter(None, heads) if unknown(text)]
            assert not found, f"not in engine.methods.plot_words: {found}"
            draw(self, chart, series, *values, **style)

        return inner

    def metric(self: RunStage, name: str, value: float, step: int) -> None:
        before, _, group = metric_group(name).rpartition(": ")
        curve = "" if group in OF_DOMAINS else series_title(name.partition("/")[2].removesuffix(TARGET))
        words = [*map(metric_title, (before, group)), curve]
        found = [text for text in filter(None, words) if unknown(text)]
        assert not found, f"not in engine.methods.plot_words: {found}"
        plain(self, name, value, step)

    plain = RunStage.metric
    monkeypatch.setattr(RunStage, "metric", metric)
    for name in ("curve", "grid"):
        monkeypatch.setattr(RunStage, name, checked(getattr(RunStage, name)))
