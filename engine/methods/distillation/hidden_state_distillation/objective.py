"""The loss between what happens inside student and teacher."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import torch
from torch import nn

from engine.architecture.anatomy import Anatomy
from engine.base.errors import BadInput
from engine.methods.distillation.hidden_state_distillation.settings import HiddenStateSettings
from engine.models.model import Model
from engine.numerics.divergences import token_divergences
from engine.numerics.losses import token_losses
from engine.numerics.similarity import hidden_distances, map_divergences, relation_divergences
from engine.training.objective import Batch, Objective, next_tokens, target_indices

IGNORED = -100
_ROLES = {"values": ("v",), "queries_keys_values": ("q", "k", "v")}
_SMALLEST_HEAD = 8
"""Features of a relation head that is chosen automatically, at least."""


class Reading:
    """A network, and what is read of it while it works.

    names: of the modules whose outputs are kept.
    """

    def __init__(self, model: Model, names: Iterable[str], attention: bool) -> None:
        self.module = model.module
        self.predicts = model.anatomy.head is not None
        self._names = tuple(names)
        self._attention = attention

    def __call__(self, batch: Batch) -> tuple[dict[str, torch.Tensor], Any]:
        """Outputs of the modules by name, and what the network gives."""
        inputs: dict[str, Any] = {key: batch[key] for key in ("input_ids", "attention_mask") if key in batch}
        if self.predicts:
            inputs["use_cache"] = False
        if self._attention:
            inputs["output_attentions"] = True
        outputs: dict[str, torch.Tensor] = {}

        def keep(name: str) -> Any:
            def hook(_: nn.Module, __: Any, output: Any) -> None:
                outputs[name] = output[0] if isinstance(output, tuple) else output

            return hook

        hooks = [self.module.get_submodule(name).register_forward_hook(keep(name)) for name in self._names]
        try:
            output = self.module(**inputs)
        finally:
            for hook in hooks:
                hook.remove()
        return outputs, output


class HiddenStateObjective(Objective):
    """The weighted sum of all that was chosen, each a mean over the tokens that count and over the pairs of layers.

    Raises `BadInput` for pairs of layers that are not there and projections that can't be compared.
    """

    def __init__(
        self, student: Model, teacher: Model, settings: HiddenStateSettings, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.student = student.module
        self._settings = settings
        self._pairs = _pairs(student.anatomy, teacher.anatomy, settings)
        self._layers = tuple((student.anatomy.layers[s].name, teacher.anatomy.layers[t].name) for s, t in self._pairs)
        self._linears = self._projections(student.anatomy, teacher.anatomy)
        self._heads = _relation_heads(student.anatomy, teacher.anatomy, settings, self._linears)
        mine, theirs = (
            [pair[side] for pair in (*self._layers, *((x[0].name, x[1].name) for x in self._linears))]
            for side in (0, 1)
        )
        attention = settings.attention_weight > 0
        self._student, self._teacher = Reading(student, mine, attention), Reading(teacher, theirs, attention)
        self.projections = _projections(student.anatomy, teacher.anatomy, settings, len(self._pairs), generator)

    def target_count(self, batch: Batch) -> int:
        """Tokens that count."""
        return int(self._valid(batch).sum())

    @property
    def watched(self) -> nn.Module | None:
        """The student."""
        return self.student

    def forward(self, batch: Batch) -> Mapping[str, torch.Tensor]:
        """``loss`` and each part of it before it is weighted."""
        with torch.no_grad():
            theirs, their_output = self._teacher(batch)
        mine, output = self._student(batch)
        valid = self._valid(batch)
        count = valid.sum().clamp(min=1)
        terms: dict[str, torch.Tensor] = {}
        weights: dict[str, float] = {}
        for name, weight, values in self._parts(batch, mine, theirs, output, their_output):
            terms[name] = terms.get(name, torch.zeros((), device=valid.device)) + (values * valid).sum() / count
            weights[name] = weight
        if self._student.predicts:
            predicted = self._predictions(batch, output, their_output)
            terms |= {name: values.sum() / count for name, (_, values) in predicted.items()}
            weights |= {name: weight for name, (weight, _) in predicted.items()}
        loss = torch.stack([terms[name] * weight for name, weight in weights.items() if weight]).sum()
        return {"loss": loss, **terms}

    def _valid(self, batch: Batch) -> torch.Tensor:
        """Bool (samples, length): where the next token is learned; for encoders, each token that is not padding."""
        labels = batch["labels"]
        if not self._student.predicts:
            return labels != IGNORED
        valid = labels.roll(-1, 1) != IGNORED
        valid[:, -1] = False
        return valid

    def _parts(
        self,
        batch: Batch,
        mine: dict[str, torch.Tensor],
        theirs: dict[str, torch.Tensor],
        output: Any,
        their_output: Any,
    ) -> Iterator[tuple[str, float, torch.Tensor]]:
        """Name, weight and values (samples, length) of everything that is compared."""
        settings, pairs = self._settings, len(self._pairs)
        if settings.hidden_loss != "none":
            for index, (student, teacher) in enumerate(self._layers):
                state = self.projections[index](mine[student]) if self.projections else mine[student]
                yield (
                    "hidden",
                    settings.hidden_weight,
                    hidden_distances(theirs[teacher], state, settings.hidden_loss) / pairs,
                )
        mask = batch["attention_mask"].bool() if "attention_mask" in batch else None
        for here, there in self._linears:
            values = relation_divergences(theirs[there.name], mine[here.name], self._heads, mask)
            yield "relations", settings.relation_weight, values / len(self._linears)
        if settings.attention_weight:
            for here_index, there_index in self._pairs:
                maps = _map(their_output, there_index), _map(output, here_index)
                yield "attention", settings.attention_weight, map_divergences(*maps) / pairs

    def _predictions(self, batch: Batch, output: Any, their_output: Any) -> dict[str, tuple[float, torch.Tensor]]:
        """Weight and values of the losses of logits."""
        rows, logits = target_indices(batch), output.logits.flatten(0, 1)
        losses: dict[str, tuple[float, torch.Tensor]] = {}
        if self._settings.cross_entropy_weight or not self.training:
            targets = next_tokens(batch)
            losses["cross_entropy"] = (
                self._settings.cross_entropy_weight,
                token_losses(logits, targets, rows=rows),
            )
        if self._settings.kl_weight:
            reference = their_output.logits.flatten(0, 1)
            losses["kl"] = self._settings.kl_weight, token_divergences(reference, logits, rows=rows)
        return losses

    def _projections(self, student: Anatomy, teacher: Anatomy) -> list[tuple[Any, Any]]:
        """The linears whose outputs' relations are compared."""
        pairs_of_linears = []
        for role in _ROLES.get(self._settings.relations, ()):
            for pair in self._pairs:
                sides = []
                for anatomy, layer, who in ((student, pair[0], "student"), (teacher, pair[1], "teacher")):
                    linear = next((x for x in anatomy.layers[layer].linears if x.role == role), None)
                    if linear is None:
                        raise fused(anatomy.layers[layer].name, who)
                    sides.append(linear)
                pairs_of_linears.append((sides[0], sides[1]))
        return pairs_of_linears


