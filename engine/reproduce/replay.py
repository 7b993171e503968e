"""Make an export again, or its first layers, and compare tensor by tensor."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from engine import devices
from engine.base import pinned
from engine.base.errors import BadInput
from engine.base.pinned import Pinned
from engine.checkpoints.checkpoint import read_header
from engine.checkpoints.headers import TensorInfo
from engine.checkpoints.hub import resolve_or_download
from engine.checkpoints.recipe_files import find_recipe
from engine.checkpoints.tensor_sources import read_bytes
from engine.contracts.recipe import Recipe, Step
from engine.contracts.replay import Replay, TensorReplay
from engine.contracts.settings import Settings
from engine.data.texts import is_bundled
from engine.export.folder import refuse
from engine.export.recipe import hashes_by_model_names, hashes_of_model, tensor_files, tensor_hashes
from engine.export.registry import export_format
from engine.measure.evaluate import evaluate
from engine.methods.registry import method
from engine.models.layer import weight_of
from engine.models.model import Model, Part
from engine.models.source import NoTokenizer, load_tokenizer, open_model
from engine.run.control import Control
from engine.run.environment import differences, pick_device
from engine.run.local import LocalStage
from engine.run.signature import content_hash, hashes_of

_WINDOW, _WINDOWS = 256, 4
_IN_GGUF = ".gguf/"
"""Between the file and the tensor in the first recipes of GGUF files, which named tensors as their models do."""

Progress = Callable[[float, str], None]


class _Enough(Exception):  # noqa: N818 - the end of what was to be made, not an error
    """The layers that were to be made again are there."""


def replay(
    folder: str | Path,
    base: str = "",
    *,
    revision: str = "",
    files: Sequence[Path] = (),
    layers: int | None = None,
    device: str | None = None,
    progress: Progress = lambda fraction, text: None,
    control: Control | None = None,
) -> Replay:
    """Make an export again from its record and compare with its tensors.

    Parameters
    ----------
    folder: an export, its replay.json or its model card, a GGUF file that carries the record, or a repository of the
        hub, which is fetched. Where the tensors are not beside replay.json, their recorded hashes are compared.
    revision: of the repository.
    base: the model that it was made from, where the recorded name does not lead to it; one that the record names on
        the hub is fetched. files: texts and other files that settings name: they are found by their hashes.
    layers: of the last step, the first so many only; their weights are compared.
    device: None: of the kind that it was made on, if there is one, else the CPU.

    Raises
    ------
    BadInput: no record, or two that contradict each other; another base, with its first tensor that differs; a text
        that is not there; a step that was ended early, is of an unknown method or from a release that did not record
        how to repeat it.
    RunFailed, Cancelled: as in a run.
    """
    control = control or Control()
    named = str(folder)
    folder = resolve_or_download(folder, revision, lambda _, text: progress(0.0, text), control.checkpoint)
    record = find_recipe(folder)
    recipe, folder = record.recipe, record.export
    chosen = pick_device(device) if device else _device_of(recipe)
    with tempfile.TemporaryDirectory(prefix="replay-") as temporary, pinned.session():
        path = _opened_base(recipe, base, lambda _, text: progress(0.0, text), control)
        remaking = _Remaking(recipe, path, files, Path(temporary), chosen, progress, control)
        if layers is not None:
            compared = remaking.compare_layers(folder, layers)
            return Replay(named, "partial", compared, remaking.differences(), remark=record.remark)
        again = remaking.exported()
        has_tensors = any(True for _ in tensor_files(folder))
        tensors = tuple(_compared(folder, again) if has_tensors else _by_hash(recipe, again))
        if not has_tensors or all(tensor.is_equal for tensor in tensors):
            return Replay(named, "exact", tensors, remaking.differences(), remark=record.remark)
        progress(0.9, "Measuring how near they are")
        loss, divergence = remaking.divergence(folder, remaking.base), remaking.divergence(again, folder)
        return Replay(named, "near", tensors, remaking.differences(), divergence, loss, record.remark)


def _device_of(recipe: Recipe) -> torch.device:
    kind = str(recipe.environment.get("device", "cpu")).partition(":")[0]
    return pick_device(kind) if kind in devices.available() else torch.device("cpu")


def _opened_base(recipe: Recipe, name: str, progress: Progress, control: Control) -> Path:
    """The folder or file of the base. Raises `BadInput` if it is another model."""
    revision = "" if name else recipe.base.revision
    model = open_model(resolve_or_download(name or recipe.base.name, revision, progress, control.checkpoint))
    if model.header.fingerprint == recipe.base.fingerprint:
        return model.path
    ours = hashes_of_model(model.header, lambda: None)
    other = next((name for name, digest in recipe.base.tensors.items() if ours.get(name) != digest), None)
    why = f"the first tensor that differs is {other}" if other else "its config or its tokenizer differs"
    raise BadInput(
        "This is not the model that it was made from", where=str(model.path), why=why, advice="name the base"
    )


@dataclass
class _Remaking:
    """Of one replay. ``root``: a folder for all that is made."""

    recipe: Recipe
    base: Path
    files: Sequence[Path]
    root: Path
    device: torch.device
    progress: Progress
    control: Control
    artifacts: dict[str, Path] = field(default_factory=dict)
    """History as text -> the model that it leads to."""

    def differences(self) -> tuple[str, ...]:
        """Differences between this environment and that of the export, in words."""
        return tuple(differences(self.recipe.environment, self.device))

    # -- making --------------------------------------------------------------------------------------------------------
    def exported(self) -> Path:
        """The whole export, made again."""
        model = open_model(self.model_of(self.recipe.steps))
        kind = export_format(self.recipe.format)
        options = kind.options.parse(self.recipe.options, where=f"options of {kind.title}")
        refuse(kind.check(model, options))
        folder = self.root / "export"
        kind.write_checked(model, folder, options, lambda share, text: self.progress(0.8 + 0.1 * share, text))
        return folder

    def model_of(self, steps: Sequence[Step]) -> Path:
        """The model that a history leads to, made once."""
        if len(steps) == 1:
            if steps[0].fingerprint != self.recipe.base.fingerprint:
                why = "a second model went into it, which is not recorded"
                raise BadInput("The export can't be replayed", why=why)
            return self.base
        key = json.dumps([(step.method, step.seed_hash) for step in steps])
        if key not in self.artifacts:
            folder = self.root / str(len(self.artifacts))
            stage, model, step = self._stage(steps, LocalStage, folder)
            stage.apply(method(step.method), self._settings(step), model)
            self.artifacts[key] = folder / "artifact"
        return self.artifacts[key]

    def _stage(
        self, steps: Sequence[Step], kind: Callable[..., LocalStage], folder: Path, **more: Any
    ) -> tuple[LocalStage, Model, Step]:
        """The stage of the last step, the model that goes into it, and the step."""
        *before, step = steps
        self._refuse(step)
        model = open_model(self.model_of(before))
        model.history = tuple(step.as_history() for step in steps)
        inputs = {port: open_model(self.model_of(history)) for port, history in step.inputs.items()}
        number = len(before)
        start, width = (number - 1) / len(self.recipe.steps), 1 / len(self.recipe.steps)
        stage = kind(
            folder,
            device=self.device,
            inputs=inputs,
            signature=step.seed_hash,
            control=self.control,
            progress=lambda share, text: self.progress(0.8 * (start + width * share), f"{step.name}: {text}"),
            **more,
        )
        return stage, model, step

    def _refuse(self, step: Step) -> None:
        if why := why_not(step):
            raise BadInput("The export can't be replayed", where=step.name, why=why)

    def _settings(self, step: Step) -> dict[str, Any]:
        """Those of a step, with the paths of files here. Raises `BadInput` for a file that is not here."""
        settings = step.repeatable_settings
        kind = method(step.method).settings
        for word, digest in step.data.items():
            name, _, of_weights = word.partition(" ")
            if hash_here(kind, settings, word) == digest:
                continue
            path = next((path for path in (*self.files, self.base) if _content(path, bool(of_weights)) == digest), None)
            if path is None and is_bundled(str(settings.get(name))):
                raise BadInput(
                    "It was made with other bundled texts than this version has",
                    where=f"{step.name}, {name}: {settings[name]}",
                    advice="replay it with the version that made it",
                )
            if path is None:
                raise BadInput(
                    "A file that it was made with is not here",
                    where=f"{step.name}, {name}: {settings.get(name)}",
                    why=f"its {'fingerprint' if of_weights else 'SHA-256'} is {digest}",
                    advice="name it: --file PATH",
                )
            settings[name] = str(path.resolve())
        return settings

    # -- comparing -----------------------------------------------------------------------------------------------------
    def compare_layers(self, folder: Path, layers: int) -> tuple[TensorReplay, ...]:
        """Weights of the first layers that the last step makes again, beside those of the export."""
        published = open_model(folder)
        compared: list[TensorReplay] = []
        stage, model, step = self._stage(
            self.recipe.steps, _FirstLayers, self.root / "layers", published=published, layers=layers, compared=compared
        )
        with contextlib.suppress(_Enough):
            stage.apply(method(step.method), self._settings(step), model)
        if not compared:
            raise BadInput("No layer can be compared", where=step.name, advice="replay the whole export")
        return tuple(compared)

    def divergence(self, model: Path, reference: Path) -> float | None:
        """Mean KL divergence of a model from a reference on the bundled text; None for a network without a next
        token. A file that can't hold a tokenizer is read with that of the base."""
        measured = evaluate(
            self._readable(model),
            text="sample",
            window=_WINDOW,
            windows=_WINDOWS,
            reference=self._readable(reference),
            speed=False,
            device=self.device,
            progress=lambda share, text: None,
            checkpoint=self.control.checkpoint,
        )
        return measured.metrics.get("kl_divergence")

    def _readable(self, path: Path) -> Model:
        model = open_model(path)
        try:
            load_tokenizer(model)
        except NoTokenizer:
            model.companions = open_model(self.base).companions
        return model


