"""Completion of words in a shell. It waits for the answer: nothing heavy is imported."""

from __future__ import annotations

import ast
import contextlib
import functools
import pkgutil
from pathlib import Path
from typing import Any

from engine.base.errors import BadInput, StudioError
from engine.cli.output import PROGRAM
from engine.cli.words import is_setting
from engine.contracts.settings import FieldInfo, fields
from engine.methods.registry import method, methods
from engine.pipeline.document import Evaluation, PipelineSettings
from engine.pipeline.recipes import open_pipeline

SHELLS = ("bash", "zsh", "fish", "tcsh", "powershell")


def shell_code(shell: str) -> str:
    """The lines that teach a shell. Raises `BadInput` without the package that does it."""
    try:
        import argcomplete.shell_integration
    except ImportError:
        raise BadInput(
            "The completion of words needs a package", where="argcomplete", advice="install it: pip install argcomplete"
        ) from None
    code: str = argcomplete.shell_integration.shellcode([PROGRAM], shell="bash" if shell == "zsh" else shell)
    return code


def method_ids(**_: Any) -> list[str]:
    """All methods that change a model."""
    return [info.id for info in methods().values() if not info.is_source]


def claim_ids(**_: Any) -> list[str]:
    """All claims of the survey."""
    from engine.claims.catalog import CLAIMS

    return [claim.id for claim in CLAIMS]


@functools.cache
def _built_in_formats() -> tuple[str, ...]:
    """Ids of the formats, read from their sources: importing them takes seconds."""
    import engine.export.formats as package

    ids = []
    for file in pkgutil.iter_modules(package.__path__):
        with contextlib.suppress(OSError, SyntaxError):
            source = Path(package.__path__[0], f"{file.name}.py").read_text(encoding="utf-8")
            classes = ast.parse(source).body if "\nFORMAT = " in source else ()
            for node in (node for kind in classes if isinstance(kind, ast.ClassDef) for node in kind.body):
                if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                    names = [target.id for target in node.targets if isinstance(target, ast.Name)]
                    ids += [str(node.value.value)] if names == ["id"] else []
    return tuple(ids)


def format_ids(**_: Any) -> list[str]:
    """The built-in export formats."""
    return list(_built_in_formats())


def models(prefix: str = "", **_: Any) -> list[str]:
    """The sample, folders and GGUF files."""
    return ["sample", *_paths(prefix, lambda path: path.is_dir() or path.suffix == ".gguf")]


def runs(prefix: str = "", **_: Any) -> list[str]:
    """Ids of past runs, and folders."""
    from engine.record.history import History
    from engine.record.home import Home

    with contextlib.suppress(StudioError, OSError), History.open(Home.default()) as history:
        return [*(run.id for run in history.runs(50)), *_paths(prefix, Path.is_dir)]
    return []


def steps(prefix: str = "", parsed_args: Any = None, **_: Any) -> list[str]:
    """Methods, and the settings of the one before; after a method and a space in quotes its settings; after a setting
    and "=" its values."""
    head, space, last = prefix.rpartition(" ")
    if space:
        return [f"{head} {word}" for word in _settings_of(head, last)]
    before = [text for text in getattr(parsed_args, "steps", None) or () if not is_setting(text)]
    return [*method_ids(), *(_settings_of(before[-1], last) if before else ())]


def changes(prefix: str = "", parsed_args: Any = None, **_: Any) -> list[str]:
    """``BLOCK.SETTING=VALUE`` of the pipeline that was named before."""
    with contextlib.suppress(StudioError, AttributeError, TypeError):
        pipeline = open_pipeline(Path(parsed_args.file)).pipeline
        settings_by_block = {block.id: method(block.method).settings for block in pipeline.blocks}
        settings_by_block |= {"evaluation": Evaluation, "pipeline": PipelineSettings}
        block, dot, last = prefix.partition(".")
        if not dot:
            return [f"{name}." for name in settings_by_block]
        return (
            [f"{block}.{word}" for word in _settings(fields(settings_by_block[block]), last)]
            if block in settings_by_block
            else []
        )
    return []


def _settings_of(step: str, word: str) -> list[str]:
    """Settings of the method of a step, or values of the one that ``word`` names."""
    with contextlib.suppress(StudioError):
        return _settings(fields(method(step.partition(" ")[0]).settings), word)
    return []


def _settings(infos: tuple[FieldInfo, ...], word: str) -> list[str]:
    name, equals, _ = word.partition("=")
    if not equals:
        return [f"{field.name}=" for field in infos]
    field = next((field for field in infos if field.name == name), None)
    if field is None:
        return []
    values = ["true", "false"] if field.kind == "bool" else [str(value) for value, _ in field.choices]
    return [f"{name}={value}" for value in values]


def _paths(prefix: str, is_wanted: Any) -> list[str]:
    head = prefix[: len(prefix) - len(prefix.rpartition("/")[2])]
    with contextlib.suppress(OSError, RuntimeError):
        return [
            f"{head}{path.name}" + ("/" if path.is_dir() else "")
            for path in sorted(Path(head or ".").expanduser().iterdir())
            if is_wanted(path) and not path.name.startswith(".")
        ]
    return []
