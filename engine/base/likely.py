"""Suggestions for a name that does not exist."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Mapping


def nearest(word: str, values: Mapping[str, str], cutoff: float = 0.6) -> str | None:
    """The value of the key that is most like ``word``, whatever its case and hyphens; None if none is near."""
    names = {_plain(name): value for name, value in values.items()}
    close = difflib.get_close_matches(_plain(word), names, n=1, cutoff=cutoff)
    return names[close[0]] if close else None


def likely(word: str, names: Iterable[str], titles: Mapping[str, str] | None = None) -> str:
    """``"Did you mean 'gptq'?"``, or ``"There are: …"`` with all that there are if nothing is near.

    ``titles``: what else something may be called -> its word in ``names``.
    """
    names = list(names)
    also = {title: name for title, name in (titles or {}).items() if name in names}
    meant = nearest(word, {**also, **{name: name for name in names}})
    return f"Did you mean '{meant}'?" if meant is not None else f"There are: {', '.join(names) or 'none'}"


def likely_path(name: str | os.PathLike[str], also: Iterable[str] = ()) -> str:
    """``"Did you mean 'models/small'?"`` for a path that does not exist, "" if nothing beside it is called nearly so.

    ``also``: what may be named in the place of a path.
    """
    head, last = os.path.split(os.path.expanduser(os.fspath(name)).rstrip("/\\"))
    try:
        entries = {entry: os.path.join(head, entry) for entry in sorted(os.listdir(head or "."))}
    except OSError:
        entries = {}
    if not head:
        entries |= {word: word for word in also}
    meant = nearest(last, entries, cutoff=0.75)
    return f"Did you mean '{meant}'?" if meant is not None else ""


def _plain(word: str) -> str:
    return word.lower().replace("-", "_").replace(" ", "_")
