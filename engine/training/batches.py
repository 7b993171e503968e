"""Token windows in seeded order, with some held out."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping

import torch

from engine.base.errors import BadInput
from engine.contracts.details import CALIBRATION_WINDOWS, CalibrationWindows
from engine.data.batches import overlapping
from engine.data.samples import load_samples
from engine.models.model import Model
from engine.models.running import refuse_long
from engine.models.sampling import OWN, kept_text
from engine.models.source import load_tokenizer, open_model
from engine.models.stage import Stage
from engine.training.objective import Batch
from engine.training.settings import TrainingSettings


class TokenBatches:
    """Samples of one length, each seen once per epoch, in an order that only ``seed`` and the epoch decide.

    Parameters
    ----------
    samples: tensors by name with the same first dimension, e.g. ``input_ids`` (n, length) int64; ``labels`` are the
        ids themselves if there are none. Batches carry ``sample`` too, each one's number.
    held_out: how many samples, spread evenly, are only evaluated. seen: bool (n,), samples that an earlier block was
        calibrated on: others are held out, if there are enough.
    size: samples of a step; micro: samples of one held-out batch.
    """

    def __init__(
        self, samples: Batch, *, size: int, micro: int, seed: int, held_out: int = 0, seen: torch.Tensor | None = None
    ) -> None:
        samples = dict(samples)
        samples.setdefault("labels", samples["input_ids"])
        count = len(samples["input_ids"])
        samples["sample"] = torch.arange(count)
        if count <= held_out:
            raise BadInput(
                "The text is too short to train on",
                why=f"it gives {count} samples, and {held_out} of them are held out",
                advice="choose a longer text, shorter samples, or hold out fewer",
            )
        apart = torch.zeros(count, dtype=torch.bool)
        if held_out:
            unseen = torch.arange(count) if seen is None or int((~seen).sum()) < held_out else (~seen).nonzero()[:, 0]
            apart[unseen[(torch.arange(held_out) * 2 + 1) * len(unseen) // (2 * held_out)]] = True
        self._samples = samples
        self._trained_on, self._apart = (~apart).nonzero()[:, 0], apart.nonzero()[:, 0]
        self._size, self._micro, self._seed = size, micro, seed
        self._orders: dict[int, torch.Tensor] = {}

    @property
    def count(self) -> int:
        """Samples that are trained on."""
        return len(self._trained_on)

    def batch(self, step: int, rows: range) -> Batch:
        """Samples ``rows`` of step ``step``."""
        return self.samples([self._sample(step * self._size + row) for row in rows])

    def held_out(self) -> Iterator[Batch]:
        """The held-out samples."""
        for start in range(0, len(self._apart), self._micro):
            yield self.samples(self._apart[start : start + self._micro].tolist())

    def needed(self, steps: int) -> list[int]:
        """The numbers of the samples that so many steps and the evaluations will see."""
        used = min(self.count, steps * self._size)
        return sorted({self._sample(number) for number in range(used)} | set(self._apart.tolist()))

    def samples(self, numbers: list[int]) -> Batch:
        """Samples by their numbers."""
        return {name: tensor[numbers] for name, tensor in self._samples.items()}

    def tokens(self, count: int) -> torch.Tensor:
        """The ids of ``count`` samples that are trained on, int64 (samples, length), spread evenly over the text. Where
        samples are padded, as many pieces of their length as there are tokens for."""
        count = min(count, self.count)
        samples = self.samples(self._trained_on[torch.arange(count) * self.count // count].tolist())
        ids, mask = samples["input_ids"], samples.get("attention_mask")
        if mask is None or bool(mask.all()):
            return ids
        flat, length = ids[mask.bool()], min(ids.shape[1], int(mask.sum()))
        return flat[: len(flat) // length * length].view(-1, length)

    def limited(self, count: int) -> TokenBatches:
        """The same with only ``count`` samples to train on, spread evenly over those of the text; the same ones are
        held out."""
        copied = copy.copy(self)
        count = min(count, self.count)
        copied._trained_on = self._trained_on[torch.arange(count) * self.count // count]
        copied._orders = {}
        return copied

    def reordered(self, seed: int) -> TokenBatches:
        """The same samples in another order; the same ones are held out."""
        copied = copy.copy(self)
        copied._seed, copied._orders = seed, {}
        return copied

    def state(self) -> dict[str, torch.Tensor]:
        """Nothing changes."""
        return {}

    def take_state(self, state: Mapping[str, torch.Tensor]) -> None:
        """Nothing to take."""

    def _sample(self, index: int) -> int:
        epoch, position = divmod(index, self.count)
        if epoch not in self._orders:
            generator = torch.Generator().manual_seed((self._seed + epoch * 1_000_003) % 2**63)
            order = torch.randperm(self.count, generator=generator)
            self._orders = {number: self._orders[number] for number in self._orders if number == epoch - 1}
            self._orders[epoch] = order
        return int(self._trained_on[self._orders[epoch][position]])


def text_batches(
    model: Model,
    settings: TrainingSettings,
    stage: Stage,
    writer: Model | None = None,
    tokenizer_of: Model | None = None,
) -> TokenBatches:
    """The samples of the text of ``settings`` (see `engine.data.samples`); tells the report which text it was.

    The text "model" is written by ``writer`` (a teacher; by default the model as it came), as many samples as all steps
    and evaluations see. Held out are samples that no block before this one was calibrated on, if there are enough.
    ``tokenizer_of``: the model whose tokenizer is taken, by default its own. Raises `BadInput` if the text is too
    short.
    """
    refuse_long(model, settings.sequence_length)
    if settings.text == OWN:
        return _written(writer or open_model(model.path), settings, stage)
    text = load_samples(load_tokenizer(tokenizer_of or model), settings.text, settings.sequence_length)
    count = len(text.tensors["input_ids"])
    held_out = min(settings.eval_samples, count // 4)
    if held_out < settings.eval_samples:
        stage.log(f"The text gives {count} samples: {held_out} are held out, not {settings.eval_samples}", "warning")
    if text.dropped:
        stage.log(
            f"{text.dropped} records have no answer within {settings.sequence_length} tokens and are left out",
            "warning",
        )
    if text.cut:
        stage.log(f"{text.cut} records are longer than {settings.sequence_length} tokens and lose their end")
    is_plain = "attention_mask" not in text.tensors  # only a plain text is cut into windows
    length = settings.sequence_length
    seen = calibrated_on(model, text.sha256, count, length, held_out, stage) if is_plain else None
    return _batches(text.tensors, held_out, text.name, text.sha256, settings, stage, seen)


def calibrated_on(
    model: Model, sha256: str, count: int, length: int, held_out: int, stage: Stage, name: str = ""
) -> torch.Tensor:
    """True for those of ``count`` samples of ``length`` tokens, windows of the text with this hash, that share tokens
    with what an earlier block was calibrated on: bool (count,). Artifacts of earlier releases have no record of it.

    Warns, with the ``name`` of the text, where fewer than ``held_out`` others are left.
    """
    seen = torch.zeros(count, dtype=torch.bool)
    for step in model.history:
        details = step.get("details", {})
        if CALIBRATION_WINDOWS in details:
            record = CalibrationWindows.model_validate(details[CALIBRATION_WINDOWS])
            if record.sha256 == sha256:
                seen |= overlapping(count, length, record.windows, record.length)
    if int((~seen).sum()) < held_out:
        stage.log(
            f"The held-out samples{f' of {name}' if name else ''} are not independent: an earlier block was calibrated "
            f"on {int(seen.sum())} of the {count} samples of this text. Choose another text, or fewer samples for the "
            "calibration",
            "warning",
        )
    return seen


def _written(writer: Model, settings: TrainingSettings, stage: Stage) -> TokenBatches:
    """Data-free training (LLM-QAT, Liu et al. 2023, arXiv 2305.17888; OneBit, Xu et al. 2024, arXiv 2402.11295)."""
    count = settings.steps * settings.batch_size + settings.eval_samples
    tokens, sha256 = kept_text(writer, count, settings.sequence_length, stage, "training")
    return _batches({"input_ids": tokens}, settings.eval_samples, OWN, sha256, settings, stage)


def _batches(
    samples: Batch,
    held_out: int,
    name: str,
    sha256: str,
    settings: TrainingSettings,
    stage: Stage,
    seen: torch.Tensor | None = None,
) -> TokenBatches:
    batches = TokenBatches(
        samples,
        size=settings.batch_size,
        micro=settings.micro_batch_size,
        seed=stage.generator("order").initial_seed(),
        held_out=held_out,
        seen=seen,
    )
    stage.detail("training_text", {"text": name, "sha256": sha256, "samples": batches.count})
    return batches
