"""Environment of a run, so that it can be repeated."""

from __future__ import annotations

import functools
import importlib.metadata
import os
import platform
from collections.abc import Iterator, Mapping
from typing import Any

import torch

from engine import devices
from engine.base.errors import BadInput
from engine.base.likely import likely
from engine.version import __version__

PACKAGES = ("torch", "transformers", "safetensors", "tokenizers", "compressed-tensors", "numpy")


def versions() -> dict[str, str]:
    """Versions of Python, this program and the libraries that results depend on."""
    return {"python": platform.python_version(), "engine": __version__, **_library_versions()}


@functools.cache
def _library_versions() -> dict[str, str]:
    """Versions of the libraries when they were looked at first: what is imported stays what it is."""
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions


def describe(device: torch.device, seed: int) -> dict[str, Any]:
    """Versions, machine, device and seed as plain values."""
    return {
        "versions": versions(),
        "os": platform.platform(),
        **devices.info(device),
        "device_count": devices.available().get(device.type, 1),
        "cpu": devices.name_of(devices.CPU),
        "cores": os.cpu_count() or 1,
        **computing(),
        "seed": seed,
    }


def computing() -> dict[str, Any]:
    """Instruction set, BLAS and threads: the last bits of a result on the CPU depend on them, since sums are made in
    another order."""
    blas = "MKL" if torch.backends.mkl.is_available() else "OpenBLAS or another"  # type: ignore[no-untyped-call]
    return {
        "instruction_set": torch.backends.cpu.get_cpu_capability(),
        "blas": blas,
        "threads": torch.get_num_threads(),
    }


def differences(recorded: Mapping[str, Any], device: torch.device) -> Iterator[str]:
    """Differences from a recorded environment, in words: versions, device, instruction set, BLAS, threads."""
    here = {**versions(), **computing(), "device": device.type}
    there = {**dict(recorded.get("versions") or {}), **{name: recorded.get(name) for name in computing()}}
    there["device"] = str(recorded.get("device", "")).partition(":")[0]
    for name, value in here.items():
        if there.get(name) != value:
            yield f"{name.replace('_', ' ')} {value} instead of {there.get(name) or 'one that was not recorded'}"


def pick_device(name: str | None = None) -> torch.device:
    """The device called ``name``, else $COMPRESSION_STUDIO_DEVICE, else the first accelerator, else the CPU.

    Raises `BadInput` for one that is unknown or not there.
    """
    name = name or os.environ.get("COMPRESSION_STUDIO_DEVICE")
    if not name:
        return devices.default()
    here = devices.available()
    try:
        device = torch.device(name)
    except RuntimeError:
        raise BadInput(f"Unknown device '{name}'", advice=likely(name, here)) from None
    if device.type not in here or (device.index or 0) >= here[device.type]:
        devices_here = [kind if count == 1 else f"{kind}:0 to {kind}:{count - 1}" for kind, count in here.items()]
        raise BadInput(
            f"This machine has no device '{name}' that torch {torch.__version__} can use",
            why=f"there is {', '.join(devices_here)}",
            advice="choose one of these, or install a torch that is built for it",
        )
    return devices.whole(device)
