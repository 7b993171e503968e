"""A model of a size: ``fit MODEL --size 60MB --target gguf --out DIR``."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.base.errors import StudioError
from engine.base.files import write_text
from engine.base.human import bytes_text
from engine.cli.output import note, say
from engine.cli.running import check_new_folder, exported, finish, finish_without_export, is_first, run_pipeline
from engine.fit.words import guard_text, loss_text, memory_text, prediction_text, removed_text, speed_text
from engine.pipeline.document import Evaluation
from engine.pipeline.fitting import FIT, fit_pipeline

if TYPE_CHECKING:
    from engine.fit.plan_file import PlanFile


def fit(arguments: argparse.Namespace) -> int:
    """Measure sensitivities, spread the bytes, build, compare with uniform models, export with the plan."""
    check_new_folder(Path(arguments.out))
    evaluation = {
        "window_size": arguments.window_size,
        "num_windows": arguments.num_windows,
        "generation": arguments.generation,
    }
    if arguments.evaluate:
        evaluation["text"] = arguments.evaluate
    chosen = {
        "formats": arguments.formats,
        "max_minutes": arguments.within,
        "context": arguments.context,
        "tokens_per_second": arguments.tokens_per_second,
    }
    pipeline = fit_pipeline(
        arguments.model,
        arguments.size,
        arguments.target,
        allow=arguments.allow,
        plan=arguments.plan or "",
        locks=arguments.lock,
        heal=arguments.heal,
        text=arguments.text,
        evaluation=Evaluation.parse(evaluation, where="evaluation"),
        seed=arguments.seed,
        preset=arguments.preset,
        settings={name: value for name, value in chosen.items() if value},
    )
    outcome = run_pipeline(pipeline, arguments)
    if outcome.status != "done" or not is_first():
        return finish(outcome, arguments)
    from engine.record.budgets import plan_file_of

    file = plan_file_of(outcome.report)
    arguments.format, arguments.option = file.plan.target, []
    try:
        verified = exported(Path(outcome.report["stages"][-1]["artifact"]), arguments)
        written = _write_plan(file, outcome.report, Path(arguments.out))
    except StudioError as error:
        return finish_without_export(outcome, arguments, error)
    status = finish(outcome, arguments, verified)
    if not arguments.json:
        for line in summary(file, arguments.context):
            say(line)
        note(f"Plan: {', '.join(written)}")
    return max(status, 0 if verified.ok else 1)


def _write_plan(file: PlanFile, report: dict[str, Any], folder: Path) -> list[str]:
    """Write the plan, and the same for other programs; gives the names of the files."""
    from engine.fit.depth import plan_in_file
    from engine.fit.plan_file import NAME
    from engine.fit.recipes import recipes
    from engine.methods.quantization.gguf_quants.mixes import tensor_names
    from engine.models.source import open_model

    stage = next(stage for stage in report["stages"] if stage["method"] == FIT)
    tensors = tensor_names(open_model(stage["artifact"]).anatomy)
    file.write(folder / NAME)
    others = recipes(*plan_in_file(file.problem, file.plan), tensors, stage["settings"]["group_size"])
    for name, text in others.items():
        write_text(folder / name, text)
    return [NAME, *others]


def summary(file: PlanFile, context: int = 0) -> list[str]:
    """Sentences: the size, the loss as predicted and as measured, what became of the layers, what would help most.
    ``context``: tokens whose keys and values were to fit too."""
    from engine.fit.advice import advice
    from engine.fit.factored import option_title

    plan, counts = file.plan, Counter(file.plan.choices.values())
    chosen = ", ".join(f"{count} × {option_title(option)}" for option, count in counts.most_common())
    measured = file.measured.get("kl_divergence")
    after = "" if measured is None else f", measured {loss_text(measured)} nats"
    return [
        f"Size: {bytes_text(plan.bytes)} of {bytes_text(plan.budget)} allowed",
        *filter(None, [memory_text(file.problem, plan, context), speed_text(file.problem, plan)]),
        f"Units: {chosen}",
        *filter(None, [f"Removed: {gone}" if (gone := removed_text(file.problem)) else ""]),
        f"KL divergence: predicted {prediction_text(plan.predicted)}{after}",
        *filter(None, [guard_text(file.guard)]),
        *(f"{'More' if one.way == 'up' else 'Less'}: {one.text}" for one in advice(file.problem, plan, count=2)),
    ]