def why_not(step: Step) -> str:
    """The reason why a step can't be repeated, "" if it can."""
    if step.stopped:
        return "a person ended this step early"
    return "" if step.seed_hash else "an earlier release made it, which did not record what it drew random numbers from"


def hash_here(kind: type[Settings], settings: dict[str, Any], word: str) -> str:
    """Hash of what a setting names here, "" if there is nothing."""
    try:
        return hashes_of(kind.parse(settings)).get(word, "")
    except BadInput:  # a model that is not here
        return ""


def _content(path: Path, of_weights: bool) -> str:
    """Fingerprint of a model, or the hash of what is at a path (see `content_hash`); "" for what is none."""
    try:
        return read_header(path).fingerprint if of_weights else content_hash(path)
    except BadInput:
        return ""


class _FirstLayers(LocalStage):
    """Compares what is stored with the layers of a published model, and ends after so many of them."""

    def __init__(
        self, folder: Path, *, published: Model, layers: int, compared: list[TensorReplay], **options: Any
    ) -> None:
        super().__init__(folder, **options)
        self._published, self._layers_left, self._compared = published, layers, compared

    def _write(self, model: Model, part: Part, dtypes: dict[str, torch.dtype]) -> None:
        super()._write(model, part, dtypes)
        if not part.linears:
            return
        model.load(part)
        other = self._published.part(part.name)
        self._published.load(other)
        for linear in part.linears:
            one, two = (weight_of(side.get(linear.name), linear) for side in (model, self._published))
            same = one.shape == two.shape and float((one.float().cpu() == two.float().cpu()).double().mean())
            self._compared.append(TensorReplay(linear.name, float(same)))
        self._published.free(other)
        self._layers_left -= 1
        if self._layers_left <= 0:
            raise _Enough


