"""Suggestions for a name that does not exist."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Mapping


def nearest(word: str, known: Mapping[str, str], cutoff: float = 0.6) -> str | None:
    """The value of the key that is most like ``word``, whatever its case and hyphens; None if none is near."""
    names = {_plain(name): value for name, value in known.items()}
    close = difflib.get_close_matches(_plain(word), names, n=1, cutoff=cutoff)
    return names[close[0]] if close else None


def likely(word: str, known: Iterable[str], titles: Mapping[str, str] | None = None) -> str:
    """``"Did you mean 'gptq'?"``, or ``"There are: …"`` with all that there are if nothing is near.

    ``titles``: what else something may be called -> its word in ``known``.
    """
    known = list(known)
    also = {title: name for title, name in (titles or {}).items() if name in known}
    found = nearest(word, {**also, **{name: name for name in known}})
    return f"Did you mean '{found}'?" if found is not None else f"There are: {', '.join(known) or 'none'}"


def likely_path(name: str | os.PathLike[str], also: Iterable[str] = ()) -> str:
    """``"Did you mean 'models/small'?"`` for a path that does not exist, "" if nothing beside it is called nearly so.

    ``also``: what may be named in the place of a path.
    """
    head, last = os.path.split(os.path.expanduser(os.fspath(name)).rstrip("/\\"))
    try:
        known = {entry: os.path.join(head, entry) for entry in sorted(os.listdir(head or "."))}
    except OSError:
        known = {}
    if not head:
        known |= {word: word for word in also}
    found = nearest(last, known, cutoff=0.75)
    return f"Did you mean '{found}'?" if found is not None else ""


def _plain(word: str) -> str:
    return word.lower().replace("-", "_").replace(" ", "_")
