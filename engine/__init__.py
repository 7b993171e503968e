"""The engine of Compression Studio: everything but the window. Importing it loads neither torch nor Qt.

After ``import engine`` transformers' ``AutoModelForCausalLM.from_pretrained`` loads folders in the program's own
container; `load` does so by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.models.registration import watch

if TYPE_CHECKING:
    from pathlib import Path

__version__ = "0.1.0"


def load(folder: Path | str, **options: Any) -> Any:
    """A ready transformers model of an own container, an artifact or any model: see `engine.models.loading.load`."""
    from engine.models.loading import load as load_model

    return load_model(folder, **options)


watch()
