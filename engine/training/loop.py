"""The one training loop, on accelerate: one process or many, one device or many.

A step is the mean over ``settings.batch_size`` samples, however they are cut into passes and spread over processes.
What a step does depends on its number and the state alone, so that a training that was killed ends in the same bits (on
a CPU) as one that was not.
"""

from __future__ import annotations

import contextlib
import math
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState, PartialState
from accelerate.utils import DistributedDataParallelKwargs
from torch import nn

from engine import devices
from engine.base.errors import BadInput, Cancelled, RunFailed
from engine.models import ranks
from engine.models.running import interruptible
from engine.models.stage import Stage
from engine.numerics.randomness import Random
from engine.training import checkpoint, optimizers
from engine.training.held_bytes import held_bytes
from engine.training.objective import Batches, Objective, Trained, on_device
from engine.training.schedule import rate
from engine.training.settings import TrainingSettings
from engine.training.weight_watch import WeightWatch

CHECKPOINT_SECONDS = 60.0
"""Between two checkpoints, at least."""
CHECKPOINT_SHARE = 0.05
"""Of the time, at most, is spent writing them."""
QUICK_SECONDS = 0.5
"""A checkpoint that takes less is always written before a cancelled training ends."""
REPORT_SECONDS = 0.1
"""Between two points of the live curves."""
SETBACKS = 3
"""Number of times that a training with numbers that are not finite goes back to its last checkpoint, each time with
half the learning rate."""


def train(
    objective: Objective,
    batches: Batches,
    settings: TrainingSettings,
    stage: Stage,
    *,
    name: str = "training",
    span: tuple[float, float] = (0.0, 1.0),
    first: int = 0,
    after: int | None = None,
) -> Trained:
    """Train the parameters of ``objective`` that require gradients, in place.

    Parameters
    ----------
    name: of this training among those of the stage: of its checkpoints, and in front of its metrics if it isn't
        "training".
    span: the share of the stage's progress that it makes up.
    first: the step that it starts with, where the weights are those of that step already: schedule and data go on
        from there.
    after: steps of the trainings before it whose live curves it goes on with: its name is not in front of them then.

    Raises `RunFailed` when the numbers do not stay finite. A stage that is cancelled leaves a checkpoint, one that is
    stopped early another, from which a run that was not stopped would go on.
    """
    return _Training(objective, batches, settings, stage, name, span, first, after).run()


