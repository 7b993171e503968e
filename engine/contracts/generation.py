"""Results of the generation check: does a model still write as the one that it was made of. Torch-free."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import pydantic

from engine.base.record import Record

GENERATION = "generation"
"""Name of the check among the details of a block, and of its description in a protocol."""
DAMAGED = "generation_damaged"
"""Key of a protocol whose sentence says why the model no longer writes as its original does."""
GenerationVerdict = Literal["writes", "damaged"]

_FROZEN = pydantic.ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class AnswerPair(Record):
    """Greedy answers of the original and of the result to one prompt.

    Attributes
    ----------
    prompt: the last words of the prompt; of a chat the question, without the template.
    same_tokens: number of tokens before the first that differs; None if all are the same.
    remarks: sentences about the result's answer, for example that it repeats itself.
    """

    model_config = _FROZEN
    name: str
    domain: str
    prompt: str
    original: str
    result: str
    same_tokens: int | None = None
    remarks: tuple[str, ...] = ()


class Fact(Record):
    """A property of answers, as a mean over prompts: of the original, of the result, and the largest value (or the
    smallest, for a property that should be high) that still passes."""

    model_config = _FROZEN
    name: str
    title: str
    original: float
    result: float
    limit: float
    passes: bool


class GenerationCheck(Record):
    """Verdict, its reasons as sentences, the facts behind it, and the answers side by side. An original has no verdict
    of its own: its answers stand beside themselves."""

    model_config = _FROZEN
    verdict: GenerationVerdict
    reasons: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    answers: tuple[AnswerPair, ...] = ()


def generation_of(details: Mapping[str, Any]) -> GenerationCheck | None:
    """The check among the details of a block; None if there is none, or if it is damaged."""
    try:
        return GenerationCheck.model_validate(details[GENERATION])
    except (KeyError, pydantic.ValidationError):
        return None
