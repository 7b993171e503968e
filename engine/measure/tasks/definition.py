"""Definitions of evaluation tasks: YAML files in the form of lm-evaluation-harness, read as data. Torch-free.

A file of a stranger may name Python functions, a dataset that is unpickled, a metric whose code is fetched. Nothing of
that is done here: fields are those of `FIELDS`, functions stay names (`Function`) until a person says yes to the code
that lies beside the file, and data sets are files of `FILE_KINDS` or ids on the hub.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import yaml

from engine import resources
from engine.base import pinned
from engine.base.errors import BadInput
from engine.base.files import expanded
from engine.base.likely import likely

MOST_BYTES = 1_000_000
"""Of one YAML file."""
MOST_INCLUDED = 20
FILE_KINDS = ("json", "csv", "text", "parquet", "arrow")
"""Data sets that are files: what ``dataset_path`` may say for them. Others of that library unpickle what they read."""
OUTPUT_TYPES = ("loglikelihood", "loglikelihood_rolling", "generate_until", "multiple_choice")
# fmt: off
FIELDS = frozenset(
    {
        "task", "task_alias", "tag", "dataset_path", "dataset_name", "dataset_kwargs", "training_split",
        "validation_split", "test_split", "fewshot_split", "process_docs", "doc_to_text", "doc_to_target",
        "doc_to_choice", "process_results", "description", "target_delimiter", "fewshot_delimiter",
        "fewshot_config", "num_fewshot", "metric_list", "output_type", "generation_kwargs", "repeats",
        "filter_list", "should_decontaminate", "doc_to_decontamination_query", "gen_prefix", "metadata", "include",
        "class",
    }
)
# fmt: on
"""Fields of lm-evaluation-harness that are understood. ``use_prompt`` and ``custom_dataset`` load code themselves."""
_OF_DATA = frozenset({"data_files", "data_dir", "revision", "field", "sep", "delimiter", "encoding", "names"})
_HUB_ID = re.compile(r"[\w.-]{1,96}(/[\w.-]{1,96})?")
_PLAIN_NAME = re.compile(r"[\w.-]+")


@dataclass(frozen=True)
class Function:
    """A function or class that a definition names, such as "utils.process_docs", and nothing has loaded."""

    name: str


@dataclass(frozen=True)
class Definition:
    """A task by its file. ``config``: its fields, paths of data made absolute, functions as `Function`. ``sha256``: of
    the file, those that it includes, its data files and, if it names functions, the code beside it."""

    name: str
    path: Path
    config: Mapping[str, Any]
    sha256: str

    @property
    def functions(self) -> tuple[Function, ...]:
        """All functions that it names."""
        return tuple(_functions(self.config))

    @property
    def is_bundled(self) -> bool:
        """True for a task that ships with the program."""
        return self.path in bundled_tasks().values()

    def data(self, split: str) -> tuple[Path, ...]:
        """The data files of a split, () for data on the hub."""
        is_local = self.config.get("dataset_path") in FILE_KINDS
        files = self.config.get("dataset_kwargs", {}).get("data_files", ()) if is_local else ()
        chosen = files.get(split, ()) if isinstance(files, Mapping) else files
        return tuple(Path(file) for file in ([chosen] if isinstance(chosen, str) else chosen))


def bundled_tasks() -> dict[str, Path]:
    """The tasks that ship with the program: name -> file."""
    return {file.stem: file for file in sorted(resources.path("tasks").glob("*.yaml"))}


def is_task_file(name: str) -> bool:
    """True for a word that names a file, there or not, and no task."""
    return name.endswith((".yaml", ".yml")) or "/" in name or "\\" in name


def read_definition(file: str | Path) -> Definition:
    """Read a task's file. Raises `BadInput` if it is not a task or uses something unsupported."""
    path = expanded(file)
    hashed = hashlib.sha256()
    config = _read(path, hashed, [])
    _check_fields(config, path)
    config["dataset_kwargs"] = _with_paths(config, path)
    definition = Definition(config["task"], path, config, "")
    for split in sorted(_splits(config)):
        for data in definition.data(split):
            hashed.update(f"\0{split}\0{_bytes_hash(data)}".encode())
    if definition.functions:
        for code in sorted(path.parent.glob("*.py")):
            hashed.update(f"\0{code.name}\0{_bytes_hash(code)}".encode())
    return Definition(definition.name, path, config, hashed.hexdigest())


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """Reads plain values; anchors are refused, since a few of them make a document of any size."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Compose a node, unless it is an alias."""
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.YAMLError("it uses anchors (&, *), which are not read: write the values out")
        return super().compose_node(parent, index)


def _function(loader: _Loader, node: yaml.Node) -> Function:
    if not isinstance(node, yaml.ScalarNode):
        raise yaml.YAMLError("!function is followed by a name, such as utils.process_docs")
    return Function(str(loader.construct_scalar(node)))


_Loader.add_constructor("!function", _function)


def _read(path: Path, hashed: Any, seen: list[Path]) -> dict[str, Any]:
    """The fields of a file over those of the files that it includes."""
    if path in seen or len(seen) >= MOST_INCLUDED:
        _refuse(path, "it includes itself, or too many files")
    seen.append(path)
    try:
        pin = pinned.pins().pin(path)
        if path.stat().st_size > MOST_BYTES:
            _refuse(path, f"it has more than {MOST_BYTES:,} bytes")
        content = pin.read()
    except OSError as error:
        raise BadInput("The task's file can't be read", where=str(path), why=error.strerror or str(error)) from None
    hashed.update(hashlib.sha256(content).digest())
    try:
        values = yaml.load(content, Loader=_Loader)  # a SafeLoader
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        _refuse(path, f"its YAML can't be read: {' '.join(str(error).split())[:300]}")
    if not isinstance(values, dict) or not all(isinstance(key, str) for key in values):
        _refuse(path, "it holds no fields of a task")
    merged: dict[str, Any] = {}
    included = values.pop("include", [])
    for name in included if isinstance(included, list) else [included]:
        if not isinstance(name, str):
            _refuse(path, "include is followed by the name of a file")
        merged |= _read(path.parent / name, hashed, seen)
    return merged | values


