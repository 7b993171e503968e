"""Settings of a method: one declaration makes the form, the command line, the JSON, the tooltips and the help.

A method writes::

    class RoundToNearestSettings(Settings):
        group_size: int = setting(64, title="Group size", help="Weights that share a scale.", unit="weights", ge=1)

Torch-free, so that the window can show a form before torch is loaded.
"""

from __future__ import annotations

import copy
import enum
import functools
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, Self

import pydantic

from engine.base.errors import BadInput
from engine.base.human import number_text, percent_text
from engine.base.likely import likely
from engine.base.record import Record

RESULT = "Result"
"""Section of what concerns the result of a block, behind all others."""
Kind = Literal[
    "bool",
    "int",
    "float",
    "choice",
    "text",
    "paragraph",
    "file",
    "dataset",
    "folder",
    "model",
    "strings",
    "linears",
    "layers",
    "tensor_types",
    "layer_values",
]
OF_LAYERS: frozenset[Kind] = frozenset({"linears", "layers", "tensor_types", "layer_values"})
"""Kinds that hold a list over the layers of a model, which can be picked from its tree."""
LISTS: frozenset[Kind] = OF_LAYERS | {"strings"}
"""Kinds that hold several words: lists in files, words with commas on the command line, lines in a form."""


class Settings(Record):
    """Frozen, validated settings. Unknown names and wrong values are refused with a sentence."""

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_enum_values=True)

    GONE: ClassVar[Mapping[str, str]] = {}
    """Settings that earlier releases had, with a sentence on what became of each: documents that have them open."""

    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    """Name -> settings of one choice of all of them; what is not named has its default. See `presets`."""

    @classmethod
    def presets(cls) -> dict[str, dict[str, Any]]:
        """The presets of this class and of those that it is made of, by name; its own count more."""
        presets: dict[str, dict[str, Any]] = {}
        for base in reversed(cls.__mro__):
            for name, values in vars(base).get("PRESETS", {}).items():
                presets[name] = {**presets.get(name, {}), **values}
        return presets

    @property
    def is_stock(self) -> bool:
        """True if what they leave is a network that stock programs build from its config, whatever its weights."""
        return True

    @classmethod
    def notes(cls, values: Mapping[str, Any]) -> list[str]:
        """A notice for each removed setting that has a value."""
        return [sentence for name, sentence in cls.GONE.items() if values.get(name)]

    @classmethod
    def parse(cls, values: dict[str, Any], where: str = "") -> Self:
        """Settings from plain JSON values or command-line strings; raises `BadInput` naming every wrong setting."""
        try:
            return cls.model_validate(values)
        except pydantic.ValidationError as error:
            raise BadInput(
                "Settings are not valid",
                where=where,
                why="; ".join(sentence for _, sentence in _sentences(cls, error, named=True)),
                advice="correct the settings named here",
            ) from None
        except UnicodeEncodeError:
            raise BadInput(
                "Settings are not valid",
                where=where,
                why=" ".join(_half_characters(values).values()),
                advice="correct the settings named here",
            ) from None

    @classmethod
    def renamed(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """The same values by the names and words that are current: pipelines and command lines of earlier releases
        use the old ones. Where a setting is given by its old name and its new one, both stay, and `parse` refuses."""
        names, words = _aliases(cls)
        current_values = {}
        for name, value in values.items():
            current = names.get(name, name)
            current = name if current in values or current in current_values else current
            current_values[current] = words.get(current, {}).get(value, value) if isinstance(value, str) else value
        return current_values

    @pydantic.model_validator(mode="before")
    @classmethod
    def _current(cls, values: Any) -> Any:
        if not isinstance(values, Mapping):
            return values
        current_values = cls.renamed({name: value for name, value in values.items() if name not in cls.GONE})
        names, _ = _aliases(cls)
        if twice := next((name for name in current_values if name in names and names[name] in current_values), None):
            raise ValueError(f"{names[twice]} is given twice, also by its old name {twice}: give it once")
        return current_values

    @pydantic.field_validator("*", mode="before")
    @classmethod
    def _listed(cls, value: Any, info: pydantic.ValidationInfo) -> Any:
        """The command line gives a list as one word with commas."""
        if not isinstance(value, str) or info.field_name is None:
            return value
        annotation, _ = _strip_optional(cls.model_fields[info.field_name].annotation)
        if typing.get_origin(annotation) is not tuple:
            return value
        return tuple(part.strip() for part in value.split(",") if part.strip())

    def files(self) -> dict[str, str]:
        """Values that may name a file of this machine whose content counts, by a word for each: texts, configs,
        domains."""
        return self._of_kinds("file", "dataset", "model")

    def weights(self) -> dict[str, str]:
        """Values that name a model whose weights count, not only its config, by the name of the setting."""
        return {}

    def texts(self) -> dict[str, str]:
        """Those of `files` that are read as they are with these settings, so that they have to be there."""
        values = self.model_dump()
        shown = {field.name for field in fields(type(self)) if field.is_shown(values)}
        return {name: value for name, value in self._of_kinds("file", "dataset").items() if name in shown}

    def sample_length(self) -> int:
        """Tokens of the longest piece of text that the incoming model reads; 0 if it reads none."""
        return 0

    def anchored(self, resolve: Callable[[str, Kind], str]) -> Self:
        """A copy that means the same from everywhere. ``resolve`` gives the absolute path of what a setting of kind
        "file", "dataset", "folder" or "model" names, or the name itself where it is none."""
        kinds: tuple[Kind, ...] = ("file", "dataset", "folder", "model")
        resolved = {name: resolve(value, kind) for kind in kinds for name, value in self._of_kinds(kind).items()}
        changed = {name: value for name, value in resolved.items() if value != getattr(self, name)}
        return self.replace(**changed) if changed else self

    def _of_kinds(self, *kinds: Kind) -> dict[str, str]:
        names = [field.name for field in fields(type(self)) if field.kind in kinds]
        return {name: value for name in names if (value := getattr(self, name))}

    @classmethod
    def problems(cls, values: dict[str, Any]) -> dict[str, str]:
        """Sentences about values that `parse` would refuse, by name of the setting; "" is the name of what concerns
        several."""
        try:
            cls.model_validate(values)
        except pydantic.ValidationError as error:
            return dict(_sentences(cls, error, named=False))
        except UnicodeEncodeError:
            return _half_characters(values)
        return {}

    def summary(self) -> str:
        """A few words for a block on the canvas, e.g. "int4 · sym · g64"; unless a method says it better, its first
        choice, and whatever else differs from the defaults."""
        values, infos = self.model_dump(mode="json"), fields(type(self))
        main = next((field for field in infos if field.kind in ("choice", "model")), None)
        shown = [f for f in infos if f.is_shown(values) and (f is main or values[f.name] != f.default)]
        return " · ".join(filter(None, (field.said(values[field.name]) for field in shown)))

    @classmethod
    def with_value(cls, values: Mapping[str, Any], name: str, value: Any) -> dict[str, Any]:
        """Values as they are stored with one more (not validated): a default need not be stored."""
        info = field_of(cls, name)
        if info is not None and value == info.default and type(value) is type(info.default):
            return {key: old for key, old in values.items() if key != name}
        return {**values, name: value}

    @classmethod
    def with_preset(cls, values: Mapping[str, Any], name: str) -> dict[str, Any]:
        """Values as they are stored with a preset: what any preset speaks of is as this one says, all else stays."""
        presets = cls.presets()
        result = {key: value for key, value in values.items() if not any(key in preset for preset in presets.values())}
        for key, value in presets[name].items():
            result = cls.with_value(result, key, value)
        return result

    def replace(self, **changes: Any) -> Self:
        """A validated copy with some settings changed."""
        return type(self).parse({**self.model_dump(), **self.renamed(changes)})


def _half_characters(values: Mapping[str, Any]) -> dict[str, str]:
    """Sentences for what can't be written as UTF-8, at which pydantic fails: half of a character (a lone surrogate), as
    a damaged file holds it."""
    sentences = {}
    for name, value in values.items():
        try:
            f"{name}{value}".encode()
        except UnicodeEncodeError:
            shown = name.encode(errors="replace").decode()
            sentences[shown] = f"{shown} holds half of a character."
    return sentences or {"": "A setting holds half of a character."}


def setting(
    default: Any,
    *,
    title: str,
    help: str,
    unit: str = "",
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
    lt: float | None = None,
    step: float | None = None,
    kind: Kind | None = None,
    choices: dict[Any, str] | None = None,
    advanced: bool = False,
    shown_if: tuple[str, tuple[Any, ...]] | None = None,
    section: str = "",
    share: bool = False,
    aliases: Sequence[str] = (),
    value_aliases: Mapping[str, str] | None = None,
    exceptions_from: str = "",
) -> Any:
    """One field of a `Settings` class.

    Parameters
    ----------
    unit: shown behind the value ("weights", "tokens", "%").
    step: of a spin box; floats get a sensible one if it is missing.
    kind: overrides the editor derived from the type; "file", "dataset", "folder" and "model" are text with a chooser,
        "linears" is a list of names and roles of linear layers, "layers" one of numbers of decoder layers,
        "tensor_types" one of PATTERN=TYPE over tensors of a GGUF file, "layer_values" one of PATTERN=VALUE over
        linears, "paragraph" is text of several lines.
    choices: value -> label for a Literal or enum; the labels appear in the form, the values in JSON.
    advanced: hidden behind "More settings".
    shown_if: ``("granularity", ("group",))``: only meaningful when that other setting has one of these values.
    section: heading under which a form shows it; settings without one come first.
    share: a part of a whole: a fraction (0.5) in files and on the command line, percent (50 %) wherever it is shown.
    aliases: names that the setting had in earlier releases: accepted, never written. They hold for derived classes too.
    value_aliases: earlier word for a value -> the current one.
    exceptions_from: of the kind "layer_values": the setting from which these are exceptions. Its choices are those of
        the values, and what is only meaningful with one of its values is so with an exception that has it.
    """
    extra: dict[str, Any] = {"unit": "%" if share else unit, "advanced": advanced, "section": section, "share": share}
    if aliases:
        extra["aliases"] = list(aliases)
    if value_aliases:
        extra["value_aliases"] = dict(value_aliases)
    if exceptions_from:
        extra["exceptions_from"] = exceptions_from
    if step is not None:
        extra["step"] = step
    if kind is not None:
        extra["kind"] = kind
    if choices is not None:
        extra["choices"] = [[value, label] for value, label in choices.items()]
    if shown_if is not None:
        extra["shown_if"] = [shown_if[0], list(shown_if[1])]
    return pydantic.Field(default, title=title, description=help, ge=ge, gt=gt, le=le, lt=lt, json_schema_extra=extra)


def with_default(
    base: type[Settings],
    name: str,
    default: Any,
    *,
    help: str = "",
    shown_if: tuple[str, tuple[Any, ...]] | None = None,
) -> Any:
    """The field ``name`` of ``base`` for a class below it, alike but for its default and, where given, what it says
    and when it is shown."""
    field = copy.deepcopy(base.model_fields[name])
    field.default = default
    field.description = help or field.description
    if shown_if is not None:
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        field.json_schema_extra = {**extra, "shown_if": [shown_if[0], list(shown_if[1])]}
    return field


@dataclass(frozen=True)
class FieldInfo:
    """Description of one setting, for forms, help pages and the command line."""

    name: str
    title: str
    help: str
    kind: Kind
    default: Any
    unit: str
    minimum: float | None
    maximum: float | None
    exclusive_minimum: bool
    exclusive_maximum: bool
    step: float | None
    choices: tuple[tuple[Any, str], ...]
    optional: bool
    advanced: bool
    shown_if: tuple[str, tuple[Any, ...]] | None
    section: str = ""
    share: bool = False
    aliases: tuple[str, ...] = ()
    exceptions_from: str = ""
    exceptions: tuple[str, ...] = ()
    """Settings that hold exceptions from the one in ``shown_if``."""
    value_choices: tuple[tuple[Any, str], ...] = ()
    """Choices for each value of a list of PATTERN=VALUE."""

    @property
    def is_list(self) -> bool:
        """True if it takes several words."""
        return self.kind in LISTS

    @property
    def is_of_layers(self) -> bool:
        """True if it takes several words that can be picked from the layers of a model."""
        return self.kind in OF_LAYERS

    def text(self, value: Any) -> str:
        """A number with its unit as people read it, a share in percent."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return str(value)
        return percent_text(value) if self.share else f"{number_text(value)} {self.unit}".strip()

    def labeled(self, value: Any) -> Any:
        """A choice by its label; any other value as it is."""
        return next((text for choice, text in self.choices if choice == value), value)

    def said(self, value: Any) -> str:
        """A value in a summary of settings: "group size 64 weights", "no act order"; "" for long texts and lists."""
        if self.kind == "bool":
            return self.title.lower() if value else f"no {self.title.lower()}"
        if self.kind == "choice":
            return str(self.labeled(value))
        if self.kind in ("int", "float") and value is not None:
            return f"{self.title.lower()} {self.text(value)}"
        if self.kind in ("file", "folder", "model"):
            return str(value).rstrip("/\\").replace("\\", "/").rpartition("/")[2]
        return ""

    def is_shown(self, values: dict[str, Any]) -> bool:
        """True if the setting means anything beside these values of the others."""
        if self.shown_if is None:
            return True
        name, values_that_show = self.shown_if
        excepted = (word for exception in self.exceptions for word in _values_of(values.get(exception)))
        return values.get(name) in values_that_show or any(word in values_that_show for word in excepted)


@functools.cache
def fields(settings: type[Settings]) -> tuple[FieldInfo, ...]:
    """The fields of a Settings class: those without a section first, then section by section, each in order of
    declaration (a base class before what is derived from it), what concerns the result last."""
    infos = [_field(name, info) for name, info in settings.model_fields.items()]
    infos = [_with_exceptions(field, infos) for field in infos]
    sections = list(dict.fromkeys(["", *(field.section for field in infos if field.section != RESULT), RESULT]))
    return tuple(sorted(infos, key=lambda field: sections.index(field.section)))


def field_of(settings: type[Settings], name: str) -> FieldInfo | None:
    """The field of this name, None if there is none."""
    return next((field for field in fields(settings) if field.name == name), None)


def plain(value: Any) -> Any:
    """A value as it stands in JSON: that of an enum member, a list for a tuple."""
    value = getattr(value, "value", value)
    return list(value) if isinstance(value, tuple) else value


def _with_exceptions(field: FieldInfo, infos: list[FieldInfo]) -> FieldInfo:
    """The same with what it has of the settings that hold exceptions from another."""
    if field.exceptions_from:
        base = next(info for info in infos if info.name == field.exceptions_from)
        return replace(field, value_choices=base.choices)
    if field.shown_if is None:
        return field
    return replace(field, exceptions=tuple(x.name for x in infos if x.exceptions_from == field.shown_if[0]))


def _values_of(items: Any) -> list[str]:
    """Values in a list of PATTERN=VALUE, also in one that is not valid."""
    return [str(item).rpartition("=")[2].strip() for item in items] if isinstance(items, list | tuple) else []


def _field(name: str, info: pydantic.fields.FieldInfo) -> FieldInfo:
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    annotation, optional = _strip_optional(info.annotation)
    kind, choices = _kind(annotation)
    labels = dict(typing.cast("list[list[Any]]", extra.get("choices", [])))
    bounds = _bounds(info)
    shown_if = typing.cast("list[Any] | None", extra.get("shown_if"))
    return FieldInfo(
        name=name,
        title=info.title or name.replace("_", " ").capitalize(),
        help=info.description or "",
        kind=typing.cast(Kind, extra.get("kind", kind)),
        default=plain(info.get_default(call_default_factory=True)),
        unit=str(extra.get("unit", "")),
        minimum=bounds.get("ge", bounds.get("gt")),
        maximum=bounds.get("le", bounds.get("lt")),
        exclusive_minimum="gt" in bounds,
        exclusive_maximum="lt" in bounds,
        step=typing.cast("float | None", extra.get("step")),
        choices=tuple((value, labels.get(value, str(value))) for value in choices),
        optional=optional,
        advanced=bool(extra.get("advanced", False)),
        shown_if=None if shown_if is None else (shown_if[0], tuple(shown_if[1])),
        section=str(extra.get("section", "")),
        share=bool(extra.get("share", False)),
        aliases=tuple(typing.cast("list[str]", extra.get("aliases", []))),
        exceptions_from=str(extra.get("exceptions_from", "")),
    )


@functools.cache
def _aliases(settings: type[Settings]) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """(old name -> name, name -> old word -> word), of the class and all that it is derived from."""
    names: dict[str, str] = {}
    words: dict[str, dict[str, str]] = {}
    for base in settings.__mro__:
        if not issubclass(base, Settings):
            continue
        for name, info in base.model_fields.items():
            extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
            for old in typing.cast("list[str]", extra.get("aliases", [])):
                if old not in settings.model_fields and name in settings.model_fields:
                    names.setdefault(old, name)
            words.setdefault(name, typing.cast("dict[str, str]", extra.get("value_aliases", {})))
    return names, words


def _strip_optional(annotation: Any) -> tuple[Any, bool]:
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        rest = [a for a in typing.get_args(annotation) if a is not type(None)]
        return rest[0], len(rest) < len(typing.get_args(annotation))
    return annotation, False


def _kind(annotation: Any) -> tuple[Kind, tuple[Any, ...]]:
    if typing.get_origin(annotation) is Literal:
        return "choice", typing.get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return "choice", tuple(member.value for member in annotation)
    if annotation is bool:
        return "bool", ()
    if annotation is int:
        return "int", ()
    if annotation is float:
        return "float", ()
    if typing.get_origin(annotation) in (tuple, list):
        return "strings", ()
    return "text", ()


def _bounds(info: pydantic.fields.FieldInfo) -> dict[str, float]:
    bounds: dict[str, float] = {}
    for item in info.metadata:
        for name in ("ge", "gt", "le", "lt"):
            value = getattr(item, name, None)
            if value is not None:
                bounds[name] = value
    return bounds


def range_words(info: FieldInfo) -> str:
    """Range of a setting in words: "at least 8, at most 256 weights"; "" where all are taken."""
    if info.kind not in ("int", "float"):
        return ""
    limits = []
    for end, exclusive, open_word, closed_word in (
        (info.minimum, info.exclusive_minimum, "more than", "at least"),
        (info.maximum, info.exclusive_maximum, "less than", "at most"),
    ):
        if end is not None:
            number = info.text(end) if info.share else str(round(end)) if info.kind == "int" else number_text(end)
            limits.append(f"{open_word if exclusive else closed_word} {number}")
    return " ".join(filter(None, (", ".join(limits), "" if info.share or not limits else info.unit)))


def _sentences(settings: type[Settings], error: pydantic.ValidationError, *, named: bool) -> list[tuple[str, str]]:
    """``named``: settings go by their names, for who types them, instead of their titles."""
    return [(str(item["loc"][0]) if item["loc"] else "", _sentence(settings, item, named)) for item in error.errors()]


def _sentence(settings: type[Settings], item: Any, named: bool) -> str:
    name = ".".join(str(part) for part in item["loc"]) or "settings"
    if item["type"] == "extra_forbidden":
        meant = likely(name, settings.model_fields, {field.title: field.name for field in fields(settings)})
        return f"there is no setting '{name}' ({meant[0].lower()}{meant[1:]})"
    if not item["loc"]:
        return _message(item)
    info = next((field for field in fields(settings) if field.name == item["loc"][0]), None)
    why = _message(item) if info is None else _why(info, item)
    shown = _shown(info, item, named)
    return f"{name} = {shown}: {why}" if named or info is None else f"{info.title} can't be {shown}: {why}"


def _shown(info: FieldInfo | None, item: Any, named: bool) -> str:
    """The value that is refused, as it was typed: percent in a form, a fraction where names are used."""
    value = item.get("input")
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return info.text(value) if info is not None and info.share and number and not named else repr(value)


def _why(info: FieldInfo, item: Any) -> str:
    """Sentence on the values that the setting takes."""
    if item["type"] in ("literal_error", "enum") and isinstance(item.get("input"), str):
        meant = likely(item["input"], [str(value) for value, _ in info.choices])
        return f"it is not one of the choices ({meant[0].lower()}{meant[1:]})"
    words = range_words(info)
    kinds = {"int": "a whole number", "float": "a number", "bool": "true or false"}
    if item["type"].startswith(("greater_than", "less_than")) and words:
        return f"it must be {words}"
    if item["type"] in _WRONG_KIND and info.kind in kinds:
        return f"it must be {kinds[info.kind]}" + (f", {words}" if words else "")
    return _message(item)


_WRONG_KIND = (
    *("int_parsing", "int_type", "int_from_float", "int_parsing_size", "float_parsing", "float_type"),
    *("bool_parsing", "bool_type", "finite_number"),
)
"""Error types of pydantic for a value of another kind than the setting takes."""


def _message(item: Any) -> str:
    message = str(item["ctx"]["error"]) if item["type"] == "value_error" else item["msg"]
    return f"{message[0].lower()}{message[1:]}"
