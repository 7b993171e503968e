"""Properties of written text: repetition, brackets, JSON, language, distance. Pure functions, torch-free."""

from __future__ import annotations

import json
import math
import unicodedata
import zlib
from collections import Counter
from collections.abc import Sequence

NGRAM = 4
"""Tokens of an n-gram in `repetition`."""
PERIODS = 3
"""A tail that is the same piece so many times is a loop."""
LOOP_TOKENS = 16
"""Shortest tail, in tokens, that counts as a loop."""
REPEATED = 0.6
"""Share of repeated n-grams from which on a text counts as a loop."""
DENSE = 5.0
"""Compression ratio from which on a text counts as a loop; English prose of 300 characters has about 1.6."""
_OPEN = {")": "(", "]": "[", "}": "{"}


def repetition(tokens: Sequence[int], n: int = NGRAM) -> float:
    """Share of the n-grams that were there before, 0..1; 0 for fewer than n + 1 tokens."""
    grams = [tuple(tokens[start : start + n]) for start in range(len(tokens) - n + 1)]
    return 1 - len(set(grams)) / len(grams) if len(grams) > 1 else 0.0


def period(tokens: Sequence[int]) -> int:
    """Length of the piece that the end of the text repeats, `PERIODS` times or more in `LOOP_TOKENS` tokens or more;
    0 where it repeats none."""
    for length in range(1, len(tokens) // PERIODS + 1):
        tail = max(PERIODS * length, LOOP_TOKENS)
        if tail <= len(tokens) and all(tokens[-i] == tokens[-i - length] for i in range(1, tail - length + 1)):
            return length
    return 0


def compression_ratio(text: str) -> float:
    """Bytes of the text by its bytes in DEFLATE: large for a text that repeats itself; 1 for an empty one."""
    raw = text.encode("utf-8", "replace")
    return len(raw) / len(zlib.compress(raw, 9)) if raw else 1.0


def is_loop(tokens: Sequence[int], text: str) -> bool:
    """True if the text repeats itself: its end has a period, most of its n-grams come again, or it compresses to a
    fifth."""
    if len(tokens) < LOOP_TOKENS:
        return False
    return period(tokens) > 0 or repetition(tokens) >= REPEATED or compression_ratio(text) >= DENSE


def trigrams(text: str) -> Counter[str]:
    """Counts of three characters in a row, of lower-case text whose spaces are single ones."""
    plain = f" {' '.join(text.lower().split())} "
    return Counter(plain[start : start + 3] for start in range(len(plain) - 2))


def similarity(one: Counter[str], other: Counter[str]) -> float:
    """Cosine of two profiles, 0..1; 0 where one is empty."""
    dot = sum(count * other[gram] for gram, count in one.items())
    norms = math.sqrt(sum(c * c for c in one.values()) * sum(c * c for c in other.values()))
    return dot / norms if norms else 0.0


def script(character: str) -> str:
    """First word of a letter's Unicode name ("LATIN", "CYRILLIC", "CJK"), "" for anything else."""
    return unicodedata.name(character, "").partition(" ")[0] if character.isalpha() else ""


def foreign_share(text: str, model: str) -> float:
    """Share of the letters of ``text`` whose script ``model`` does not use, and of characters that are not text: lost
    bytes and control characters. 0 for an empty text."""
    scripts = {script(character) for character in model} - {""}
    letters = broken = foreign = 0
    for character in text:
        if character == "\ufffd" or (unicodedata.category(character) == "Cc" and character not in "\t\n\r"):
            broken += 1
        elif (name := script(character)) != "":
            letters += 1
            foreign += name not in scripts
    counted = letters + broken
    return (foreign + broken) / counted if counted else 0.0


def has_sound_brackets(text: str) -> bool:
    """True if every closing bracket has its opening one. Brackets in double quotes are words; those that are still open
    at the end may be closed by what would follow."""
    stack: list[str] = []
    quoted = escaped = False
    for character in text:
        if quoted:
            quoted = escaped or character not in '"\n'
            escaped = not escaped and character == "\\"
        elif character == '"':
            quoted = True
        elif character in _OPEN.values():
            stack.append(character)
        elif character in _OPEN and (not stack or stack.pop() != _OPEN[character]):
            return False
    return True


def valid_json_share(text: str) -> float:
    """Share of the lines that are JSON objects. The last line counts only if it is the only one: it may be cut off, and
    then it is valid if its brackets are and it begins as an object."""
    lines = [line for line in text.split("\n") if line.strip()]
    if not lines:
        return 0.0
    if len(lines) == 1:
        return float(lines[0].lstrip().startswith("{") and has_sound_brackets(lines[0]))
    whole = lines if text.endswith("\n") else lines[:-1]
    return sum(_is_object(line) for line in whole) / len(whole)


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def common_prefix(one: Sequence[object], other: Sequence[object]) -> int:
    """Number of equal items before the first that differs."""
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count


def edit_distance(one: Sequence[int], other: Sequence[int]) -> float:
    """Insertions, deletions and substitutions that turn one into the other (Levenshtein), by the length of the longer,
    0..1."""
    previous = list(range(len(other) + 1))
    for row, token in enumerate(one, 1):
        current = [row]
        for column, candidate in enumerate(other, 1):
            change = previous[column - 1] + (token != candidate)
            current.append(min(previous[column] + 1, current[-1] + 1, change))
        previous = current
    return previous[-1] / max(len(one), len(other), 1)
