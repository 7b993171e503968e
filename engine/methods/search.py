"""Methods by the words that people type for them. Torch-free."""

from __future__ import annotations

import functools
import re

from engine.contracts.settings import Settings, fields
from engine.methods.base import FAMILY_TITLES, MethodInfo
from engine.methods.registry import methods


def search(text: str) -> list[MethodInfo]:
    """The methods that fit a search, the best first."""
    ranked = [(rank(info, text), info) for info in methods().values()]
    return [info for fit, info in sorted(ranked, key=lambda pair: pair[0]) if fit >= 0]


def rank(info: MethodInfo, text: str) -> int:
    """Rank of a method in a search, 0 being best and -1 no match: title, then other words. Endings do not matter
    ("prune" finds pruning), nor do hyphens ("finetune", "4-bit")."""
    words = [_stem(word) for word in text.casefold().replace("-", " ").split()]
    title = info.title.casefold()
    more = (*info.keywords, *_bits(info.settings))
    rest = " ".join((info.id.replace("_", " "), info.title, info.summary, FAMILY_TITLES[info.family], *more)).casefold()
    begins = [*re.split(r"\W+", rest), *(joined.replace("-", "") for joined in re.findall(r"\w+(?:-\w+)+", rest))]
    if not all(word in title or any(begin.startswith(word) for begin in begins) for word in words):
        return -1
    if title.startswith(text.casefold().strip()):
        return 0
    return 1 if all(word in title for word in words) else 2


def _stem(word: str) -> str:
    """A word without the ending of its form: "prune", "pruned" and "pruning" begin alike; also the British ones."""
    word = re.sub(r"is(?=e|ed|ing|ation)", "iz", word) if word.startswith("quant") else word
    return re.sub(r"(?<=\w{4})(?:ing|ed|es|e|s)$", "", word)


@functools.cache
def _bits(settings: type[Settings]) -> tuple[str, ...]:
    """Search words for the number formats that a method offers: "4 bit" for int4, nf4 and fp4."""
    offered = " ".join(str(value) for field in fields(settings) for value, _ in field.choices)
    return tuple(f"{bits} bit" for bits in sorted(set(re.findall(r"(?:int|nf|fp|float)(\d+)", offered))))
