"""All that the training loop sees of a method.

An objective is an ``nn.Module`` that holds everything that is trained, so that it can be wrapped whole (DDP, FSDP2):
its ``forward`` takes a batch and gives named terms. What is only read (a teacher) must not be a submodule: keep it in
a tuple.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, cast

import torch
from torch import nn

from engine.numerics.randomness import Random

Batch = dict[str, torch.Tensor]
"""``input_ids`` int64 (samples, length); ``labels`` alike, -100 where nothing is asked for, not shifted;
``attention_mask`` where samples are padded; whatever else the source of an objective adds."""


TARGET_INDICES = "target_indices"
"""Key of what `target_indices` found while the batch was in host memory."""
ON_HOST = frozenset(("sample",))
"""Entries of a batch that stay on the host."""


def target_indices(batch: Batch) -> torch.Tensor:
    """Indices into the flattened (samples · length) places whose next token is asked for, int64, in order."""
    if TARGET_INDICES in batch:
        return batch[TARGET_INDICES]
    valid = torch.zeros_like(batch["labels"], dtype=torch.bool)
    valid[:, :-1] = batch["labels"][:, 1:] != -100
    return valid.flatten().nonzero().flatten()


def on_device(batch: Batch, device: torch.device) -> Batch:
    """A batch of the host, brought to the device with what would have to be fetched from there otherwise."""
    moved = {**batch, TARGET_INDICES: target_indices(batch)} if "labels" in batch else batch
    return {name: tensor if name in ON_HOST else tensor.to(device) for name, tensor in moved.items()}


def next_tokens(batch: Batch) -> torch.Tensor:
    """The token behind each of the flattened (samples · length) places, int64; read it at `target_indices` only."""
    return batch["labels"].roll(-1, 1).flatten()


@dataclass
class Group:
    """Parameters that are trained alike.

    rate: highest learning rate; None: that of the settings.
    optimizer: "main" is the one that the settings choose; "cayley" is the rotations' (every parameter a square
        orthogonal matrix); "sgd" is plain; "sign" moves each value by the rate against the sign of its gradient.
    ascend: the loss is maximized over these (Lagrange multipliers).
    """

    parameters: Iterable[nn.Parameter]
    rate: float | None = None
    weight_decay: float | None = None
    optimizer: Literal["main", "cayley", "sgd", "sign"] = "main"
    ascend: bool = False
    clipped: bool = True
    """True if its gradients count for gradient clipping."""


@dataclass(frozen=True)
class WatchedWeight:
    """A weight that a method makes of what it trains, so that it can be seen meanwhile.

    shape: (outputs, inputs). learned: the parameters that it is made of. rows: given indices of rows, those rows as
    they are now, (indices, inputs); without gradients and without a draw.
    """

    shape: tuple[int, int]
    learned: tuple[nn.Parameter, ...]
    rows: Callable[[torch.Tensor], torch.Tensor]

    @classmethod
    def of(cls, module: nn.Module) -> WatchedWeight:
        """Of a layer that computes its whole weight from what it learns, by its method ``watched_weight``."""
        make = cast("Callable[[], torch.Tensor]", module.watched_weight)

        def rows(indices: torch.Tensor) -> torch.Tensor:
            weight = make()
            return weight.index_select(0, indices.to(weight.device))

        outputs, inputs = make().shape
        return cls((outputs, inputs), tuple(module.parameters()), rows)


class Objective(nn.Module):
    """Base of all objectives. Only parameters with ``requires_grad`` are trained and kept in checkpoints.

    ``random``: what an objective draws is drawn from these generators; the loop puts its own in their place, so that a
    training that is taken up draws what it would have drawn.
    """

    def __init__(self) -> None:
        super().__init__()
        self.random = Random(0)

    @property
    def watched(self) -> nn.Module | None:
        """The network whose layers are watched while training; None where the method reports them itself."""
        return None

    @property
    def watched_weights(self) -> Mapping[str, WatchedWeight]:
        """By the name of their layer, weights that are not those of modules in `watched`: which only this objective can
        make of what it trains."""
        return {}

    def groups(self) -> list[Group]:
        """Parameter groups and their rates. By default one with every parameter that requires a gradient."""
        return [Group([p for p in self.parameters() if p.requires_grad])]

    def forward(self, batch: Batch) -> Mapping[str, torch.Tensor]:
        """Named scalar terms, each a mean over the batch's targets (see `target_count`); "loss" is what is minimized,
        the others are only shown."""
        raise NotImplementedError

    def target_count(self, batch: Batch) -> int:
        """Number of targets that ``forward`` averages over, which weighs the passes of a step."""
        return int((batch["labels"][:, 1:] != -100).sum())

    def before_step(self, step: int) -> None:
        """Called before the first pass of each step (step 0 is the first), e.g. to move a constraint's target."""

    def after_step(self, step: int) -> None:
        """Called after the optimizer's step, e.g. to hold a mask."""

    def scalars(self) -> Mapping[str, float]:
        """More scalars for the live curves, asked for when they are reported."""
        return {}

    def evaluated(self, step: int, terms: Mapping[str, float]) -> None:
        """Called with the mean terms of every evaluation on held-out samples (e.g. to draw, to move domain weights)."""

    def state(self) -> dict[str, torch.Tensor]:
        """Tensors beside the trained parameters that a resumed training needs."""
        return {}

    def take_state(self, state: Mapping[str, torch.Tensor]) -> None:
        """Take back what `state` gave."""


class Batches(Protocol):
    """Samples as a function of the step number, so that resuming and splitting over devices need no state."""

    def batch(self, step: int, rows: range) -> Batch:
        """Samples ``rows`` (numbers within the step's global batch) of step ``step``."""

    def held_out(self) -> Iterator[Batch]:
        """The held-out samples, in micro-batches; nothing if there are none."""

    def state(self) -> dict[str, torch.Tensor]:
        """State that may change while training (domain weights, a replay buffer)."""

    def take_state(self, state: Mapping[str, torch.Tensor]) -> None:
        """Take back what `state` gave."""


@dataclass(frozen=True)
class Trained:
    """Result of a training. ``terms`` and ``held_out``: the last mean terms of training and of evaluation."""

    steps: int
    tokens: int
    seconds: float
    terms: Mapping[str, float]
    held_out: Mapping[str, float]
    best_step: int
    stopped: bool
