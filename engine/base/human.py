"""Numbers and foreign text as people read them; the same on screen, in the terminal and in reports."""

from __future__ import annotations

import re
import unicodedata

_HIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Unicode categories that do something instead of being seen: control characters (terminals obey them), directions of
writing (they show text in another order than it is in), lone halves of pairs, separators of lines."""


def printable(text: str, keep: str = "") -> str:
    """Text from files, titles and other programs for a terminal or log: what would not be seen is spelled out.

    An escape character becomes the four characters that Python writes for it. ``keep``: characters that are meant, e.g.
    the newlines of a text of several lines.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character
        if character in keep or unicodedata.category(character) not in _HIDDEN
        else character.encode("unicode_escape", "surrogatepass").decode("ascii")
        for character in text
    )


def bytes_text(count: float) -> str:
    """``98362432`` -> ``"98.4 MB"``; decimal units, three significant digits."""
    for unit in ("B", "kB", "MB", "GB"):
        if abs(count) < 999.5:
            return f"{count:.0f} B" if unit == "B" else f"{_three(count)} {unit}"
        count /= 1000
    return f"{_three(count)} TB"


def count_text(count: float) -> str:
    """``134515008`` -> ``"134.5 M"``."""
    for unit in ("", " k", " M", " G"):
        if abs(count) < 999.5:
            return f"{count:.0f}" if not unit else f"{count:.1f}{unit}"
        count /= 1000
    return f"{count:.1f} T"


def grouped_text(count: int) -> str:
    """A whole number in groups of three digits, which is read alike in all languages: ``8 192``. The spaces do not
    break."""
    return f"{count:,}".replace(",", "\N{NO-BREAK SPACE}")


def duration_text(seconds: float) -> str:
    """``75`` -> ``"1 min 15 s"``; ``0.42`` -> ``"0.4 s"``; ``7300`` -> ``"2 h 2 min"``."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def percent_text(share: float) -> str:
    """A share of a whole: ``0.125`` -> ``"12.5 %"``. The one notation on screen; files hold the fraction."""
    return f"{float(f'{to_percent(share):.6g}'):g} %"


def to_percent(share: float) -> float:
    """``0.07`` -> ``7.0``, without the noise of binary fractions."""
    return float(f"{100 * share:.12g}")


def from_percent(percent: float) -> float:
    """``7`` -> ``0.07``: what `to_percent` was made of, for shares of up to twelve digits."""
    return float(f"{percent / 100:.12g}")


def number_text(value: float, digits: int = 4) -> str:
    """Significant digits, without exponents for everyday sizes: ``20.8193`` -> ``"20.82"``."""
    if value != value or value in (float("inf"), float("-inf")):
        return str(value)
    if value == int(value) and abs(value) < 1e6:
        return str(int(value))
    if not 1e-4 <= abs(value) < 1e6:
        return f"{value:.{digits - 1}e}"
    text = f"{value:.{digits}g}"
    return f"{value:.0f}" if "e" in text else text


def fixed_text(value: float, decimals: int) -> str:
    """Always as many decimals, so that a column can be read from top to bottom: ``(1019.427, 2)`` -> ``"1019.43"``.

    What would be too long that way, or nothing but zeros, has significant digits; zero itself is ``"0"``.
    """
    if value == 0:
        return "0"
    if not 0.5 * 10.0**-decimals <= abs(value) < 1e6:  # also what is not a number
        return number_text(value)
    return f"{value:.{decimals}f}"


def first_difference(one: str, other: str) -> int | None:
    """Index of the first word that differs between two texts; None if they are the same."""
    if one == other:
        return None
    index = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    if all(not text[index : index + 1].strip() for text in (one, other)):  # a word ends here in both
        return index
    while index and not one[index - 1].isspace():
        index -= 1
    return index


def natural(text: str) -> list[tuple[int, str]]:
    """A key that sorts "layer 2" before "layer 10"."""
    return [(int(part), "") if part.isdigit() else (-1, part.lower()) for part in re.split(r"(\d+)", text)]


def _three(value: float) -> str:
    return f"{value:.2f}" if abs(value) < 9.995 else f"{value:.1f}" if abs(value) < 99.95 else f"{value:.0f}"