def fused(layer: str, who: str) -> BadInput:
    """The sentence for attention whose queries, keys and values come out of one matrix."""
    return BadInput(
        "The relations of tokens can't be compared",
        where=f"{layer} of the {who}",
        why="its attention has no separate query, key and value layers",
        advice="choose hidden states or attention maps",
    )


def _pairs(student: Anatomy, teacher: Anatomy, settings: HiddenStateSettings) -> tuple[tuple[int, int], ...]:
    counts = len(student.layers), len(teacher.layers)
    if not teacher.layers:
        raise BadInput("The teacher's layers are not recognized", why=teacher.why_unknown)
    pairs = settings.layer_pairs(*counts)
    for pair in pairs:
        if any(layer >= count for layer, count in zip(pair, counts, strict=True)):
            raise BadInput(
                "There are no such layers",
                where=f"{pair[0]}:{pair[1]}",
                why=f"the student has {counts[0]}, the teacher {counts[1]}",
                advice="write student:teacher, numbers beginning with 0",
            )
    return pairs


def _relation_heads(
    student: Anatomy, teacher: Anatomy, settings: HiddenStateSettings, linears: list[tuple[Any, Any]]
) -> int:
    widths = sorted({side.out_features for pair in linears for side in pair})
    chosen = settings.relation_heads
    if chosen and any(width % chosen for width in widths):
        common = math.gcd(*widths)
        raise BadInput(
            "The relation heads do not divide the widths",
            why=f"{chosen} heads, widths {', '.join(map(str, widths))}",
            advice=f"choose a divisor of {common}",
        )
    most = max(student.heads, teacher.heads)
    fitting = (h for h in range(most, 0, -1) if all(w % h == 0 and w // h >= _SMALLEST_HEAD for w in widths))
    return chosen or next(fitting, 1)


def _projections(
    student: Anatomy,
    teacher: Anatomy,
    settings: HiddenStateSettings,
    count: int,
    generator: torch.Generator,
) -> nn.ModuleList:
    """One for each pair of layers whose widths differ; none where they agree."""
    if settings.hidden_loss == "none" or student.hidden_size == teacher.hidden_size:
        return nn.ModuleList()
    shape = (student.hidden_size, teacher.hidden_size)
    linears = nn.ModuleList(nn.Linear(*shape, bias=False, device="meta").to_empty(device="cpu") for _ in range(count))
    for linear in linears:
        assert isinstance(linear, nn.Linear)
        nn.init.xavier_uniform_(linear.weight, generator=generator)
    return linears


def _map(output: Any, layer: int) -> torch.Tensor:
    maps = getattr(output, "attentions", None)
    if not maps or maps[layer] is None:
        raise BadInput("This model does not tell its attention maps", advice="choose hidden states or relations")
    attention_map: torch.Tensor = maps[layer]
    return attention_map


@contextlib.contextmanager
def with_eager_attention(*models: Model) -> Iterator[None]:
    """While the block runs, attention is computed so that its maps can be seen: slower, and with more memory."""
    before = [(model.module, model.module.config._attn_implementation) for model in models]  # type: ignore[union-attr]
    for module, _ in before:
        module.set_attn_implementation("eager")  # type: ignore[operator]
    try:
        yield
    finally:
        for module, name in before:
            module.set_attn_implementation(name)  # type: ignore[operator]
