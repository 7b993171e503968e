"""Codecs between typed records and JSON: what a message may hold follows from the types of its class.

A `Registry` knows some dataclasses by name and makes a codec for each from the annotations of its fields. Reading makes
objects of these classes only, with values of the annotated types only: a message from a process that is not trusted can
be refused, and can do nothing else. Where an annotation says Any, or the base of several classes, the value names its
type: ``{"is": "tuple", "items": [...]}``, ``{"is": "Problem", "severity": "error", ...}``.

Fields that a class does not have are ignored, and fields that are missing take their defaults: records may grow. Floats
come back to the bit, NaN and infinities too. Scalars of numpy and torch become plain numbers.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import hashlib
import json
import os
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePath
from typing import Any, Literal

DEEPEST = 64
"""Levels of values in values."""
HERE_ONLY: Mapping[str, bool] = {"here_only": True}
"""Metadata of a dataclass field that is not sent: it takes its default on the other side."""
TYPE = "is"
"""The key under which a value names its type. A keyword of Python, so no field is called that."""
_PLAIN = (int, float, str, bool, type(None))
_Convert = Callable[[Any], Any]


class CodecError(ValueError):
    """A value that can't be written or read; the text says why."""


@dataclasses.dataclass(frozen=True, slots=True)
class Codec:
    """``encode``: to what `json` writes, None where it writes the value as it is. ``decode``: from what `json` has
    read; raises `CodecError`."""

    encode: _Convert | None
    decode: _Convert