def _compared(folder: Path, again: Path) -> Iterator[TensorReplay]:
    """The tensors of two exports of the same format, those of the first in their order. Files may have other names."""
    ours = {info.name: (file, info) for file, infos in tensor_files(again) for info in infos}
    for file, infos in tensor_files(folder):
        for info in infos:
            here = ours.pop(info.name, None)
            same = here is not None and (here[1].dtype, here[1].shape) == (info.dtype, info.shape)
            yield TensorReplay(info.name, _equal_share((file, info), here) if here is not None and same else 0.0)
    for name in ours:
        yield TensorReplay(name, 0.0)


def _by_hash(recipe: Recipe, again: Path) -> Iterator[TensorReplay]:
    """The recorded tensors, with what was made again."""
    recorded = {name.partition(_IN_GGUF)[2] or name: digest for name, digest in recipe.tensors.items()}
    as_first = recorded.keys() != recipe.tensors.keys()
    ours = (hashes_by_model_names if as_first else tensor_hashes)(again, lambda: None)
    for name in dict.fromkeys((*recorded, *ours)):
        yield TensorReplay(name, float(recorded.get(name) == ours.get(name)))


def _equal_share(one: tuple[Path, TensorInfo], other: tuple[Path, TensorInfo]) -> float:
    """Share of the bytes that are equal."""
    left, right = (read_bytes(Pinned(file, settled=False), info) for file, info in (one, other))
    return float((left == right).double().mean()) if left.numel() else 1.0
