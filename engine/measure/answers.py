"""Prompts of the generation check, and answers of a model to them. Torch-free."""

from __future__ import annotations

import functools
import json
from typing import Literal

import pydantic

from engine import resources

PROMPTS = resources.path("generation", "prompts.json")
Scope = Literal["check", "long"]
"""Short answers, or also a long answer and the end of a long prompt."""
TEMPERATURE = 0.5
"""Of the answers that are drawn beside the greedy one: they are the spread of a model's own answers."""
DRAWS = 3
"""Drawn answers to each short prompt, with the same noise for every model."""
_FROZEN = pydantic.ConfigDict(frozen=True, extra="forbid")


class Prompt(pydantic.BaseModel):
    """A prompt of a domain.

    Attributes
    ----------
    chat: a question that is put into the model's chat template, where it has one.
    format: language of the answer, whose form can be checked: "json" (an object in each line) or "brackets".
    expected: beginning of the only good answer.
    tokens: length of the answer. long: it takes part in the scope "long" alone, without drawn answers.
    repeats: tokens of a bundled text, whose beginning is repeated at its end: the models read on in it, and only their
        choices behind each of those last tokens count.
    """

    model_config = _FROZEN
    name: str
    domain: str
    text: str
    chat: bool = False
    format: Literal["", "json", "brackets"] = ""
    expected: str = ""
    tokens: int = 48
    long: bool = False
    repeats: int = 0


class Row(pydantic.BaseModel):
    """One answer: tokens without the end token, which end token came (None: the answer was cut off), the text, and how
    many tokens are special ones, which belong to a template and not into an answer."""

    model_config = _FROZEN
    tokens: list[int]
    end: int | None
    text: str
    special: int = 0


class Written(pydantic.BaseModel):
    """Answers to one prompt: the greedy one first.

    Attributes
    ----------
    ids: tokens of the prompt. shown: its last words; of a chat the question.
    templated: the prompt is in the model's chat template.
    confidence: probability of each token of the greedy answer, of its end token too.
    choices: tokens that the model prefers behind each beginning of the original's greedy answer, or of the repeated
        text; [] without one.
    error: why there is no answer, "" if there is one.
    """

    model_config = _FROZEN
    name: str
    ids: list[int] = []
    shown: str = ""
    templated: bool = False
    rows: list[Row] = []
    confidence: list[float] = []
    choices: list[int] = []
    error: str = ""

    @property
    def forced(self) -> list[int]:
        """Tokens of the greedy answer, with the end token if it came."""
        greedy = self.rows[0]
        return [*greedy.tokens, *([] if greedy.end is None else [greedy.end])]


class Answers(pydantic.BaseModel):
    """Answers of one model to all prompts of a scope.

    Attributes
    ----------
    end_tokens: those that its files name.
    program: what decoded it, with its version.
    advice: a sentence on what would decode it faster, "" for nothing.
    """

    model_config = _FROZEN
    scope: Scope
    end_tokens: list[int]
    written: list[Written]
    program: str = ""
    advice: str = ""

    def to(self, prompt: str) -> Written | None:
        """Answers to the prompt of this name."""
        return next((written for written in self.written if written.name == prompt), None)


@functools.cache
def prompts(scope: Scope) -> tuple[Prompt, ...]:
    """The bundled prompts of a scope."""
    entries = json.loads(PROMPTS.read_text("utf-8"))
    every = (Prompt.model_validate(entry) for entry in entries)
    return tuple(prompt for prompt in every if scope == "long" or not prompt.long)
