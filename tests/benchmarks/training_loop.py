"""What the training loop costs: its tokens per second beside those of a bare PyTorch loop that does the same work.

    python tests/benchmarks/training_loop.py [--model FOLDER] [--steps 60]
    OMP_NUM_THREADS=1 python tests/benchmarks/training_loop.py --length 8 --batch 2 --micro-batch 1

Both take the same samples through two copies of a network with the same loss, clipping, schedule and AdamW, by turns,
step by step, in one process; with samples of a few tokens nearly nothing is computed, and the difference is what a
step of the loop costs beside that. The loop has everything on that it has in a run: every scalar reported, every event
written to the run's log and put into the buffer that the window reads, memory watched, each layer a safe point,
gradients checked.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from engine.contracts.events import Event, Metric  # noqa: E402
from engine.models.source import open_model  # noqa: E402
from engine.pipeline.document import Pipeline  # noqa: E402
from engine.record.folder import RunFolder  # noqa: E402
from engine.run.control import Control  # noqa: E402
from engine.run.memory import Watch  # noqa: E402
from engine.run.stage import RunStage  # noqa: E402
from engine.service.buffer import EventBuffer  # noqa: E402
from engine.training.batches import TokenBatches, text_batches  # noqa: E402
from engine.training.language_model import LanguageModeling  # noqa: E402
from engine.training.loop import train  # noqa: E402
from engine.training.model import open_for_training  # noqa: E402
from engine.training.schedule import rate  # noqa: E402
from engine.training.settings import TrainingSettings  # noqa: E402

WARM = 3
"""Steps that are not timed."""
CLOCK = time.thread_time if torch.get_num_threads() == 1 else time.perf_counter
"""With one thread (``OMP_NUM_THREADS=1``) processor time, which other programs do not add to."""


class Bare:
    """A plain PyTorch loop, a step at a time."""

    def __init__(self, module: nn.Module, batches: TokenBatches, settings: TrainingSettings) -> None:
        self.module, self.batches, self.settings = module.train(), batches, settings
        betas = (settings.beta1, settings.beta2)
        self.optimizer = torch.optim.AdamW(module.parameters(), settings.learning_rate, betas=betas, weight_decay=0.0)

    def step(self, step: int) -> float:
        """Seconds that it took."""
        started, settings = CLOCK(), self.settings
        for group in self.optimizer.param_groups:
            group["lr"] = settings.learning_rate * rate(settings, step)
        passes = settings.batch_size // settings.micro_batch_size
        for index in range(passes):
            rows = range(index * settings.micro_batch_size, (index + 1) * settings.micro_batch_size)
            batch = self.batches.batch(step, rows)
            logits = self.module(input_ids=batch["input_ids"], use_cache=False).logits[:, :-1]
            loss = F.cross_entropy(logits.flatten(0, 1).float(), batch["labels"][:, 1:].flatten())
            (loss / passes).backward()
        nn.utils.clip_grad_norm_(self.module.parameters(), settings.max_grad_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.loss = loss.item()
        return CLOCK() - started


class Turns(LanguageModeling):
    """Before each step of the loop the bare one makes its own. The loop's time is all the rest."""

    bare: Bare

    def __init__(self, module: nn.Module, batches: TokenBatches, stage: RunStage, bare: Bare) -> None:
        super().__init__(module, batches, stage)
        self.bare = bare
        self.seconds: list[tuple[float, float]] = []
        self._plain = self._resumed = 0.0

    def before_step(self, step: int) -> None:
        """Let the bare loop make its step."""
        self.note()
        with torch._C.DisableTorchFunction():  # the bare loop is not in the mode that hands generators to what draws
            self._plain = self.bare.step(step)
        self._resumed = CLOCK()

    def note(self) -> None:
        """A step of the loop is over."""
        if self._resumed:
            self.seconds.append((self._plain, CLOCK() - self._resumed))
            self._resumed = 0.0

    def evaluated(self, step: int, terms: Mapping[str, float]) -> None:
        """Not part of it."""


def measure(model: Path, settings: TrainingSettings, place: Path) -> tuple[list[tuple[float, float]], float]:
    """Seconds of the bare loop and of ours, for each step; metrics that were reported in a step."""
    folder, buffer = RunFolder.create(place / "run", Pipeline(), {}), EventBuffer()
    metrics: list[Event] = []

    def tell(event: Event) -> None:
        buffer.put(event)
        folder.append(event)
        if isinstance(event, Metric):
            metrics.append(event)

    stage = RunStage(
        run="run",
        block="block",
        signature="0" * 32,
        target=place / "artifact",
        scratch=place / "scratch",
        device=torch.device("cpu"),
        inputs={},
        control=Control(),
        emit=tell,
        progress=lambda fraction, text: None,
    )
    networks = [open_for_training(open_model(model), stage) for _ in range(2)]
    for network in networks:
        network.module.requires_grad_(True)
    batches = text_batches(networks[0], settings, stage)
    objective = Turns(networks[0].module, batches, stage, Bare(networks[1].module, batches, settings))
    with Watch("run", stage.device, tell):
        trained = train(objective, batches, settings, stage)
    assert (
        math.isclose(trained.terms["loss"], objective.bare.loss, rel_tol=0.05)
        or settings.micro_batch_size < settings.batch_size
    )
    folder.close()
    return objective.seconds[WARM:], len(metrics) / settings.steps


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--model", default=str(ROOT / "resources" / "sample" / "model"))
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--micro-batch", type=int, default=4)
    parser.add_argument("--length", type=int, default=256)
    words = parser.parse_args()
    settings = TrainingSettings(
        steps=words.steps,
        batch_size=words.batch,
        micro_batch_size=words.micro_batch,
        sequence_length=words.length,
        eval_samples=0,
        learning_rate=1e-4,
    )
    with tempfile.TemporaryDirectory() as place:
        found, metrics = measure(Path(words.model), settings, Path(place))
    tokens = words.batch * words.length
    print(
        f"{Path(words.model).name}, {words.batch} × {words.length} tokens a step ({words.micro_batch} at a time), "
        f"{len(found)} steps each, {torch.get_num_threads()} threads, {metrics:.1f} metrics a step\n"
    )
    print("| loop | tokens/s, median step | tokens/s, all steps |\n|---|---|---|")
    columns = list(zip(*found, strict=True))
    for name, seconds in zip(("bare PyTorch", "the studio's"), columns, strict=True):
        print(f"| {name} | {tokens / statistics.median(seconds):.0f} | {tokens * len(seconds) / sum(seconds):.0f} |")
    more = statistics.median(ours - plain for plain, ours in found)
    pairs = statistics.median(plain / ours for plain, ours in found)
    print(f"| ratio | {pairs:.3f} (median of the pairs) | {sum(columns[0]) / sum(columns[1]):.3f} |")
    print(f"\n{1e3 * more:.2f} ms more a step of {1e3 * statistics.median(columns[0]):.1f} (median of the pairs)")


if __name__ == "__main__":
    main()
