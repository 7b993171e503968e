"""Promised memory of each block, which stands in the report beside the measured one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import torch

from engine.base.human import bytes_text, duration_text
from engine.contracts.commands import QUIET
from engine.measure import machine
from engine.run.artifacts import Store
from engine.run.node import Node


def promise(nodes: Iterable[Node], store: Store, device: torch.device) -> Iterator[tuple[str, str]]:
    """Fill the estimates of blocks that will be computed; yields block id and a sentence for each."""
    waiting = [node for node in nodes if not node.info.is_source and not store.has(node.signature)]
    slowdown = machine.slowdown(str(device)) if waiting else 1.0
    for node in waiting:
        expected = node.expect(device)
        if expected is None:
            continue
        entry = node.entry
        entry.estimated_peak_memory_bytes = expected.peak_memory_bytes
        entry.estimated_peak_device_memory_bytes = expected.peak_device_memory_bytes
        entry.estimated_quiet_seconds = expected.seconds
        entry.estimated_seconds = None if expected.seconds is None else expected.seconds * slowdown
        apart = bytes_text(expected.peak_device_memory_bytes) if expected.peak_device_memory_bytes else ""
        words = [
            seconds_text(expected.seconds, slowdown),
            f"{bytes_text(expected.peak_memory_bytes)} of memory",
            f"{apart} of the accelerator's" if apart else "",
            f"{bytes_text(expected.disk_bytes)} on disk",
        ]
        yield node.id, f"{node.title} will take {', '.join(word for word in words if word)}"


def seconds_text(seconds: float | None, slowdown: float) -> str:
    """Both bands, where they differ; "" where nothing is known."""
    if seconds is None:
        return ""
    quiet = f"about {duration_text(seconds)}"
    if slowdown <= QUIET:
        return quiet
    return f"{quiet} on a quiet machine and {duration_text(seconds * slowdown)} as it is now"
