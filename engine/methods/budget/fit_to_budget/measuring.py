"""KL divergence of plans from the model as it came, on windows of the calibration text."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Mapping

import torch
from torch import nn

from engine.architecture.anatomy import Linear
from engine.measure.reader import LOGIT_BYTES
from engine.measure.reading import ReadContext, Readings, freed, groups, read
from engine.methods.budget.fit_to_budget.nearest import Nearest
from engine.models.layer import LinearLayer, refusing, stored_weight
from engine.models.model import Model, Part
from engine.models.stage import Stage
from engine.numerics.divergences import token_divergences
from engine.numerics.fingerprint import fingerprint
from engine.numerics.workers import largest_first, workers

Look = Callable[[Part], None]


class Divergences:
    """Measures models on some windows, (n, length) int64, against ``original``, which reads them once."""

    def __init__(self, original: Model, stage: Stage, tokens: torch.Tensor) -> None:
        self.original, self.stage, self.tokens = original, stage, tokens
        self.states = stage.folder / f"states-{fingerprint(tokens)}.safetensors"

    def of(self, subject: Model, words: str, span: tuple[float, float], look: Look | None = None) -> float:
        """Mean KL divergence in nats a token. ``look``: is called with each part that is loaded, before it is run."""
        return statistics.fmean(self.of_each(subject, words, span, look))

    def of_each(
        self, subject: Model, words: str, span: tuple[float, float], look: Look | None = None
    ) -> tuple[float, ...]:
        """KL divergence of each window in nats a token. Nothing of either model is in memory afterward."""
        divergences = list[float]()
        with freed(self.original, subject):
            some = groups(subject, self.tokens, torch.float32)
            step = (span[1] - span[0]) / len(some)
            for number, rows in enumerate(some):
                begin = span[0] + number * step
                first, second = (self._context(words, begin + x * step / 2, step / 2) for x in (0, 1))
                theirs = read(self.original, rows, first, states_folder=self.states if len(some) == 1 else None)
                divergences += self._means(read(subject, rows, second, look), theirs)
        return tuple(divergences)

    def _context(self, words: str, begin: float, length: float) -> ReadContext:
        stage = self.stage
        return ReadContext(
            stage.device,
            torch.float32,
            lambda fraction, _: stage.progress(begin + length * fraction, words),
            stage.checkpoint,
        )

    def _means(self, mine: Readings, theirs: Readings) -> Iterator[float]:
        length = mine.ids.shape[1]
        step = max(1, LOGIT_BYTES // (4 * max(1, self.original.anatomy.vocabulary)))
        for number in range(len(mine.ids)):
            total = 0.0
            mine.turn_to(number)
            theirs.turn_to(number)
            for start in range(0, length, step):
                self.stage.checkpoint()
                stop = min(start + step, length)
                divergences = token_divergences(theirs.logits(start, stop), mine.logits(start, stop))
                total += float(divergences.double().sum())
            yield total / length


class Rounded:
    """Rounds what is loaded of a dense model to the nearest weights that a plan's formats have.

    ``options``: layer, embedding or head -> option. ``energies``: layer -> mean square of each of its inputs.
    """

    def __init__(
        self, model: Model, nearest: Nearest, options: Mapping[str, str], energies: Mapping[str, torch.Tensor]
    ) -> None:
        self.model, self.nearest, self.options, self.energies = model, nearest, options, energies

    def look(self, part: Part) -> None:
        """Round the weights of a part."""
        device = next(iter(self.energies.values())).device if self.energies else torch.device("cpu")
        linears = [linear for linear in part.linears if linear.name in self.options]
        with workers(device) as pool:
            done = largest_first(pool, self._weight, linears, lambda x: x.in_features * x.out_features)
            for linear, weight in zip(linears, done, strict=True):
                LinearLayer(self.model, linear).set_weight(weight)
        for name in (*self.model.anatomy.embeddings[:1], self.model.anatomy.head):
            tied = self.model.anatomy.tied and name == self.model.anatomy.head
            if name is not None and name in self.options and part.owns(name) and not tied:
                module = self.model.get(name)
                module.weight = nn.Parameter(self._rounded(name, stored_weight(module).detach()), requires_grad=False)

    def _weight(self, linear: Linear) -> torch.Tensor:
        return self._rounded(linear.name, LinearLayer(self.model, linear).weight)

    def _rounded(self, name: str, weight: torch.Tensor) -> torch.Tensor:
        with refusing("quantized", name):
            return self.nearest.rounded(name, weight, self.options[name], self.energies.get(name))
