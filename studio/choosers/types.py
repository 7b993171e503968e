"""A type for each layer, as an exception from the mix of a GGUF file: what is ticked gets the type that is chosen."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from PySide6.QtWidgets import QWidget

from engine.methods.quantization.gguf_quants.mixes import STEMS, TYPES, gguf_name
from engine.models.anatomy import Anatomy, Linear
from studio.choosers.values import ValuesDialog


def types_of(linears: Sequence[Linear], patterns: Sequence[str]) -> dict[str, str]:
    """Linear -> the type that the first pattern that means it gives it."""
    pairs = [(re.compile(pattern), kind) for pattern, _, kind in (each.rpartition("=") for each in patterns)]
    found = {}
    for linear in linears:
        kind = next((kind for pattern, kind in pairs if pattern.search(gguf_name(linear))), None)
        if kind is not None:
            found[linear.name] = kind
    return found


def patterns_of(anatomy: Anatomy, types: Mapping[str, str]) -> list[str]:
    """PATTERN=TYPE that give exactly these types: one for a role or a layer where all of it has one type."""
    left, found = dict(types), list[str]()
    for role, stem in STEMS.items():
        members = [linear.name for linear in anatomy.linears if linear.role == role]
        kinds = {types.get(name) for name in members}
        if members and len(kinds) == 1 and (kind := kinds.pop()):
            found.append(f"{re.escape(stem)}\\.={kind}")
            left = {name: each for name, each in left.items() if name not in members}
    for layer in anatomy.layers:
        names = [linear.name for linear in layer.linears]
        kinds = {types.get(name) for name in names}
        inside = all(gguf_name(linear).startswith(f"blk.{layer.index}.") for linear in layer.linears)
        if inside and len(kinds) == 1 and (kind := kinds.pop()) and sum(name in left for name in names) > 1:
            found.append(f"blk\\.{layer.index}\\.={kind}")
            left = {name: each for name, each in left.items() if name not in names}
    singles = [f"^{re.escape(gguf_name(each))}$={left[each.name]}" for each in anatomy.linears if each.name in left]
    return singles + found


class TypesDialog(ValuesDialog):
    """Tick layers, choose a type, press Set; each layer shows its type."""

    def __init__(self, anatomy: Anatomy, title: str, help: str, value: Sequence[str], parent: QWidget) -> None:
        choices = [(name, name) for name in TYPES]
        super().__init__(anatomy, title, help, value, parent, choices=choices, none=self.tr("As the mix"))
        self.kind.setCurrentIndex(self.kind.findData("Q8_0"))

    @staticmethod
    def read(anatomy: Anatomy, given: Sequence[str]) -> tuple[dict[str, str], list[str]]:
        """See `ValuesDialog`; the patterns mean names of a GGUF file."""
        named = [gguf_name(linear) for linear in anatomy.linears]
        others = [each for each in given if not any(re.search(each.rpartition("=")[0], name) for name in named)]
        return types_of(anatomy.linears, given), others

    @staticmethod
    def written(anatomy: Anatomy, values: Mapping[str, str]) -> list[str]:
        """The inverse of `read`."""
        return patterns_of(anatomy, values)
