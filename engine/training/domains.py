"""Samples of several domains in proportions that follow the losses: dynamic batch loading (arXiv 2310.06694, §2.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch

from engine.base.errors import BadInput
from engine.data.batches import windows
from engine.data.texts import load_text
from engine.data.tokens import token_ids
from engine.models.model import Model
from engine.models.running import refuse_long
from engine.models.source import load_tokenizer
from engine.models.stage import Stage
from engine.numerics.mixing import updated_proportions
from engine.training.batches import TokenBatches, calibrated_on, text_batches
from engine.training.domain_settings import DomainTrainingSettings
from engine.training.objective import Batch


class DomainBatches:
    """Every sample is of a domain drawn with the current proportions, and the next of it that was not seen yet.

    Batches carry ``domain`` int64 (samples,), the number of each sample's domain.

    Parameters
    ----------
    sources: name -> its samples in order (steps of one sample).
    shares: (n,) proportions at the start.
    references: (n,) losses above which a domain is behind; None: proportions stay.
    """

    def __init__(
        self,
        sources: Mapping[str, TokenBatches],
        shares: torch.Tensor,
        *,
        size: int,
        seed: int,
        references: torch.Tensor | None = None,
        rate: float = 1.0,
    ) -> None:
        self.names = tuple(sources)
        self.references = references
        self._sources = tuple(sources.values())
        self._size, self._seed, self._rate = size, seed, rate
        self._proportions = shares.double() / shares.double().sum()
        self._planned = -1
        self._plan = torch.zeros(size, 2, dtype=torch.int64)
        self._before = torch.zeros(len(self.names), dtype=torch.int64)
        self._after = self._before.clone()

    @property
    def proportions(self) -> dict[str, float]:
        """By domain; their sum is 1."""
        return dict(zip(self.names, self._proportions.tolist(), strict=True))

    @property
    def drawn(self) -> dict[str, int]:
        """Samples of each domain that were given out."""
        return dict(zip(self.names, self._after.tolist(), strict=True))

    def batch(self, step: int, rows: range) -> Batch:
        """Samples ``rows`` of step ``step``; steps are asked for in their order, each as often as needed."""
        self._prepare(step)
        chosen = self._plan[list(rows)].tolist()
        samples = [self._sources[domain].batch(number, range(1)) for domain, number in chosen]
        merged = {name: torch.cat([sample[name] for sample in samples]) for name in samples[0]}
        return {**merged, "domain": self._plan[list(rows), 0]}

    def held_out(self) -> Iterator[Batch]:
        """The held-out samples of each domain."""
        for index, source in enumerate(self._sources):
            for batch in source.held_out():
                yield {**batch, "domain": torch.full((len(batch["input_ids"]),), index)}

    def measured(self, losses: Mapping[str, float]) -> None:
        """Move the proportions towards the domains whose held-out losses are above their references."""
        if self.references is None:
            return
        held_out = torch.tensor([losses[name] for name in self.names], dtype=torch.float64)
        self._proportions = updated_proportions(self._proportions, held_out, self.references, rate=self._rate)

    def state(self) -> dict[str, torch.Tensor]:
        """Proportions and how far each domain was read."""
        return {
            "proportions": self._proportions,
            "planned": torch.tensor(self._planned),
            "before": self._before,
            "after": self._after,
        }

    def take_state(self, state: Mapping[str, torch.Tensor]) -> None:
        """Take them back. A step that was planned but not done is planned again in the same way."""
        self._proportions = state["proportions"].clone()
        self._before, self._after = state["before"].clone(), state["after"].clone()
        self._planned = int(state["planned"])
        if self._planned >= 0:
            self._draw(self._planned)

    def _prepare(self, step: int) -> None:
        if step != self._planned:
            self._planned, self._before = step, self._after
            self._draw(step)

    def _draw(self, step: int) -> None:
        generator = torch.Generator().manual_seed((self._seed + step * 1_000_003) % 2**63)
        domains = torch.multinomial(self._proportions, self._size, replacement=True, generator=generator)
        counters = self._before.clone()
        for row, domain in enumerate(domains.tolist()):
            self._plan[row, 0], self._plan[row, 1] = domain, counters[domain]
            counters[domain] += 1
        self._after = counters


def batches_of(model: Model, settings: DomainTrainingSettings, stage: Stage) -> TokenBatches | DomainBatches:
    """Samples of the one text, or of the domains (whose reference losses are still to be set).

    Raises `BadInput` naming the domain whose text is too short.
    """
    domains = settings.domain_list()
    if not domains:
        return text_batches(model, settings, stage)
    refuse_long(model, settings.sequence_length)
    tokenizer = load_tokenizer(model)
    seed = stage.generator("order").initial_seed()
    sources: dict[str, TokenBatches] = {}
    for index, domain in enumerate(domains):
        text = load_text(domain.text, part="train")
        try:
            samples = windows(token_ids(tokenizer, text.text), settings.sequence_length)
        except BadInput as error:
            raise BadInput(error.what, where=domain.name, why=error.why, advice=error.advice) from None
        held_out = max(1, min(settings.eval_samples, len(samples) // 4)) if settings.eval_samples else 0
        sources[domain.name] = TokenBatches(
            {"input_ids": samples},
            size=1,
            micro=settings.micro_batch_size,
            seed=seed + index,
            held_out=held_out,
            seen=calibrated_on(
                model, text.sha256, len(samples), settings.sequence_length, held_out, stage, domain.name
            ),
        )
        source = {"text": text.name, "sha256": text.sha256, "samples": sources[domain.name].count}
        stage.detail(f"domain/{domain.name}", source)
    return DomainBatches(
        sources,
        torch.tensor([domain.share for domain in domains]),
        size=settings.batch_size,
        seed=seed,
        rate=settings.mixing_rate,
    )
