"""Looking at texts before they are used: how long, how many tokens, how they begin; data sets of the hub by words."""

from __future__ import annotations

from typing import Any

from engine.base.errors import BadInput
from engine.contracts.commands import FoundDataset, TextDescription
from engine.data.samples import load_records, record_tokens
from engine.data.tokens import token_ids

BEGINNING = 3000
"""Characters that are shown."""


def describe_text(name: str, part: str = "train", tokenizer: Any = None) -> TextDescription:
    """Describe the text called ``name``, with its number of tokens. Raises `BadInput`."""
    read = load_records(name, part)
    template = None if tokenizer is None else bool(getattr(tokenizer, "chat_template", None))
    if read.records is None:
        tokens = None if tokenizer is None else len(token_ids(tokenizer, read.text))
        beginning = read.text[:BEGINNING]
        return TextDescription(name, read.sha256, None, len(read.text), tokens, beginning, template)
    if not len(read.records):
        raise BadInput("The data set holds no records", where=name, advice="choose another")
    characters = sum(len(text) for record in read.records for text in _strings(record))
    if tokenizer is None:
        beginning = "\n".join(text for record in read.records[:3] for text in _strings(record))
        return TextDescription(name, read.sha256, len(read.records), characters, None, beginning[:BEGINNING], None)
    tokens_of_records = [
        record_tokens(tokenizer, record, f"{name}, record {n}")[0] for n, record in enumerate(read.records, 1)
    ]
    return TextDescription(
        name,
        read.sha256,
        len(read.records),
        characters,
        sum(map(len, tokens_of_records)),
        _shown(tokenizer, tokens_of_records),
        template,
    )


def search_datasets(words: str, limit: int = 30) -> tuple[FoundDataset, ...]:
    """Data sets of the hub with these words, the most downloaded first. Raises `BadInput` without a network."""
    import huggingface_hub

    try:
        datasets = list(huggingface_hub.list_datasets(search=words, sort="downloads", limit=limit))
    except Exception as error:  # the library raises a dozen kinds, for a network as for a proxy
        raise BadInput(
            "The hub can't be searched",
            why=str(error).splitlines()[0] if str(error) else type(error).__name__,
            advice="check the network connection, or choose a file or a bundled text",
        ) from None
    return tuple(
        FoundDataset(dataset.id, dataset.downloads or 0, _license(dataset), bool(dataset.gated)) for dataset in datasets
    )


def _license(dataset: Any) -> str:
    tags = getattr(dataset, "tags", None) or ()
    return next((tag.partition(":")[2] for tag in tags if tag.startswith("license:")), "")


def _shown(tokenizer: Any, tokens_of_records: list[list[int]]) -> str:
    """The first records as the model reads them, with the words of the chat template."""
    return "\n\n".join(tokenizer.decode(ids) for ids in tokens_of_records[:3])[:BEGINNING]


def _strings(value: Any) -> list[str]:
    """All strings in a record."""
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return [text for item in inner for text in _strings(item)]
