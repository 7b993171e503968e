"""Token windows: a text is tokenized once as a whole and cut into windows that do not overlap."""

from __future__ import annotations

import hashlib
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import torch

from engine.contracts.errors import BadInput

TEXTS_KEPT = 4
"""Texts whose tokens are kept with a tokenizer: each block of a pipeline reads one, or two, of the same ones."""
_kept: WeakKeyDictionary[Any, dict[str, torch.Tensor]] = WeakKeyDictionary()


def token_ids(tokenizer: Any, text: str) -> torch.Tensor:
    """The tokens of the whole text, (n,) int64, as the tokenizer gives them by default (its own special tokens
    included). ``tokenizer``: a Hugging Face tokenizer. The tokens of the last texts are kept with it."""
    known = _kept.setdefault(tokenizer, {})
    text_hash = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    ids = known.pop(text_hash, None)
    if ids is None:
        found = tokenizer(text, return_attention_mask=False, return_token_type_ids=False, verbose=False)["input_ids"]
        ids = torch.from_numpy(np.asarray(found, dtype=np.int64))
    known[text_hash] = ids
    while len(known) > TEXTS_KEPT:
        del known[next(iter(known))]
    return ids.clone()


def windows(ids: torch.Tensor, window: int, count: int = 0, *, name: str = "") -> torch.Tensor:
    """The first ``count`` (0: all) whole windows of ``ids``: (n, window) int64, at least one.

    Raises `BadInput` for a text (called ``name``) that is shorter than one window.
    """
    whole = len(ids) // window
    if whole == 0:
        raise BadInput(
            "The text is shorter than one window",
            where=name,
            why=f"it has {len(ids)} tokens, the window {window}",
            advice=f"choose a window of at most {len(ids)} tokens, or a longer text",
        )
    used = min(count, whole) if count else whole
    return ids[: used * window].view(used, window)


def drawn(ids: torch.Tensor, length: int, count: int, generator: torch.Generator, *, name: str = "") -> torch.Tensor:
    """As `spread`, but windows drawn at random, none twice, in their order."""
    whole = windows(ids, length, name=name)
    return whole[torch.randperm(len(whole), generator=generator)[:count].sort().values]


def spread(ids: torch.Tensor, length: int, count: int, *, name: str = "") -> torch.Tensor:
    """``count`` windows of ``length`` tokens, evenly spread over ``ids`` and not overlapping; fewer if the text has no
    more: (n, length) int64, at least one. Raises `BadInput` for a text (called ``name``) that is shorter than one
    window."""
    whole = windows(ids, length, name=name)
    used = min(count, len(whole))
    return whole[torch.arange(used) * len(whole) // used]