@dataclass
class _Numbers:
    """Values of a checkpoint beside its tensors."""

    step: int = 0
    tokens: int = 0
    seconds: float = 0.0
    setbacks: int = 0
    best: float = math.inf
    best_step: int = 0
    worse: int = 0
    due: bool = False
    """True until this step was evaluated."""
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
        first: int,
        after: int | None,
    ) -> None:
        self.objective, self.batches, self.settings, self.stage = objective, batches, settings, stage
        self.prefix = "" if name == "training" else f"{name}: "
        self.curves, self.before = (self.prefix, 0) if after is None else ("", after)
        self.file = stage.folder / f"{name.replace('/', '-')}.safetensors"
        self.best_file = self.file.with_suffix(".best.safetensors")
        self.span = span
        self.accelerator = _accelerator(settings, stage.device)
        if any(ranks.is_split_module(module) for module in objective.modules()):
            raise BadInput(
                "A block that trains several times can't split its weights",
                advice="launch it with resources/accelerate/ddp.yaml",
            )
        self.optimizers = optimizers.build(objective, settings, stage)
        _name_layers(objective)
        with _refusing_to_split():
            prepared = self.accelerator.prepare(objective, *self.optimizers)
        self.wrapped: nn.Module = prepared if isinstance(prepared, nn.Module) else prepared[0]
        self.clipped = [p for group in objective.groups() if group.clipped for p in group.parameters]
        self.now = _Numbers(step=first)
        self.random = self.objective.random = self._seeded()
        self.reported = self.saved = time.monotonic()
        self.saving, self.saved_step = 0.0, first
        self.reported_tokens = 0
        self.half_done = False
        self.watch = WeightWatch(objective.watched, stage, weights=objective.watched_weights)

    # -- the whole --------------------------------------------------------------------------------------------------
    def run(self) -> Trained:
        best = self.best_file if self.settings.early_stopping_patience else None
        if ranks.on_main(lambda: checkpoint.is_kept(self.file, best, self.stage)):
            self._load()
        else:
            self._save(self.random.state())
        alone = self.accelerator.num_processes == 1
        watched = interruptible(self.objective, self.stage.checkpoint) if alone else contextlib.nullcontext()
        with self._recomputing(), watched:
            while not self.now.done:
                self._advance()
        self.stage.detail("training memory", held_bytes(self.objective, self.optimizers))
        self._release()
        return Trained(
            self.now.step,
            self.now.tokens,
            self.now.seconds,
            self.now.terms,
            self.now.held_out,
            self.now.best_step,
            self.now.stopped,
        )

    def _advance(self) -> None:
        """One step, or the evaluation that is due after one."""
        random = self.random.state()
        try:
            if self._safe_point() and not self._save_if_sound(random):
                return
            if self.now.due:
                self._look()
                return
            terms, norm = self._step()
        except Cancelled:
            if not (self.half_done or self.now.stopped):
                self._save_before_leaving(random)
            raise
        if not (math.isfinite(terms["loss"]) and (math.isfinite(norm) or self._scaled)):
            bad = ", ".join(name for name, value in terms.items() if not math.isfinite(value))
            self._setback(bad or f"gradient norm {norm}")
            return
        last, every = self.now.step == self.settings.steps, self.settings.eval_steps
        self.now.due = last or bool(every and self.now.step % every == 0)
        if not last and self._any(self.stage.stopping):
            # the checkpoint knows nothing of the stop: whoever goes on from it comes to the end that was asked for
            if not self._save_if_sound(self.random.state()):
                return
            self.now.stopped = self.now.due = last = True
        self._report(terms, norm, last)

    def _safe_point(self) -> bool:
        """Wait or end here, all processes together; whether it is time for a checkpoint."""
        passed = time.monotonic() - self.saved
        due = passed > CHECKPOINT_SECONDS and self.saving <= CHECKPOINT_SHARE * passed
        if self.accelerator.num_processes == 1:
            self.stage.checkpoint()
            return due
        cancelled = False
        try:
            self.stage.checkpoint()
        except Cancelled:
            cancelled = True
        if self._any(cancelled):
            raise Cancelled
        return self._any(due and self._writes)

    def _look(self) -> None:
        """Evaluate; the end, if it is one."""
        too_long = self._evaluate()
        self.now.due = False
        if self.now.step == self.settings.steps or self.now.stopped or too_long:
            self._finish()

    # -- one step ----------------------------------------------------------------------------------------------------
    def _step(self) -> tuple[dict[str, float], float]:
        """One optimizer step; the mean terms and the norm of the gradients. Nothing is changed if they are not
        finite."""
        started = time.monotonic()
        self.objective.train()
        with self.random.drawing():
            terms, tokens = self._passes()
        means, norm = self._fetched(terms, self._norm())
        if self._scaled or (math.isfinite(means["loss"]) and math.isfinite(norm)):
            self.half_done = True
            self._move()
            with self.random.drawing():
                self.objective.after_step(self.now.step)
            self.now.step += 1
            self.now.tokens += tokens
            self.half_done = False
        for optimizer in self.optimizers:
            optimizer.zero_grad()
        self.now.seconds += time.monotonic() - started
        return means, norm

    def _passes(self) -> tuple[dict[str, torch.Tensor], int]:
        """Forward and backward passes of a step: the mean terms of this process, and the tokens of all."""
        self.objective.before_step(self.now.step)
        self._set_rates()
        passes = [self.batches.batch(self.now.step, rows) for rows in self._rows()]
        counts = [self.objective.target_count(batch) for batch in passes]
        total, tokens = self._sum([float(sum(counts)), float(sum(batch["input_ids"].numel() for batch in passes))])
        terms: dict[str, torch.Tensor] = {}
        for index, (batch, count) in enumerate(zip(passes, counts, strict=True)):
            share = count / max(1.0, total)
            waiting = contextlib.nullcontext() if index == len(passes) - 1 else self.accelerator.no_sync(self.wrapped)
            with waiting:
                with self.accelerator.autocast(), _refusing_to_split():
                    losses = self.wrapped(on_device(batch, self.stage.device))
                # gradients of several processes are averaged, so that each one's count as many times as there are
                if losses["loss"].requires_grad:  # not where what learns is in experts that no token reached
                    self.accelerator.backward(losses["loss"] * (share * self.accelerator.num_processes))
            for name, term in losses.items():
                weighted = term.detach().float() * share
                terms[name] = terms[name] + weighted if name in terms else weighted
        return terms, int(tokens)

    def _move(self) -> None:
        """The optimizers' steps. float16 scales losses, and leaves out the steps whose gradients overflow."""
        scaler = self.accelerator.scaler
        for optimizer in self.optimizers:
            if scaler is None:
                optimizer.step()
            else:
                scaler.step(optimizer)
        if scaler is not None:
            scaler.update()

    def _fetched(self, terms: Mapping[str, torch.Tensor], norm: torch.Tensor) -> tuple[dict[str, float], float]:
        """The mean terms over all processes and the norm, brought over from the device in one go."""
        values = torch.stack([*terms.values(), norm.to(self.stage.device)]).double()
        if self.accelerator.num_processes > 1:
            values[:-1] = self.accelerator.reduce(values[:-1])
        *means, norm_value = values.tolist()
        return dict(zip(terms, means, strict=True)), norm_value

    @property
    def _scaled(self) -> bool:
        """True if float16's loss scaling skips steps that overflow."""
        return self.accelerator.scaler is not None

    def _rows(self) -> list[range]:
        """This process's samples of a step, cut into passes."""
        mine = self.settings.batch_size // self.accelerator.num_processes
        start = mine * self.accelerator.process_index
        stop, micro = start + mine, self.settings.micro_batch_size
        return [range(first, min(first + micro, stop)) for first in range(start, stop, micro)]

    def _set_rates(self) -> None:
        share = rate(self.settings, self.now.step) * 0.5**self.now.setbacks
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group["highest"] * share

    def _norm(self) -> torch.Tensor:
        """Norm of the gradients before they are clipped."""
        if self.accelerator.scaler is not None:
            for optimizer in self.optimizers:
                self.accelerator.scaler.unscale_(optimizer)
        norm = nn.utils.clip_grad_norm_(self.clipped, self.settings.max_grad_norm or math.inf)
        return norm.full_tensor() if ranks.is_split_tensor(norm) else norm

    def _sum(self, values: list[float]) -> list[float]:
        """Each over all processes."""
        if self.accelerator.num_processes == 1:
            return values
        summed = self.accelerator.reduce(torch.tensor(values, dtype=torch.float64, device=self.stage.device))
        totals: list[float] = summed.tolist()
        return totals

    def _any(self, here: bool) -> bool:
        """True if the value is True in any process."""
        return self._sum([float(here)])[0] > 0

    # -- looking at it -----------------------------------------------------------------------------------------------
    def _evaluate(self) -> bool:
        """Measure the held-out samples; whether nothing better has come for too long."""
        self.objective.eval()
        sums: dict[str, float] = {}
        total = 0.0
        with torch.no_grad(), self.accelerator.autocast():
            for batch in self.batches.held_out():
                count = self.objective.target_count(batch)
                total += count
                terms = self.wrapped(on_device(batch, self.stage.device))
                values = torch.stack([term.detach().double() for term in terms.values()]).tolist()
                for name, value in zip(terms, values, strict=True):
                    sums[name] = sums.get(name, 0.0) + value * count
        if not total:
            return False
        averaged = self._sum(list(sums.values()))  # each process saw all: they decide alike to the last bit
        total *= self.accelerator.num_processes
        self.now.held_out = {name: value / total for name, value in zip(sums, averaged, strict=True)}
        loss = self.now.held_out["loss"]
        self.stage.metric(f"{self.curves}loss/eval", loss, self.before + self.now.step)
        self.objective.evaluated(self.now.step, self.now.held_out)
        if loss < self.now.best:
            self.now.best, self.now.best_step, self.now.worse = loss, self.now.step, 0
            if self.settings.early_stopping_patience:
                checkpoint.save_parameters(self.best_file, self.objective, self.now.held_out, write=self._writes)
        else:
            self.now.worse += 1
        return bool(self.settings.early_stopping_patience) and self.now.worse >= self.settings.early_stopping_patience

    def _report(self, terms: Mapping[str, float], norm: float, last: bool) -> None:
        self.now.terms = dict(terms)
        now = time.monotonic()
        if not last and now - self.reported < REPORT_SECONDS:
            return
        self.watch.look(self.before + self.now.step, last=last)
        step = self.now.step
        speed = (self.now.tokens - self.reported_tokens) / max(1e-9, now - self.reported)
        self.reported, self.reported_tokens = now, self.now.tokens
        scalars = {"loss/train" if name == "loss" else f"loss/{name}": value for name, value in terms.items()}
        scalars |= {"learning_rate": self.optimizers[0].param_groups[0]["lr"], "gradient_norm": norm}
        scalars |= {"tokens_per_second": speed, **self.objective.scalars()}
        for name, value in scalars.items():
            self.stage.metric(self.curves + name, value, self.before + step)
        first, end = self.span
        share = step / self.settings.steps
        self.stage.progress(first + share * (end - first), f"{self.prefix}step {step} of {self.settings.steps}")

    # -- going on and going back -------------------------------------------------------------------------------------
    def _setback(self, bad: str) -> None:
        setbacks = self.now.setbacks + 1
        if setbacks > SETBACKS:
            self._load()
            if broken := self._broken():
                raise RunFailed(
                    "The model can't be trained",
                    where=broken,
                    why="a weight is NaN or infinite",
                    advice="check the model that the training began with: inspect it, or copy it again",
                )
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
        self._save(self.random.state())

    def _broken(self) -> str:
        """The layer whose weights are not finite, of all that the objective holds; "" if there is none."""
        for name, tensor in (*self.objective.named_parameters(), *self.objective.named_buffers()):
            here = tensor.to_local() if ranks.is_split_tensor(tensor) else tensor
            numbers = here.is_floating_point() and not here.is_meta and "mask" not in name  # masks hold infinities
            if numbers and not bool(torch.isfinite(here).all()):
                return name.rpartition(".")[0].removeprefix("model.") or name
        return ""

    def _save_if_sound(self, random: Mapping[str, torch.Tensor]) -> bool:
        """Write a checkpoint, unless the weights are broken: then go back to the one that is there."""
        weights = checkpoint.trained(self.objective).values()
        locally = (weight.to_local() if ranks.is_split_tensor(weight) else weight for weight in weights)
        if self._any(not all(bool(torch.isfinite(weight).all()) for weight in locally)):
            self._setback("a weight")
            return False
        self._save(random)
        return True

    def _save_before_leaving(self, random: Mapping[str, torch.Tensor]) -> None:
        """Write a checkpoint, unless that takes long and little is lost without: a cancel should be obeyed at once."""
        if self.saving < QUICK_SECONDS or time.monotonic() - self.saved > CHECKPOINT_SECONDS:
            self._save(random)
        elif self.now.step > self.saved_step:
            self.stage.log(f"Steps {self.saved_step + 1} to {self.now.step} are made again when the run is resumed")

    def _finish(self) -> None:
        self.now.done = True
        if self.settings.early_stopping_patience and self.now.best_step and self.now.best_step < self.now.step:
            ranks.barrier()
            self.now.held_out = checkpoint.load_parameters(self.best_file, self.objective)
            self.stage.log(f"The weights of step {self.now.best_step} were the best: they are taken")
        if self.now.stopped:
            self.stage.log(f"Stopped after step {self.now.step} of {self.settings.steps}; what was learned is kept")
        else:
            self._save(self.random.state())

    def _save(self, random: Mapping[str, torch.Tensor]) -> None:
        started = time.monotonic()
        scaler = self.accelerator.scaler
        numbers = {**asdict(self.now), "scaler": {} if scaler is None else scaler.state_dict()}
        checkpoint.save(self.file, self.objective, self.optimizers, self.batches, random, numbers, write=self._writes)
        ranks.barrier()
        self.saved, self.saved_step = time.monotonic(), self.now.step
        self.saving = self.saved - started

    def _load(self) -> None:
        numbers = checkpoint.load(self.file, self.objective, self.optimizers, self.batches, self.random)
        scaler = numbers.pop("scaler")
        if self.accelerator.scaler is not None and scaler:
            self.accelerator.scaler.load_state_dict(scaler)
        self.now = _Numbers(**numbers)
        self.saved_step = self.now.step
        if not self._writes:  # the checkpoint has the generators of the first process
            self.random.take_state(self._seeded().state())
        self.reported_tokens = self.now.tokens

    @property
    def _writes(self) -> bool:
        return bool(self.accelerator.is_main_process)

    def _seeded(self) -> Random:
        """Dropout and the like; each process draws its own."""
        seed = self.stage.generator(f"{self.prefix}training").initial_seed()
        return Random((seed + self.accelerator.process_index * 65_537 + self.now.step) % 2**63, self.stage.device)

    def _release(self) -> None:
        """The plain objective again, with whole parameters, ready to be read."""
        self.accelerator.unwrap_model(self.wrapped, keep_fp32_wrapper=False)
        self.wrapped = self.objective
        checkpoint.gather(self.objective)
        self.objective.eval()

    @contextlib.contextmanager
    def _recomputing(self) -> Iterator[None]:
        """Gradient checkpointing in every transformer inside, if asked for."""
        models: list[Any] = []
        if self.settings.gradient_checkpointing:
            models = [m for m in self.objective.modules() if hasattr(m, "gradient_checkpointing_enable")][:1]
        for model in models:
            again = {"use_reentrant": False, "preserve_rng_state": False, "context_fn": self.random.repeating}
            _quietly(model.gradient_checkpointing_enable, gradient_checkpointing_kwargs=again)
        try:
            yield
        finally:
            for model in models:
                _quietly(model.gradient_checkpointing_disable)


