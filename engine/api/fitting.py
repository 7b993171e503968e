"""Models of a size: the plan, the model that was built from it, and advice."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from engine.api.arguments import evaluation_of
from engine.api.names import PathLike, home_of
from engine.api.result import Result
from engine.api.running import run_pipeline
from engine.contracts.budget import BudgetProblem, Plan, Target
from engine.contracts.events import Event
from engine.data.texts import BUNDLED
from engine.fit.plan_file import PlanFile
from engine.fit.size import bytes_of
from engine.fit.solver import Solver
from engine.pipeline.document import Evaluation
from engine.pipeline.fitting import fit_pipeline
from engine.record.budgets import plan_file_of
from engine.record.home import Home
from engine.run.argument_checks import path_of
from engine.run.passed_texts import Texts, named


@dataclass(frozen=True)
class Fit(Result):
    """A model that was fitted to a budget; its metrics, model and export are those of any `Result`."""

    @cached_property
    def file(self) -> PlanFile:
        """The plan with its reasons, what it was chosen from, and what was measured; ``file.write(path)`` keeps it."""
        return plan_file_of(self.report)

    @property
    def problem(self) -> BudgetProblem:
        """Units, their options with bytes and losses, and the plans that were measured."""
        return self.file.problem

    @property
    def plan(self) -> Plan:
        """The choices, their bytes, and the KL divergence that was predicted, with its band."""
        return self.file.plan

    def plan_for(
        self, size: int | str, locked: Mapping[str, str] | None = None, *, tokens_per_second: float = 0.0
    ) -> Plan:
        """The plan for another budget, from the same measurements: nothing is run. ``size``: bytes, or a text such as
        "60MB"; a share is of all parameters in 16 bits. ``tokens_per_second``: that it writes at least, where
        ``predict_speed`` was on. Raises `BadInput` where nothing fits."""
        solver = Solver(self.problem, dict(locked or {}))
        return solver.plan(size if isinstance(size, int) else bytes_of(size, self.problem.whole), tokens_per_second)


def fit(
    model: PathLike,
    size: int | str = "",
    /,
    *,
    target: Target | None = None,
    text: Texts | None = None,
    evaluation: Evaluation | Mapping[str, Any] | Texts | None = BUNDLED,
    allow: Sequence[str] = ("bits",),
    plan: PathLike = "",
    locks: Sequence[str] = (),
    heal: int = 0,
    preset: str = "",
    seed: int = 0,
    device: str | None = None,
    folder: PathLike | None = None,
    home: Home | PathLike | None = None,
    progress: bool = True,
    on_event: Callable[[Event], None] | None = None,
    trust_remote_code: bool | PathLike | Sequence[PathLike] = False,
    **settings: Any,
) -> Fit:
    """The best model of a size: measure how much each layer matters, spread the bytes, round, compare with uniform.

    Parameters
    ----------
    model: as in `compress`.
    size: of the exported file: bytes, "60MB", "1.5 GB", or a share such as "40%" of what it takes at 16 bits.
    target: "gguf", "compressed-tensors" or "container", which load it; None: that of the plan, else "gguf".
    text: that is calibrated on; None: what suits the model. evaluation: that results are measured on: another text.
    allow: "bits" always; "layers", "experts", "widths" (heads, channels): some may go; "ranks": see Factorize layers.
    plan: one that an earlier fit wrote, perhaps edited: it is built as it is, and ``size`` is not needed.
    locks: units that keep an option, as PATTERN=OPTION: ("v=Q8_0", "layers.0.*=Q6_K").
    heal: steps of training in the same bytes after rounding (block Refine); 0: none.
    preset: "Quick" or "Balanced", settings of the analysis. settings: others of the block, such as
        ``tokens_per_second``, the least speed in llama.cpp on this processor: ``size`` is not needed then.
    Others: as in `compress`. Returns a `Result` with the ``plan``, and ``plan_for`` other sizes.

    Raises
    ------
    BadInput: a size into which nothing fits, a lock or a plan that means nothing. Others: as `compress`.
    """
    workspace = home_of(home)
    texts = workspace.root / "texts"
    pipeline = fit_pipeline(
        path_of(model, "a model"),
        str(size),
        target,
        allow=allow,
        plan=str(plan),
        locks=locks,
        heal=heal,
        text=None if text is None else named(text, texts, "text"),
        evaluation=evaluation_of(evaluation, texts),
        seed=seed,
        preset=preset,
        settings=settings,
    )
    result = run_pipeline(pipeline, workspace, device, folder, progress, on_event, trust_remote_code)
    return Fit(result.run, result.folder, result.report, result.blocks)
