"""Token windows in seeded order, with some held out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch

from engine.contracts.errors import BadInput
from engine.contracts.stage import Stage
from engine.data.batches import token_ids, windows
from engine.data.texts import load_text
from engine.models.model import Model
from engine.models.source import load_tokenizer
from engine.training.objective import Batch
from engine.training.settings import TrainingSettings


class TokenBatches:
    """Samples of one length, each seen once per epoch, in an order that only ``seed`` and the epoch decide.

    Parameters
    ----------
    samples: tensors by name with the same first dimension, e.g. ``input_ids`` (n, length) int64; ``labels`` are the
        ids themselves if there are none.
    held_out: how many samples, spread evenly, are only evaluated.
    size: samples of a step; micro: samples of one held-out batch.
    """

    def __init__(self, samples: Batch, *, size: int, micro: int, seed: int, held_out: int = 0) -> None:
        samples = dict(samples)
        samples.setdefault("labels", samples["input_ids"])
        count = len(samples["input_ids"])
        if count <= held_out:
            raise BadInput(
                "The text is too short to train on",
                why=f"it gives {count} samples, and {held_out} of them are held out",
                advice="choose a longer text, shorter samples, or hold out fewer",
            )
        apart = torch.zeros(count, dtype=torch.bool)
        if held_out:
            apart[(torch.arange(held_out) * 2 + 1) * count // (2 * held_out)] = True
        self._kept = {name: tensor[~apart] for name, tensor in samples.items()}
        self._apart = {name: tensor[apart] for name, tensor in samples.items()}
        self._size, self._micro, self._seed = size, micro, seed
        self._orders: dict[int, torch.Tensor] = {}

    @property
    def count(self) -> int:
        """Samples that are trained on."""
        return len(self._kept["input_ids"])

    def batch(self, step: int, rows: range) -> Batch:
        """Samples ``rows`` of step ``step``."""
        chosen = torch.tensor([self._sample(step * self._size + row) for row in rows])
        return {name: tensor[chosen] for name, tensor in self._kept.items()}

    def held_out(self) -> Iterator[Batch]:
        """The held-out samples."""
        for start in range(0, len(self._apart["input_ids"]), self._micro):
            yield {name: tensor[start : start + self._micro] for name, tensor in self._apart.items()}

    def state(self) -> dict[str, torch.Tensor]:
        """Nothing changes."""
        return {}

    def take_state(self, state: Mapping[str, torch.Tensor]) -> None:
        """Nothing to take."""

    def _sample(self, number: int) -> int:
        epoch, place = divmod(number, self.count)
        if epoch not in self._orders:
            generator = torch.Generator().manual_seed((self._seed + epoch * 1_000_003) % 2**63)
            order = torch.randperm(self.count, generator=generator)
            self._orders = {known: self._orders[known] for known in self._orders if known == epoch - 1}
            self._orders[epoch] = order
        return int(self._orders[epoch][place])


def text_batches(model: Model, settings: TrainingSettings, stage: Stage) -> TokenBatches:
    """Windows of the text of ``settings``, tokenised as a whole; tells the report which text it was.

    Raises `BadInput` if the text is too short.
    """
    text = load_text(settings.text, part="train")
    samples = windows(token_ids(load_tokenizer(model), text.text), settings.length)
    held_out = min(settings.held_out, len(samples) // 4)
    if held_out < settings.held_out:
        stage.log(f"The text gives {len(samples)} samples: {held_out} are held out, not {settings.held_out}", "warning")
    batches = TokenBatches(
        {"input_ids": samples},
        size=settings.batch,
        micro=settings.micro_batch,
        seed=stage.generator("order").initial_seed(),
        held_out=held_out,
    )
    stage.figure("training_text", {"text": text.name, "sha256": text.sha256, "samples": batches.count})
    return batches