class Registry:
    """Classes that may be sent, by name. Codecs are made when first needed.

    Parameters
    ----------
    classes: dataclasses whose names stand for them. Classes of their fields are sent too, without being named here.
    bases: classes in whose place any of ``classes`` below them may stand.
    """

    def __init__(self, classes: Iterable[type[Any]], bases: Iterable[type[Any]] = ()) -> None:
        self._classes = {kind.__name__: kind for kind in classes}
        self._bases = frozenset(bases)
        self._codecs: dict[Any, Codec] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all classes, sorted."""
        return tuple(sorted(self._classes))

    def digest(self) -> str:
        """Hash of the classes that may be sent: of their names, fields and annotations, those of their fields too."""
        waiting, seen = list(self._classes.values()), dict[type[Any], str]()
        while waiting:
            kind = waiting.pop()
            if kind not in seen and dataclasses.is_dataclass(kind):
                hints = typing.get_type_hints(kind, include_extras=True)
                sent = [(field.name, hints[field.name]) for field in dataclasses.fields(kind) if _is_sent(field)]
                seen[kind] = f"{kind.__name__} {sent}"
                waiting += [inner for _, hint in sent for inner in _classes_in(hint)]
        return hashlib.sha256("\n".join(sorted(seen.values())).encode()).hexdigest()[:12]

    def to_text(self, value: Any) -> str:
        """JSON text in ASCII of a value of any registered class or plain type. Raises `CodecError`."""
        try:
            return json.dumps(self._encode_any(value), separators=(",", ":"), default=_scalar)
        except RecursionError:
            raise CodecError("it is nested too deeply") from None
        except CodecError:
            raise
        except (TypeError, ValueError, OverflowError) as error:
            raise CodecError(str(error)) from None

    def from_plain(self, plain: Any) -> Any:
        """The value that `to_text` has written, from what `json` has read. Raises `CodecError`."""
        try:
            return self._decode_any(plain, 0)
        except RecursionError:
            raise CodecError("it is nested too deeply") from None

    def codec(self, annotation: Any) -> Codec:
        """The codec of a type. Raises TypeError for types that can't be sent."""
        if annotation not in self._codecs:
            self._codecs[annotation] = self._make(annotation)
        return self._codecs[annotation]

    # -- by type ------------------------------------------------------------------------------------------------------
    def _make(self, annotation: Any) -> Codec:
        if annotation is Any or annotation is object or annotation in self._bases:
            return self._tagged(annotation)
        if annotation in _SIMPLE:
            return _SIMPLE[annotation]
        if dataclasses.is_dataclass(annotation):
            return self._record(typing.cast("type[Any]", annotation))
        origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
        if origin is Literal:
            return _choice(arguments)
        if origin is typing.Annotated:
            return self.codec(arguments[0])
        if origin in (typing.Union, types.UnionType):
            return self._union(arguments)
        if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
            return _sequence(self.codec(arguments[0]), tuple, _number_types(arguments[0]))
        if origin is tuple:
            return _positions([self.codec(argument) for argument in arguments])
        if origin is list:
            return _sequence(self.codec(arguments[0]), list, _number_types(arguments[0]))
        if origin in (dict, Mapping) and arguments[0] is str:
            return _mapping(self.codec(arguments[1]), _number_types(arguments[1]))
        raise TypeError(f"{annotation} can't be sent")

    def _tagged(self, annotation: Any) -> Codec:
        if annotation not in self._bases:
            return Codec(self._encode_any, lambda plain: self._decode_any(plain, 0))

        def decode(plain: Any) -> Any:
            value = self._decode_any(plain, 0)
            return value if isinstance(value, annotation) else _refuse(plain, f"a {annotation.__name__}")

        return Codec(self._encode_any, decode)

    def _union(self, arguments: tuple[Any, ...]) -> Codec:
        others = [argument for argument in arguments if argument is not type(None)]
        if len(others) == 1 and len(arguments) == 2:
            inner = self.codec(others[0])
            encode, decode = inner.encode, inner.decode
            return Codec(
                None if encode is None else lambda value: None if value is None else encode(value),
                lambda plain: None if plain is None else decode(plain),
            )
        if all(typing.get_origin(argument) is Literal for argument in others):
            return _choice([value for argument in others for value in typing.get_args(argument)])
        if all(argument in _PLAIN for argument in arguments):
            allowed = frozenset(arguments) | ({int} if float in arguments else frozenset())
            return Codec(None, lambda plain: plain if type(plain) in allowed else _refuse(plain, "a plain value"))
        return self._tagged(Any)

    def _record(self, kind: type[Any]) -> Codec:
        """The codec of a dataclass: an object with its fields. A field's codec is made when first needed, so that a
        class may hold others of its own kind."""
        hints = typing.get_type_hints(kind, include_extras=True)
        sent = [item for item in dataclasses.fields(kind) if _is_sent(item)]
        codecs: list[tuple[str, Codec]] = []

        def fields() -> list[tuple[str, Codec]]:
            if not codecs:
                codecs.extend([(item.name, self.codec(hints[item.name])) for item in sent])
            return codecs

        def encode(value: Any) -> dict[str, Any]:
            if type(value) is not kind:
                raise CodecError(f"{_name(type(value))} is not {kind.__name__}")
            plain = {}
            for name, codec in fields():
                entry = getattr(value, name)
                plain[name] = entry if codec.encode is None else codec.encode(entry)
            return plain

        def decode(plain: Any) -> Any:
            if type(plain) is not dict:
                _refuse(plain, f"a {kind.__name__}")
            values, name = {}, ""
            try:
                for name, codec in fields():
                    if name in plain:
                        values[name] = codec.decode(plain[name])
            except CodecError as error:
                raise CodecError(f"{kind.__name__}.{name}: {error}") from None
            try:
                return kind(**values)
            except (TypeError, ValueError) as error:  # one without a default is missing, or the class itself refuses
                raise CodecError(f"{kind.__name__}: {error}") from None

        return Codec(encode, decode)

    # -- by value -----------------------------------------------------------------------------------------------------
    def _encode_any(self, value: Any) -> Any:
        kind = type(value)
        if kind in _PLAIN:
            return value
        if isinstance(value, dict):
            return self._encode_dict(value)
        if kind is list:
            return [self._encode_any(entry) for entry in value]
        if kind in (tuple, set, frozenset):
            return {TYPE: kind.__name__, "items": [self._encode_any(entry) for entry in value]}
        if kind is bytes:
            return {TYPE: "bytes", "value": _bytes_text(value)}
        if isinstance(value, PurePath):
            return {TYPE: "Path", "value": os.fspath(value)}
        if self._classes.get(kind.__name__) is kind:
            encode = self.codec(kind).encode if kind not in self._bases else self._record(kind).encode
            assert encode is not None
            return {TYPE: kind.__name__, **encode(value)}
        if isinstance(value, str):
            return str.__str__(value)
        if isinstance(value, bool | int | float):
            return int(value) if isinstance(value, int) else float(value)
        return _scalar(value)

    def _encode_dict(self, value: dict[Any, Any]) -> Any:
        if TYPE in value or any(type(key) is not str for key in value):
            items = [[self._encode_any(key), self._encode_any(entry)] for key, entry in value.items()]
            return {TYPE: "dict", "items": items}
        return {key: self._encode_any(entry) for key, entry in value.items()}

    def _decode_any(self, plain: Any, depth: int) -> Any:
        if depth > DEEPEST:
            raise CodecError("it is nested too deeply")
        kind = type(plain)
        if kind in _PLAIN:
            return plain
        if kind is list:
            return [self._decode_any(entry, depth + 1) for entry in plain]
        if TYPE not in plain:
            return {key: self._decode_any(entry, depth + 1) for key, entry in plain.items()}
        name = plain[TYPE]
        if name in ("bytes", "Path") and type(plain.get("value")) is str:
            return _bytes(plain["value"]) if name == "bytes" else _path(plain["value"])
        if name in ("tuple", "set", "frozenset", "dict") and type(plain.get("items")) is list:
            return self._decode_items(name, plain["items"], depth + 1)
        registered = self._classes.get(name) if isinstance(name, str) else None
        if registered is None:
            raise CodecError(f"{_short(name)} is not a kind of message that this version knows")
        return (self._record(registered) if registered in self._bases else self.codec(registered)).decode(plain)

    def _decode_items(self, name: str, items: list[Any], depth: int) -> Any:
        entries = [self._decode_any(entry, depth) for entry in items]
        try:
            if name == "dict":
                return dict(entries)
            return {"tuple": tuple, "set": set, "frozenset": frozenset}[name](entries)
        except (TypeError, ValueError) as error:
            raise CodecError(str(error)) from None


