"""What was likely meant by a word that nothing is called."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping


def likely(word: str, known: Iterable[str], titles: Mapping[str, str] | None = None) -> str:
    """``"Did you mean 'gptq'?"``, or ``"There are: …"`` with all that there are if nothing is near.

    ``titles``: what else something may be called -> its word in ``known``.
    """
    known = list(known)
    names = {_plain(name): name for name in known} | {
        _plain(title): name for title, name in (titles or {}).items() if name in known
    }
    close = difflib.get_close_matches(_plain(word), names, n=1, cutoff=0.6)
    if close:
        return f"Did you mean '{names[close[0]]}'?"
    return f"There are: {', '.join(known) or 'none'}"


def _plain(word: str) -> str:
    return word.lower().replace("-", "_").replace(" ", "_")
