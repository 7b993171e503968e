"""A size as people write it: "60MB", "1.5 GB", "40%", 60000000."""

from __future__ import annotations

import re

from engine.base.errors import BadInput

CONTEXTS = (2048, 4096, 8192, 16384, 32768, 65536, 131072)
"""Tokens whose keys and values can be part of a size, to choose from."""
_UNITS: dict[str, int] = {
    "": 1,
    "b": 1,
    "kb": 10**3,
    "mb": 10**6,
    "gb": 10**9,
    "kib": 2**10,
    "mib": 2**20,
    "gib": 2**30,
}
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(%|[kmg]i?b|b)?\s*", re.IGNORECASE)


def bytes_of(text: str, whole: int) -> int:
    """Bytes that a size means. ``whole``: bytes that a share like 40% is of. Raises `BadInput` for another word, for
    nothing, and for a share above all of it."""
    match = _SIZE.fullmatch(text)
    advice = "write bytes, KB, MB or GB, such as 60MB, or a share of the model's size, such as 40%"
    if match is None:
        raise BadInput(f"'{text}' is not a size", advice=advice)
    number, unit = float(match[1]), (match[2] or "").lower()
    if not number or (unit == "%" and number > 100):
        raise BadInput(f"A model can't have the size '{text}'", advice=advice)
    return int(number / 100 * whole) if unit == "%" else round(number * _UNITS[unit])


def rounded_up(count: float, digits: int = 4) -> int:
    """The next number of bytes with so many digits: ``45_926_208`` -> ``45_930_000``."""
    unit: int = 10 ** max(0, len(str(int(count))) - digits)
    return int(-(-count // unit)) * unit


def size_text(count: int) -> str:
    """The shortest words that `bytes_of` reads as exactly so many bytes: ``60_500_000`` -> ``"60.5MB"``."""
    for unit in ("GB", "MB", "KB"):
        factor = _UNITS[unit.lower()]
        text = f"{count / factor:.6g}{unit}"
        if count >= factor and _SIZE.fullmatch(text) and bytes_of(text, count) == count:
            return text
    return str(count)
