"""Compressed modules: layers that hold packed tensors and know their dense equal and their true size in bits.

One file per kind; `kind` finds them.
"""

from engine.modules.base import CompressedModule, kind

__all__ = ["CompressedModule", "kind"]