def _is_sent(field: dataclasses.Field[Any]) -> bool:
    return field.init and not field.metadata.get("here_only")


def _classes_in(annotation: Any) -> list[type[Any]]:
    """The classes that an annotation names."""
    inner = [kind for argument in typing.get_args(annotation) for kind in _classes_in(argument)]
    return [annotation] if isinstance(annotation, type) and not inner else inner


# -- the simple types -------------------------------------------------------------------------------------------------
def _refuse(plain: Any, expected: str) -> Any:
    raise CodecError(f"{expected} was expected, not {_short(plain)}")


def _short(plain: Any) -> str:
    """A value for a sentence."""
    if isinstance(plain, dict | list):
        return "an object" if isinstance(plain, dict) else "a list"
    text = ascii(plain)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _name(kind: type[Any]) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _scalar(value: Any) -> Any:
    """The number in a scalar of numpy or torch, which are not imported for it: `json` calls this for what it does not
    know."""
    if isinstance(value, PurePath):
        return os.fspath(value)
    item = getattr(value, "item", None)
    if callable(item) and getattr(value, "shape", None) == () and type(number := item()) in _PLAIN:
        return number
    raise CodecError(f"{_name(type(value))} can't be sent")


def _exactly(kind: type[Any], expected: str) -> Codec:
    return Codec(None, lambda plain: plain if type(plain) is kind else _refuse(plain, expected))


