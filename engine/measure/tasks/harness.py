"""Tasks by lm-evaluation-harness (Gao et al., doi:10.5281/zenodo.10256836), on a network that is in memory.

What it computes is computed by its own code (``HFLM``, ``simple_evaluate`` with its default seeds), so that a number
is that of its own run on an export. Changed for the time of an evaluation: templates are rendered in a sandbox, the
bootstrap of standard errors draws the same samples in this process and can be cancelled, and progress goes to the
caller. Global random states are put back.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import importlib
import importlib.metadata
import importlib.util
import logging
import math
import random
import tempfile
import threading
import types
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from engine.architecture import pretrained
from engine.base.errors import BadInput, RunFailed, StudioError, is_exit
from engine.base.extras import require
from engine.base.likely import nearest
from engine.base.patterns import BoundedRe
from engine.checkpoints import consent
from engine.contracts.tasks import Score, TaskScores
from engine.measure.reading import ReadContext
from engine.measure.tasks.definition import FILE_KINDS, Definition, Function, bundled_tasks, with_functions
from engine.models.model import Model
from engine.models.source import load_tokenizer

BOOTSTRAPS = 100_000
"""Resamples for standard errors without a formula: its own default."""
_UNREACHABLE = ("ConnectionError", "ConnectError", "OfflineModeIsEnabled", "LocalEntryNotFoundError", "Timeout")
_patching = threading.Lock()
"""One evaluation at a time changes the library."""


def version() -> str:
    """Version of lm-evaluation-harness; raises `BadInput` if it is not installed."""
    require("eval", "A task that is not a bundled one")
    return importlib.metadata.version("lm_eval")


@functools.cache
def known_tasks() -> tuple[str, ...]:
    """Names of the tasks, groups and tags that come with it."""
    manager: Any = importlib.import_module("lm_eval.tasks").TaskManager()
    return tuple(manager.all_tasks)


def check_name(name: str) -> None:
    """Raise `BadInput` if there is no such task, with the one that was likely meant."""
    bundled = list(bundled_tasks())
    near = nearest(name, {word: word for word in bundled})
    if near is None:
        version()
        if name in known_tasks():
            return
        near = nearest(name, {word: word for word in known_tasks()}, cutoff=0.75)
    meant = f"Did you mean '{near}'?" if near else f"bundled are {', '.join(bundled)}; lm-eval ls tasks lists its own"
    raise BadInput(f"There is no task '{name}'", advice=meant)


def check_metrics(definition: Definition) -> None:
    """Raise `BadInput` for a metric that the library would fetch as code."""
    importlib.import_module("lm_eval.api.metrics")
    there = importlib.import_module("lm_eval.api.registry").metric_registry
    for entry in definition.config.get("metric_list") or ():
        name = entry["metric"]
        if isinstance(name, str) and name not in there and "process_results" not in definition.config:
            near = nearest(name, {word: word for word in there})
            raise BadInput(
                f"There is no metric '{name[:80]}'",
                where=str(definition.path),
                why="lm-eval would look for its code on the hub",
                advice=f"Did you mean '{near}'?" if near else f"There are: {', '.join(sorted(there))}",
            )


def functions_of(definition: Definition) -> Callable[[Function], Any]:
    """Loader of the functions that a definition names, from a private copy of the code beside it. Raises
    `ConsentNeeded` unless a person said yes to that code."""
    if not definition.functions:
        return lambda function: None
    consent.keep_promised(str(definition.path), definition.path)
    code = consent.require_for_task(definition.path)
    folder = consent.private_copy(code)
    modules: dict[str, types.ModuleType] = {}

    def load(function: Function) -> Any:
        module, _, name = function.name.rpartition(".")
        if f"{module}.py" not in code.files:
            raise BadInput(
                f"The task names the function '{function.name[:80]}'",
                where=str(definition.path),
                why=f"there is no {module or '…'}.py beside it",
                advice="name functions of files beside the task, such as utils.process_docs",
            )
        if module not in modules:
            modules[module] = _imported(folder / f"{module}.py", f"task_code_{code.fingerprint[:16]}_{module}")
        if not hasattr(modules[module], name):
            raise BadInput(f"{module}.py has no function '{name[:80]}'", where=str(definition.path))
        return getattr(modules[module], name)

    return load


def _imported(file: Path, name: str) -> types.ModuleType:
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise RunFailed("The task's code fails", where=file.name, why=_words(error)) from error
    return module


def score(model: Model, task: Definition | str, limit: int | None, context: ReadContext) -> dict[str, TaskScores]:
    """Scores of a loaded model on a task by file or by name; a group gives those of its tasks, too. ``limit``: on the
    first records of each only. Raises `BadInput` for what can't be loaded, such as data on a hub that is out of
    reach, `ConsentNeeded` for code that nobody said yes to, `RunFailed` for a task that fails."""
    program = f"lm-eval {version()}"
    with contextlib.ExitStack() as stack:
        stack.enter_context(_patched(context))
        stack.enter_context(_random_states())
        built = _built(task, Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tasks-"))))
        evaluator: Any = importlib.import_module("lm_eval.evaluator")
        name = task if isinstance(task, str) else task.name
        try:
            manager = importlib.import_module("lm_eval.tasks").TaskManager(include_defaults=False)
            result = evaluator.simple_evaluate(
                model=_network(model, context, name),
                tasks=built,
                limit=limit,
                bootstrap_iters=BOOTSTRAPS,
                task_manager=manager,
            )
        except StudioError:
            raise
        except BaseException as error:
            if is_exit(error):
                raise
            raise RunFailed("The task fails", where=name, why=_words(error)) from error
    sha256 = "" if isinstance(task, str) else task.sha256
    return {name: _scores(result, name, program, sha256) for name in result["results"]}


def _built(task: Definition | str, cache: Path) -> list[Any]:
    """The task as an object of the library, with its data."""
    name = task if isinstance(task, str) else str(task.path)
    loader = None if isinstance(task, str) else functions_of(task)
    try:
        if isinstance(task, str):
            loaded = importlib.import_module("lm_eval.tasks").TaskManager().load([task])
            return [*loaded["groups"].values()] or [*loaded["tasks"].values()]
        check_metrics(task)
        assert loader is not None
        config = with_functions({name: value for name, value in task.config.items() if name != "tag"}, loader)
        if config.get("dataset_path") in FILE_KINDS:
            config["dataset_kwargs"]["cache_dir"] = str(cache)
        kind = config.pop("class", None) or importlib.import_module("lm_eval.api.task").ConfigurableTask
        return [kind(config=config)]
    except StudioError:
        raise
    except BaseException as error:
        if is_exit(error):
            raise
        if _is_unreachable(error):
            raise BadInput(
                "The task's data can't be fetched",
                where=name,
                why=f"the hub can't be reached: {_words(error)}",
                advice="connect to it once, or take a task whose data are files beside it, or a bundled one",
            ) from error
        raise BadInput("The task can't be loaded", where=name, why=_words(error)) from error


def _network(model: Model, context: ReadContext, name: str) -> Any:
    """The loaded network as the library's model, which counts its forward passes."""
    base: Any = importlib.import_module("lm_eval.models.huggingface").HFLM

    class Network(base):  # type: ignore[misc]
        """Says how far it is."""

        total, done = 1, 0

        def _model_call(self, *arguments: Any, **options: Any) -> Any:
            self._count()
            return super()._model_call(*arguments, **options)

        def _model_generate(self, *arguments: Any, **options: Any) -> Any:
            self._count()
            return super()._model_generate(*arguments, **options)

        def _loglikelihood_tokens(self, requests: Any, disable_tqdm: bool = False, **options: Any) -> Any:
            self.total, self.done = max(1, len(requests)), 0
            return super()._loglikelihood_tokens(requests, disable_tqdm=True, **options)

        def loglikelihood(self, requests: Any, disable_tqdm: bool = False) -> Any:
            return super().loglikelihood(requests, disable_tqdm=True)

        def loglikelihood_rolling(self, requests: Any, disable_tqdm: bool = False) -> Any:
            return super().loglikelihood_rolling(requests, disable_tqdm=True)

        def generate_until(self, requests: Any, disable_tqdm: bool = False) -> Any:
            self.total, self.done = max(1, len(requests)), 0
            return super().generate_until(requests, disable_tqdm=True)

        def get_model_info(self) -> dict[str, Any]:
            return {}

        def _count(self) -> None:
            self.done = min(self.done + 1, self.total)
            context.progress(self.done / self.total, f"{name}: {self.done} of {self.total}")

    module: Any = model.module
    if any(path.name == "generation_config.json" for path in model.companions) and hasattr(module, "generate"):
        module.generation_config = pretrained.generation_config(model.path)
    module.tie_weights = lambda *_, **__: None  # they are: transformers would look for dense ones
    try:
        return Network(pretrained=module, tokenizer=copy.deepcopy(load_tokenizer(model)))
    finally:
        del module.tie_weights


