"""The one owner of the size of what a model becomes: a function of model, format and options, exact before a byte is
written, by the plan that `ExportFormat.write` follows.

What lies on disk already is measured by `engine.checkpoints.checkpoint.CheckpointHeader.file_bytes` and
`engine.measure.size`; both count the bytes of the files that hold tensors, headers included.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine.architecture.structure import GROWN, by_type, words_of
from engine.base.human import bytes_text
from engine.contracts.commands import FormatInfo
from engine.contracts.settings import fields
from engine.export.base import ExportFormat, ExportOptions
from engine.models.model import Model
from engine.models.parameters import dense_parameters


@dataclass(frozen=True)
class ExportSize:
    """``file_bytes`` of the files that will hold tensors. ``stored``: type and bytes of each tensor in them, None where
    a plug-in does not say."""

    file_bytes: int
    stored: tuple[tuple[str, int], ...] | None

    @property
    def tensor_bytes(self) -> int | None:
        """Bytes of the tensors alone."""
        return None if self.stored is None else sum(nbytes for _, nbytes in self.stored)

    def bits_per_weight(self, model: Model) -> float | None:
        """All stored tensor bits per parameter of the dense equal, as `engine.measure.size` counts them."""
        return None if self.tensor_bytes is None else 8 * self.tensor_bytes / dense_parameters(model)


def export_size(kind: ExportFormat, model: Model, options: Any) -> ExportSize:
    """The size of a model in a format that can express it; nothing is loaded."""
    stored = kind.stored(model, options)
    return ExportSize(kind.expected_bytes(model, options), None if stored is None else tuple(stored))


def why_larger(model: Model, size: ExportSize) -> str:
    """The reason why an export is larger than the result, with both sizes; "" if it is not. The header and
    the tokenizer that a file holds do not make a model larger."""
    before = model.header
    if size.file_bytes <= GROWN * before.file_bytes or (size.tensor_bytes or size.file_bytes) <= GROWN * before.nbytes:
        return ""
    sizes = f"{bytes_text(size.file_bytes)} against {bytes_text(before.file_bytes)}"
    if size.stored is None:
        return f"Larger than the result, {sizes}"
    after, now = by_type(size.stored), by_type((tensor.dtype, tensor.nbytes) for tensor in before.tensors)
    same = {word for word in after.keys() & now.keys() if after[word] == now[word]}
    stores, lies = (
        words_of((k, v) for k, v in sizes_by_type.items() if k not in same) for sizes_by_type in (after, now)
    )
    return f"Larger than the result, {sizes}: it stores {stores}, the result {lies or 'no other types'}"


def describe(kind: ExportFormat, model: Model, options: ExportOptions | None = None) -> FormatInfo:
    """Describe a format for a model: its problems and its size, with its default options or others."""
    chosen = kind.options() if options is None else options
    problems = tuple(kind.check(model, chosen))
    possible = not any(problem.severity == "error" for problem in problems)
    size = export_size(kind, model, chosen) if possible else None
    return FormatInfo(
        id=kind.id,
        title=kind.title,
        summary=f"{kind.summary} From {kind.origin}." if kind.origin else kind.summary,
        problems=problems,
        expected_bytes=None if size is None else size.file_bytes,
        options=fields(kind.options),
        tensor_bytes=None if size is None else size.tensor_bytes,
        bits_per_weight=None if size is None else size.bits_per_weight(model),
        larger="" if size is None else why_larger(model, size),
        keeps_values=possible and _keeps(kind, model, chosen),
    )


def _keeps(kind: ExportFormat, model: Model, options: Any) -> bool:
    """True where nothing is lost: no value, and no rounding of what enters a layer."""
    rounding = any(getattr(module, "activations", None) is not None for module in model.compressed().values())
    return (kind.rounds_inputs or not rounding) and kind.keeps_values(model, options)


def ordered(infos: Sequence[FormatInfo]) -> tuple[FormatInfo, ...]:
    """The smallest format that keeps every value first, which is the one to take unless a person asks for another; then
    by size those that do not make the model larger, those that do, and those that can't express it."""
    first = default_format(infos)

    def key(info: FormatInfo) -> tuple[bool, bool, bool, int]:
        size = info.expected_bytes
        return info is not first, size is None, bool(info.larger), size or 0

    return tuple(sorted(infos, key=key))


def default_format(infos: Sequence[FormatInfo]) -> FormatInfo | None:
    """The smallest that keeps every value to the bit; where none does, the smallest; None where none is possible."""
    possible = [info for info in infos if info.expected_bytes is not None]
    return min(possible, key=lambda info: (not info.keeps_values, info.expected_bytes or 0), default=None)
