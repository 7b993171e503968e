"""Several processes that execute one run together: how many, and what they share."""

from __future__ import annotations

from typing import Literal

from engine.base.errors import BadInput

Strategy = Literal["ddp", "fsdp2"]
"""Of training in several processes: each holds the whole model (DistributedDataParallel), or a piece of every weight
(FullyShardedDataParallel, version 2)."""
STRATEGIES: tuple[Strategy, ...] = ("ddp", "fsdp2")
TITLES: dict[Strategy, str] = {"ddp": "DDP", "fsdp2": "FSDP2"}
MOST_PROCESSES = 64


def refuse_processes(count: int, strategy: str) -> None:
    """Raise `BadInput` for what no run can be started with."""
    if not 1 <= count <= MOST_PROCESSES:
        raise BadInput("This number of processes can't be used", where=str(count), why=f"it is 1 to {MOST_PROCESSES}")
    if strategy not in STRATEGIES:
        raise BadInput("Unknown strategy", where=strategy, why=f"there are {', '.join(STRATEGIES)}")


def processes_text(count: int, strategy: Strategy) -> str:
    """As "4 processes, DDP"; "1 process"."""
    return f"{count} processes, {TITLES[strategy]}" if count > 1 else "1 process"
