"""Hessian factors of the outputs of linears: Gram matrices of the gradients that reach them on a calibration text, in
files from which a method reads those of the linears that it works on."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Container
from dataclasses import dataclass

import torch

from engine.architecture.anatomy import Anatomy, Linear
from engine.base.code_version import code_version
from engine.base.files import make_folder
from engine.calibration.output_gradients import output_gradients
from engine.calibration.partial_sums import PartialSums
from engine.calibration.statistics import GramAndSpread
from engine.models import ranks
from engine.models.model import Model
from engine.models.stage import Stage
from engine.numerics.fingerprint import fingerprint
from engine.numerics.quantization.output_hessian import noise_share

LARGEST = 4096
"""Outputs of the largest linear that gets a matrix."""


def with_hessian(anatomy: Anatomy, targets: Container[str]) -> list[Linear]:
    """The linears of the layers that get one."""
    linears = (linear for layer in anatomy.layers for linear in layer.linears)
    return [linear for linear in linears if linear.name in targets and linear.out_features <= LARGEST]


@dataclass(frozen=True)
class OutputHessians:
    """The matrices by name, in files of the workspace."""

    sums: PartialSums
    device: torch.device

    def of(self, linear: Linear) -> torch.Tensor:
        """Sum of g gᵀ over tokens, float32 (out, out), a new tensor on the device. A linear that has none gets ones
        (out,): a diagonal."""
        total = self.sums.total(linear.name)
        if total is None:
            return torch.ones(linear.out_features, device=self.device)
        upper = torch.triu(total.to(self.device))
        return upper + torch.triu(upper, 1).T

    def noise(self, linear: Linear, hessian: torch.Tensor) -> float:
        """The `noise_share` of a matrix that `of` gave."""
        tokens, squared_tokens, squared_norms = self.sums.counts(linear.name).tolist()
        return noise_share(hessian, squared_norms, tokens**2 / max(1.0, squared_tokens))


def output_hessians(
    model: Model,
    stage: Stage,
    tokens: torch.Tensor,
    targets: Container[str],
    *,
    batch: int,
    compute_dtype: torch.dtype,
    span: tuple[float, float],
) -> OutputHessians:
    """Gather them once: a run that was killed goes on where it was, and another block of the same method on the same
    model and text reads them. Parameters and errors as of `output_gradients`."""
    names = {linear.name for linear in with_hessian(model.anatomy, targets)}
    identity = {
        "model": model.header.fingerprint,
        "tokens": str(fingerprint(tokens)),
        "computed": f"{batch} {compute_dtype} {stage.device.type}",
        "linears": " ".join(sorted(names)),
        "code": json.dumps(code_version(__name__).on(stage.device.type), sort_keys=True),
    }
    key = hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:32]
    make_folder(stage.cache / key)
    stored = PartialSums(stage.cache / key / f"output_hessians-{ranks.rank()}-{ranks.count()}.safetensors", identity)
    if not _everywhere(stored.is_whole(len(tokens)), stage.device):
        gathered = output_gradients(
            model,
            stage,
            tokens,
            functools.partial(GramAndSpread, device=stage.device),
            names=names.__contains__,
            batch=batch,
            compute_dtype=compute_dtype,
            span=span,
        )
        stored.save(gathered.statistics, len(tokens))
        if gathered.files is not None:
            gathered.files.remove()
    return OutputHessians(stored, stage.device)


def _everywhere(fact: bool, device: torch.device) -> bool:
    """True if ``fact`` is in all processes of a distributed run: gathering is work of all of them together."""
    if ranks.count() == 1:
        return fact
    return int(ranks.all_reduce(torch.tensor(float(fact), device=device)).item()) == ranks.count()
