"""Lists of numbers as short text: "0-3 7"."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable

Ranges = tuple[tuple[int, int], ...]
"""First and last number of each run, in rising order."""
_RUN = re.compile(r"([0-9]{1,9})(?:-([0-9]{1,9}))?")


def ranges_of(text: str) -> Ranges:
    """The runs of a text with spaces or commas between them. ValueError for another word, and for numbers that do not
    rise."""
    runs: list[tuple[int, int]] = []
    for word in text.replace(",", " ").split():
        match = _RUN.fullmatch(word)
        if match is None:
            raise ValueError(f"'{word[:40]}' is neither a number nor a range like 3-7")
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first or (runs and first <= runs[-1][1]):
            raise ValueError(f"the numbers up to {last} do not rise: each stands once, in order")
        runs.append((first, last))
    return tuple(runs)


def count_of(ranges: Ranges) -> int:
    """Number of numbers."""
    return sum(last - first + 1 for first, last in ranges)


def numbers_of(ranges: Ranges, size: int) -> list[int]:
    """The numbers, in order. ValueError for those that are not below ``size``."""
    if ranges and ranges[-1][1] >= size:
        raise ValueError(f"there are {size}, counted from 0, and {ranges[-1][1]} is none of them")
    return [number for first, last in ranges for number in range(first, last + 1)]


def runs_of(numbers: Iterable[int]) -> Ranges:
    """The runs of numbers in rising order."""
    groups = itertools.groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0])
    runs = ([number for _, number in group] for _, group in groups)
    return tuple((run[0], run[-1]) for run in runs)


def ranges_text(numbers: Iterable[int]) -> str:
    """Numbers in rising order as text: the inverse of `ranges_of`."""
    return " ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs_of(numbers))
