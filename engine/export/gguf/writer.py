"""The gguf package's writer, which packs long arrays at once and takes values over as they lie in another file."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import gguf
from gguf.gguf_writer import GGUFValue

from engine.checkpoints.headers.gguf_fields import Field

_Kind = gguf.GGUFValueType


@dataclass(frozen=True)
class _Raw:
    """Bytes of a value, the word for its type first."""

    content: bytes


class Writer(gguf.GGUFWriter):  # type: ignore[misc]  # the package has no types
    """Writes the same bytes as the class that it is made of, faster: that one packs word by word."""

    def add_field(self, key: str, field: Field) -> None:
        """Take a value of another file over, byte for byte."""
        self.kv_data[0][key] = GGUFValue(value=_Raw(field.raw), type=_Kind.ARRAY)

    def _pack_val(self, val: Any, vtype: Any, add_vtype: bool, sub_type: Any = None) -> bytes:
        if isinstance(val, _Raw):
            return val.content
        if vtype == _Kind.ARRAY and isinstance(val, list) and len(val) > 1:
            inner = sub_type
            if inner is None and all(type(item) is type(val[0]) for item in val):
                inner = _Kind.get_type(val[0])
            if inner == _Kind.STRING and all(isinstance(item, str) for item in val):
                encoded = [item.encode("utf-8") for item in val]
                packed = b"".join(struct.pack("<Q", len(item)) + item for item in encoded)
                head = struct.pack("<IIQ", vtype, inner, len(val)) if add_vtype else struct.pack("<IQ", inner, len(val))
                return head + packed
            form = self._simple_value_packing.get(inner) if inner is not None else None
            if form is not None:
                head = struct.pack("<IIQ", vtype, inner, len(val)) if add_vtype else struct.pack("<IQ", inner, len(val))
                return head + struct.pack(f"<{len(val)}{form}", *val)
        return bytes(super()._pack_val(val, vtype, add_vtype, sub_type))
