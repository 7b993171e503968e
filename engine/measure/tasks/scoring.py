"""The bundled tasks' own scorer: log-likelihoods of continuations, as lm-evaluation-harness computes them.

It takes definitions whose texts are columns of JSON lines, of the output types `OUTPUT_TYPES`. Requests are encoded,
cut and scored one by one as in that program's ``HFLM`` (batch size 1, log-softmax in the dtype of the logits), so that
both give the same digits; a test compares them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
import torch.nn.functional as F

from engine.architecture.two_texts import reads_two
from engine.base import pinned
from engine.base.errors import BadInput, RunFailed
from engine.contracts.tasks import Score, TaskScores, standard_error
from engine.data.tokens import encoded
from engine.measure.evaluate import positions_of
from engine.measure.reading import ReadContext
from engine.measure.tasks.definition import Definition
from engine.models.model import Model
from engine.models.source import load_tokenizer
from engine.version import __version__

OUTPUT_TYPES = ("loglikelihood", "multiple_choice")
DEFAULT_POSITIONS = 2048
"""Of a model whose config names no limit, as in lm-evaluation-harness."""


class Scorer:
    """A loaded decoder or encoder-decoder and its tokenizer."""

    def __init__(self, model: Model, device: torch.device) -> None:
        self._module: Any = model.module
        self._tokenizer = load_tokenizer(model)
        self._positions = positions_of(model) or DEFAULT_POSITIONS
        self._two_texts = reads_two(model.module)
        self._device = device
        self._read: tuple[tuple[int, ...], torch.Tensor] = (), torch.empty(0)

    @torch.no_grad()
    def loglikelihood(self, context: str, continuation: str) -> tuple[float, bool]:
        """Sum of the log-probabilities of the tokens of ``continuation`` behind ``context``, in nats, and whether each
        of them is the most likely one."""
        before, tokens = self._pair(context, continuation)
        targets = torch.tensor(tokens, device=self._device)
        logits = self._logits(before, tokens)
        scores = F.log_softmax(logits, dim=-1)  # in the dtype of the logits: see the module
        likely = bool((scores.argmax(-1) == targets).all())
        total = float(scores.gather(1, targets[:, None])[:, 0].sum())
        if not math.isfinite(total):
            raise RunFailed("The model's output is not finite", advice="measure its perplexity: that names the layer")
        return total, likely

    def _logits(self, before: list[int], tokens: list[int]) -> torch.Tensor:
        """Those that predict ``tokens``, (tokens, vocabulary). Choices of one token each are read once."""
        if self._two_texts:
            ids = torch.tensor([before[-self._positions :]], device=self._device)
            labels = torch.tensor([tokens], device=self._device)
            output = self._module(input_ids=ids, attention_mask=torch.ones_like(ids), labels=labels)
            return output.logits[0, : len(tokens)]  # type: ignore[no-any-return]
        read = tuple((before + tokens)[-(self._positions + 1) : -1])
        if read != self._read[0]:
            self._read = read, self._module(torch.tensor([read], device=self._device)).logits[0]
        return self._read[1][-len(tokens) :]

    def _pair(self, context: str, continuation: str) -> tuple[list[int], list[int]]:
        """Tokens of both; spaces at the end of ``context`` belong to the continuation."""
        bare = context.rstrip()
        continuation, context = context[len(bare) :] + continuation, bare
        before = list(encoded(self._tokenizer, context)["input_ids"])
        if self._two_texts:
            return before, list(encoded(self._tokenizer, continuation, add_special_tokens=False)["input_ids"])
        return before, list(encoded(self._tokenizer, context + continuation)["input_ids"][len(before) :])


def records_of(definition: Definition, limit: int | None) -> list[dict[str, Any]]:
    """The first ``limit`` records of a task, or all."""
    split = definition.config["test_split"]
    lines = [line for file in definition.data(split) for line in pinned.pins().pin(file).read().decode().splitlines()]
    return [json.loads(line) for line in lines[:limit] if line.strip()]


def score(model: Model, definition: Definition, limit: int | None, context: ReadContext) -> TaskScores:
    """Score a loaded model on a bundled task; ``limit``: on the first records only. Calls ``context.progress``. Raises
    `RunFailed` if logits are not finite."""
    scorer = Scorer(model, context.device)
    kind = definition.config["output_type"]
    rate: Callable[[Scorer, Mapping[str, Any]], dict[str, float]] = _RATES[kind]
    values: dict[str, list[float]] = {}
    records = records_of(definition, limit)
    for number, record in enumerate(records):
        context.progress(number / len(records), f"{definition.name}: {number + 1} of {len(records)}")
        for name, value in rate(scorer, record).items():
            values.setdefault(name, []).append(value)
    if not records:
        raise BadInput("The task has no records", where=str(definition.path))
    scores = {name: _AGGREGATIONS[name](numbers) for name, numbers in values.items()}
    program = f"compression-studio {__version__}"
    return TaskScores(scores=scores, items=len(records), values=values, program=program, sha256=definition.sha256)


def _continued(scorer: Scorer, record: Mapping[str, Any]) -> dict[str, float]:
    total, likely = scorer.loglikelihood(record["context"], record["target"])
    return {"acc": float(likely), "perplexity": total}


def _chosen(scorer: Scorer, record: Mapping[str, Any]) -> dict[str, float]:
    totals = [scorer.loglikelihood(record["context"], choice)[0] for choice in record["choices"]]
    return {"acc": float(totals.index(max(totals)) == record["label"])}


def _mean(values: list[float]) -> Score:
    return Score(value=sum(values) / len(values), stderr=standard_error(values))


def _perplexity(values: list[float]) -> Score:
    """exp of the mean negative log-likelihood of a target; its standard error by the delta method."""
    perplexity = math.exp(min(-sum(values) / len(values), 700.0))
    error = standard_error(values)
    return Score(value=perplexity, stderr=None if error is None else perplexity * error)


_RATES: dict[str, Callable[[Scorer, Mapping[str, Any]], dict[str, float]]] = {
    "loglikelihood": _continued,
    "multiple_choice": _chosen,
}
_AGGREGATIONS: dict[str, Callable[[list[float]], Score]] = {"acc": _mean, "perplexity": _perplexity}
