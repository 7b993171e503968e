"""What is asked of the engine beside runs: look, download, inspect, export, verify, write text."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.contracts.commands import Download, Export, Generate, Inspect, ReadStructure
from engine.contracts.errors import BadInput
from engine.export import verify
from engine.measure.generate import generate
from engine.measure.inspection import Inspection, inspect_model
from engine.models.source import open_model, resolve
from engine.models.structure import Structure, read_structure
from engine.run.control import Control
from engine.run.environment import pick_device
from engine.run.home import Home
from engine.run.runner import find

Progress = Callable[[float, str], None]


def read(command: ReadStructure, progress: Progress, control: Control) -> Structure:
    """The headers of a model."""
    return structure_of(command.model, command.revision, progress, control)
