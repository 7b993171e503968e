"""One-shot pruning, layer by layer. What stays: `engine.numerics.pruning`."""

from __future__ import annotations

import functools
from collections.abc import Collection

import torch

from engine.architecture.anatomy import Anatomy, Linear
from engine.base.errors import BadInput
from engine.calibration.statistics import Energy, Gram
from engine.calibration.tokens import calibration_tokens
from engine.calibration.walk import BATCH_TOKENS, InputGroup, calibrate, compute_dtype_of
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.contracts.problem import Estimate, Problem
from engine.measure.machine import operations_per_second
from engine.methods.costs.bytes import artifact_bytes, loaded_bytes, sparse_layers
from engine.methods.costs.primitives import PRUNING_SCORES, SECOND_ORDER_PRUNING, Walk
from engine.methods.pruning.one_shot_pruning.settings import SOLVING, OneShotPruningSettings
from engine.methods.shared.layers import chosen, layer_values, layers_only, not_recognized, pattern_problems
from engine.methods.shared.report import report_damping
from engine.models.layer import LinearLayer, refusing, stacked_masks
from engine.models.model import Model
from engine.models.stage import Stage
from engine.modules.low_rank import LowRankLinear
from engine.numerics import pruning
from engine.numerics.pruning import Pattern, Within, mask_of


