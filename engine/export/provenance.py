"""License and base of a model, as its own files say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.base.errors import BadInput
from engine.checkpoints.headers.gguf_fields import listing
from engine.export.gguf.tokenizer import origin
from engine.export.origin import source_name, source_path
from engine.models.model import Model

_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[\w.-]{1,96}", re.ASCII)
_WORD = re.compile(r"[\w.+-]+", re.ASCII)
_ADDRESS = re.compile(r"https://[\w./%+-]+", re.ASCII)
CARD = "card"
"""Of the first step of a history: license entries of the model's card, which an artifact does not hold."""
_HUB = "https://huggingface.co/"


def base_model(model: Model) -> str | None:
    """The hub id of the model that the first step loaded; None for a file of this machine or the sample."""
    name = source_name(model)
    return name if _ID.fullmatch(name) and source_path(model) is None else None


def named_base(model: Model) -> str | None:
    """The same, or the model that the GGUF file which was loaded names as its base, in its keys or its card."""
    if (base := base_model(model)) is not None or origin(model) is None:
        return base
    keys = _keys(model)
    url = str(keys.get("general.base_model.0.repo_url", ""))
    said = front_matter_of(model).get("base_model")
    names = [url.removeprefix(_HUB).strip("/"), *(said if isinstance(said, list) else [said])]
    return next((name for name in names if isinstance(name, str) and _ID.fullmatch(name)), None)


def license_of(model: Model) -> dict[str, str]:
    """``license``, ``license_name`` and ``license_link`` as the front matter of a card has them: those of the
    model's own card, or of the keys of the GGUF file that it came from; empty where neither says any."""
    card, keys = front_matter_of(model), _keys(model)
    entries = {}
    for name, key in (("license", ""), ("license_name", ".name"), ("license_link", ".link")):
        said = keys.get(f"general.license{key}") if "general.license" in keys else card.get(name)
        if isinstance(said, str) and _is_license(said):
            entries[name] = said
    return entries if "license" in entries else {}


def _keys(model: Model) -> Mapping[str, Any]:
    """The keys of the GGUF file that a model came from."""
    source = origin(model)
    try:
        fields = {} if source is None else listing(source).fields
        return {key: fields[key].contents for key in fields if key.startswith("general.")}
    except BadInput:  # it was replaced by something else meanwhile
        return {}


def front_matter_of(model: Model) -> Mapping[str, Any]:
    """The front matter of the model's card; what the first step noted of it (`CARD`) where the card is not at hand, and
    nothing if it has none, or one that can't be read."""
    from huggingface_hub import ModelCard

    places = [*(file.parent for file in model.companions), model.path, source_path(model)]
    folders = [path.parent if path.suffix.lower() == ".gguf" else path for path in places if path is not None]
    for folder in dict.fromkeys(folders):
        if folder != Path() and (folder / "README.md").is_file():
            try:
                card = ModelCard.load(folder / "README.md", ignore_metadata_errors=True)
            except Exception:  # a card that is not one says nothing
                continue
            front_matter: dict[str, Any] = card.data.to_dict()
            return front_matter
    noted = model.history[0].get(CARD) if model.history else None
    return {key: word for key, word in noted.items() if _is_license(word)} if isinstance(noted, dict) else {}


def _is_license(word: object) -> bool:
    """True for the word or the address of a license."""
    return isinstance(word, str) and bool(_WORD.fullmatch(word) or _ADDRESS.fullmatch(word))
