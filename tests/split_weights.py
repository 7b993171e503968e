"""The command line with weights split as FSDP2 does it, on CPUs: accelerate itself splits on GPUs only. Launched by
`tests/end_to_end/test_two_processes.py`."""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from accelerate import Accelerator
from accelerate.utils import DistributedType, FullyShardedDataParallelPlugin

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from engine.cli import main
from engine.training import loop
from engine.training.settings import TrainingSettings

plain = loop._accelerator


def splitting(settings: TrainingSettings, device: torch.device) -> Accelerator:
    """The loop's, with the plugin that resources/accelerate/fsdp2.yaml asks for (accelerate puts its values into the
    environment, where the plugin finds them)."""
    made = plain(settings, device)
    made.state.fsdp_plugin = FullyShardedDataParallelPlugin()
    assert made.state.fsdp_plugin.fsdp_version == 2
    made.state.distributed_type = DistributedType.FSDP
    return made


loop._accelerator = splitting

if __name__ == "__main__":
    sys.exit(main())
