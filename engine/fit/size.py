"""A size as people write it: "60MB", "1.5 GB", "40%", 60000000."""

from __future__ import annotations

import re

from engine.base.errors import BadInput

_UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(%|[kmg]i?b|b)?\s*", re.IGNORECASE)


def bytes_of(text: str, whole: int) -> int:
    """Bytes that a size means. ``whole``: bytes that a share like 40% is of. Raises `BadInput` for another word, for
    nothing, and for a share above all of it."""
    match = _SIZE.fullmatch(text)
    advice = "write bytes, KB, MB or GB, such as 60MB, or a share of the model's size, such as 40%"
    if match is None:
        raise BadInput(f"'{text}' is no size", advice=advice)
    number, unit = float(match[1]), (match[2] or "").lower()
    if not number or (unit == "%" and number > 100):
        raise BadInput(f"'{text}' is no size that a model can have", advice=advice)
    return int(number / 100 * whole) if unit == "%" else int(number * _UNITS[unit])
