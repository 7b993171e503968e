"""The loss of next-token distributions, and the batches that the student writes itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

import torch
from torch import nn

from engine.base.errors import BadInput
from engine.methods.distillation.common.continuations import continued
from engine.models import ranks
from engine.numerics.divergences import Divergence, token_divergences
from engine.numerics.losses import token_losses
from engine.training.objective import Batch, Batches, Objective, next_tokens, target_indices

IGNORED = -100


def logits_of(module: nn.Module, batch: Batch) -> torch.Tensor:
    """(samples · length, vocabulary)."""
    inputs: dict[str, Any] = {key: batch[key] for key in ("input_ids", "attention_mask") if key in batch}
    logits: torch.Tensor = module(**inputs, use_cache=False).logits
    return logits.flatten(0, 1)


class Teacher(Protocol):
    """Gives the distribution that the student learns."""

    def divergences(
        self, batch: Batch, logits: torch.Tensor, divergence: Divergence, rows: torch.Tensor
    ) -> torch.Tensor:
        """Of the student's ``logits`` (samples · length, vocabulary) at the places ``rows``."""


class LiveTeacher:
    """A network that runs along."""

    def __init__(self, module: nn.Module) -> None:
        self._module = module

    def divergences(
        self, batch: Batch, logits: torch.Tensor, divergence: Divergence, rows: torch.Tensor
    ) -> torch.Tensor:
        """From the network's logits."""
        with torch.no_grad():
            theirs = logits_of(self._module, batch)
        return token_divergences(theirs, logits, divergence, rows)


class DivergenceObjective(Objective):
    """``labels``·(negative log-likelihood) + (1 - ``labels``)·divergence, both a mean over the tokens that count."""

    def __init__(self, student: nn.Module, teacher: Teacher, divergence: Divergence, labels: float) -> None:
        super().__init__()
        self.student = student
        self._teacher = teacher
        self._divergence = divergence
        self._labels = labels

    @property
    def watched(self) -> nn.Module | None:
        """The student."""
        return self.student

    def forward(self, batch: Batch) -> Mapping[str, torch.Tensor]:
        """``loss``, ``divergence`` and, where it counts or is looked at, ``cross_entropy``, in nats."""
        logits = logits_of(self.student, batch)
        rows = target_indices(batch)
        count = max(1, len(rows))
        divergence = self._teacher.divergences(batch, logits, self._divergence, rows).sum() / count
        terms = {"loss": divergence, "divergence": divergence}
        if self._labels or not self.training:
            cross_entropy = token_losses(logits, next_tokens(batch), rows=rows).sum() / count
            terms["cross_entropy"] = cross_entropy
            terms["loss"] = self._labels * cross_entropy + (1.0 - self._labels) * divergence
        return terms


class OnPolicy:
    """Batches whose texts the student writes itself in some of the steps (Agarwal et al. 2023, algorithm 1): it goes on
    from the prompt of each sample."""

    def __init__(
        self,
        batches: Batches,
        student: nn.Module,
        *,
        share: float,
        prompt: int,
        temperature: float,
        end_ids: tuple[int, ...],
        seed: int,
        device: torch.device,
        checkpoint: Callable[[], None],
    ) -> None:
        self._batches, self._student = batches, student
        self._share, self._prompt, self._temperature, self._end_ids = share, prompt, temperature, end_ids
        self._seed, self._device, self._checkpoint = seed, device, checkpoint

    def batch(self, step: int, rows: range) -> Batch:
        """Samples of the text, or what the student makes of their prompts."""
        batch = self._batches.batch(step, rows)
        generator = torch.Generator().manual_seed((self._seed + step) % 2**63)
        if float(torch.rand((), generator=generator)) >= self._share:
            return batch
        return self._written(batch, (self._seed + step * 65_537 + rows.start + 1) % 2**63)

    def held_out(self) -> Iterator[Batch]:
        """Those of the text."""
        return self._batches.held_out()

    def state(self) -> dict[str, torch.Tensor]:
        """See the batches underneath."""
        return self._batches.state()

    def take_state(self, state: Mapping[str, torch.Tensor]) -> None:
        """Take it back."""
        self._batches.take_state(state)

    def _written(self, batch: Batch, seed: int) -> Batch:
        if any(ranks.is_split_tensor(parameter) for parameter in self._student.parameters()):
            raise BadInput(
                "A student whose weights are split can't write",
                advice="launch it with resources/accelerate/ddp.yaml, or set on_policy to 0",
            )
        ids, labels = batch["input_ids"], batch["labels"]
        length = ids.shape[1]
        starts = [self._start(row, length) for row in labels]
        prompts = [row[:start].tolist() for row, start in zip(ids, starts, strict=True)]
        answers = continued(
            self._student,
            prompts,
            length - max(starts),
            temperature=self._temperature,
            end_ids=self._end_ids,
            stop=False,
            seed=seed,
            device=self._device,
            checkpoint=self._checkpoint,
        )
        new = {"input_ids": torch.zeros_like(ids), "labels": torch.full_like(ids, IGNORED)}
        new["attention_mask"] = torch.zeros_like(ids)
        for row, (prompt, answer) in enumerate(zip(prompts, answers, strict=True)):
            end = len(prompt) + len(answer)
            new["input_ids"][row, :end] = torch.tensor(prompt + answer)
            new["labels"][row, len(prompt) : end] = torch.tensor(answer)
            new["attention_mask"][row, :end] = 1
        return new

    def _start(self, labels: torch.Tensor, length: int) -> int:
        """First position that the student writes: behind a prompt, or after some tokens of a plain text."""
        first = int((labels != IGNORED).int().argmax())
        return min(first or self._prompt, length - 1)
