"""Names of the tensors of a network in published checkpoints: transformers' own conversions, read backwards.

A network has the experts of a layer in one tensor; the files that people publish, and the servers that read them, have
each expert as layers of its own (`mlp.experts.3.gate_proj.weight`).
"""

from __future__ import annotations

from typing import Any

from torch import nn

_END = ".weight"


class CheckpointNames:
    """The names of one network's tensors in published files."""

    def __init__(self, module: nn.Module) -> None:
        from transformers.conversion_mapping import get_model_conversion_mapping
        from transformers.core_model_loading import PrefixChange, WeightConverter, WeightRenaming

        network: Any = module
        mapping = get_model_conversion_mapping(network, add_legacy=False) if hasattr(module, "config") else []
        mapping = [entry for entry in mapping if not isinstance(entry, PrefixChange)]
        self._renamings = [e.reverse_transform() for e in reversed(mapping) if isinstance(e, WeightRenaming)]
        self._stacked: list[tuple[str, list[str]]] = []
        for entry in mapping:
            if isinstance(entry, WeightConverter) and _stacks(entry.operations):
                sources = list(entry._original_source_patterns)
                if all(source.endswith(_END) and source.count("*") == 1 for source in sources):
                    self._stacked.append((entry._original_target_patterns[0], sources))

    def of(self, name: str) -> str:
        """The name of a tensor, or of a module, that is stored as it is."""
        from transformers.core_model_loading import apply_renamings

        return str(apply_renamings(name, self._renamings))

    def of_experts(self, fused: str) -> tuple[str, ...]:
        """The layers that each expert of a tensor is stored as, with "{}" for its number: their outputs stand below
        each other in the tensor, and all have the same number of them. Empty if transformers knows none."""
        for target, sources in self._stacked:
            if fused.endswith(target):
                stem = fused.removesuffix(target)
                return tuple(self.of(stem + source.removesuffix(_END).replace("*", "{}")) for source in sources)
        return ()


def _stacks(operations: list[Any]) -> bool:
    """True for a conversion that only stacks experts and puts their layers below each other."""
    from transformers.core_model_loading import Concatenate, MergeModulelist

    kinds = [type(operation) for operation in operations]
    if kinds not in ([MergeModulelist], [MergeModulelist, Concatenate]) or operations[0].dim != 0:
        return False
    return len(operations) == 1 or (operations[1].dim == 1 and operations[1].num_shards_attribute is None)
