"""``import engine.transformers`` teaches transformers to load folders in the project's own container::

    import engine.transformers
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained("folder")

Without it such a folder is refused: its config.json says a model type that transformers does not know. `engine.load`
loads it too, and needs nothing registered.
"""

from __future__ import annotations

from engine.models.loading import register_config, register_quantizer

register_config()
register_quantizer()
