"""Version of the code that computes a result: the sources behind it, the versions of the libraries, the kind of device.

A signature that holds these changes when the code changes, without anybody raising a number. Counted are all modules
that are imported, directly or not, by the module that computes, as far as they compute: comments, docstrings,
formatting, labels and help of methods and settings never count, nor do rooms that only say, show or store what was
computed. Of plug-ins all files count that were installed with them: they may read data, and import what no statement
names. Nothing is imported for it, so it takes no torch, and it works with whatever loader the program came from (a
folder, a zip, a frozen program).
"""

from __future__ import annotations

import ast
import dis
import functools
import hashlib
import importlib
import importlib.util
import pkgutil
import sys
import threading
import types
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

from engine.base import pinned
from engine.base.distributions import files_with, spec_of, version_of
from engine.base.parsed_sources import Parsed, ParsedSources

LENGTH = 16
"""Hexadecimal digits of a hash of sources."""
OWN = "engine"
FACADE = "engine.plugin"
"""The module that gives names of other modules to plug-ins: what counts is the modules that these names come from."""
NOT_COMPUTING = frozenset(
    {
        "engine",
        "engine.api",
        "engine.cli",
        "engine.export",
        "engine.pipeline",
        "engine.plugin",
        "engine.record",
        "engine.run",
        "engine.service",
        "engine.testing",
        "engine.base.callable_package",
        "engine.base.codec",
        "engine.base.code_version",
        "engine.contracts.commands",
        "engine.base.errors",
        "engine.contracts.events",
        "engine.contracts.metrics",
        "engine.base.files",
        "engine.base.human",
        "engine.base.likely",
        "engine.base.parsed_sources",
        "engine.base.plugins",
        "engine.contracts.problem",
        "engine.checkpoints.hub",
        "engine.measure.machine",
    }
)
"""Packages and modules no line of which has a part in the values of a result: words, displays, orders, files' names,
the speed of a machine. What they import is not followed. A module that is asked for itself is counted all the same."""
LIBRARIES_NOT_COMPUTING = frozenset({"filelock", "huggingface_hub", "platformdirs", "psutil", "pydantic", "resources"})
_BESIDE = {"transformers": ("tokenizers",)}
"""Libraries that compute for one that is imported."""
EVERYTHING = "*"
"""Stands for all names of a module that is imported whole."""
_PARSED = ParsedSources(__file__)
_counted: dict[str, str] = {}
"""Hash of a source -> hash of what counts of it."""
_PARSING = threading.Lock()
"""Python 3.11 counts how deep a syntax tree is for all threads together: two that parse at once fail."""


@dataclass(frozen=True)
class CodeVersion:
    """``sources``: hash of the modules that compute. ``libraries``: those that they import, name -> version."""

    sources: str
    libraries: dict[str, str]

    def on(self, device: str) -> dict[str, Any]:
        """As plain values, with the kind of device ("cpu", "cuda", …): a part of signatures, reports and histories."""
        return {"code": self.sources, "libraries": dict(self.libraries), "device": device}


def code_version(*modules: str) -> CodeVersion:
    """Of these modules with all that they import within the engine and within packages that have no version; of those
    that are not the engine's, all files that were installed with them too, data as well as sources. What is imported is
    read once per process, these files once per session (see `engine.base.pinned`)."""
    version, packages = _imported_by(*modules)
    if not packages:
        return version
    files = pinned.pins().once((code_version, packages), lambda: _hashed(_file_words(packages)))
    return CodeVersion(_hashed((version.sources, files))[:LENGTH], version.libraries)


def plugin_files(*modules: str) -> tuple[Path, ...]:
    """The files of other packages that `code_version` counts for these modules, imported or not."""
    return tuple(path for package in _imported_by(*modules)[1] for path in files_with(package).values())


@functools.cache
def _imported_by(*modules: str) -> tuple[CodeVersion, tuple[str, ...]]:
    """The version of what is imported, and the top-level packages among it that are not the engine's."""
    own = {OWN, *(name.partition(".")[0] for name in modules)}
    digests: dict[str, str] = {}
    outside: set[str] = own - {OWN}
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        source = None if name in digests else _source(name)
        if source is None:
            continue
        digests[name] = source.digest
        if name.partition(".")[0] != OWN:
            own |= {top for top in {name.partition(".")[0] for name in source.imports} if _is_nobodys(top)}
        imports = {origin for imported in source.imports for origin in _origins(imported)}
        within = {module for module in imports if module.partition(".")[0] in own}
        outside |= {module.partition(".")[0] for module in imports - within}
        waiting += [module for module in (*within, *_parents(name)) if not _is_left_out(module)]
    _PARSED.save()
    text = "\n".join(f"{name} {digest}" for name, digest in sorted(digests.items()))
    version = CodeVersion(hashlib.sha256(text.encode()).hexdigest()[:LENGTH], _versions(outside))
    return version, tuple(sorted(own - {OWN}))


