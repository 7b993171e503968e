"""Which methods of a survey can work on its model: the others are left out before anything is spent."""

from __future__ import annotations

from engine.contracts.problem import Problem
from engine.pipeline.document import Pipeline
from engine.pipeline.survey import without_refused
from engine.run.estimate import check
from engine.run.home import Home


def fitting(pipeline: Pipeline, *, home: Home, device: str | None = None) -> tuple[Pipeline, list[Problem]]:
    """The survey without the blocks that can't work on the model, and why not; from headers alone. Raises `BadInput`
    where nothing is left, or where the model itself is wrong."""
    return without_refused(pipeline, check(pipeline, home=home, device=device, quick=True).problems)
