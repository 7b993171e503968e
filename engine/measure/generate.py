"""Text from a model, piece by piece."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch

from engine.architecture.two_texts import reads_two
from engine.base.errors import BadInput, RunFailed
from engine.base.files import read_object
from engine.data.templates import render
from engine.data.tokens import encoded
from engine.measure.evaluate import positions_of, predicts
from engine.measure.reading import ReadContext, load_all
from engine.measure.speed import Decoder, ready_to_decode
from engine.models.model import Model
from engine.models.running import interruptible
from engine.models.source import load_tokenizer


class Detokenizer:
    """Turns tokens into text as they come. A piece is only given once it is final: a character of several bytes waits
    for its last token, and a word for the token that decides about the space before it."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._ids: list[int] = []
        self._start = 0  # decoding begins here, one piece back, so that the space before a word is not lost
        self._emitted = 0  # tokens up to here have been given

    def add(self, token: int) -> str:
        """The text that is final with this token; often one word, sometimes nothing yet."""
        self._ids.append(token)
        text = self._text(len(self._ids))
        return "" if text.endswith("\ufffd") else self._give(text)

    def rest(self) -> str:
        """Text that is still held back at the end."""
        return self._give(self._text(len(self._ids)))

    def _give(self, text: str) -> str:
        piece = text[len(self._text(self._emitted)) :]
        self._start, self._emitted = self._emitted, len(self._ids)
        return piece

    def _text(self, stop: int) -> str:
        text: str = self._tokenizer.decode(
            self._ids[self._start : stop], skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return text


class Stops:
    """Lets text through until one of some words comes. What may be the beginning of one waits for the rest."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = [word for word in words if word]
        self._pending = ""
        self.reached = False

    def add(self, piece: str) -> str:
        """The text that may be given now."""
        if self.reached:
            return ""
        text = self._pending + piece
        positions = [position for word in self._words if (position := text.find(word)) >= 0]
        if positions:
            self.reached, self._pending = True, ""
            return text[: min(positions)]
        beginnings = (n for word in self._words for n in range(1, len(word)) if text.endswith(word[:n]))
        pending = max(beginnings, default=0)
        self._pending = text[len(text) - pending :]
        return text[: len(text) - pending]

    def rest(self) -> str:
        """Text that was held back as the possible beginning of a stop word."""
        pending, self._pending = self._pending, ""
        return pending


def generate(
    model: Model,
    *,
    prompt: str,
    tokens: int,
    temperature: float,
    seed: int,
    chat: bool,
    before: Sequence[tuple[str, str]] = (),
    top_p: float = 1.0,
    stop: Sequence[str] = (),
    checkpoint: Callable[[], None],
    piece: Callable[[str], None],
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.float32,
) -> float:
    """Continue ``prompt`` and give the text to ``piece`` as it is written; returns tokens per second from the second
    token on: reading the prompt and what is made ready at the first use do not count. The encoder of an
    encoder-decoder reads the prompt, its decoder writes an answer.

    ``temperature`` 0 takes the most likely token, else one is drawn with a generator seeded by ``seed``, of the most
    likely ones that have ``top_p`` of the probability together (0 to 1; Holtzman et al. 2020, arXiv:1904.09751).
    ``chat`` puts the prompt into the model's chat template, where it has one, behind the turns ``before``, (question,
    answer) each; without a template all of it is a text of lines. Ends after ``tokens`` tokens, at the
    model's end token, before the first of the words ``stop``, or when its positions are used up. The model is loaded
    here in ``dtype``.

    Raises `BadInput` for an encoder or a prompt that is too long, `RunFailed` if the logits are not
    finite.
    """
    if not predicts(model):
        raise BadInput("This model writes no text", where=str(model.path), why="it is an encoder")
    tokenizer = load_tokenizer(model)
    ids = prompt_ids(tokenizer, prompt, chat, before)
    room = room_behind(model, len(ids), tokens)
    load_all(model, ReadContext(torch.device(device), dtype, lambda fraction, text: None, checkpoint))
    with interruptible(model.module, checkpoint), ready_to_decode(model, dtype):
        text, stops = Detokenizer(tokenizer), Stops(stop)
        started = first = time.perf_counter()
        count = 0
        last_tokens = end_tokens(model, tokenizer)
        decoder = Decoder(model.module, device)
        draw = Draw(temperature, top_p, seed)
        for token in _tokens(decoder, ids, min(tokens, room), draw, last_tokens):
            count += 1
            if count == 1:
                first = time.perf_counter()
            if new := stops.add(text.add(token)):
                piece(new)
            if stops.reached:
                break
        end = time.perf_counter()
        if new := stops.add(text.rest()) + stops.rest():
            piece(new)
    return (count - 1) / (end - first) if count > 1 else count / (end - started)


def room_behind(model: Model, prompt: int, tokens: int) -> int:
    """Tokens that the model has positions for behind a prompt of so many; ``tokens`` where it has no limit. Raises
    `BadInput` for a prompt that is too long."""
    apart = reads_two(model.module)  # the prompt and what is written have positions of their own
    room = (positions_of(model) or prompt + tokens) - (prompt if not apart else 0)
    if room < 1 or (apart and prompt > room):
        raise BadInput("The prompt is too long", why=f"{prompt} tokens for {positions_of(model)} positions")
    return room


def prompt_ids(tokenizer: Any, prompt: str, chat: bool, before: Sequence[tuple[str, str]]) -> torch.Tensor:
    """The tokens of a prompt, (n,) int64: behind earlier turns and in the model's chat template where ``chat`` says so.
    Raises `BadInput` for an empty one, if the tokenizer has no token to begin with."""
    if chat and getattr(tokenizer, "chat_template", None):
        said = [(role, text) for turn in before for role, text in zip(("user", "assistant"), turn, strict=True)]
        messages = [{"role": role, "content": text} for role, text in [*said, ("user", prompt)]]
        prompt = render(tokenizer, messages, add_generation_prompt=True)
        ids = encoded(tokenizer, prompt, add_special_tokens=False)["input_ids"]  # the template holds them
    else:
        ids = encoded(tokenizer, "\n".join([*(text for turn in before for text in turn), prompt]))["input_ids"]
    if not ids:
        begin = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
        if begin is None:
            raise BadInput("The prompt is empty", advice="write some words")
        ids = [begin]
    return torch.tensor(ids)


def end_tokens(model: Model, tokenizer: Any) -> frozenset[int]:
    """All end tokens that the generation config, the config or the tokenizer names."""
    tokens: set[int] = set()
    file = next((file for file in model.companions if file.name == "generation_config.json"), None)
    generation = {} if file is None else read_object(file)
    for value in (generation.get("eos_token_id"), model.config.get("eos_token_id"), tokenizer.eos_token_id):
        tokens.update(token for token in (value if isinstance(value, list) else [value]) if isinstance(token, int))
    return frozenset(tokens)


class Draw:
    """Takes the next token by its logits."""

    def __init__(self, temperature: float, top_p: float, seed: int) -> None:
        self._temperature, self._top_p = temperature, top_p
        self._generator = torch.Generator().manual_seed(seed)

    def __call__(self, logits: torch.Tensor) -> int:
        """``logits``: (vocabulary,), on the CPU."""
        if self._temperature <= 0:
            return int(logits.argmax())
        shares = torch.softmax(logits / self._temperature, -1)
        if self._top_p < 1:
            order = shares.argsort(descending=True)
            before = shares[order].cumsum(-1) - shares[order]
            before[0] = -1.0  # the most likely one always stays
            shares[order[before >= self._top_p]] = 0
        return int(torch.multinomial(shares, 1, generator=self._generator))


def _tokens(decoder: Decoder, ids: torch.Tensor, count: int, draw: Draw, last_tokens: frozenset[int]) -> Iterator[int]:
    """The tokens that follow ``ids``, without the end token."""
    for _ in range(count):
        logits = decoder.feed(ids).cpu()
        if not bool(torch.isfinite(logits).all()):
            raise RunFailed("The model's output is not finite", advice="measure the model: that names the layer")
        token = draw(logits)
        if token in last_tokens:
            return
        yield token
        ids = torch.tensor([token])