def _origins(name: str) -> tuple[str, ...]:
    """The modules that an imported name comes from: of a name of `FACADE` its own module, of all of them ("*") every
    module that it stands for; else the name itself."""
    facade, _, attribute = name.rpartition(".")
    if facade != FACADE:
        return (name,)
    homes: dict[str, str] = importlib.import_module(FACADE).HOMES
    chosen = homes.values() if attribute == EVERYTHING else [homes[attribute]] if attribute in homes else []
    return tuple(home.partition(":")[0] for home in chosen)


def _is_nobodys(package: str) -> bool:
    """True if no distribution has it, so that no version tells when it changes."""
    is_known = package in sys.stdlib_module_names or package in LIBRARIES_NOT_COMPUTING
    return not is_known and spec_of(package) is not None and not version_of(package)


def _file_words(packages: Iterable[str]) -> Iterator[str]:
    """Names and contents of the files of packages; of sources what counts of them."""
    for package in packages:
        for name, path in sorted(files_with(package).items()):
            yield name
            yield _file_word(path)


def _file_word(path: Path) -> str:
    file = pinned.pins().pin(path)
    content = file.sha256() if file.size <= pinned.HELD_BYTES else pinned.digests([file])[0]
    if path.suffix != ".py":
        return content
    if content not in _counted:
        try:
            with _PARSING:
                tree = ast.parse(file.read())
        except (SyntaxError, ValueError):
            return content
        _counted[content] = _hashed(_Reader(tree, "").words)
    return _counted[content]


def modules_in(package: str) -> tuple[str, ...]:
    """The names of the modules that lie in a package."""
    spec = spec_of(package)
    places = None if spec is None else spec.submodule_search_locations
    return tuple(sorted(module.name for module in pkgutil.iter_modules(places, f"{package}.")))


def _parents(name: str) -> Iterator[str]:
    """The packages that are imported before a module is."""
    while "." in name:
        name = name.rpartition(".")[0]
        yield name


def _is_left_out(name: str) -> bool:
    return name in NOT_COMPUTING or any(parent in NOT_COMPUTING for parent in _parents(name) if parent != OWN)


# -- modules -----------------------------------------------------------------------------------------------------------
@functools.cache
def _source(name: str) -> Parsed | None:
    """Hash and imports of a module; None if there is none of this name."""
    spec = spec_of(name)
    if spec is None:
        return _defined_here(name)
    package = name if spec.submodule_search_locations is not None else name.rpartition(".")[0]
    text = _read(spec)
    if text is not None:
        key = _PARSED.key(text, package)
        if (parsed := _PARSED.get(key)) is None:
            with _PARSING:
                tree = ast.parse(text)
            reader = _Reader(tree, package)
            parsed = Parsed(_hashed(reader.words), frozenset(reader.imports))
            _PARSED.add(key, parsed)
        return parsed
    loader: Any = spec.loader
    code = loader.get_code(name) if hasattr(loader, "get_code") else None
    if code is not None:
        return Parsed(_hashed(_code_words(code)), frozenset(_code_imports(code, package)))
    if spec.origin is not None and hasattr(loader, "get_data"):  # compiled to the machine's code
        return Parsed(hashlib.sha256(loader.get_data(spec.origin)).hexdigest(), frozenset())
    return Parsed("", frozenset())  # a folder without __init__.py


def _read(spec: ModuleSpec) -> str | None:
    """The source text of a module, None where only bytecode came with the program. A loader that gives no source, such
    as pytest's, which rewrites assertions, has read it from the module's file."""
    loader: Any = spec.loader
    try:
        if hasattr(loader, "get_source"):
            text: str | None = loader.get_source(spec.name)
            return text
        if spec.has_location and spec.origin is not None and spec.origin.endswith(".py"):
            return importlib.util.decode_source(Path(spec.origin).read_bytes())
    except (ImportError, OSError):
        pass
    return None


def _defined_here(name: str) -> Parsed | None:
    """A module without a file, as the one that somebody types into: the code of its functions and classes."""
    module = sys.modules.get(name)
    if module is None:
        return None
    codes = [code for value in vars(module).values() for code in _codes(value, name)]
    words = [word for code in sorted(codes, key=lambda code: code.co_qualname) for word in _code_words(code)]
    return Parsed(_hashed(words), frozenset(word for code in codes for word in _code_imports(code, name)))


def _codes(value: Any, module: str) -> Iterator[types.CodeType]:
    if getattr(value, "__module__", None) != module:
        return
    if isinstance(value, types.FunctionType):
        yield value.__code__
    elif isinstance(value, type):
        for member in vars(value).values():
            yield from _codes(member, module)


