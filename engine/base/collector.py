"""The garbage collector while libraries are loaded: in a process of the program's own it looks seldom until then.

Loading torch and transformers makes a million objects that stay. Python's usual thresholds make the collector walk
through all of them again and again, which is a quarter of the time that a command takes to start.
"""

from __future__ import annotations

import gc

_SELDOM = 100_000
"""New objects before the collector looks, where Python has some hundred. Not for good: a cycle that holds a tensor
would hold it for as long."""


class _Loading:
    """Of this process, once. ``usual``: its thresholds before."""

    has_begun = is_over = False
    usual = (0, 0, 0)


def collect_seldom_while_loading() -> None:
    """Call first in a process of the program's own. Programs that import the engine keep their thresholds."""
    if not _Loading.has_begun:
        _Loading.has_begun, _Loading.usual = True, gc.get_threshold()
        gc.set_threshold(_SELDOM, *_Loading.usual[1:])


def libraries_are_loaded() -> None:
    """Go back to the usual thresholds. What is there now stays: the collector need not look at it again."""
    if _Loading.has_begun and not _Loading.is_over:
        _Loading.is_over = True
        gc.freeze()
        gc.set_threshold(*_Loading.usual)