@contextlib.contextmanager
def _refusing_to_split() -> Iterator[None]:
    """`BadInput` for what can't be trained with its weights split (FSDP2): parameters that are single numbers, and
    weights that are read outside of the layer that they belong to."""
    try:
        yield
    except (RuntimeError, ValueError) as error:
        if not any(word in str(error) for word in ("DTensor", "fully_shard")):
            raise
        raise BadInput(
            "This block can't split its weights",
            why=str(error).splitlines()[0],
            advice="launch it with resources/accelerate/ddp.yaml",
        ) from error


def _quietly(call: Callable[..., None], **options: Any) -> None:
    """By the name that all versions of the library know, without its remark that a newer one is coming."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        call(**options)


def _name_layers(objective: Objective) -> None:
    """FSDP2 shards layer by layer: it asks for the names of their classes."""
    names = next((m._no_split_modules for m in objective.modules() if getattr(m, "_no_split_modules", None)), None)
    objective._no_split_modules = names  # type: ignore[assignment]


def _accelerator(settings: TrainingSettings, device: torch.device) -> Accelerator:
    if settings.batch_size % ranks.count():
        raise BadInput(
            "The batch can't be shared out evenly",
            why=f"{settings.batch_size} samples, {ranks.count()} processes",
            advice=f"choose a multiple of {ranks.count()}",
        )
    precision: str = settings.mixed_precision
    if precision == "auto":
        precision = str(devices.training_dtype(device)).removeprefix("torch.")
    if precision == "float16" and not devices.is_accelerator(device):
        raise BadInput("float16 can't be trained in on a CPU", advice="choose bfloat16 or float32")
    words = {"float32": "no", "bfloat16": "bf16", "float16": "fp16"}
    alone = ranks.count() == 1
    AcceleratorState._reset_state(reset_partial_state=alone)  # each training chooses its own precision and device
    state = PartialState(cpu=not devices.is_accelerator(device))
    if alone:  # else each process has the device that the launcher gave it, which is that of the stage
        state.device = device
    unused = DistributedDataParallelKwargs(find_unused_parameters=True)
    return Accelerator(
        mixed_precision=words[precision], cpu=not devices.is_accelerator(device), kwargs_handlers=[unused]
    )
