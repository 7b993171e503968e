"""A long text is tokenized in pieces, to the tokens that it has as a whole."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tokenizers import Encoding
from transformers import AutoTokenizer, BatchEncoding

from engine.base.errors import BadInput
from engine.data import tokens
from engine.data.texts import load_text
from engine.data.tokens import encoded, token_ids, tokenizing_bytes
from engine.testing.models import byte_tokenizer

SAMPLE = Path(__file__).resolve().parents[3] / "resources" / "sample" / "model"
WORDS = (
    "the",
    "stairs",
    "don't",
    "été",
    "東京",
    "🙂🙂",
    "  ",
    "\n\n",
    "\t",
    "x" * 40,
    "12345",
    ".",
    "e\u0301",
    "<|endoftext|>",
)


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "PIECE", 400)
    monkeypatch.setattr(tokens, "OVERLAP", 160)
    monkeypatch.setattr(tokens, "AGREED", 4)


def mixed(seed: int) -> str:
    """A thousand words, with and without spaces between them."""
    numbers = random.Random(seed)
    return "".join(numbers.choice(WORDS) + numbers.choice(("", " ", " ")) for _ in range(1000))


class OneTokenEach:
    """Stands for a piece in which every character is a token."""

    def __init__(self, start: int, ids: np.ndarray[Any, Any]) -> None:
        self.start, self.ids = start, ids

    def at(self, position: int) -> int | None:
        return position if position < len(self.ids) else None

    def places(self, tokens: range) -> list[tuple[int, int] | None]:
        return [(token, token + 1) for token in tokens]


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize(("differ_up_to", "seam"), [(40, 44), (60, 64), (100, None)])
def test_a_seam_is_far_from_the_end_of_the_piece_before(differ_up_to: int, seam: int | None) -> None:
    """Tokens near the end of a piece lack what comes behind them: half of the overlap is not looked at."""
    ids = np.arange(400)
    others = np.where(ids < differ_up_to, -1, ids)
    found = tokens._seam(*(OneTokenEach(0, each) for each in (ids, others)))  # type: ignore[arg-type]
    assert found == (None if seam is None else (seam, seam))


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", ["sample", "bert"])
def test_pieces_are_the_whole(kind: str, seed: int, tiny: Callable[[str], Path]) -> None:
    tokenizer = AutoTokenizer.from_pretrained(SAMPLE if kind == "sample" else tiny(kind))
    text = mixed(seed) if seed else load_text("sample").text[:20_000]
    found = tokens._in_pieces(tokenizer, text)
    assert found is not None and found.tolist() == tokenizer(text)["input_ids"]


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("form", ["$A", "<s> $A", "$A </s>", "<s> <s> $A </s>"])
def test_special_tokens_stand_where_they_stand_about_the_whole(form: str) -> None:
    from tokenizers.processors import TemplateProcessing

    tokenizer = AutoTokenizer.from_pretrained(SAMPLE)
    special = [("<s>", 1), ("</s>", 2)]
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(single=form, special_tokens=special)
    text = mixed(3)
    found = tokens._in_pieces(tokenizer, text)
    assert found is not None and found.tolist() == tokenizer(text)["input_ids"]


def test_a_piece_knows_where_its_tokens_are_in_the_text() -> None:
    text = "a" * tokens.OVERLAP + "bé🙂c" + "d" * 10
    piece = tokens._Piece(byte_tokenizer(), text, tokens.OVERLAP + 4)
    first = piece.at(tokens.OVERLAP)
    assert first is not None and piece.first == 4
    assert piece.places(range(first - 1, first + 2)) == [
        (tokens.OVERLAP - 1, tokens.OVERLAP),
        (tokens.OVERLAP, tokens.OVERLAP + 1),
        (tokens.OVERLAP + 1, tokens.OVERLAP + 2),
    ]


def test_memory_for_a_text_grows_with_the_words_of_the_tokenizer() -> None:
    """400 bytes a word, measured; the text takes what it takes with the smallest."""
    assert 1e6 < tokenizing_bytes(256) < 1e8
    assert tokenizing_bytes(250_000) - tokenizing_bytes(50_000) == 80_000_000


class Unstable:
    """A tokenizer to which a word is another token in every text: no two pieces agree."""

    is_fast = True

    def __call__(self, text: str, **_: bool) -> BatchEncoding:
        return BatchEncoding({"input_ids": [len(text)] * len(text)}, [Encoding()])


@pytest.mark.usefixtures("small_pieces")
def test_where_pieces_do_not_agree_the_text_is_tokenized_whole() -> None:
    text = "a" * 2000
    assert token_ids(Unstable(), text).tolist() == [2000] * 2000


@pytest.mark.usefixtures("small_pieces")
def test_no_more_than_a_piece_is_tokenized_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tokenizer = AutoTokenizer.from_pretrained(SAMPLE)
    asked: list[int] = []
    kind = type(tokenizer)
    original: Any = kind.__call__

    def counted(self: Any, text: str, **options: Any) -> Any:
        asked.append(len(text))
        return original(self, text, **options)

    monkeypatch.setattr(kind, "__call__", counted)
    text = load_text("sample").text[:20_000]
    token_ids(tokenizer, text)
    assert max(asked) == 400 + 2 * 160 and sum(asked) > len(text)


def test_a_text_that_a_tokenizer_can_not_read_is_a_sentence() -> None:
    """A WordPiece vocabulary without the token for what it does not know: "a" is there, "b" is not."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    backend = Tokenizer(models.WordPiece({"a": 0}, unk_token="[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend)
    assert token_ids(tokenizer, "a a").tolist() == [0, 0]
    with pytest.raises(BadInput, match="can't read the text"):
        token_ids(tokenizer, "a b")
    with pytest.raises(BadInput, match="UNK"):
        encoded(tokenizer, "b")


def test_memory_of_the_pieces_is_given_back_once_for_a_text(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[bool] = []
    monkeypatch.setattr(tokens.devices, "give_back", lambda *, collect: given.append(collect))
    tokenizer = byte_tokenizer()
    for text in ("abc", "abc", "abd"):
        token_ids(tokenizer, text)
    assert given == [False, False], "for each text that was tokenized, not for one that is kept"
