"""A stage outside a run: one method on one model, in memory or into a folder, without workspace, cache or report."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from engine import devices
from engine.base.errors import BadInput
from engine.base.files import disk_error, existing_parent
from engine.checkpoints.checkpoint import COMPANIONS
from engine.checkpoints.container import PartWriter
from engine.checkpoints.hub import is_local
from engine.checkpoints.tensor_sources import TensorSource
from engine.contracts.events import Event
from engine.contracts.history import SEED_HASH
from engine.contracts.method_settings import other_dtype
from engine.contracts.settings import Settings
from engine.methods.base import MethodInfo, problems, targets
from engine.models.loading import share_settings
from engine.models.memory import MemorySource, NetworkParts, model_in_memory
from engine.models.model import Model
from engine.models.saving import make_savable, write_container
from engine.models.source import open_model
from engine.run.control import Control
from engine.run.passed_texts import with_names
from engine.run.signature import content_hash, digest
from engine.run.stage import RunStage


class MemoryWriter:
    """Keeps the parts of a result in memory, in the place of an artifact's files (see `ArtifactWriter`)."""

    def __init__(self) -> None:
        self._parts: dict[str, dict[str, torch.Tensor]] = {}

    def has(self, part: str) -> bool:
        """True if the part is here."""
        return part in self._parts

    def write(self, part: str, tensors: Mapping[str, torch.Tensor], modules: Any, packed: Any = ()) -> None:
        """Keep the tensors of a part; its modules stay where they are."""
        self._parts[part] = {name: tensor.detach() for name, tensor in tensors.items()}

    def stored(self, part: str) -> TensorSource:
        """Source of the tensors of a part."""
        return MemorySource(self._parts[part])

    def modules(self, part: str) -> dict[str, dict[str, Any]]:
        """Nothing: they are in their places."""
        return {}

    def finish(self, config: Any, history: Any, companions: Any) -> None:
        """There is nothing to name."""

    def branch(self, folder: Path) -> MemoryWriter:
        """The same: no other run shares it."""
        return self


class LocalStage(RunStage):
    """Stage of a method that is applied to a model by `engine.api.apply`, a script or a test.

    Parameters
    ----------
    folder: the result becomes an artifact in ``folder / "artifact"``, unfinished work is kept in ``folder / "scratch"``
        and taken up by the next stage with the same folder. None: the result stays in the model's module, and the
        scratch folder is temporary.
    signature: of what is random; equal ones give equal bits.
    inputs: the models at the method's other ports by name, e.g. "teacher".
    emit, progress: hear the events and the share of the work that is done.
    """

    IS_SIGNED = False

    def __init__(
        self,
        folder: Path | None = None,
        *,
        device: torch.device | str = "cpu",
        inputs: Mapping[str, Model] | None = None,
        signature: str = "0" * 32,
        control: Control | None = None,
        emit: Callable[[Event], None] = lambda event: None,
        progress: Callable[[float, str], None] = lambda fraction, text: None,
    ) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="compression-") if folder is None else None
        root = Path(self._temporary.name) if self._temporary else folder
        assert root is not None
        super().__init__(
            run="local",
            block="local",
            signature=signature,
            target=root / "artifact",
            scratch=root / "scratch",
            device=torch.device(device),
            inputs=dict(inputs or {}),
            control=control or Control(),
            emit=emit,
            progress=progress,
        )

    def apply(self, info: MethodInfo, settings: Mapping[str, Any], model: Model) -> Model:
        """Check, apply the method, finish. Raises `BadInput` for what does not fit, and what the method raises."""
        algorithm, chosen = info.load(), info.settings.parse(dict(settings), where=info.title)
        for problem in problems(algorithm, model.anatomy, chosen, model.header):
            if problem.severity == "error":
                raise BadInput(problem.message, where=problem.where, advice=problem.advice)
            self.log(str(problem), "warning")
        self.describe_output(model, targets(algorithm, model.anatomy, chosen), other_dtype(chosen))
        with devices.computing_on(self.device):
            result = algorithm.apply(model, chosen, self)
            self.finish(result)
        return result

    def close(self) -> None:
        """Remove the temporary folder, if there is one."""
        if self._temporary is not None:
            self._temporary.cleanup()

    def finish(self, model: Model) -> Path:
        """Store the parts that the method did not walk; in memory, put every tensor into its place again."""
        folder = super().finish(model)
        if self._temporary is not None:
            model.load(device=self.device)
        return folder

    def _new_writer(self, parts: Sequence[str]) -> PartWriter:
        return super()._new_writer(parts) if self._temporary is None else MemoryWriter()


