"""Codecs made from types: every value comes back as it was, and nothing else comes in."""

from __future__ import annotations

import json
import math
import random
import struct
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

from engine.base.codec import DEEPEST, HERE_ONLY, CodecError, Registry


@dataclass(frozen=True, slots=True)
class Leaf:
    """A record in records."""

    values: tuple[float, ...]
    name: str = "leaf"


@dataclass(frozen=True)
class Tree:
    """All kinds of fields."""

    leaf: Leaf
    leaves: dict[str, Leaf] = field(default_factory=dict)
    below: tuple[Tree, ...] = ()
    pair: tuple[int, str] | None = None
    kind: Literal["oak", "fir"] = "oak"
    mixed: int | float | str | None = None
    path: Path = Path()
    data: bytes = b""
    counts: Mapping[str, int] = field(default_factory=dict)
    anything: Any = None
    flag: bool = False
    local: Any = field(default_factory=object, compare=False, metadata=HERE_ONLY)


@dataclass(frozen=True)
class Base:
    """Of several classes."""

    id: str


@dataclass(frozen=True)
class Derived(Base):
    """One of them."""

    x: int


@dataclass(frozen=True)
class Holder:
    """Holds any of them."""

    base: Base


REGISTRY = Registry([Leaf, Tree, Derived, Holder], bases=[Base])


def there_and_back(value: Any) -> Any:
    text = REGISTRY.to_text(value)
    assert text.isascii()
    return REGISTRY.from_plain(json.loads(text))


def read(plain: Any) -> Any:
    return REGISTRY.from_plain(plain)


VALUES: tuple[Any, ...] = (
    *(
        None,
        True,
        0,
        -1,
        10**30,
        0.1,
        "é\ud800\U0001f600",
        b"\x00\xff",
        Path("a/b"),
        (),
        [],
        {},
        (1, (2, [3, {"a": (4,)}])),
    ),
    *({1: "a", (1, 2): None}, {"is": "tuple", "items": 3}, {3, 4}, frozenset({"x"}), [math.inf, -math.inf]),
    Tree(Leaf(())),
    Tree(
        leaf=Leaf((1.5, 2.0), "a"),
        leaves={"x": Leaf((0.1,))},
        below=(Tree(Leaf((3.0,)), pair=(1, "two"), kind="fir"),),
        mixed="word",
        path=Path("/x/y"),
        data=bytes(range(256)),
        counts={"a": 1},
        anything={"deep": (Leaf((1.0,)), Path("p"), {2: 3})},
        flag=True,
    ),
    Holder(Derived("a", 3)),
)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_values_come_back_as_they_were(value: Any) -> None:
    again = there_and_back(value)
    assert again == value and type(again) is type(value)
    assert repr(again).partition("local=")[0] == repr(value).partition("local=")[0]


def test_floats_come_back_to_the_bit() -> None:
    draw = random.Random(0)
    numbers = [struct.unpack("<d", draw.randbytes(8))[0] for _ in range(20_000)]
    numbers += [0.0, -0.0, 5e-324, 1.7976931348623157e308, math.inf, -math.inf, math.nan, math.pi]
    for again in (there_and_back(tuple(numbers)), there_and_back(Leaf(tuple(numbers))).values):
        for before, after in zip(numbers, again, strict=True):
            same_nan = math.isnan(before) and math.isnan(after)
            assert same_nan or struct.pack("<d", before) == struct.pack("<d", after)


