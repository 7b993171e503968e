"""Damage: of bytes, and of values in JSON."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

DEEP = "\0deep\0"
"""Stands for a list in a list, `DEPTH` times."""
DEPTH = 100_000
WORDS = (
    *("", " ", "\0", "a" * 5000, "../../../etc/passwd", "/dev/zero", "~nobody/x", "<img src='file:///x'>", "\ud800"),
    *("NaN", "inf", "-1", "1e999", "0x10", "true", "null", "\x1b]0;x\x07", "é", "\u202e", "con", "a\nb", "%s%n", "{0}"),
)
NUMBERS = (
    0,
    1,
    -1,
    2,
    3,
    7,
    255,
    2**31,
    2**53,
    -(2**63),
    10**30,
    0.5,
    -0.0,
    1e-300,
    1e308,
    float("nan"),
    float("inf"),
    10**400,
)
VALUES: tuple[Any, ...] = (*WORDS, *NUMBERS, None, True, False, [], {}, [[]], [None], {"": None}, DEEP, list(range(50)))


def text_of(value: Any) -> bytes:
    """JSON, with what no library writes: lone surrogates, numbers that are none, lists 100,000 deep."""
    text = json.dumps(value, ensure_ascii=True)
    return text.replace(json.dumps(DEEP), "[" * DEPTH + "]" * DEPTH).encode()


def changed_value(draw: random.Random, value: Any, names: tuple[str, ...] = ()) -> Any:
    """A copy with one to three places changed: replaced, removed, doubled, or something added (one of ``names``)."""
    root = [copy.deepcopy(value)]
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        _change(draw, root, names)
    return root[0]


def _change(draw: random.Random, root: list[Any], names: tuple[str, ...]) -> None:
    places = list(_places(root, []))
    holder, key = draw.choice(places[: 1 if draw.random() < 0.02 else None])
    what = draw.choice(("replace", "replace", "replace", "near", "remove", "add", "swap"))
    if what == "remove" and holder is not root:
        del holder[key]
    elif what == "add" and isinstance(holder, dict):
        holder[draw.choice((*names, *WORDS, "x"))] = copy.deepcopy(draw.choice(VALUES))
    elif what == "near":
        holder[key] = _near(draw, holder[key])
    elif what == "swap":
        other, name = draw.choice(places)
        holder[key] = copy.deepcopy(other[name])
    else:
        holder[key] = copy.deepcopy(draw.choice(VALUES))


def _near(draw: random.Random, value: Any) -> Any:
    """Something of the same type that is nearly the same."""
    if isinstance(value, bool) or value is None:
        return not value
    if isinstance(value, int) and abs(value) > 10**300:  # no float is near
        return draw.choice((value + 1, -value, str(value), [value]))
    if isinstance(value, int | float):
        return draw.choice((value + 1, value - 1, -value, value * 2, value * 1000, float(value), str(value), [value]))
    if isinstance(value, str):
        at = draw.randrange(len(value) + 1)
        return draw.choice((value[:at], value[at:], value + value, value[:at] + draw.choice(WORDS) + value[at:]))
    if isinstance(value, list):
        return draw.choice((value[1:], value + value, value[::-1], {"a": value}, value * 50 if len(value) < 50 else []))
    return draw.choice((list(value), {**value, "more": value}, dict(list(value.items())[1:])))


def _places(holder: Any, found: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Every (dict or list, key) in a value."""
    keys = list(holder) if isinstance(holder, dict) else range(len(holder))
    for key in keys:
        found.append((holder, key))
        if isinstance(holder[key], dict | list) and len(found) < 3000:
            _places(holder[key], found)
    return found


def changed_bytes(draw: random.Random, data: bytes, within: int | None = None) -> bytes:
    """A copy with bytes flipped, cut off, put in, zeroed or doubled; all within the first ``within`` bytes."""
    room = max(1, min(len(data), within or len(data)))
    made = bytearray(data)
    for _ in range(draw.choice((1, 1, 2, 4, 16))):
        at = draw.randrange(room)
        size = draw.choice((1, 1, 2, 4, 8, 64))
        what = draw.choice(("flip", "flip", "number", "cut", "insert", "zero", "remove", "repeat"))
        if what == "flip" and at < len(made):
            made[at] ^= 1 << draw.randrange(8)
        elif what == "number":
            number = draw.choice((0, 1, 2**7, 2**31 - 1, 2**32 - 1, 2**63 - 1, 2**64 - 1, draw.getrandbits(64)))
            made[at : at + 8] = number.to_bytes(8, "little")
        elif what == "cut" and draw.random() < 0.3:
            del made[at:]
        elif what == "insert":
            made[at:at] = draw.randbytes(size)
        elif what == "zero":
            made[at : at + size] = bytes(size)
        elif what == "remove":
            del made[at : at + size]
        elif what == "repeat":
            made[at:at] = made[at : at + size]
    return bytes(made)
