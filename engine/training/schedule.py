"""Learning rates by step."""

from __future__ import annotations

import math

from engine.training.settings import TrainingSettings


def rate(settings: TrainingSettings, step: int) -> float:
    """Share of the highest learning rate in step ``step`` (0 is the first).

    It rises linearly over the first ``warmup_ratio`` of the steps, whose last has the full rate, then stays, or goes
    down linearly or as half a cosine (Loshchilov and Hutter 2016, eq. 5) towards ``min_lr_ratio``, which the step after
    the last would have.
    """
    rising = round(settings.warmup_ratio * settings.steps)
    if step < rising:
        return (step + 1) / rising
    if settings.lr_scheduler_type == "constant":
        return 1.0
    done = (step - rising) / max(1, settings.steps - rising)
    remaining = 1.0 - done if settings.lr_scheduler_type == "linear" else 0.5 * (1.0 + math.cos(math.pi * done))
    return settings.min_lr_ratio + (1.0 - settings.min_lr_ratio) * remaining