def test_scalars_become_numbers_and_subclasses_plain() -> None:
    given = {"a": np.float32(0.1), "b": np.int64(3), "c": np.bool_(True), "d": np.str_("x"), "e": np.float64(0.3)}
    again = there_and_back(given)
    assert again == {"a": float(np.float32(0.1)), "b": 3, "c": True, "d": "x", "e": 0.3}
    assert [type(value) for value in again.values()] == [float, int, bool, str, float]
    leaf = there_and_back(Leaf((np.float32(0.5), np.float64(0.25))))  # type: ignore[arg-type]
    assert leaf == Leaf((0.5, 0.25)) and {type(value) for value in leaf.values} == {float}
    assert type(there_and_back(OrderedDict(a=1))) is dict


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (object(), "object"),
        (np.zeros(3), "numpy.ndarray"),
        (Leaf, "type"),
        (Leaf({1.0}), "sequence"),  # type: ignore[arg-type]
        (Leaf("text"), "sequence"),  # type: ignore[arg-type]
        (Tree(Leaf(()), counts={1: 2}), "dict with texts"),  # type: ignore[dict-item]
        (Tree(Derived("a", 1)), "is not Leaf"),  # type: ignore[arg-type]
        (Tree(Leaf(()), pair=(1,)), "1 values instead of 2"),  # type: ignore[arg-type]
    ],
)
def test_what_has_no_codec_is_refused(value: Any, word: str) -> None:
    with pytest.raises(CodecError, match=word):
        REGISTRY.to_text(value)


def test_circles_and_depth_are_refused() -> None:
    circle: list[Any] = []
    circle.append(circle)
    with pytest.raises(CodecError, match="nested"):
        REGISTRY.to_text(circle)
    deep: Any = 1
    for _ in range(DEEPEST + 1):
        deep = [deep]
    with pytest.raises(CodecError, match="nested"):
        read(deep)
    assert read(deep[0]) == deep[0]


LEAF = {"is": "Leaf", "values": [1.0]}
TREE = {"is": "Tree", "leaf": {"values": []}}


@pytest.mark.parametrize(
    ("plain", "word"),
    [
        ({"is": "Unknown"}, "'Unknown' is not a kind of message that this version knows"),
        ({"is": ["x"]}, "not a kind of message"),
        ({"is": "Registry"}, "not a kind of message"),
        ({"is": "Leaf"}, "Leaf: .*values"),
        ({**LEAF, "values": [1.0, "2"]}, "Leaf.values: a number was expected, not '2'"),
        ({**LEAF, "values": [True]}, "a number"),
        ({**LEAF, "values": {"a": 1}}, "a list"),
        ({**LEAF, "name": 3}, "Leaf.name: a text was expected, not 3"),
        ({**TREE, "leaf": []}, "Tree.leaf: a Leaf was expected, not a list"),
        ({**TREE, "pair": [1]}, "a list of 2"),
        ({**TREE, "kind": "elm"}, "one of fir, oak"),
        ({**TREE, "kind": ["oak"]}, "one of fir, oak"),
        ({**TREE, "path": 3}, "a path"),
        ({**TREE, "data": "*"}, "bytes"),
        ({**TREE, "flag": 1}, "true or false"),
        ({**TREE, "mixed": []}, "a plain value"),
        ({**TREE, "counts": {"a": 1.5}}, "a whole number"),
        ({"is": "Holder", "base": LEAF}, "a Base was expected"),
        ({"is": "dict", "items": [[[], 1]]}, "unhashable"),
        ({"is": "set", "items": [{}]}, "unhashable"),
        ({"is": "tuple", "items": 3}, "not a kind of message"),
        ({"is": "bytes", "value": None}, "not a kind of message"),
    ],
)
def test_wrong_values_are_refused_with_what_was_expected(plain: Any, word: str) -> None:
    with pytest.raises(CodecError, match=word):
        read(plain)


def test_records_may_grow() -> None:
    assert read({**LEAF, "later": {"is": "Unknown"}}) == Leaf((1.0,))
    assert read({"is": "Leaf", "values": []}).name == "leaf"


def test_types_that_cannot_be_sent_are_refused_when_the_codec_is_made() -> None:
    @dataclass
    class Odd:
        item: complex

    with pytest.raises(TypeError, match="complex"):
        Registry([Odd]).codec(complex)
