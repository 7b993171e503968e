"""Width pruning: see what each part says on a text, keep what says most, slice the model."""

from __future__ import annotations

import torch

from engine.architecture.anatomy import Anatomy
from engine.base.errors import BadInput
from engine.calibration.tokens import calibration_tokens
from engine.checkpoints import checksum
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.contracts.problem import Estimate, Problem
from engine.methods.costs.bytes import artifact_bytes, loaded_bytes
from engine.methods.costs.primitives import Walk
from engine.methods.pruning.common.target_shape import expected_shape, headers_of_target, shape_problem, target_shape
from engine.methods.pruning.width_pruning.by_hand import Removed
from engine.methods.pruning.width_pruning.importance import Importance, chosen, measured
from engine.methods.pruning.width_pruning.settings import WidthPruningSettings
from engine.methods.shared.cutting import cut
from engine.methods.shared.layers import matches_name
from engine.methods.shared.report import binned
from engine.models.model import Model
from engine.models.slicing import Kept, Shape, sliced, widths_problem
from engine.models.stage import Stage


class WidthPruning:
    """The algorithm."""

    def check(self, anatomy: Anatomy, settings: WidthPruningSettings) -> list[Problem]:
        """Only decoders with the known seven linears; the target has to be smaller and fit the heads."""
        why = widths_problem(anatomy)
        if why:
            message = f"The model can't be made narrower: {why}"
            return [Problem("error", message, advice="Depth pruning cuts any model")]
        if settings.target == "manual":
            return _problems_by_hand(anatomy, settings)
        if settings.target == "budget" and settings.budget_unit in ("milliseconds", "megabytes"):
            return []
        try:
            shape = expected_shape(anatomy, settings)
        except BadInput as error:
            return [Problem.of(error)]
        why = "" if shape is None else shape_problem(Shape.of(anatomy), shape)
        return [Problem("error", f"The target does not fit: {why}", advice="Choose a smaller one")] if why else []

    def estimate(
        self, header: CheckpointHeader, anatomy: Anatomy, settings: WidthPruningSettings, device: torch.device
    ) -> Estimate:
        """The tensors in the new shape; memory of a layer and the hidden states; the time of one pass."""
        whole = sum(loaded_bytes(info) for info in header.tensors)
        smaller = self.reshaped(header, anatomy, settings)
        disk = whole if smaller is None else artifact_bytes(*smaller, {}, all_change=True)
        walk = Walk.of(settings, states=2)
        seconds = 0.0 if settings.target == "manual" else walk.seconds(anatomy.linears, device)
        return Estimate(disk, walk.memory(header, anatomy, device), seconds)

    def reshaped(
        self, header: CheckpointHeader, anatomy: Anatomy, settings: WidthPruningSettings
    ) -> tuple[CheckpointHeader, Anatomy] | None:
        """See `headers_of_target`."""
        if settings.target == "manual":
            fits = not any(problem.severity == "error" for problem in self.check(anatomy, settings))
            return cut(header, anatomy, _by_hand(anatomy, settings).shape(anatomy)) if fits else None
        return headers_of_target(header, anatomy, settings)

    def apply(self, model: Model, settings: WidthPruningSettings, stage: Stage) -> Model:
        """A model of exactly the target shape; what stays is remembered in the stage's folder."""
        if settings.target == "manual":
            staying = _by_hand(model.anatomy, settings).staying(model.anatomy)
            show_masks(stage, staying, Shape.of(model.anatomy))
            return sliced(model, staying, stage)
        memory = stage.folder / "kept.json"
        after = target_shape(model, settings, stage, settings.sequence_length)
        stored = checksum.load_values(memory, stage.log)
        if stored is None:
            tokens = calibration_tokens(model, settings, stage, at_random=True).to(stage.device)
            importance = measured(model, settings, stage, tokens)
            _draw(stage, importance)
            stored = chosen(importance, model.anatomy, after).plain()
            checksum.save_values(memory, stored)
        staying = Kept.of(stored)
        show_masks(stage, staying, Shape.of(model.anatomy))
        return sliced(model, staying, stage)


def _by_hand(anatomy: Anatomy, settings: WidthPruningSettings) -> Removed:
    return Removed.named(anatomy, settings.heads_by_hand, settings.channels_by_hand)


def _problems_by_hand(anatomy: Anatomy, settings: WidthPruningSettings) -> list[Problem]:
    """Patterns that mean no layer, numbers that a layer does not have, and a shape that no config can name."""
    names = [layer.name for layer in anatomy.layers]
    problems = [
        Problem("warning", f"No decoder layer is called '{pattern}'", advice=f"They are called {names[0]} and so on")
        for pattern, _ in (*settings.heads_by_hand, *settings.channels_by_hand)
        if not any(matches_name(name, pattern) for name in names)
    ]
    try:
        if _by_hand(anatomy, settings).shape(anatomy) == Shape.of(anatomy):
            problems.append(Problem("error", "No head or channel would go", advice="Name some"))
    except BadInput as error:
        problems.append(Problem.of(error))
    return problems


def _draw(stage: Stage, importance: Importance) -> None:
    """Draw the importance of all structures, each layer as a share of its largest."""
    for series, rows in (("heads", importance.heads), ("inner", importance.inner), ("hidden", importance.hidden)):
        stacked = torch.stack(rows)
        values = binned(stacked / stacked.amax(1, keepdim=True).clamp_min(1e-30)).tolist()
        stage.grid("Importance", series, values, row_title="layer", column_title=series, low=0.0, high=1.0)
    places = list(range(len(importance.layers)))
    stage.curve(
        "Block influence", "1 − cos", places, importance.layers, x_title="layer", y_title="influence", log_y=True
    )


def show_masks(stage: Stage, staying: Kept, before: Shape) -> None:
    """The map of what stays."""

    def row(index: torch.Tensor | None, size: int) -> torch.Tensor:
        return torch.ones(size) if index is None else torch.zeros(size).index_fill_(0, index, 1.0)

    layers = staying.layers or range(before.layers)
    maps: dict[str, torch.Tensor] = {}
    if staying.hidden is not None:
        maps["hidden"] = row(staying.hidden, before.hidden)[None]
    for series, values, size in (("heads", staying.heads, before.heads), ("inner", staying.inner, before.inner)):
        if values is not None:
            maps[series] = torch.stack(
                [row(values[i], size) if i in layers else torch.zeros(size) for i in range(before.layers)]
            )
    if staying.layers is not None:
        maps["layers"] = torch.tensor([[float(index in layers)] for index in range(before.layers)])
    for series, rows in maps.items():
        title = "" if series == "hidden" else "layer"
        stage.grid("Masks", series, binned(rows).tolist(), row_title=title, column_title=series, low=0.0, high=1.0)
