"""Choice of experts that stay, and of experts that are merged into them: from one walk through the layers."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from engine.base.errors import BadInput
from engine.calibration.order import report_expert_coverage
from engine.calibration.routing import Routed, experts_in, output_of, routing
from engine.calibration.walk import BATCH_TOKENS, LayerStep, compute_dtype_of, walk
from engine.methods.pruning.expert_pruning.settings import ExpertPruningSettings
from engine.models.fewer_experts import Mix
from engine.models.model import Model
from engine.models.stage import Stage
from engine.numerics.experts import Saliency, best_experts, best_over_layers, nearest_experts, shares

COMPARED = 512
"""Tokens that all experts of a layer are given, to see whose outputs are alike."""


def measured(
    model: Model, settings: ExpertPruningSettings, stage: Stage, tokens: torch.Tensor
) -> dict[str, tuple[Mix, ...]]:
    """The experts that stay, by module of experts: see `stats_of`."""
    stats = stats_of(model, settings, stage, tokens)
    return _chosen(stats, settings, model.anatomy.expert_groups, model.anatomy.experts_per_token)


def scores_of(
    model: Model, settings: ExpertPruningSettings, stage: Stage, tokens: torch.Tensor
) -> dict[str, torch.Tensor]:
    """Worth of the experts, (experts,) by module: see `stats_of`."""
    return {name: stats.scores for name, stats in stats_of(model, settings, stage, tokens).items()}


def stats_of(
    model: Model, settings: ExpertPruningSettings, stage: Stage, tokens: torch.Tensor
) -> dict[str, ExpertStats]:
    """Statistics of the experts after a walk over ``tokens``, by module. Each layer gets the outputs of the whole
    layers before it, as in the paper. One layer is in memory at a time."""
    stats: dict[str, ExpertStats] = {}
    drawn: dict[str, list[float]] = {}
    reached: dict[str, int] = {}
    generator = stage.generator("experts")
    for step in walk(
        model,
        stage,
        tokens,
        batch=max(1, BATCH_TOKENS // settings.sequence_length),
        compute_dtype=compute_dtype_of(settings.compute_dtype, stage.device),
        store=False,
        span=(0.0, 0.9),
    ):
        for name, count in experts_in(model, step.layer.name).items():
            saliency, outputs = expert_stats(step, name, count, settings.removed == "merged")
            at_random = torch.rand(count, generator=generator, dtype=torch.float64)
            scores = at_random if settings.criterion == "random" else saliency.scores(settings.criterion)
            stats[name] = ExpertStats(scores, saliency.tokens, outputs)
            drawn[name] = (scores / scores.max().clamp_min(1e-30)).tolist()
            reached |= {f"{name}.{index}": int(n) for index, n in enumerate(saliency.tokens)}
    report_expert_coverage(stage, reached, len(tokens), "experts", "which go first")
    stage.grid(
        "Importance",
        "experts",
        list(drawn.values()),
        row_title="layer",
        column_title="expert",
        rows=list(drawn),
        low=0.0,
    )
    return stats


@dataclass(frozen=True)
class ExpertStats:
    """Of a module's E experts: scores (E,), the tokens that reached them (E,), outputs (E, features) to merge by."""

    scores: torch.Tensor
    tokens: torch.Tensor
    outputs: torch.Tensor | None


def _chosen(
    stats: dict[str, ExpertStats], settings: ExpertPruningSettings, groups: int, least: int
) -> dict[str, tuple[Mix, ...]]:
    scores = [experts.scores for experts in stats.values()]
    counts = [settings.left_of(len(values), groups) for values in scores]
    if settings.is_stock:
        staying = [best_experts(values, count, groups) for values, count in zip(scores, counts, strict=True)]
    else:
        staying = best_over_layers(scores, sum(counts), max(1, least))
    mixes: dict[str, tuple[Mix, ...]] = {}
    for (name, experts), stay in zip(stats.items(), staying, strict=True):
        nearest = {} if experts.outputs is None else nearest_experts(experts.outputs, stay, groups)
        mixes[name] = tuple(shares(stay, nearest, experts.tokens))
    return mixes


def expert_stats(step: LayerStep, name: str, count: int, compare: bool) -> tuple[Saliency, torch.Tensor | None]:
    """The saliency of a module's experts over all batches; with ``compare`` the mean of what each makes of the same
    tokens too, (experts, features)."""
    module = step.model.get(name)
    saliency = Saliency(count)
    sums: list[torch.Tensor] = []
    seen = 0

    def on_routed(_: str, routed: Routed | None) -> None:
        nonlocal seen
        if routed is None:
            raise BadInput(
                "The experts can't be judged",
                where=name,
                why="this network hands every expert all tokens, not those that its router chose",
                advice="choose another method",
            )
        for expert in sorted(set(routed.chosen.flatten().tolist())):
            token, weights = routed.of(expert)
            saliency.add(expert, weights, output_of(module, expert, routed.hidden[token]))
        if compare and seen < COMPARED:
            some = routed.hidden[: COMPARED - seen]
            seen += len(some)
            sums.append(torch.stack([output_of(module, expert, some).float().sum(0) for expert in range(count)]).cpu())

    with routing(step.model, [name], on_routed):
        for index in range(len(step.hidden)):
            step.stage.checkpoint()
            step.output(index)
    return saliency, torch.stack(sums).sum(0) / seen if sums else None