def _path(plain: Any) -> Path:
    return Path(plain) if type(plain) is str else _refuse(plain, "a path")


def _bytes(plain: Any) -> bytes:
    if type(plain) is not str:
        _refuse(plain, "bytes")
    try:
        return base64.b64decode(plain, validate=True)
    except (binascii.Error, ValueError) as error:
        raise CodecError(f"bytes: {error}") from None


def _bytes_text(value: Any) -> str:
    return base64.b64encode(value).decode("ascii")


_NUMBERS = frozenset((int, float))
_SIMPLE: dict[Any, Codec] = {
    str: _exactly(str, "a text"),
    bool: _exactly(bool, "true or false"),
    int: _exactly(int, "a whole number"),
    float: Codec(None, lambda plain: plain if type(plain) in _NUMBERS else _refuse(plain, "a number")),
    type(None): Codec(None, lambda plain: None if plain is None else _refuse(plain, "nothing")),
    Path: Codec(None, _path),
    bytes: Codec(_bytes_text, _bytes),
}


def _number_types(annotation: Any) -> frozenset[type[Any]]:
    """The types of entries that are let through all at once: series and histograms hold thousands."""
    return {int: frozenset((int,)), float: _NUMBERS, str: frozenset((str,))}.get(annotation, frozenset())


def _choice(values: Iterable[Any]) -> Codec:
    allowed = {(type(value), value) for value in values}

    def decode(plain: Any) -> Any:
        if type(plain) in _PLAIN and (type(plain), plain) in allowed:
            return plain
        return _refuse(plain, "one of " + ", ".join(sorted(str(value) for _, value in allowed)))

    return Codec(None, decode)


def _sequence(inner: Codec, make: type[Any], plain_types: frozenset[type[Any]]) -> Codec:
    encode_entry, decode_entry = inner.encode, inner.decode

    def decode(plain: Any) -> Any:
        if type(plain) is not list:
            _refuse(plain, "a list")
        if plain_types and plain_types.issuperset(map(type, plain)):
            return make(plain)
        return make([decode_entry(value) for value in plain])

    return Codec(
        _no_text if encode_entry is None else lambda value: [encode_entry(entry) for entry in _no_text(value)], decode
    )


def _no_text(value: Any) -> Any:
    """The sequence itself: a set has no order, and a text is not a series of texts."""
    if isinstance(value, tuple | list):
        return value
    raise CodecError(f"{_name(type(value))} is not a sequence that can be sent")


def _positions(codecs: list[Codec]) -> Codec:
    def encode(value: Any) -> Any:
        if len(_no_text(value)) != len(codecs):
            raise CodecError(f"{len(value)} values instead of {len(codecs)}")
        pairs = zip(codecs, value, strict=True)
        return [entry if codec.encode is None else codec.encode(entry) for codec, entry in pairs]

    def decode(plain: Any) -> Any:
        if type(plain) is not list or len(plain) != len(codecs):
            _refuse(plain, f"a list of {len(codecs)}")
        return tuple([codec.decode(entry) for codec, entry in zip(codecs, plain, strict=True)])

    return Codec(encode, decode)


def _mapping(inner: Codec, plain_types: frozenset[type[Any]]) -> Codec:
    encode_entry, decode_entry = inner.encode, inner.decode

    def encode(value: Any) -> Any:
        if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
            raise CodecError(f"{_name(type(value))} is not a dict with texts as keys")
        if encode_entry is None:
            return value if type(value) is dict else dict(value)
        return {key: encode_entry(entry) for key, entry in value.items()}

    def decode(plain: Any) -> Any:
        if type(plain) is not dict:
            _refuse(plain, "an object")
        if plain_types and plain_types.issuperset(map(type, plain.values())):
            return plain
        return {key: decode_entry(entry) for key, entry in plain.items()}

    return Codec(encode, decode)
