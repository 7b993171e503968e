"""The one training loop, on accelerate: one process or many, one device or many.

A step is the mean over ``settings.batch`` samples, however they are cut into passes and spread over processes. What a
step does depends on its number and the state alone, so that a training that was killed ends in the same bits (on a
CPU) as one that was not.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from torch import nn

from engine.contracts.errors import Cancelled, RunFailed
from engine.contracts.stage import Stage
from engine.models.running import interruptible
from engine.training import checkpoint, optimizers
from engine.training.objective import Batch, Batches, Objective, Trained
from engine.training.schedule import rate
from engine.training.settings import TrainingSettings

CHECKPOINT_SECONDS = 60.0
"""Between two checkpoints."""
REPORT_SECONDS = 0.1
"""Between two points of the live curves."""
SETBACKS = 3
"""How often a training whose numbers stop being finite goes back to its last checkpoint, each time with
half the rate."""


def train(
    objective: Objective,
    batches: Batches,
    settings: TrainingSettings,
    stage: Stage,
    *,
    name: str = "training",
    span: tuple[float, float] = (0.0, 1.0),
) -> Trained:
    """Train the parameters of ``objective`` that require gradients, in place.

    Parameters
    ----------
    name: of this training among those of the stage: of its checkpoints, and in front of its metrics if it isn't
        "training".
    span: the share of the stage's progress that it makes up.

    Raises `RunFailed` when the numbers do not stay finite. A stage that is cancelled leaves a checkpoint.
    """
    return _Training(objective, batches, settings, stage, name, span).run()


@dataclass
class _Numbers:
    """What a checkpoint holds beside tensors."""

    step: int = 0
    tokens: int = 0
    seconds: float = 0.0
    setbacks: int = 0
    best: float = math.inf
    best_step: int = 0
    worse: int = 0
    done: bool = False
    stopped: bool = False
    terms: dict[str, float] = field(default_factory=dict)
    held_out: dict[str, float] = field(default_factory=dict)


class _Training:
    def __init__(
        self,
        objective: Objective,
        batches: Batches,
        settings: TrainingSettings,
        stage: Stage,
        name: str,
        span: tuple[float, float],
    ) -> None:
        self.objective, self.batches, self.settings, self.stage = objective, batches, settings, stage
        self.prefix = "" if name == "training" else f"{name}: "
        self.file = stage.folder / f"{name.replace('/', '-')}.safetensors"
        self.best_file = self.file.with_suffix(".best.safetensors")
        self.span = span
        self.accelerator = _accelerator(settings, stage.device)
        self.optimizers = optimizers.build(objective, settings, stage)
        self.clipped = [p for group in objective.groups() if group.clipped for p in group.parameters]
        prepared = self.accelerator.prepare(objective, *self.optimizers)
        self.wrapped: nn.Module = prepared[0]
        self.stepping = list(prepared[1:])
        self.now = _Numbers()
        self.reported = self.saved = time.monotonic()
        self.reported_tokens = 0

    # -- the whole --------------------------------------------------------------------------------------------------
    def run(self) -> Trained:
        torch.manual_seed(self.stage.generator(f"{self.prefix}training").initial_seed())
        if self.file.exists():
            self._load()
        else:
            self._save(checkpoint.Random.of(self.stage.device))
        with self._recomputing(), interruptible(self.objective, self.stage.checkpoint):
            while not self.now.done:
                self._step_or_setback()
        self.accelerator.unwrap_model(self.wrapped, keep_fp32_wrapper=False)
        self.objective.eval()
        return Trained(
            self.now.step,
            self.now.tokens,
            self.now.seconds,
            self.now.terms,
            self.now.held_out,
            self.now.best_step,
            self.now.stopped,
        )

    def _step_or_setback(self) -> None:
        random = checkpoint.Random.of(self.stage.device)
        try:
            self.stage.checkpoint()
            terms, norm = self._step()
        except Cancelled:
            self._save(random)
            raise
        if not (math.isfinite(terms["loss"]) and (math.isfinite(norm) or self._scaled)):
            self._setback(terms, norm)
            return
        last = self.now.step == self.settings.steps or self.stage.stopping
        self._report(terms, norm, last)
        every = self.settings.evaluate_every
        if last or (every and self.now.step % every == 0):
            last = self._evaluate() or last
        if last:
            self._finish()
        elif time.monotonic() - self.saved > CHECKPOINT_SECONDS:
            self._save(checkpoint.Random.of(self.stage.device))

    # -- one step ----------------------------------------------------------------------------------------------------
    def _step(self) -> tuple[dict[str, float], float]:
        """One optimizer step; the mean terms and the norm of the gradients. Nothing is changed if they are not
        finite."""
        started = time.monotonic()
        self.objective.train()
        self.objective.before_step(self.now.step)
        self._set_rates()
        passes = [self._on_device(self.batches.batch(self.now.step, rows)) for rows in self._rows()]
        counts = [self.objective.target_count(batch) for batch in passes]
        total = self._sum(float(sum(counts)))
        terms: dict[str, torch.Tensor] = {}
        for index, (batch, count) in enumerate(zip(passes, counts, strict=True)):
            share = count / max(1.0, total)
            waiting = contextlib.nullcontext() if index == len(passes) - 1 else self.accelerator.no_sync(self.wrapped)
            with waiting:
                with self.accelerator.autocast():
                    found = self.wrapped(batch)
                # gradients of several processes are averaged, so that each one's count as many times as there are
                self.accelerator.backward(found["loss"] * (share * self.accelerator.num_processes))
            for name, term in found.items():
                weighted = term.detach().float() * share
                terms[name] = terms[name] + weighted if name in terms else weighted
        norm = self._norm()
        means = {name: self._sum(float(term)) for name, term in terms.items()}
        if self._scaled or (math.isfinite(means["loss"]) and math.isfinite(norm)):
            for optimizer in self.stepping:
                optimizer.step()
            self.objective.after_step(self.now.step)
            self.now.step += 1
            self.now.tokens += int(self._sum(float(sum(batch["input_ids"].numel() for batch in passes))))
        for optimizer in self.stepping:
            optimizer.zero_grad()
        self.now.seconds += time.monotonic() - started
        return means, norm

    @property
    def _scaled(self) -> bool:
        """Whether float16's loss scaling skips steps that overflow by itself."""
        return self.accelerator.scaler is not None

    def _rows(self) -> list[range]:
        """This process's samples of a step, cut into passes."""
        ranks, rank = self.accelerator.num_processes, self.accelerator.process_index
        start, stop = self.settings.batch * rank // ranks, self.settings.batch * (rank + 1) // ranks
        micro = self.settings.micro_batch
        return [range(first, min(first + micro, stop)) for first in range(start, stop, micro)]

    def _set_rates(self) -> None:
        share = rate(self.settings, self.now.step) * 0.5**self.now.setbacks
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group["highest"] * share

    def _norm(self) -> float:
        """Norm of the gradients before they are clipped."""
        for optimizer in self.stepping:
            self.accelerator.unscale_gradients(optimizer)
        largest = self.settings.clip_norm or math.inf
        norm = nn.utils.clip_grad_norm_(self.clipped, largest)
        return float(norm.full_tensor() if hasattr(norm, "full_tensor") else norm)

    def _on_device(self, batch: Batch) -> Batch:
        return {name: tensor.to(self.stage.device) for name, tensor in batch.items()}

    def _sum(self, value: float) -> float:
        """Over all processes."""
        if self.accelerator.num_processes == 1:
            return value
        summed = self.accelerator.reduce(torch.tensor(value, dtype=torch.float64, device=self.stage.device))
        return float(summed)

    # -- looking at it -----------------------------------------------------------------------------------------------
    def _evaluate(self) -> bool:
        """Measure the held-out samples; whether nothing better has come for too long."""
        self.objective.eval()
        sums: dict[str, float] = {}
        total = 0
        with torch.no_grad(), self.accelerator.autocast():
            for batch in self.batches.held_out():
                batch = self._on_device(batch)
                count = self.objective.target_count(batch)
                total += count
                for name, term in self.wrapped(batch).items():
                    sums[name] = sums.get(name, 0.0) + float(term) * count
        if not total:
            return False
        self.now.held_out = {name: value / total for name, value in sums.items()}
        loss = self.now.held_out["loss"]
        self.stage.metric(f"{self.prefix}loss/held out", loss, self.now.step)
        self.objective.evaluated(self.now.step, self.now.held_out)
        if loss < self.now.best:
            self.now.best, self.now.best_step, self.now.worse = loss, self.now.step, 0
            if self.settings.patience:
                checkpoint.save_parameters(self.best_file, self.objective, {}, write=self._writes)
        else:
            self.now.worse += 1
        return bool(self.settings.patience) and self.now.worse >= self.settings.patience

    def _report(self, terms: Mapping[str, float], norm: float, last: bool) -> None:
        self.now.terms = dict(terms)
        now = time.monotonic()
        if not last and now - self.reported < REPORT_SECONDS:
            return
        step = self.now.step
        speed = (self.now.tokens - self.reported_tokens) / max(1e-9, now - self.reported)
        self.reported, self.reported_tokens = now, self.now.tokens
        scalars = {"loss/train" if name == "loss" else f"loss/{name}": value for name, value in terms.items()}
        scalars |= {"learning rate": self.optimizers[0].param_groups[0]["lr"], "gradient norm": norm}
        scalars |= {"tokens per second": speed, **self.objective.figures()}
        for name, value in scalars.items():
            self.stage.metric(self.prefix + name, value, step)
        first, end = self.span
        share = step / self.settings.steps
        self.stage.progress(first + share * (end - first), f"{self.prefix}step {step} of {self.settings.steps}")

    # -- going on and going back -------------------------------------------------------------------------------------
    def _setback(self, terms: Mapping[str, float], norm: float) -> None:
        setbacks = self.now.setbacks + 1
        bad = ", ".join(name for name, value in terms.items() if not math.isfinite(value)) or f"gradient norm {norm}"
        if setbacks > SETBACKS:
            raise RunFailed(
                "The training does not stay finite",
                where=f"step {self.now.step + 1}",
                why=f"not finite: {bad}, after going back {SETBACKS} times",
                advice="choose a lower learning rate, or precision float32",
            )
        at = self.now.step + 1
        self._load()
        self.now.setbacks = setbacks
        self.stage.log(
            f"Step {at}: {bad} is not finite. Back to step {self.now.step} with half the learning rate", "warning"
        )
        self._save(checkpoint.Random.of(self.stage.device))

    def _finish(self) -> None:
        self.now.done = True
        self.now.stopped = self.stage.stopping and self.now.step < self.settings.steps
        if self.settings.patience and self.now.best_step and self.now.best_step < self.now.step:
            checkpoint.load_parameters(self.best_file, self.objective)
            self.stage.log(f"The weights of step {self.now.best_step} were the best: they are taken")
        self._save(checkpoint.Random.of(self.stage.device))

    def _save(self, random: checkpoint.Random) -> None:
        checkpoint.save(
            self.file, self.objective, self.optimizers, self.batches, random, asdict(self.now), write=self._writes
        )
        self.accelerator.wait_for_everyone()
        self.saved = time.monotonic()

    def _load(self) -> None:
        numbers = checkpoint.load(self.file, self.objective, self.optimizers, self.batches, self.stage.device)
        self.now = _Numbers(**numbers)
        self.reported_tokens = self.now.tokens

    @property
    def _writes(self) -> bool:
        return bool(self.accelerator.is_main_process)

    @contextlib.contextmanager
    def _recomputing(self) -> Iterator[None]:
        """Gradient checkpointing in every transformer inside, if asked for."""
        models: list[Any] = []
        if self.settings.recompute:
            models = [m for m in self.objective.modules() if hasattr(m, "gradient_checkpointing_enable")][:1]
        for model in models:
            model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
        try:
            yield
        finally:
            for model in models:
                model.gradient_checkpointing_disable()


def _accelerator(settings: TrainingSettings, device: torch.device) -> Accelerator:
    precision = settings.precision
    if precision == "auto":
        native = device.type == "cuda" and torch.cuda.is_bf16_supported()
        precision = "bfloat16" if native else "float32"
    words = {"float32": "no", "bfloat16": "bf16", "float16": "fp16"}
    AcceleratorState._reset_state()  # each training chooses its own precision
    return Accelerator(mixed_precision=words[precision], cpu=device.type == "cpu")