_MATCH_PATTERNS = ("utils", "api.metrics", "filters.extraction", "filters.transformation")
"""Modules that match patterns which a task's file brings."""


@contextlib.contextmanager
def _patched(context: ReadContext) -> Iterator[None]:
    """While the block runs, the library renders templates in a sandbox, matches patterns within limits of time, says
    nothing, and bootstraps in this thread."""
    utils: Any = importlib.import_module("lm_eval.utils")
    metrics: Any = importlib.import_module("lm_eval.api.metrics")
    tasks: Any = importlib.import_module("lm_eval.api.task")
    evaluator: Any = importlib.import_module("lm_eval.evaluator")
    jinja2: Any = importlib.import_module("jinja2")
    sandbox: Any = importlib.import_module("jinja2.sandbox")
    bars: Any = importlib.import_module("datasets.utils")
    environment = sandbox.SandboxedEnvironment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    environment.filters |= utils.env.filters

    def bootstrap(statistic: Callable[[list[Any]], float], values: list[Any], iters: int) -> float:
        size = min(1000, iters)
        drawn: list[float] = []
        for seed in range(iters // size):
            context.checkpoint()
            draw = random.Random(seed)
            drawn += [statistic(draw.choices(values, k=len(values))) for _ in range(size)]
        deviation: float = metrics.sample_stddev(drawn)
        return deviation

    changes = [
        (utils, "env", environment),
        (metrics, "bootstrap_stderr", bootstrap),
        (tasks, "tqdm", functools.partial(tasks.tqdm, disable=True)),
        (evaluator, "add_env_info", lambda results: None),  # asks a dozen programs what the machine is
        (evaluator, "get_git_commit_hash", lambda: None),
        *((importlib.import_module(f"lm_eval.{name}"), "re", BoundedRe()) for name in _MATCH_PATTERNS),
    ]
    logger = logging.getLogger("lm_eval")
    with _patching:
        before = [(owner, name, getattr(owner, name)) for owner, name, _ in changes]
        level, shows_bars = logger.level, bars.are_progress_bars_disabled() is False
        try:
            for owner, name, value in changes:
                setattr(owner, name, value)
            logger.setLevel(logging.CRITICAL)
            bars.disable_progress_bars()
            with pretrained.quiet():
                yield
        finally:
            logger.setLevel(level)
            if shows_bars:
                bars.enable_progress_bars()
            for owner, name, value in before:
                setattr(owner, name, value)


@contextlib.contextmanager
def _random_states() -> Iterator[None]:
    """Put the global random states back that the library seeds."""
    states = random.getstate(), np.random.get_state(), torch.default_generator.get_state()  # noqa: TID251
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])  # noqa: TID251
        torch.default_generator.set_state(states[2])