def apply_in_memory(
    info: MethodInfo,
    settings: Mapping[str, Any],
    model: nn.Module,
    *,
    inputs: Mapping[str, nn.Module | str | os.PathLike[str]],
    tokenizer: Any,
    seed: int,
    emit: Callable[[Event], None],
    progress: Callable[[float, str], None],
) -> nn.Module:
    """See `engine.api.apply`."""
    if info.is_source:
        raise BadInput(f"'{info.id}' brings a model instead of changing one", advice="choose another method")
    with contextlib.ExitStack() as stack:
        texts = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="texts-")))
        settings = with_names(info.settings, settings, texts, info.title)
        parsed = info.settings.parse(settings, where=info.title)
        chosen = parsed.model_dump(mode="json") | _contents(parsed)
        files = stack.enter_context(_tokenizer_files(model, tokenizer))
        before = NetworkParts(model) if isinstance(model, nn.Module) else None
        opened = model_in_memory(model, files)
        signature = digest({"method": info.id, "settings": chosen, "seed": seed})
        stage = LocalStage(
            device=_device_of(model),
            inputs=_inputs(info, model, inputs, files),
            signature=signature,
            emit=emit,
            progress=progress,
        )
        stack.callback(stage.close)
        assert before is not None
        try:
            opened.free()
            result = stage.apply(info, settings, opened)
        except BaseException:
            before.put_back()
            raise
        if result.module is not model:
            before.put_back()
        before.same_use(result.module)
        share_settings(result, model)
        result.history = (*opened.history, _step(info, chosen, stage, signature))
        make_savable(result)
        return result.module


@contextlib.contextmanager
def copy_in_memory(model: nn.Module, tokenizer: Any) -> Iterator[Model]:
    """A copy of a network of transformers that is in memory, as a model whose numbers may be cast and moved.
    ``tokenizer``: see `engine.api.apply`. Raises `BadInput`."""
    with _tokenizer_files(model, tokenizer) as files:
        yield model_in_memory(model, files, apart=True)


@contextlib.contextmanager
def stored_in_memory(model: nn.Module, tokenizer: Any, beside: Path) -> Iterator[Path]:
    """A copy of a network in memory as a container, in a temporary folder of the disk that ``beside`` is on. Raises
    `BadInput`, `RunFailed` for a full disk."""
    with contextlib.ExitStack() as stack:
        try:
            around = existing_parent(beside.absolute().parent)
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=".network-", dir=around)))
            copied = stack.enter_context(copy_in_memory(model, tokenizer))
            stored = write_container(copied, folder / (copied.path.name or type(model).__name__))
        except OSError as error:
            raise disk_error(error, beside) from error
        yield stored


def _contents(settings: Settings) -> dict[str, str]:
    """Settings that name an existing file or a folder of texts: the hash of what is in it, wherever it lies."""
    paths = {name: Path(value).expanduser() for name, value in settings.files().items()}
    texts = {name: path for name, path in paths.items() if not (path / "config.json").exists()}
    return {name: f"sha256:{hashed}" for name, path in texts.items() if (hashed := content_hash(path))}


def _step(info: MethodInfo, settings: dict[str, Any], stage: LocalStage, signature: str) -> dict[str, Any]:
    """The entry of a method in the history of a model, as a run writes it."""
    step = {"method": info.id, "title": info.title, "settings": settings, SEED_HASH: signature}
    step |= {"details": stage.history_details} if stage.history_details else {}
    return step | ({"origin": info.origin} if info.origin else {})


def _device_of(model: nn.Module) -> torch.device:
    return next((tensor.device for tensor in model.state_dict().values()), torch.device("cpu"))


@contextlib.contextmanager
def _tokenizer_files(model: nn.Module, tokenizer: Any) -> Iterator[tuple[Path, ...]]:
    """The files of the tokenizer: written for one in memory, else those beside the model; none if there are none."""
    if hasattr(tokenizer, "save_pretrained"):
        with tempfile.TemporaryDirectory(prefix="tokenizer-") as folder:
            tokenizer.save_pretrained(folder)
            yield tuple(path for path in Path(folder).iterdir() if path.is_file())
        return
    where = str(tokenizer or getattr(getattr(model, "config", None), "name_or_path", "") or "")
    if tokenizer is not None and Path(where).is_dir():
        yield tuple(path for name in COMPANIONS if (path := Path(where) / name).is_file())
    else:
        yield open_model(where).companions if where and (tokenizer or is_local(where)) else ()


def _inputs(
    info: MethodInfo,
    model: nn.Module,
    networks: Mapping[str, nn.Module | str | os.PathLike[str]],
    files: tuple[Path, ...],
) -> dict[str, Model]:
    """The models at the other ports."""
    ports = info.inputs[1:]
    if wrong := next((name for name in networks if name not in ports), None):
        raise BadInput(f"{info.title} has no input '{wrong}'", why=f"there are: {', '.join(ports) or 'none'}")
    if missing := next((name for name in ports if name not in networks and name not in info.optional), None):
        raise BadInput(f"{info.title} needs a model at its input '{missing}'", advice=f"give inputs={{'{missing}': …}}")
    inputs: dict[str, Model] = {}
    for port in ports:
        other = networks.get(port, model)
        if isinstance(other, nn.Module):  # as it is now: the method changes the model, and reads the other as it was
            inputs[port] = model_in_memory(other, files, apart=True)
        else:
            inputs[port] = open_model(os.fspath(other))
    return inputs
