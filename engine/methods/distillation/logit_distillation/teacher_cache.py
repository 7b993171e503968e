"""Cache of the teacher's top-k log-probabilities for every sample of the training, on disk."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open

from engine.base.errors import RunFailed
from engine.checkpoints import checksum
from engine.methods.distillation.logit_distillation.objective import logits_of
from engine.models import ranks
from engine.models.model import Model
from engine.models.running import interruptible
from engine.models.stage import Stage
from engine.numerics.divergences import Divergence, TopK, token_divergences_top_k, top_k
from engine.training.batches import TokenBatches
from engine.training.objective import Batch

SAMPLES = 16
"""In one file, at least."""
FILES = 256
"""Largest number of open files."""
ROWS = 256
"""Positions whose logits are in float32 at a time."""


class CachedTeacher:
    """Reads what `keep` wrote. Log-probabilities are kept as float16: to three digits."""

    def __init__(self, folder: Path) -> None:
        opened: list[Any] = [safe_open(path, "pt") for path in sorted(folder.glob("*.safetensors"))]
        self._files = {int(name): file for file in opened for name in file.metadata()["samples"].split()}
        self._width = int(opened[0].metadata()["width"])

    def divergences(
        self, batch: Batch, logits: torch.Tensor, divergence: Divergence, rows: torch.Tensor
    ) -> torch.Tensor:
        """From the k likeliest tokens and the rest."""
        samples = batch["sample"].tolist()
        log_p = self._read("log_p", samples, logits.device).float()
        indices = self._read("indices", samples, logits.device)
        return token_divergences_top_k(TopK(log_p, indices), logits[:, : self._width], divergence, rows)

    def _read(self, name: str, samples: list[int], device: torch.device) -> torch.Tensor:
        tensors = [self._files[sample].get_tensor(f"{sample}.{name}") for sample in samples]
        return torch.cat(tensors).to(device)


@dataclass(frozen=True)
class Keeper:
    """Runs the teacher before the training. ``width``: of the vocabulary that it shares with the student."""

    teacher: Model
    k: int
    temperature: float
    width: int
    stage: Stage


def keep(keeper: Keeper, batches: TokenBatches, steps: int, folder: Path, end: float) -> CachedTeacher:
    """Run the teacher over all samples that ``steps`` steps and the evaluations will need; what is there already stays.

    ``end``: the share of the stage's progress that is reached then. Raises `RunFailed` if its logits are not finite.
    """
    needed = batches.needed(steps)
    cached = ranks.on_main(lambda: _top_k(folder, keeper.stage))
    missing = [sample for sample in needed if sample not in cached]
    size = max(SAMPLES, math.ceil(len(needed) / FILES))
    for start in range(size * ranks.rank(), len(missing), size * ranks.count()):
        chosen = missing[start : start + size]
        done = (len(cached) + start) / len(needed)
        keeper.stage.progress(done * end, f"The teacher reads: {done:.0%}")
        _write(keeper, folder, chosen, batches.samples(chosen))
    ranks.barrier()
    return CachedTeacher(folder)


def _top_k(folder: Path, stage: Stage) -> set[int]:
    """The samples that are there; damaged files are removed."""
    sound = [path for path in sorted(folder.glob("*.safetensors")) if checksum.is_sound(path, stage.log)]
    return {int(name) for path in sound for name in checksum.metadata(path)["samples"].split()}


def _write(keeper: Keeper, folder: Path, chosen: list[int], batch: Batch) -> None:
    module, stage = keeper.teacher.module, keeper.stage
    tensors: dict[str, torch.Tensor] = {}
    with torch.no_grad(), interruptible(module, stage.checkpoint):
        for row, sample in enumerate(chosen):
            one = {name: tensor[row : row + 1].to(stage.device) for name, tensor in batch.items()}
            logits = logits_of(module, one)[:, : keeper.width]
            if not bool(torch.isfinite(logits).all()):
                raise RunFailed("The teacher's output is not finite", where=str(keeper.teacher.path))
            pieces = [top_k(piece, keeper.k, keeper.temperature) for piece in torch.split(logits, ROWS)]
            tensors[f"{sample}.log_p"] = torch.cat([piece.log_p for piece in pieces]).half().cpu()
            tensors[f"{sample}.indices"] = torch.cat([piece.indices for piece in pieces]).int().cpu()
    metadata = {"samples": " ".join(map(str, chosen)), "width": str(keeper.width)}
    checksum.save(tensors, folder / f"{chosen[0]:08d}.safetensors", metadata)
