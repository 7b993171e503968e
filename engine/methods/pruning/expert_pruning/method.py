"""Expert pruning: listen to the routers, score the experts, and take out those with the lowest scores."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

import torch

from engine.architecture.anatomy import Anatomy, Linear
from engine.calibration.order import is_expert
from engine.calibration.tokens import calibration_tokens
from engine.checkpoints import checksum
from engine.checkpoints.checkpoint import CheckpointHeader, TensorInfo
from engine.contracts.problem import Estimate, Problem
from engine.methods.costs.bytes import artifact_bytes, loaded_bytes
from engine.methods.costs.primitives import Walk
from engine.methods.pruning.expert_pruning.saliency import measured
from engine.methods.pruning.expert_pruning.settings import ExpertPruningSettings
from engine.models.fewer_experts import Experts, Mix, with_fewer_experts
from engine.models.model import Model
from engine.models.stage import Stage

_EXPERT = re.compile(r"^(?P<module>.*)\.\w+\.(?P<number>\d+)$")
_STORED = re.compile(r"\.experts\.(?P<number>\d+)\.")
_ROUTER = re.compile(r"\.(router|gate)\.")
_SHARED = re.compile(r"(^|\.)shared_")


class ExpertPruning:
    """The algorithm. In memory: one layer, and the hidden states of all samples."""

    def check(self, anatomy: Anatomy, settings: ExpertPruningSettings) -> list[Problem]:
        """A model without experts, and fewer experts left than each token is sent to."""
        counts = experts_of(anatomy)
        if not counts:
            why = "no layer has experts that are known" if anatomy.layers else anatomy.why_unknown
            return [Problem("error", f"The model has no experts to remove: {why}", advice="Width pruning narrows MLPs")]
        if len(set(counts.values())) > 1:
            return [
                Problem("error", "Its layers have different numbers of experts already", advice="Prune once, by more")
            ]
        if not settings.is_stock and anatomy.expert_groups > 1:
            message = f"Its routers choose among {anatomy.expert_groups} groups of experts, which must stay alike"
            return [Problem("error", message, advice="Let all layers keep the same number")]
        name, count = next(iter(counts.items()))
        remaining = settings.left_of(count, anatomy.expert_groups)
        if remaining == count:
            return [Problem("error", f"No expert would go: a layer has {count}", where=name, advice="Remove more")]
        if remaining < anatomy.experts_per_token:
            message = (
                f"{remaining} of {count} experts would be left, and each token is sent to {anatomy.experts_per_token}"
            )
            return [Problem("error", message, where=name, advice="Remove fewer")]
        return []

    def estimate(
        self, header: CheckpointHeader, anatomy: Anatomy, settings: ExpertPruningSettings, device: torch.device
    ) -> Estimate:
        """The tensors that are left; memory of a layer and the hidden states; the time of two passes."""
        whole = sum(loaded_bytes(info) for info in header.tensors)
        disk = artifact_bytes(*self.reshaped(header, anatomy, settings), {})
        walk = Walk.of(settings, states=2)
        share = anatomy.experts_per_token / max(experts_of(anatomy).values(), default=1) or 1.0
        sizes = ((x.in_features * x.out_features) * (share if is_expert(x) else 1) for x in anatomy.linears)
        memory = 2 * whole // max(1, len(anatomy.layers)) + walk.memory(header, anatomy, device)
        return Estimate(disk, memory, 4.0 * walk.tokens * sum(sizes) / walk.rate(device))

    def reshaped(
        self, header: CheckpointHeader, anatomy: Anatomy, settings: ExpertPruningSettings
    ) -> tuple[CheckpointHeader, Anatomy]:
        """As if the first experts were those that stay, equally many in all layers."""
        counts = experts_of(anatomy)
        if not counts:
            return header, anatomy
        count = max(counts.values())
        remaining = settings.left_of(count, anatomy.expert_groups)
        gone = {x.name for x in anatomy.linears if is_expert(x) and _number(x) >= remaining}
        layers = tuple(
            dataclasses.replace(layer, linears=tuple(x for x in layer.linears if x.name not in gone))
            for layer in anatomy.layers
        )
        blocks = tuple({f"{name.rpartition('.')[0]}." for name in counts})
        tensors = tuple(_tensors(header, blocks, count, remaining))
        inside = {name for name, _ in anatomy.remainder if name.startswith(blocks) and not _SHARED.search(name)}
        remainder = tuple(
            (n, values * remaining // count if n in inside else values) for n, values in anatomy.remainder
        )
        return (
            dataclasses.replace(header, tensors=tensors),
            dataclasses.replace(anatomy, layers=layers, remainder=remainder),
        )

    def apply(self, model: Model, settings: ExpertPruningSettings, stage: Stage) -> Model:
        """A model with fewer experts; which stay is remembered in the stage's folder."""
        memory = stage.folder / "experts.json"
        stored: dict[str, list[list[tuple[int, float]]]] | None = checksum.load_values(memory, stage.log)
        if stored is None:
            tokens = calibration_tokens(model, settings, stage).to(stage.device)
            stored = {
                name: [list(mix) for mix in mixes] for name, mixes in measured(model, settings, stage, tokens).items()
            }
            checksum.save_values(memory, stored)
        experts: dict[str, tuple[Mix, ...]] = {
            name: tuple(tuple((int(number), float(share)) for number, share in mix) for mix in mixes)
            for name, mixes in stored.items()
        }
        _show(stage, experts, experts_of(model.anatomy))
        return with_fewer_experts(model, experts)


