"""Expert pruning: listen to the routers, score the experts, and take out those with the lowest scores."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence

import torch

from engine.architecture.anatomy import Anatomy
from engine.base.errors import BadInput
from engine.calibration.order import is_expert
from engine.calibration.tokens import calibration_tokens
from engine.checkpoints import checksum
from engine.checkpoints.checkpoint import CheckpointHeader, TensorInfo
from engine.contracts.problem import Estimate, Problem
from engine.methods.costs.bytes import artifact_bytes, loaded_bytes
from engine.methods.costs.primitives import Walk
from engine.methods.pruning.expert_pruning.counts import experts_of, first_experts, named_experts
from engine.methods.pruning.expert_pruning.saliency import measured
from engine.methods.pruning.expert_pruning.settings import ExpertPruningSettings
from engine.models.fewer_experts import Experts, Mix, with_fewer_experts
from engine.models.model import Model
from engine.models.stage import Stage

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
        if settings.criterion == "manual" and (problem := _problem_by_hand(anatomy, settings)):
            return [problem]
        remaining = remaining_of(anatomy, settings)
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
        remaining = remaining_of(anatomy, settings)
        blocks = tuple({f"{name.rpartition('.')[0]}." for name in counts})
        tensors = tuple(_tensors(header, blocks, count, remaining))
        inside = {name for name, _ in anatomy.remainder if name.startswith(blocks) and not _SHARED.search(name)}
        remainder = tuple(
            (n, values * remaining // count if n in inside else values) for n, values in anatomy.remainder
        )
        return (
            dataclasses.replace(header, tensors=tensors),
            dataclasses.replace(first_experts(anatomy, remaining), remainder=remainder),
        )

    def apply(self, model: Model, settings: ExpertPruningSettings, stage: Stage) -> Model:
        """A model with fewer experts; which stay is remembered in the stage's folder."""
        if settings.criterion == "manual":
            counts, going = experts_of(model.anatomy), named_experts(model.anatomy, settings.by_hand)
            smaller = without_experts(model, going)
            mixes = _staying(counts, going)
            _show(stage, mixes, counts)
            return smaller
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


def remaining_of(anatomy: Anatomy, settings: ExpertPruningSettings) -> int:
    """Experts that each layer keeps, or the layer with the most of them."""
    count = max(experts_of(anatomy).values(), default=0)
    if settings.criterion != "manual":
        return settings.left_of(count, anatomy.expert_groups)
    going = named_experts(anatomy, settings.by_hand)
    return count - min(map(len, going.values()), default=0)


def _problem_by_hand(anatomy: Anatomy, settings: ExpertPruningSettings) -> Problem | None:
    """The problem of experts that are named: a number that no layer has, another number in each layer."""
    counts, going = experts_of(anatomy), named_experts(anatomy, settings.by_hand)
    for name, count in counts.items():
        numbers = going.get(name, ())
        if missing := [number for number in numbers if number >= count]:
            message = f"Expert {missing[0]} does not exist: the layer has {count}, counted from 0"
            return Problem("error", message, where=name, advice="Change 'Experts to remove, by number'")
        if len(numbers) != len(next(iter(going.values()), ())):
            message = "Not all layers would lose the same number of experts"
            return Problem("error", message, where=name, advice="Name equally many for each layer")
        width = count // anatomy.expert_groups
        if len({sum(number // width == group for number in numbers) for group in range(anatomy.expert_groups)}) > 1:
            message = "Not all groups of experts would lose the same number, and routers choose among equal groups"
            return Problem("error", message, where=name, advice="Name equally many of each group")
    return None


def without_experts(model: Model, removed: Mapping[str, Sequence[int]]) -> Model:
    """The model without experts: see `engine.models.fewer_experts.with_fewer_experts`. ``removed``: module of experts
    -> numbers of those that go. Raises `BadInput` for a module or a number that the model does not have, and where
    fewer would be left than each token is sent to."""
    counts = experts_of(model.anatomy)
    for name, gone in removed.items():
        count = counts.get(name, 0)
        if not count or any(number not in range(count) for number in gone):
            raise BadInput(
                "The model does not have the experts that would go",
                where=name,
                why=f"it has {count or 'no'} experts, and {', '.join(map(str, gone))} would go",
                advice="use the model that the plan was made for",
            )
        if count - len(set(gone)) < max(1, model.anatomy.experts_per_token):
            raise BadInput(
                "Too few experts would be left",
                where=name,
                why=f"{len(set(gone))} of {count} would go, each token is sent to {model.anatomy.experts_per_token}",
                advice="remove fewer",
            )
    return with_fewer_experts(model, _staying(counts, removed))


def _staying(counts: Mapping[str, int], removed: Mapping[str, Sequence[int]]) -> dict[str, tuple[Mix, ...]]:
    """Module of experts -> those that stay, each unchanged."""
    return {
        name: tuple(((index, 1.0),) for index in range(count) if index not in removed.get(name, ()))
        for name, count in counts.items()
    }


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
