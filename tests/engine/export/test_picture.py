"""The picture on the model card: what is in it, where, and that it is made of nothing but the numbers."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest

from engine.contracts.metrics import COLLAPSED
from engine.export.picture import HEIGHT, LONGEST, MOST, MOST_LABELS, WIDTH, picture

SVG = "{http://www.w3.org/2000/svg}"
WAY = {"text": "/data/wiki.txt", "sha256": "4f3e", "window": 128, "windows": 4, "windows_of": 148}


def stage(title: str, size: float, value: float, **more: Any) -> dict[str, Any]:
    return {"title": title, "metrics": {"size_bytes": size, "perplexity": value}, "protocol": {**WAY, **more}}


MODEL, ROUNDED = stage("Model", 270e6, 20.8), stage("Rounded", 98.4e6, 28.71)
OTHERS = [stage("GPTQ int4", 98.4e6, 24.0), stage("RTN int8", 150e6, 21.0), stage("RTN int2", 60e6, 900.0)]


def dots(text: str) -> dict[str, tuple[float, float]]:
    """Place of each dot by its title."""
    root = ElementTree.fromstring(text)
    return {
        circle.findtext(f"{SVG}title", ""): (float(circle.attrib["cx"]), float(circle.attrib["cy"]))
        for circle in root.iter(f"{SVG}circle")
    }


def words(text: str) -> list[str]:
    return ["".join(element.itertext()) for element in ElementTree.fromstring(text).iter(f"{SVG}text")]


def test_dots_lie_where_their_numbers_say() -> None:
    text = picture([MODEL, ROUNDED], OTHERS)
    found = dots(text)
    assert set(found) == {
        *("Model: 270 MB, 20.8", "Rounded: 98.4 MB, 28.71"),
        *("GPTQ int4: 98.4 MB, 24", "RTN int8: 150 MB, 21", "RTN int2: 60.0 MB, 900"),
    }
    model, own, gptq = (
        found[name] for name in ("Model: 270 MB, 20.8", "Rounded: 98.4 MB, 28.71", "GPTQ int4: 98.4 MB, 24")
    )
    assert model[0] > own[0] == gptq[0] and model[1] > gptq[1] > own[1], "smaller at the left, better below"
    assert all(0 < x < WIDTH and 0 < y < HEIGHT for x, y in found.values())
    (line,) = ElementTree.fromstring(text).iter(f"{SVG}polyline")
    front = [tuple(map(float, pair.split(","))) for pair in line.attrib["points"].split()]
    assert front == [found["RTN int2: 60.0 MB, 900"], gptq, found["RTN int8: 150 MB, 21"], model]


def test_it_says_what_was_measured_on_what() -> None:
    shown = words(picture([MODEL, ROUNDED], OTHERS))
    assert "Perplexity over size (lower is better)" in shown and "Size on disk" in shown and "other results" in shown
    assert "Measured on 4 of 148 windows of 128 tokens of wiki.txt" in shown
    assert "Rounded · 98.4 MB · 28.71" in shown and "Model" in shown and "100 MB" in shown
    assert "/data" not in picture([MODEL, ROUNDED])


def test_the_same_numbers_are_the_same_bytes() -> None:
    text = picture([MODEL, ROUNDED], OTHERS)
    assert text == picture([MODEL, ROUNDED], OTHERS[::-1])
    assert text != picture([MODEL, stage("Rounded", 98.4e6, 28.72)], OTHERS)


def test_only_what_can_be_compared_is_in_it() -> None:
    other = [
        stage("Other text", 98e6, 20.0, sha256="5a"), stage("Other windows", 98e6, 20.0, windows=8),
        stage("Collapsed", 98e6, 1e6, **{COLLAPSED: "worse than guessing"}), stage("Endless", 98e6, float("inf")),
        stage("No size", 0.0, 20.0), {"title": "Not measured", "metrics": {}, "protocol": {}},
        {"title": "Words", "metrics": {"size_bytes": "large", "perplexity": None}, "protocol": WAY},
    ]  # fmt: skip
    assert len(dots(picture([MODEL, ROUNDED], other))) == 2
    assert picture([ROUNDED]) == picture([]) == picture([{"title": "a", "metrics": {}}]) == ""
    assert picture([stage("Other", 270e6, 20.0, windows=1), ROUNDED]) == ""
    assert picture([MODEL, stage("Collapsed", 98e6, 1e6, **{COLLAPSED: "x"})], OTHERS) == ""


def test_words_of_others_are_escaped() -> None:
    name = '<script>alert("a")</script>&\x00\x1b\u202e' + "long " * 40
    text = picture([stage(name, 270e6, 20.8), ROUNDED], [stage("]]>&amp;", 5e6, 99.0)])
    ElementTree.fromstring(text)
    assert "<script" not in text and "\x00" not in text and "\u202e" not in text
    shown = [said for said in (*words(text), *dots(text)) if "alert" in said]
    assert shown and all(len(said) <= LONGEST + 30 for said in shown)


def test_many_results_stay_readable() -> None:
    many = [stage(f"Result {number}", 1e6 * (number + 1), 500.0 / (number + 1) + 20) for number in range(3 * MOST)]
    text = picture([MODEL, ROUNDED], many)
    assert len(dots(text)) == MOST + 2
    assert sum("Result" in said for said in words(text)) <= MOST_LABELS


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
@pytest.mark.parametrize("spread", [1.0, 1.0001, 3.0, 1e7])
def test_axes_of_any_range_have_ticks(scale: float, spread: float) -> None:
    text = picture([stage("Model", 1e6 * spread, 20 * scale), stage("Own", 1e6, 20 * scale * spread)])
    lines = [d for path in ElementTree.fromstring(text).iter(f"{SVG}path") if "h" not in (d := path.attrib["d"])]
    for way in "VH":
        assert 1 <= sum(way in line for line in lines) <= 12, (scale, spread)
