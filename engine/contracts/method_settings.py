"""Settings that every block has which changes a model. Torch-free."""

from __future__ import annotations

from typing import Literal

from engine.contracts.settings import RESULT, Settings, setting


class MethodSettings(Settings):
    """Base of the settings of methods: in what the result holds the tensors that the method does not make itself."""

    other_dtype: Literal["stored", "bfloat16", "float16", "float32"] = setting(
        "stored",
        title="Other tensors stored as",
        help="Data type of the tensors that the block does not quantize: norms, biases, embeddings, ignored layers, "
        "trained weights. 'As they came' preserves the blocks of a GGUF file and other packed tensors bit for bit; "
        "the other choices unpack them.",
        choices={"stored": "As they came", "bfloat16": "bfloat16", "float16": "float16", "float32": "float32"},
        advanced=True,
        section=RESULT,
        aliases=("unquantized_dtype", "rest"),
        value_aliases={"as stored": "stored"},
    )


def other_dtype(settings: Settings) -> str:
    """Dtype of all other tensors of a block with these settings: the name of a dtype, "" for as they came."""
    chosen = settings.other_dtype if isinstance(settings, MethodSettings) else "stored"
    return "" if chosen == "stored" else chosen
