"""A text as tokens, in memory that does not grow with the text: it is tokenized in pieces that overlap."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import torch

from engine import devices
from engine.base.errors import BadInput, StudioError
from engine.base.pinned import content_of

TEXTS_KEPT = 4
"""Texts whose tokens are kept with a tokenizer: each block of a pipeline reads one, or two, of the same ones."""
PIECE = 1 << 16
"""Characters that are tokenized at once: until its numbers are taken, a token takes some 200 bytes."""
OVERLAP = 1 << 12
"""Characters that a piece has before its own and behind them."""
AGREED = 16
"""Tokens on either side of a seam that both pieces must have alike."""
_TEXT_BYTES = 26_000_000
"""A bundled text, its tokens, and the pieces that it is tokenized in, measured."""
_WORD_BYTES = 400
"""Of a tokenizer, for each word that it knows, measured."""
_cached_ids: WeakKeyDictionary[Any, dict[str, torch.Tensor]] = WeakKeyDictionary()
SHARED_BYTES = 32 << 20
"""Of tokens that all tokenizers of the same files share, whichever thread or run loaded them."""


class _SharedIds:
    """Tokens by the content of a tokenizer's files and of a text, int32; the least recently used ones go first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids: dict[tuple[str, str], torch.Tensor] = {}

    def get(self, key: tuple[str, str]) -> torch.Tensor | None:
        """A copy as int64, None where there is none."""
        with self._lock:
            ids = self._ids.pop(key, None)
            if ids is None:
                return None
            self._ids[key] = ids
            return ids.long()

    def add(self, key: tuple[str, str], ids: torch.Tensor) -> None:
        """Keep a copy, if all that is kept stays below `SHARED_BYTES`."""
        if 4 * len(ids) > SHARED_BYTES:
            return
        with self._lock:
            self._ids[key] = ids.int()
            while sum(ids.nbytes for ids in self._ids.values()) > SHARED_BYTES:
                del self._ids[next(iter(self._ids))]


_shared = _SharedIds()


def tokenizing_bytes(words: int) -> int:
    """Bytes that a process holds for a text, by the size of the tokenizer's vocabulary."""
    return _TEXT_BYTES + _WORD_BYTES * words


def encoded(tokenizer: Any, text: str, **options: Any) -> Any:
    """Encode a text with a Hugging Face tokenizer (a BatchEncoding). Raises `BadInput` where it fails: its files may
    lack a token that only some texts need."""
    try:
        return tokenizer(text, verbose=False, **options)
    except StudioError:
        raise
    except Exception as error:  # the tokenizers library raises plain Exceptions
        raise BadInput(
            "The model's tokenizer can't read the text",
            why=" ".join(str(error).split())[:300],
            advice="copy the tokenizer's files again from where the model came from",
        ) from error


def token_ids(tokenizer: Any, text: str) -> torch.Tensor:
    """The tokens of the whole text, (n,) int64, as the tokenizer gives them by default (its own special tokens
    included). ``tokenizer``: a Hugging Face tokenizer. The tokens of the last texts are kept with it."""
    cached = _cached_ids.setdefault(tokenizer, {})
    text_hash = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    ids = cached.pop(text_hash, None)
    if ids is None:
        content = content_of(tokenizer)
        ids = None if content is None else _shared.get((content, text_hash))
        if ids is None:
            joined = _in_pieces(tokenizer, text) if len(text) > PIECE + 2 * OVERLAP else None
            ids = torch.from_numpy(_at_once(tokenizer, text) if joined is None else joined)
            devices.give_back(collect=False)  # else what the pieces took stays for as long as the process lives
            if content is not None:
                _shared.add((content, text_hash), ids)
    cached[text_hash] = ids
    while len(cached) > TEXTS_KEPT:
        del cached[next(iter(cached))]
    return ids.clone()


def _at_once(tokenizer: Any, text: str) -> np.ndarray[Any, Any]:
    ids = encoded(tokenizer, text, return_attention_mask=False, return_token_type_ids=False)["input_ids"]
    return np.asarray(ids, dtype=np.int64)


def _in_pieces(tokenizer: Any, text: str) -> np.ndarray[Any, Any] | None:
    """The same; None where that can't be told: a tokenizer without positions, pieces that don't agree where they meet.

    What a token is depends on what is near it: on its word, or, where a vocabulary has no words, on the merges around
    it. Two pieces that begin and end thousands of characters away from their seam and have the same tokens at the same
    characters on both sides of it have those of the whole text there.
    """
    special = _special(tokenizer)
    if special is None:
        return None
    before, behind = special
    pieces = [np.asarray(before, dtype=np.int64)]
    last: _Piece | None = None
    begin = 0
    for piece in _pieces(tokenizer, text):
        if last is not None:
            seam = _seam(last, piece)
            if seam is None:
                return None
            pieces.append(last.ids[begin : seam[0]])
            begin = seam[1]
        last = piece
    assert last is not None
    return np.concatenate([*pieces, last.ids[begin:], np.asarray(behind, dtype=np.int64)])


class _Piece:
    """The tokens of ``text[start - OVERLAP : start + PIECE + OVERLAP]``."""

    def __init__(self, tokenizer: Any, text: str, start: int) -> None:
        self.start = start
        self.first = max(0, start - OVERLAP)
        self._encoded = _bare(tokenizer, text[self.first : start + PIECE + OVERLAP])
        self.ids = np.asarray(self._encoded["input_ids"], dtype=np.int64)

    def at(self, position: int) -> int | None:
        """Index of the token with this character of the text."""
        token: int | None = self._encoded.char_to_token(position - self.first)
        return token

    def places(self, tokens: range) -> list[tuple[int, int] | None]:
        """The characters of the text that these tokens have."""
        spans = (self._encoded.token_to_chars(token) for token in tokens)
        return [None if span is None else (span.start + self.first, span.end + self.first) for span in spans]


def _pieces(tokenizer: Any, text: str) -> Iterator[_Piece]:
    for start in range(0, len(text) - OVERLAP, PIECE):  # the last one reaches that far behind its own
        yield _Piece(tokenizer, text, start)


def _seam(last: _Piece, piece: _Piece) -> tuple[int, int] | None:
    """The token of each with which the second takes over: the first one near its start that both have in the same
    place, among the same tokens."""
    for position in range(piece.start, piece.start + OVERLAP // 2):
        one, other = last.at(position), piece.at(position)
        if one is None or other is None or min(one, other) < AGREED:
            continue
        ours, theirs = range(one - AGREED, one + AGREED), range(other - AGREED, other + AGREED)
        if ours.stop > len(last.ids) or theirs.stop > len(piece.ids):
            return None
        alike = np.array_equal(last.ids[ours.start : ours.stop], piece.ids[theirs.start : theirs.stop])
        if alike and last.places(ours) == piece.places(theirs):
            return one, other
    return None


def _special(tokenizer: Any) -> tuple[list[int], list[int]] | None:
    """Special tokens that the tokenizer sets before and behind a text; None for one that tells no positions."""
    if not getattr(tokenizer, "is_fast", False):
        return None
    bare, whole = list(_bare(tokenizer, "a")["input_ids"]), list(encoded(tokenizer, "a")["input_ids"])
    for start in range(len(whole) - len(bare) + 1):
        if bare and whole[start : start + len(bare)] == bare:
            return whole[:start], whole[start + len(bare) :]
    return None


def _bare(tokenizer: Any, text: str) -> Any:
    return encoded(tokenizer, text, add_special_tokens=False, return_attention_mask=False, return_token_type_ids=False)
