"""The garbage collector while libraries are loaded: in a process of the program's own it looks seldom until then.

Loading torch and transformers makes a million objects that stay. Python's usual thresholds make the collector walk
through all of them again and again, which is a quarter of the time that a command takes to start.
"""

from __future__ import annotations

import gc

_SELDOM = 100_000
"""New objects before the collector looks, where Python has some hundred. Not for good: a cycle that holds a tensor
would hold it for as long."""
_usual: list[tuple[int, int, int]] = []


def collect_seldom_while_loading() -> None:
    """Call first in a process of the program's own. Programs that import the engine keep their thresholds."""
    if not _usual:
        _usual.append(gc.get_threshold())
        gc.set_threshold(_SELDOM, *_usual[0][1:])


def libraries_are_loaded() -> None:
    """Go back to the usual thresholds. What is there now stays: the collector need not look at it again."""
    if _usual:
        gc.freeze()
        gc.set_threshold(*_usual.pop())
