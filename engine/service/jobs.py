"""Jobs of the engine beside runs: look, check, download, inspect, export, verify, write text."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pydantic
import torch

from engine import devices
from engine.architecture.anatomy import Anatomy
from engine.base.errors import BadInput
from engine.base.files import expanded
from engine.checkpoints.checkpoint import DESCRIPTION, CheckpointHeader, read_header
from engine.checkpoints.hub import download, resolve
from engine.contracts.commands import (
    CheckPipeline,
    Command,
    DescribeDevice,
    DescribeFormats,
    DescribeLayers,
    DescribeText,
    Download,
    Export,
    FormatInfo,
    Generate,
    Generation,
    Inspect,
    InspectRotation,
    ReadClaims,
    ReadReport,
    ReadStructure,
    RunClaims,
    SearchDatasets,
    Verified,
)
from engine.contracts.events import Event, Generated
from engine.contracts.publishing import Push
from engine.contracts.replay import ReadCard, ReplayExport
from engine.contracts.transfers import (
    FindContent,
    ListFiles,
    ListRuns,
    PlaceContent,
    PlaceHeaders,
    ReadPiece,
    TakePiece,
    UseHubToken,
)
from engine.data.looking import describe_text, search_datasets
from engine.devices import computing_on
from engine.export import sizes
from engine.export.registry import export_format, formats
from engine.export.verification.check import export
from engine.measure.generate import generate
from engine.measure.inspection import inspect_model
from engine.measure.rotation import inspect_rotation
from engine.models.model import Model
from engine.models.source import load_tokenizer, open_model
from engine.pipeline.document import Pipeline
from engine.publish.push import push
from engine.record.folder import RunFolder
from engine.record.history import History
from engine.record.home import Home
from engine.record.siblings import siblings
from engine.reproduce.card import read_card
from engine.reproduce.replay import replay
from engine.run.control import Control
from engine.run.environment import describe, pick_device
from engine.run.estimate import check
from engine.run.llama_cpp.file import file_for
from engine.run.llama_cpp.text import write_text
from engine.run.runner import find
from engine.service import claim_jobs, content

Progress = Callable[[float, str], None]


def warm_up() -> None:
    """Load and start what the first run would load and start: the first optimizer step alone takes 0.1 s and more."""
    import transformers.models.llama.modeling_llama  # noqa: F401 - the lazy modules that every model needs

    torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))
    layer = torch.nn.Linear(8, 8, device="meta").to_empty(device="cpu")
    optimizer = torch.optim.AdamW(layer.parameters())
    layer(torch.zeros(1, 8)).sum().backward()
    optimizer.step()


def execute(
    command: Command,
    home: Home,
    device: str | None,
    progress: Progress,
    control: Control,
    emit: Callable[[Event], None],
) -> Any:
    """Do what a command says; the result as `engine.contracts.commands` names it. Raises what the work raises."""
    match command:
        case CheckPipeline():
            pipeline = Pipeline.from_json(command.pipeline)
            more: dict[str, Any] = {"home": home, "device": device, "checkpoint": control.checkpoint}
            return check(pipeline, command.until, quick=command.quick, new=command.new, **more)
        case ReadStructure():
            return read_header(resolve(command.model, command.revision))
        case ReadClaims():
            return claim_jobs.read(command, home)
        case RunClaims():
            return claim_jobs.run(command, home, device, progress, control)
        case ReadReport():
            return find(command.run, home).report()
        case DescribeDevice():
            return describe(pick_device(device), seed=0)
        case DescribeLayers():
            return _anatomy(command.model, command.revision)
        case DescribeText():
            return describe_text(command.text, command.part, _tokenizer(command.model))
        case SearchDatasets():
            return search_datasets(command.words, command.limit)
        case Download():
            return str(download(command.model, command.revision, progress, control.checkpoint))
        case Inspect():
            return _inspection(command, progress, control)
        case InspectRotation():
            return _rotation(command, pick_device(device), progress, control)
        case DescribeFormats():
            if command.format is not None:
                return (describe_format(command.artifact, command.format, command.options),)
            return describe_formats(command.artifact)
        case Export():
            return export_artifact(
                Path(command.artifact),
                command.format,
                command.folder,
                home=home,
                options=command.options,
                progress=progress,
                control=control,
            )
        case Push() | ReadCard() | ReplayExport():
            return _of_export(command, progress, control)
        case Generate():
            with computing_on(chosen_device := pick_device(device)):
                return _generate(command, home, chosen_device, progress, control, emit)
    return _transfer(command, home)


def _of_export(command: Push | ReadCard | ReplayExport, progress: Progress, control: Control) -> Any:
    """Do something with an export: it is published, says how it was made, is made again."""
    checkpoint = control.checkpoint
    match command:
        case Push():
            options: dict[str, Any] = {"branch": command.branch, "message": command.message, "update": command.update}
            return push(command.folder, command.repo, progress, checkpoint, public=command.public, **options)
        case ReadCard():
            return read_card(command.export, command.revision, progress, checkpoint)
    files = [Path(file) for file in command.files]
    options = {"revision": command.revision, "files": files, "layers": command.layers}
    return replay(command.export, command.base, progress=progress, control=control, **options)


def _transfer(command: Command, home: Home) -> Any:
    """Move files to or from another machine."""
    match command:
        case FindContent():
            return content.content_there(home, command.files)
        case TakePiece():
            return content.take_piece(home, command)
        case PlaceContent():
            return content.place_content(home, command.files, command.single)
        case PlaceHeaders():
            return content.place_headers(home, command)
        case ListRuns():
            return content.list_runs(home, command.limit)
        case ListFiles():
            return content.list_files(find(command.run, home), command)
        case ReadPiece():
            return content.read_piece(find(command.run, home), command)
        case UseHubToken():
            os.environ["HF_TOKEN"] = command.token
            return None
    raise BadInput(f"The engine does not know the command {type(command).__name__}")


def _reference(command: Inspect | InspectRotation) -> Model | None:
    """The model to compare with, if there is one."""
    return None if command.reference is None else open_model(command.reference, trust_remote_code=False)


def _inspection(command: Inspect, progress: Progress, control: Control) -> Any:
    return inspect_model(
        open_model(command.model, trust_remote_code=False),
        reference=_reference(command),
        text=command.text,
        progress=progress,
        checkpoint=control.checkpoint,
    )


def _rotation(command: InspectRotation, device: torch.device, progress: Progress, control: Control) -> Any:
    with computing_on(device):
        return inspect_rotation(
            open_model(command.model, trust_remote_code=False),
            reference=_reference(command),
            text=command.text,
            device=device,
            progress=progress,
            checkpoint=control.checkpoint,
        )


def _generate(
    command: Generate,
    home: Home,
    device: torch.device,
    progress: Progress,
    control: Control,
    emit: Callable[[Event], None],
) -> Generation:
    """One model after the other, so that they don't take each other's time."""
    speeds, programs = dict[str, float](), dict[str, str]()
    for name in command.models:
        model = open_model(name)

        def piece(text: str, name: str = name) -> None:
            emit(Generated(run=command.id, model=name, text=text))

        options: dict[str, Any] = {"prompt": command.prompt, "tokens": command.tokens, "seed": command.seed}
        options |= {"temperature": command.temperature, "top_p": command.top_p, "stop": command.stop}
        options |= {"chat": command.chat, "before": command.before.get(name, ())}
        options |= {"checkpoint": control.checkpoint, "piece": piece}
        try:
            file = None if devices.is_accelerator(device) else file_for(model, home, progress, control.checkpoint)
            if file is not None:
                speeds[name], programs[name] = write_text(model, file, **options)
            else:
                speeds[name] = generate(model, **options, device=device)
        finally:
            model.free()
    return Generation(speeds, programs)


def _anatomy(model: str, revision: str) -> Anatomy:
    opened = open_model(resolve(model, revision), trust_remote_code=False)
    try:
        return opened.anatomy
    finally:
        opened.free()


def _tokenizer(model: str) -> Any:
    """The tokenizer of a model, None for ""."""
    if not model:
        return None
    opened = open_model(model, trust_remote_code=False)
    try:
        return load_tokenizer(opened)
    finally:
        opened.free()


def header_of(model: str, revision: str = "") -> CheckpointHeader:
    """The headers of a model by any of its names, or of what a run left."""
    return read_header(resolve(model, revision))


def describe_formats(artifact: str) -> tuple[FormatInfo, ...]:
    """Every export format with what it can and can't do for this artifact, by its default options; the one to take
    first (see `engine.export.sizes.ordered`)."""
    model = open_model(artifact)
    return sizes.ordered([sizes.describe(entry, model) for entry in formats().values()])


def describe_format(artifact: str, format_id: str, options: dict[str, Any]) -> FormatInfo:
    """One export format with these options. Raises `BadInput` for options that it does not have."""
    entry = export_format(format_id)
    return sizes.describe(entry, open_model(artifact), entry.options.parse(options, where=f"options of {entry.title}"))


def export_artifact(
    artifact: Path,
    format_id: str,
    folder: Path,
    *,
    home: Home,
    progress: Progress,
    control: Control,
    options: dict[str, Any] | None = None,
) -> Verified:
    """Write an artifact in a format and verify it; the model card gets the metrics of the run that made it."""
    stages = stages_of(artifact, home)
    environment = environment_of(artifact, home)
    with History.open(home) as history:
        others = siblings(history, [stage["artifact"] for stage in stages if stage["artifact"]])
    return export(artifact, format_id, folder, options or {}, progress, control.checkpoint, stages, environment, others)


def environment_of(artifact: Path, home: Home) -> dict[str, Any]:
    """The environment of the run that made an artifact, {} if no run of this workspace did."""
    with History.open(home) as history:
        maker = history.maker(str(artifact))
    return {} if maker is None else RunFolder.open(maker[0]).environment()


def stages_of(artifact: Path, home: Home) -> list[dict[str, Any]]:
    """Entries of the report of the newest run that left this artifact: its block and all that led to it, [] if no run
    of this workspace did."""
    with History.open(home) as history:
        runs = history.runs(limit=200)
    for run in runs:
        report = find(run.folder, home).report() if (run.folder / "pipeline.json").is_file() else {}
        stages = report.get("stages", [])
        maker = next((s["block"] for s in stages if s["artifact"] and Path(s["artifact"]) == artifact), None)
        if maker is not None:
            upstream = {maker}
            with contextlib.suppress(pydantic.ValidationError, LookupError):
                upstream |= Pipeline.model_validate(report["pipeline"]).upstream(maker)
            return [stage for stage in stages if stage["block"] in upstream]
    return []


def artifact_of(name: str, home: Home, block: str | None = None) -> Path:
    """The folder or file of an artifact or another model itself, or the artifact of a run (``block``; by default its
    last finished one)."""
    path = expanded(name)
    if any((path / name).is_file() for name in (DESCRIPTION, "config.json")) or path.suffix == ".gguf":
        return path.resolve()
    stages = find(name, home).report().get("stages", [])
    done = [
        s for s in stages if s["artifact"] and s["state"] in ("done", "cached") and s["block"] == (block or s["block"])
    ]
    if not done:
        blocks = ", ".join(stage["block"] for stage in stages) or "none"
        raise BadInput(
            "The run has no finished result" + (f" of block '{block}'" if block else ""),
            where=name,
            why=f"its blocks are {blocks}",
            advice="resume the run, or name another block",
        )
    return Path(done[-1]["artifact"])