def experts_of(anatomy: Anatomy) -> dict[str, int]:
    """The modules of experts, and how many each has."""
    counts: dict[str, int] = {}
    for linear in anatomy.linears:
        match = _EXPERT.match(linear.name)
        if is_expert(linear) and match:
            counts[match["module"]] = max(counts.get(match["module"], 0), int(match["number"]) + 1)
    return counts


def _number(linear: Linear) -> int:
    match = _EXPERT.match(linear.name)
    return int(match["number"]) if match else -1


def _tensors(header: CheckpointHeader, blocks: tuple[str, ...], count: int, remaining: int) -> Iterator[TensorInfo]:
    """Of experts that stay, and with the rows of those that stay: checkpoints have experts one by one or together."""
    for info in header.tensors:
        number = _STORED.search(info.name)
        inner = next((info.name.removeprefix(block) for block in blocks if info.name.startswith(block)), "")
        if number or (inner and re.search(r"\.\d+\.", f".{inner}") and "expert" in inner):
            digits = number["number"] if number else re.findall(r"\.(\d+)\.", f".{inner}")[0]
            if int(digits) < remaining:
                yield info
        elif (inner or _ROUTER.search(info.name)) and not _SHARED.search(info.name) and info.shape[:1] == (count,):
            shape = (remaining, *info.shape[1:])
            yield dataclasses.replace(info, shape=shape, nbytes=info.nbytes * remaining // count)
        else:
            yield info


def _show(stage: Stage, experts: Experts, counts: dict[str, int]) -> None:
    """The map of what stays, by layer; shares in what it becomes part of for what is merged."""
    rows = []
    for name, mixes in experts.items():
        row = [0.0] * counts[name]
        for mix in mixes:
            for number, share in mix:
                row[number] = 1.0 if number == mix[0][0] else 0.5 * share
        rows.append(row)
    stage.grid(
        "Masks", "experts", rows, row_title="layer", column_title="expert", rows=list(experts), low=0.0, high=1.0
    )
    counts_left = [len(mixes) for mixes in experts.values()]
    numbers = (
        {"left": counts_left[0]}
        if min(counts_left) == max(counts_left)
        else {"fewest left": min(counts_left), "most left": max(counts_left)}
    )
    stage.detail(
        "pruned experts", {"before": counts[next(iter(experts))], **numbers, "layers": len(experts)}, keep=True
    )
