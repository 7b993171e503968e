"""The block that a pipeline starts with: a model from the disk or the hub."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from engine.contracts.settings import Settings, setting
from engine.methods.base import MethodInfo


class ModelSettings(Settings):
    """The model and its revision."""

    model: str = setting(
        "sample",
        title="Model",
        help="A folder in Hugging Face form, a GGUF file, a hub id such as HuggingFaceTB/SmolLM2-135M, or 'sample'.",
        kind="model",
    )
    revision: str = setting("", title="Revision", help="Branch, tag or commit on the hub.", advanced=True)
    GONE: ClassVar[Mapping[str, str]] = {
        "trust_remote_code": "A pipeline can't say yes to code that a model brings: you are asked when it is needed"
    }


METHOD = MethodInfo(
    id="model",
    title="Model",
    family="source",
    summary="Loads a model: the start of a pipeline.",
    settings=ModelSettings,
    algorithm="engine.methods.source.model.method:ModelSource",
    inputs=(),
    keywords=("load", "open", "hub", "gguf", "k-quant", "safetensors"),
)