def _scores(result: Mapping[str, Any], task: str, program: str, sha256: str) -> TaskScores:
    row: Mapping[str, Any] = result["results"][task]
    scores: dict[str, Score] = {}
    values: dict[str, list[float]] = {}
    for key, value in row.items():
        metric, comma, chain = key.partition(",")
        if not comma or metric.endswith("_stderr") or not isinstance(value, int | float):
            continue
        error = row.get(f"{metric}_stderr,{chain}")
        name = metric if chain == "none" else f"{metric}[{chain}]"
        is_finite = isinstance(error, int | float) and math.isfinite(error)
        scores[name] = Score(value=float(value), stderr=float(error) if is_finite else None)  # type: ignore[arg-type]
        numbers = [sample.get(metric) for sample in result["samples"].get(task, ()) if sample["filter"] == chain]
        if numbers and all(isinstance(number, int | float) for number in numbers):
            values[name] = [float(number) for number in numbers]
    items = result["n-samples"].get(task, {}).get("effective", 0)
    return TaskScores(scores=scores, items=int(items), values=values, program=program, sha256=sha256)


def _is_unreachable(error: BaseException | None) -> bool:
    """True if the network is the cause."""
    while error is not None:
        names = {kind.__name__ for kind in type(error).__mro__}
        if names & {*_UNREACHABLE} or "Couldn't reach" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def _words(error: BaseException) -> str:
    return (" ".join(str(error).split()) or type(error).__name__)[:300]