def _check_fields(config: Mapping[str, Any], path: Path) -> None:
    if "group" in config or isinstance(config.get("task"), list):
        _refuse(path, "it is a group of tasks", "name the file of each task")
    if unknown := sorted(config.keys() - FIELDS):
        _refuse(path, f"the field '{unknown[0][:80]}' is not understood", likely(unknown[0], sorted(FIELDS)))
    needed = ["task"] if "class" in config else ["task", "dataset_path", "output_type", "doc_to_text"]
    for name in needed:
        if not isinstance(config.get(name), str | Function):
            what = "is missing" if name not in config else "is not a text"
            _refuse(path, f"the field '{name}' {what}")
    if not isinstance(config["task"], str) or not _PLAIN_NAME.fullmatch(config["task"]):
        _refuse(path, "'task' is a name of letters, digits, dots and lines")
    if "class" in config:
        return
    kind = config["output_type"]
    if kind not in OUTPUT_TYPES:
        _refuse(path, f"the output_type '{str(kind)[:80]}' does not exist", likely(str(kind), OUTPUT_TYPES))
    if kind == "multiple_choice" and "doc_to_choice" not in config:
        _refuse(path, "the field 'doc_to_choice' is missing")
    if not (config.get("test_split") or config.get("validation_split")):
        _refuse(path, "the field 'test_split' is missing")
    _check_metrics(config.get("metric_list"), path)


def _check_metrics(metrics: Any, path: Path) -> None:
    if metrics is None:
        return
    if not isinstance(metrics, list) or not all(isinstance(entry, dict) and "metric" in entry for entry in metrics):
        _refuse(path, "'metric_list' is a list of entries with a 'metric' each")
    if any(entry.get("hf_evaluate") for entry in metrics):
        _refuse(path, "a metric with 'hf_evaluate' is code that would be fetched", "name a metric of lm-eval")


def _with_paths(config: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """``dataset_kwargs`` with the paths of data files, which are those beside the file."""
    options = config.get("dataset_kwargs") or {}
    if not isinstance(options, dict):
        _refuse(path, "'dataset_kwargs' holds no fields")
    options = {name: value for name, value in options.items() if name != "trust_remote_code" or value}
    if unknown := sorted(map(str, options.keys() - _OF_DATA)):
        _refuse(path, f"'{unknown[0][:80]}' in dataset_kwargs is not understood")
    source = config.get("dataset_path")
    if source is None:
        return options
    if source not in FILE_KINDS:
        _check_hub_id(source, options, path)
        return options
    files = options.get("data_files")
    if not files:
        _refuse(path, f"dataset_path is '{source}', and dataset_kwargs has no 'data_files'")
    if isinstance(files, dict):
        return options | {"data_files": {str(split): _paths(value, path) for split, value in files.items()}}
    return options | {"data_files": _paths(files, path)}


def _check_hub_id(source: Any, options: Mapping[str, Any], path: Path) -> None:
    if not isinstance(source, str) or not _HUB_ID.fullmatch(source) or "/" not in source or ".." in source:
        kinds = ", ".join(FILE_KINDS)
        _refuse(path, f"the dataset_path {str(source)[:80]!r} is neither OWNER/NAME on the hub nor one of {kinds}")
    if "data_files" in options and "://" in str(options["data_files"]):
        _refuse(path, "data files by an address are not fetched", "get the file and name it beside the task")


def _paths(named: Any, path: Path) -> list[str]:
    """Absolute paths of data files, which are there."""
    files: list[str] = []
    for name in named if isinstance(named, list) else [named]:
        if not isinstance(name, str) or "://" in name:
            _refuse(path, "data files by an address are not fetched", "get the file and name it beside the task")
        file = (path.parent / name).resolve()
        if not file.is_file():
            raise BadInput("The task's data are not there", where=str(file), why=f"{path.name} names {name[:200]}")
        files.append(str(file))
    return files


def _splits(config: Mapping[str, Any]) -> Iterator[str]:
    files = config["dataset_kwargs"].get("data_files", ())
    yield from files if isinstance(files, Mapping) else ("train",)


def _functions(value: Any) -> Iterator[Function]:
    """All functions in a value."""
    if isinstance(value, Function):
        yield value
    elif isinstance(value, Mapping | list):
        for one in value.values() if isinstance(value, Mapping) else value:
            yield from _functions(one)


def with_functions(value: Any, load: Callable[[Function], Any]) -> Any:
    """A copy of a value in which ``load`` gives each function."""
    if isinstance(value, Function):
        return load(value)
    if isinstance(value, Mapping):
        return {name: with_functions(one, load) for name, one in value.items()}
    return [with_functions(one, load) for one in value] if isinstance(value, list) else value


def _bytes_hash(path: Path) -> str:
    try:
        return pinned.pins().pin(path).sha256()
    except OSError as error:
        raise BadInput("The task's data can't be read", where=str(path), why=error.strerror or str(error)) from None


def _refuse(path: Path, why: str, advice: str = "") -> NoReturn:
    raise BadInput("The task can't be used", where=str(path), why=why, advice=advice or "see the guide: Tasks")
