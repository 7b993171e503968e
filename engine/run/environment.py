"""What a run was done with, so that it can be repeated."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from typing import Any

import torch

from engine.measure.memory import device_info
from engine.version import __version__

PACKAGES = ("torch", "transformers", "safetensors", "tokenizers", "compressed-tensors", "numpy")


def versions() -> dict[str, str]:
    """Versions of Python, this program and the libraries that results depend on."""
    found = {"python": platform.python_version(), "engine": __version__}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def describe(device: torch.device, seed: int) -> dict[str, Any]:
    """Versions, machine, device and seed as plain values."""
    return {
        "versions": versions(),
        "os": platform.platform(),
        **device_info(device),
        "cpu": device_info("cpu")["name"],
        "cores": os.cpu_count() or 1,
        "seed": seed,
    }


def pick_device(name: str | None = None) -> torch.device:
    """The device called ``name``, else $COMPRESSION_STUDIO_DEVICE, else the first GPU, else the CPU."""
    name = name or os.environ.get("COMPRESSION_STUDIO_DEVICE")
    return torch.device(name or ("cuda" if torch.cuda.is_available() else "cpu"))