class OneShotPruning:
    """The algorithm."""

    def check(self, anatomy: Anatomy, settings: OneShotPruningSettings) -> list[Problem]:
        """Nothing to prune, patterns that mean nothing or do not fit, a model whose layers can't be walked through."""
        exceptions = [pattern for pattern, _ in layer_values(settings.layer_sparsity)]
        problems = pattern_problems(anatomy, [*settings.ignore, *exceptions])
        if settings.criterion.statistic != "none" and not anatomy.layers:
            return [*problems, not_recognized(anatomy, "Pruning by magnitude needs no calibration")]
        if settings.comparison_group == "block" and settings.score not in SOLVING:
            message = f"{settings.criterion.name} has no blocks of inputs: it judges all weights at once"
            problems.append(Problem("error", message, advice="Compare the weights of the layer or of one output"))
        linears = targets(anatomy, settings)
        if not linears:
            problems.append(
                Problem("error", "There is nothing to prune: no linear layer is left", advice="Leave fewer")
            )
        misfits = [linear for linear in linears.values() if linear.in_features % settings.neighbors]
        if misfits:
            first, more = misfits[0], f" (and {len(misfits) - 1} more)" if len(misfits) > 1 else ""
            problems.append(
                Problem(
                    "error",
                    f"{first.name}{more} has {first.in_features} inputs, not a multiple of {settings.neighbors}",
                    where=first.name,
                    advice="Prune unstructured, or leave it alone",
                )
            )
        return problems

    def targets(self, anatomy: Anatomy, settings: OneShotPruningSettings) -> Collection[str]:
        """See `engine.methods.base.Targeting`."""
        return targets(anatomy, settings)

    def estimate(
        self, header: CheckpointHeader, anatomy: Anatomy, settings: OneShotPruningSettings, device: torch.device
    ) -> Estimate:
        """A bit for each weight and the weights that stay; memory of a layer, its hidden states and Gram matrices."""
        linears = targets(anatomy, settings)
        kept_weights = {name: _kept_weights(linear, settings) for name, linear in linears.items()}
        disk = artifact_bytes(header, anatomy, sparse_layers(header, linears, kept_weights))
        layer = sum(loaded_bytes(info) for info in header.tensors) // max(1, len(anatomy.layers))
        weights = sum(float(x.in_features * x.out_features) for x in linears.values())
        statistic = settings.criterion.statistic
        if statistic == "none":
            return Estimate(disk, 3 * layer, 10 * 20.0 * weights / operations_per_second(str(device)))
        walk = Walk.of(settings, SECOND_ORDER_PRUNING if statistic == "gram" else PRUNING_SCORES)
        return Estimate(disk, walk.memory(header, anatomy, device), walk.seconds(linears.values(), device))

    def apply(self, model: Model, settings: OneShotPruningSettings, stage: Stage) -> Model:
        """Prune in place. RunFailed names a layer with a NaN, BadInput one that can't be pruned."""
        run = PruningRun(model, settings, stage)
        if settings.criterion.statistic == "none":
            for part in stage.parts(model):
                for linear in part.linears:
                    stage.checkpoint()
                    run.by_score(linear, None)
            return model
        walked = functools.partial(
            calibrate,
            model,
            stage,
            calibration_tokens(model, settings, stage).to(stage.device),
            batch=max(1, BATCH_TOKENS // settings.sequence_length),
            compute_dtype=compute_dtype_of(settings.compute_dtype, stage.device),
            targets=run.targets,
        )
        if settings.criterion.statistic == "energy":
            return walked(statistic=functools.partial(Energy, device=stage.device), on_group=run.by_input_group)
        return walked(statistic=functools.partial(Gram, device=stage.device), on_group=run.second_order)


def targets(anatomy: Anatomy, settings: OneShotPruningSettings) -> dict[str, Linear]:
    """The linears that are pruned, by name."""
    return chosen(anatomy if settings.criterion.statistic == "none" else layers_only(anatomy), settings.ignore)


def pattern_of(linear: Linear, settings: OneShotPruningSettings) -> Pattern:
    """The pattern and share of its weights that go."""
    return Pattern.of(settings.pattern, settings.sparsity_of(linear))


def within_of(settings: OneShotPruningSettings) -> Within:
    """The group of weights that are compared with each other."""
    if settings.comparison_group == "auto":
        return settings.criterion.group
    return settings.comparison_group


def _kept_weights(linear: Linear, settings: OneShotPruningSettings) -> int:
    share = 1 - pattern_of(linear, settings).share
    if settings.pattern == "unstructured" and within_of(settings) == "row":
        return linear.out_features * round(linear.in_features * share)
    return round(linear.out_features * linear.in_features * share)


class PruningRun:
    """Prunes layer after layer."""

    def __init__(self, model: Model, settings: OneShotPruningSettings, stage: Stage) -> None:
        self.model, self.settings, self.stage = model, settings, stage
        self.targets = targets(model.anatomy, settings)
        self.within = within_of(settings)

    def by_input_group(self, input_group: InputGroup[Energy]) -> None:
        """Those with the smallest scores go from each layer of an input group."""
        for linear in input_group.linears:
            self.by_score(linear, input_group.statistic.sum)

    def by_score(self, linear: Linear, energy: torch.Tensor | None) -> None:
        """Those with the smallest scores go. ``energy``: sum of squares of each input, None where the score needs
        none."""
        if linear.name in self.targets:
            weight, alive = self._weight(linear)
            formula = getattr(pruning, self.settings.criterion.formula)
            self._simple(linear, weight, formula(weight, energy), alive)

    def second_order(self, input_group: InputGroup[Gram]) -> None:
        """The layers of an input group that lose the same share in one walk over their inputs: what stays makes up for
        what goes."""
        alike: dict[Pattern, list[Linear]] = {}
        for linear in input_group.linears:
            if linear.name in self.targets:
                alike.setdefault(pattern_of(linear, self.settings), []).append(linear)
        for pattern, linears in alike.items():
            self._solved(linears, input_group.statistic, pattern)

    def _solved(self, linears: list[Linear], gram: Gram, pattern: Pattern) -> None:
        pieces = [self._weight(linear)[0] for linear in linears]
        outputs = [linear.out_features for linear in linears]
        stacked = torch.cat(pieces) if len(pieces) > 1 else pieces[0]
        weights = torch.split(stacked, outputs)  # views: no weight is there twice
        names = ", ".join(linear.name for linear in linears)
        with refusing("pruned", names):
            solution = getattr(pruning, self.settings.criterion.formula)(
                stacked,
                gram.matrix(),
                pattern,
                self.within,
                damping=self.settings.damping,
                act_order=self.settings.act_order,
                alive=stacked_masks([LinearLayer(self.model, linear) for linear in linears]),
                layers=outputs,
            )
        report_damping(self.stage, names, self.settings.damping, solution.damping, "pruned by weight and input")
        pruned, masks = torch.split(solution.weight, outputs), torch.split(solution.mask, outputs)
        for linear, weight, after, mask in zip(linears, weights, pruned, masks, strict=True):
            self._replace(linear, weight, after, mask, output_error=solution.error)

    def _simple(self, linear: Linear, weight: torch.Tensor, scores: torch.Tensor, alive: torch.Tensor | None) -> None:
        with refusing("pruned", linear.name):
            mask = mask_of(scores, pattern_of(linear, self.settings), self.within, alive)
        self._replace(linear, weight, weight * mask, mask)

    def _weight(self, linear: Linear) -> tuple[torch.Tensor, torch.Tensor | None]:
        """The weight (out, in) in float32, and where weights are left of it if it was pruned before."""
        layer = LinearLayer(self.model, linear)
        if isinstance(layer.module, LowRankLinear):
            raise BadInput("A factorized layer can't be pruned", where=linear.name, advice="prune first")
        weight, mask = layer.weight.float(), layer.mask
        return weight, None if mask is None else mask.to(weight.device)

    def _replace(
        self, linear: Linear, before: torch.Tensor, after: torch.Tensor, mask: torch.Tensor, **more: float
    ) -> None:
        """Replace a layer by the pruned one, in the dtypes of the file, and report it."""
        layer = LinearLayer(self.model, linear)
        module = layer.sparse(after, mask)
        module.cache_dense_weight(torch.float32)
        layer.replace(module)
        sizes = {"bits_per_weight": module.bits() / before.numel(), "sparsity": 1 - module.kept / before.numel()}
        layer.report(self.stage, before, module.matrix(), **sizes, **more)
