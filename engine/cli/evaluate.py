"""``evaluate MODEL --tasks …``: scores on tasks, with standard errors."""

from __future__ import annotations

import argparse
import dataclasses

from engine.base.files import expanded
from engine.checkpoints.consent import trusting
from engine.cli.output import say
from engine.cli.running import job, print_json
from engine.contracts.tasks import score_text, scores_in
from engine.record.folder import PIPELINE
from engine.record.history import History
from engine.record.home import Home
from engine.service.terminal import table


def evaluate(arguments: argparse.Namespace) -> int:
    """Score a model by any of its names, or a result of a run."""
    from engine.devices import computing_on
    from engine.models.source import open_model
    from engine.run.environment import pick_device
    from engine.service.task_scores import measure_tasks, tasks_of

    home = Home.default()
    tasks_of(arguments.tasks)
    name = _model_of(arguments.model, arguments.block, home)
    with (
        trusting(arguments.trust_remote_code),
        job(arguments, "Evaluate") as (progress, control),
        computing_on(device := pick_device(arguments.device)),
    ):
        measured = measure_tasks(
            open_model(name),
            arguments.tasks,
            cache=home.cache,
            limit=arguments.limit,
            device=device,
            dtype=arguments.dtype,
            progress=progress,
            checkpoint=control.checkpoint,
        )
    if arguments.json:
        print_json(arguments, model=name, **dataclasses.asdict(measured))
        return 0
    rows = [
        (task, metric, score_text(score), str(result.items or ""))
        for task, result in scores_in(measured.details).items()
        for metric, score in result.scores.items()
    ]
    say(table(("Task", "Metric", "Score", "Records"), rows, numeric=False))
    return 0


def _model_of(name: str, block: str | None, home: Home) -> str:
    """The artifact of a run by its id or folder, else the model itself."""
    from engine.service.jobs import artifact_of

    with History.open(home) as history:
        is_run = (expanded(name) / PIPELINE).is_file() or history.folder_of(name) is not None
    return str(artifact_of(name, home, block)) if is_run or block is not None else name
