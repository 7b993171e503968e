"""The record of how an export was made, wherever it lies: replay.json in its folder, or the key of a GGUF file, which
may have been renamed or moved away from its folder. Torch-free."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from engine.base.errors import BadInput
from engine.base.files import object_in
from engine.checkpoints.headers import gguf_fields
from engine.contracts.recipe import KEY, NAME, Recipe, not_replayable, refuse_longer

GGUF = ".gguf"


@dataclass(frozen=True)
class FoundRecipe:
    """A record. ``export``: the folder or the one file that it is of. ``remark``: a sentence on another record that
    says something else, "" if there is none."""

    recipe: Recipe
    export: Path
    remark: str = ""


def find_recipe(path: Path) -> FoundRecipe:
    """The record of an export: of its folder, of a GGUF file, of a replay.json under whatever name, or of the folder
    that another file, such as the model card, is in.

    Raises `BadInput` where there is none or it is damaged, and where replay.json and the keys of the GGUF files beside
    it contradict each other.
    """
    if path.suffix.lower() == GGUF and path.is_file():
        return _of_file(path)
    if path.suffix == ".json" and path.name != NAME and path.is_file():
        return FoundRecipe(Recipe.read(path), path.parent)
    return _of_folder(path if path.is_dir() else path.parent)


def has_recipe(path: Path) -> bool:
    """True for the folder of an export that carries its replay.json, and for a GGUF file that carries the key."""
    with contextlib.suppress(BadInput):
        if path.suffix.lower() == GGUF and os.path.isfile(path):
            return _text_of(path) is not None
    return os.path.isfile(path / NAME)


def _of_file(path: Path) -> FoundRecipe:
    beside = path.with_name(NAME)
    recipe = _key_of(path)
    if recipe is None:
        if not beside.is_file():
            raise not_replayable(path, f"it has no key {KEY}, and no {NAME} lies beside it")
        return FoundRecipe(Recipe.read(beside), path)
    difference = ""
    with contextlib.suppress(BadInput):  # it may be of anything
        difference = recipe.first_difference(Recipe.read(beside)) if beside.is_file() else ""
    remark = f"{NAME} beside the file says something else ({difference}); what the file itself says counts."
    return FoundRecipe(recipe, path, remark if difference else "")


def _of_folder(folder: Path) -> FoundRecipe:
    if not (folder / NAME).is_file():
        return _of_only_file(folder)
    recipe = Recipe.read(folder)
    if recipe.format != "gguf":
        return FoundRecipe(recipe, folder)
    keys = _keys_in(folder)
    differences = {file: recipe.first_difference(key) for file, key in keys.items()}
    for file, difference in differences.items():
        if not difference:
            return FoundRecipe(recipe, file)
    for file, difference in differences.items():
        raise BadInput(
            f"{NAME} and the GGUF file beside it contradict each other",
            where=str(folder),
            why=f"{file.name} says something else of {difference}",
            advice=f"name the GGUF file to follow what it says, or move {NAME} to a folder of its own",
        )
    return FoundRecipe(recipe, folder)


def _of_only_file(folder: Path) -> FoundRecipe:
    """The record of the only GGUF file with a key in a folder without replay.json."""
    keys = _keys_in(folder)
    if not keys:
        raise not_replayable(folder, f"it has no {NAME}")
    if len(keys) > 1:
        names = ", ".join(file.name for file in keys)
        raise BadInput("Several exports are in the folder", where=str(folder), why=names, advice="name one of them")
    ((file, recipe),) = keys.items()
    return FoundRecipe(recipe, file)


def _keys_in(folder: Path) -> dict[Path, Recipe]:
    """The GGUF files of a folder that carry a record, in alphabetical order."""
    return {file: key for file in _ggufs(folder) if (key := _key_of(file)) is not None}


def _ggufs(folder: Path) -> list[Path]:
    try:
        return sorted(file for file in folder.iterdir() if file.suffix.lower() == GGUF and file.is_file())
    except OSError:  # it is not there, or may not be read
        return []


def _key_of(path: Path) -> Recipe | None:
    """The record in a file, None if there is none."""
    text, where = _text_of(path), f"{path}: {KEY}"
    return None if text is None else Recipe.parse(object_in(text, Path(where)), where)


def _text_of(path: Path) -> bytes | None:
    """The text of the key, None where it is not there, or was left empty."""
    field = gguf_fields.listing(path).fields.get(KEY)
    if field is None:
        return None
    if (size := field.text_bytes) is None:
        raise BadInput("The record of how it was made is damaged", where=f"{path}: {KEY}", why="it is not a text")
    refuse_longer(size, f"{path}: {KEY}")
    return field.raw[-size:].strip() or None if size else None
