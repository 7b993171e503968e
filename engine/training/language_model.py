"""Next-token prediction as an objective: fine-tuning, continued pre-training, training from scratch. Of an
encoder-decoder it is the decoder's, behind what the encoder has read (see `engine.architecture.two_texts`)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import torch
from torch import nn

from engine.architecture.anatomy import Anatomy
from engine.architecture.two_texts import reads_two, split
from engine.models.stage import Stage
from engine.numerics.dropout import dropout
from engine.numerics.losses import next_token_losses, token_losses
from engine.training.domains import DomainBatches
from engine.training.objective import Batch, Batches, Objective, on_device


class LanguageModeling(Objective):
    """Mean negative log-likelihood of the next token.

    Counts the held-out losses of each domain by itself: a domain's share of them is not that of the loop's mean.

    module: gives ``.logits`` for ``input_ids``; the parameters that require a gradient are trained.
    """

    def __init__(self, module: nn.Module, batches: Batches, stage: Stage) -> None:
        super().__init__()
        self.model = module
        self._batches = batches if isinstance(batches, DomainBatches) else None
        self._stage = stage
        self._sums: dict[int, tuple[float, int]] = {}
        self.domain_losses: dict[str, float] = {}
        """By domain, of the last evaluation."""
        self.curve: list[tuple[int, float]] = []
        """Step and held-out loss of every evaluation."""

    @property
    def watched(self) -> nn.Module | None:
        """The whole module."""
        return self.model

    def forward(self, batch: Batch) -> Mapping[str, torch.Tensor]:
        """``loss``, in nats."""
        losses, valid = self._predicted(batch)
        if not self.training and "domain" in batch:
            self._count(batch["domain"], losses.detach(), valid)
        return {"loss": losses.sum() / valid.sum().clamp(min=1)}

    def target_count(self, batch: Batch) -> int:
        """See `Objective`; of a network that reads two texts those of the decoder."""
        if reads_two(self.model):
            return int((split(self.model, batch)[1] != -100).sum())
        return super().target_count(batch)

    def losses(self, batch: Batch) -> torch.Tensor:
        """(samples, places) float32, 0 where nothing is asked for; the places are all tokens but the last, of a decoder
        behind an encoder those of the longest second part."""
        return self._predicted(batch)[0]

    def _predicted(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """`losses`, and where something is asked for."""
        if reads_two(self.model):
            texts, labels = split(self.model, batch)
            logits = self.model(**texts, use_cache=False).logits
            return token_losses(logits.flatten(0, 1), labels.flatten()).view(labels.shape), labels != -100
        inputs: dict[str, Any] = {key: batch[key] for key in ("input_ids", "attention_mask") if key in batch}
        valid = batch["labels"][:, 1:] != -100
        return next_token_losses(self.model(**inputs, use_cache=False).logits, batch["labels"]), valid

    def evaluated(self, step: int, terms: Mapping[str, float]) -> None:
        """Keep the point of the curve; tell the domains' losses and let the proportions follow them."""
        self.curve.append((step, terms["loss"]))
        if self._batches is None:
            return
        names = self._batches.names
        self.domain_losses = {names[index]: total / count for index, (total, count) in sorted(self._sums.items())}
        self._sums = {}
        self._batches.measured(self.domain_losses)
        for name, loss in self.domain_losses.items():
            self._stage.metric(f"eval/{name}", loss, step)
        for name, share in self._batches.proportions.items():
            self._stage.metric(f"domain/{name}", share, step)

    def state(self) -> dict[str, torch.Tensor]:
        """The curve so far."""
        return {"curve": torch.tensor(self.curve, dtype=torch.float64).view(-1, 2)}

    def take_state(self, state: Mapping[str, torch.Tensor]) -> None:
        """Take the curve back."""
        self.curve = [(int(step), float(loss)) for step, loss in state["curve"].tolist()]
        self._sums = {}

    def _count(self, domains: torch.Tensor, losses: torch.Tensor, valid: torch.Tensor) -> None:
        for domain in sorted(set(domains.tolist())):
            rows = domains == domain
            total, count = self._sums.get(domain, (0.0, 0))
            self._sums[domain] = (total + float(losses[rows].sum()), count + int(valid[rows].sum()))


def held_out_loss(module: nn.Module, batches: Batches, stage: Stage, samples: Iterable[Batch] | None = None) -> float:
    """The mean loss of the next token on the held-out samples in nats; on ``samples`` where they are given."""
    sums = _loss_sums(module, batches, stage, batches.held_out() if samples is None else samples).values()
    return sum(total for total, _ in sums) / max(1, sum(count for _, count in sums))


def domain_losses(module: nn.Module, batches: DomainBatches, stage: Stage) -> dict[str, float]:
    """The held-out loss of each domain, in nats."""
    sums = _loss_sums(module, batches, stage, batches.held_out())
    totals = (sums.get(index, (0.0, 0)) for index in range(len(batches.names)))
    return {name: total / max(1, count) for name, (total, count) in zip(batches.names, totals, strict=True)}


@torch.no_grad()
def _loss_sums(
    module: nn.Module, batches: Batches, stage: Stage, samples: Iterable[Batch]
) -> dict[int, tuple[float, int]]:
    """By domain (0 without domains): sum of the losses in nats, and number of targets. Each batch is of one domain."""
    objective = LanguageModeling(module, batches, stage).eval()
    sums: dict[int, tuple[float, int]] = {}
    for batch in samples:
        stage.checkpoint()
        count = objective.target_count(batch)
        losses = objective.losses(on_device(batch, stage.device))
        domain = int(batch["domain"][0]) if "domain" in batch else 0
        total, targets = sums.get(domain, (0.0, 0))
        sums[domain] = total + float(losses.sum()), targets + count
    return sums


@contextlib.contextmanager
def residual_dropout(objective: LanguageModeling, anatomy: Anatomy, rate: float) -> Iterator[None]:
    """While the block runs, the outputs of the embedding, of every attention and of every MLP are dropped with this
    rate in training mode (residual dropout, Vaswani et al. 2017, §5.4), whatever the architecture has of its own."""
    outputs = [linear.name for linear in anatomy.linears if linear.role in ("o", "down", "fc2")]
    names = [*anatomy.embeddings[:1], *outputs] if rate else []

    def drop(owner: nn.Module, _: Any, output: torch.Tensor) -> torch.Tensor | None:
        return dropout(output, rate, objective.random.on(output.device)) if owner.training else None

    hooks = [objective.model.get_submodule(name).register_forward_hook(drop) for name in names]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
