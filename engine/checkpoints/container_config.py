"""config.json of the own container: the model type that stands in it, and the network's own config inside."""

from __future__ import annotations

from typing import Any

MODEL_TYPE = "compression_studio"
"""``model_type`` and ``quant_method`` of an exported container; also what a reader without this program is shown."""
NETWORK = "network_type"
"""The key of config.json that holds the model type of the network then."""


def to_container_config(config: dict[str, Any]) -> dict[str, Any]:
    """A config.json that stock transformers refuses. A quantization_config without a method stops those that name the
    network's class themselves."""
    note = {"format": MODEL_TYPE, "load_with": "import engine.transformers  # pip install compression-studio"}
    return {**config, "model_type": MODEL_TYPE, NETWORK: config["model_type"], "quantization_config": note}


def from_container_config(config: dict[str, Any]) -> dict[str, Any]:
    """The config.json of the network itself; others stay as they are."""
    if config.get("model_type") != MODEL_TYPE or not isinstance(config.get(NETWORK), str):
        return config
    entries = {key: value for key, value in config.items() if key not in (NETWORK, "quantization_config")}
    return {**entries, "model_type": config[NETWORK]}
