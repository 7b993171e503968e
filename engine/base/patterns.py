"""Regular expressions that files and pipelines bring, matched within limits of time: one can be written in ten
characters that Python's own `re` does not end with.

`regex` understands what `re` does and stops where it is told to.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Any

import regex

from engine.base.errors import BadInput

LONGEST = 2000
"""Characters of a pattern."""
SECONDS = 1.0
"""Of one match, and of all slow matches of a pattern together. A pattern that means something needs microseconds."""
_SLOW = 0.01
"""Seconds from which a match counts as slow."""


class Pattern:
    """A regular expression of somebody else's. Raises `BadInput` if it is none or too long."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._slow = 0.0
        if len(text) > LONGEST:
            raise self._refused(f"it has {len(text)} characters; {LONGEST} is the most")
        try:
            self._compiled: Any = regex.compile(text, cache_pattern=False)
        except (regex.error, RecursionError, OverflowError, MemoryError, ValueError) as error:
            raise self._refused(str(error) or "it is nested too deeply") from None

    def is_found_in(self, name: str) -> bool:
        """True if it matches somewhere in a name, as `re.search` says; raises `BadInput` if that takes too long."""
        return self._matched(self._compiled.search, name)

    def begins(self, name: str) -> bool:
        """True if it matches at the beginning of a name, as `re.match` says; raises `BadInput` as `is_found_in`."""
        return self._matched(self._compiled.match, name)

    def _matched(self, match: Any, name: str) -> bool:
        started = time.monotonic()
        try:
            matched = match(name, timeout=SECONDS) is not None
        except (TimeoutError, MemoryError, RecursionError):
            raise self._endless(name) from None
        took = time.monotonic() - started
        if took > _SLOW:
            self._slow += took
            if self._slow > SECONDS:
                self._slow = 0.0
                raise self._endless(name)
        return matched

    def _endless(self, name: str) -> BadInput:
        return _endless(self.text, f"it tries more ways to match {_short(name)} than can be tried")

    def _refused(self, why: str) -> BadInput:
        return BadInput(
            "A pattern is not a regular expression that can be used",
            where=_short(self.text),
            why=why,
            advice="write it as Python's re module takes it",
        )


class BoundedRe:
    """Stands in for the module `re` in a library that is given patterns of strangers: every call has `SECONDS`, and
    raises `BadInput` beyond."""

    def compile(self, text: str, flags: int = 0) -> _BoundedPattern:
        """A pattern whose calls are bounded, too."""
        return _BoundedPattern(regex.compile(text, flags, cache_pattern=False))

    def __getattr__(self, name: str) -> Any:
        value = getattr(regex, name)
        return _bounded(value, None) if name in _MATCHING else value


class _BoundedPattern:
    def __init__(self, compiled: Any) -> None:
        self._compiled = compiled

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._compiled, name)
        return _bounded(value, self._compiled.pattern) if name in _MATCHING else value


_MATCHING = frozenset({"search", "match", "fullmatch", "findall", "finditer", "split", "sub", "subn"})
"""Functions of `re` that match."""


def _bounded(function: Callable[..., Any], text: str | None) -> Callable[..., Any]:
    """``function`` with a time limit; the pattern is ``text``, or its first argument."""

    def call(*arguments: Any, **options: Any) -> Any:
        try:
            result = function(*arguments, **options, timeout=SECONDS)
            return list(result) if function.__name__ == "finditer" else result
        except (TimeoutError, MemoryError, RecursionError):
            chosen = str(arguments[0]) if text is None else text
            raise _endless(chosen, "it tries more ways to match a text than can be tried") from None

    return call


def _endless(text: str, why: str) -> BadInput:
    return BadInput(
        "A pattern takes too long to match",
        where=_short(text),
        why=why,
        advice="write it without repetitions inside of repetitions, such as (.|.)*",
    )


@functools.lru_cache(maxsize=1024)
def pattern(text: str) -> Pattern:
    """The pattern that a text is, made once."""
    return Pattern(text)


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:77]}..."