# -- what counts of a source -------------------------------------------------------------------------------------------
class _Reader:
    """A syntax tree as words, the same for every version of Python that can read the source, and what it imports.
    Docstrings and what is there for type checkers only are left out."""

    def __init__(self, tree: ast.Module, package: str) -> None:
        self.words: list[str] = []
        self.imports: set[str] = set()
        self._package = package
        self._node(tree)

    def _node(self, node: ast.AST) -> None:
        if isinstance(node, ast.If) and getattr(node.test, "id", getattr(node.test, "attr", "")) == "TYPE_CHECKING":
            self._list(node.orelse)
            return
        if isinstance(node, ast.Import):
            self.imports.update(alias.name for alias in node.names)
            self.imports.update(f"{alias.name}.{EVERYTHING}" for alias in node.names if alias.name == FACADE)
        elif isinstance(node, ast.ImportFrom):
            self.imports.update(
                _imported(node.level, node.module or "", [alias.name for alias in node.names], self._package)
            )
        self.words.append(type(node).__name__)
        for field in node._fields:
            value = getattr(node, field, None)
            if value is None or field in _SPELLING:
                continue
            if isinstance(node, ast.keyword) and node.arg == "choices" and isinstance(value, ast.Dict):
                self.words.append(field)
                self._list([key for key in value.keys if key is not None])  # their labels do not compute
            elif isinstance(value, ast.AST):
                self.words.append(field)
                self._node(value)
            elif not isinstance(value, list):
                self.words += (field, repr(value))
            elif value:
                self.words.append(field)
                self._list(value)
        self.words.append(")")

    def _list(self, values: list[Any]) -> None:
        for value in values:
            if not isinstance(value, ast.AST):
                self.words.append(repr(value))
            elif not _is_text(value):
                self._node(value)
        self.words.append("]")


_SPELLING = frozenset({"ctx", "kind", "type_comment"})
"""Fields of a syntax tree that follow from its other fields, or change nothing."""


_LABELS = frozenset({"help", "title", "unit", "section", "summary", "paper", "keywords", "choose_for"})
"""Arguments of `engine.contracts.settings.setting` and `engine.methods.base.MethodInfo` that are only shown."""
_SUMMARY = "summary"
"""Method of settings: the line on a block's card."""


def _is_text(node: ast.AST) -> bool:
    """A docstring, of whatever it is, or something of a method or a setting that is only shown."""
    if isinstance(node, ast.FunctionDef) and node.name == _SUMMARY:
        return [argument.arg for argument in node.args.args] == ["self"]
    if isinstance(node, ast.keyword) and node.arg in _LABELS:
        return all(isinstance(part, ast.Tuple | ast.Load) or _is_string(part) for part in ast.walk(node.value))
    return isinstance(node, ast.Expr) and _is_string(node.value)


def _is_string(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _imported(level: int, module: str, names: Iterable[str], package: str) -> Iterator[str]:
    """Absolute names of everything that ``from module import names`` may import; nothing where that leads out of all
    packages."""
    try:
        base = importlib.util.resolve_name("." * level + module, package) if level else module
    except ImportError:
        return
    yield base
    for name in names:
        yield f"{base}.{name}"
        if f"{base}.{name}" == FACADE:
            yield f"{FACADE}.{EVERYTHING}"


def _code_words(code: types.CodeType) -> Iterator[str]:
    """Bytecode as words, without lines and places of files."""
    yield code.co_code.hex()
    yield repr((code.co_names, code.co_varnames, code.co_freevars, code.co_argcount, code.co_flags))
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _code_words(constant)
        else:
            yield repr(sorted(map(repr, constant)) if isinstance(constant, frozenset) else constant)


def _code_imports(code: types.CodeType, package: str) -> Iterator[str]:
    values: list[Any] = []
    for instruction in dis.get_instructions(code):
        if instruction.opname == "IMPORT_NAME":
            level, names = values[-2:]
            yield from _imported(level, instruction.argval, names or (), package)
            if not names and instruction.argval == FACADE:
                yield f"{FACADE}.{EVERYTHING}"
        if instruction.opname != "EXTENDED_ARG":
            values.append(instruction.argval)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _code_imports(constant, package)


def _hashed(words: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(words).encode(errors="surrogatepass")).hexdigest()


# -- libraries ---------------------------------------------------------------------------------------------------------
def _versions(packages: Iterable[str]) -> dict[str, str]:
    """Versions of the libraries among these top-level packages that compute."""
    libraries = {name for name in packages if name not in sys.stdlib_module_names | LIBRARIES_NOT_COMPUTING}
    libraries |= {beside for name in libraries for beside in _BESIDE.get(name, ())}
    versions = {name: version_of(name) for name in sorted(libraries)}
    return {name: version for name, version in versions.items() if version}
