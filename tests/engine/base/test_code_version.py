"""Signatures know the code: what computes changes them, words and rooms that compute nothing do not."""

from __future__ import annotations

import ast
import gc
import importlib.machinery
import inspect
import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import engine
from engine.base import code_version
from engine.base.code_version import CodeVersion
from engine.base.parsed_sources import ParsedSources
from engine.methods.registry import method, methods
from engine.numerics import masks
from engine.pipeline.document import Evaluation, Pipeline
from engine.run.runner import Outcome
from engine.run.signature import block_signature, code_of

ENGINE = Path(engine.__file__).parent
PRUNING = "engine.numerics.pruning"


@pytest.fixture
def edited(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """``edited(module, before, after)``: as if that had been written in the module's file instead."""
    edits: dict[str, tuple[str, str]] = {}
    read = code_version._read

    def forget() -> None:
        code_version._imported_by.cache_clear()
        code_version._source.cache_clear()

    def reading(spec: Any) -> str | None:
        text = read(spec)
        if spec.name in edits:
            before, after = edits[spec.name]
            assert text is not None and before in text
            text = text.replace(before, after, 1)
        return text

    def edit(module: str, before: str, after: str) -> None:
        edits[module] = (before, after)
        forget()

    monkeypatch.setattr(code_version, "_read", reading)
    forget()
    yield edit
    forget()


def signed(method_id: str) -> str:
    info = method(method_id)
    return block_signature(info, info.settings(), {"model": "abc"}, 0, "cpu")


def test_a_changed_formula_changes_the_signature_of_the_methods_that_use_it(edited: Callable[..., None]) -> None:
    used, other = signed("one_shot_pruning"), signed("svd")
    edited(PRUNING, "import torch", "import torch\n\nHALF = 0.5")
    assert signed("one_shot_pruning") != used
    assert signed("svd") == other


@pytest.mark.parametrize(
    ("module", "before", "after"),
    [
        (PRUNING, '"""', '"""Said in another way. '),
        (PRUNING, "import torch", "# a comment\nimport torch\n\n\n\n"),
        ("engine.methods.pruning.one_shot_pruning.settings", 'help="', 'help="Said in another way. '),
        ("engine.methods.pruning.one_shot_pruning.settings", 'title="', 'title="Said in another way. '),
        ("engine.methods.pruning.one_shot_pruning.settings", '"Unstructured"', '"Anywhere"'),
        ("engine.methods.pruning.one_shot_pruning.settings", "{self.criterion.name} · ", "{self.criterion.name}, "),
        (
            "engine.numerics.quantization.onebit",
            "import torch",
            "import torch\n\nHALF = 0.5",
        ),  # a room that it does not enter
        ("engine.export.formats.dense", "from __future__", "HALF = 0.5\nfrom __future__"),
        ("engine.record.report", "import html", "import html\n\nHALF = 0.5"),
        ("engine.base.human", "from __future__ import annotations", "HALF = 0.5"),
    ],
)
def test_words_and_rooms_that_do_not_compute_leave_it(
    edited: Callable[..., None], module: str, before: str, after: str
) -> None:
    signature = signed("one_shot_pruning")
    edited(module, before, after)
    assert signed("one_shot_pruning") == signature


def test_a_choice_counts_and_its_label_does_not(edited: Callable[..., None]) -> None:
    signature = signed("one_shot_pruning")
    edited("engine.methods.pruning.one_shot_pruning.settings", '"4:8": "4 of every 8"', '"4:8": "four of eight"')
    assert signed("one_shot_pruning") == signature
    edited("engine.methods.pruning.one_shot_pruning.settings", '"4:8": "4 of', '"8:16": "4 of')
    assert signed("one_shot_pruning") != signature


@pytest.mark.parametrize(
    "module",
    [
        "engine.methods.pruning.one_shot_pruning.method",
        "engine.methods.pruning.one_shot_pruning.settings",
        "engine.calibration.walk",
        "engine.checkpoints.container",
        "engine.modules.sparse",
        "engine.run.stage",
    ],
)
def test_everything_between_the_method_and_the_file_counts(edited: Callable[..., None], module: str) -> None:
    signature = signed("one_shot_pruning")
    edited(module, "from __future__ import annotations", "HALF = 0.5")
    assert signed("one_shot_pruning") != signature


def test_all_methods_know_what_they_compute_with() -> None:
    for info in methods().values():
        version = code_of(info)
        assert len(version.sources) == code_version.LENGTH
        assert {"torch", "transformers", "tokenizers"} <= version.libraries.keys(), info.id
    assert "bitsandbytes" in code_of(method("nf4")).libraries or "bitsandbytes" in code_of(method("qlora")).libraries


def test_the_version_of_a_library_and_the_kind_of_device_count(monkeypatch: pytest.MonkeyPatch) -> None:
    info = method("gptq")
    settings, version = info.settings(), code_of(info)
    before = block_signature(info, settings, {}, 0, "cpu")
    assert block_signature(info, settings, {}, 0, "cuda") != before
    newer = CodeVersion(version.sources, {**version.libraries, "torch": "99.0"})
    monkeypatch.setattr("engine.run.signature.code_of", lambda info: newer)
    assert block_signature(info, settings, {}, 0, "cpu") != before


def test_after_a_change_the_artifact_is_computed_anew_and_names_its_code(
    edited: Callable[..., None],
    go: Callable[..., Outcome],
    tiny: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two results were once found under one signature: whoever had the older one was shown it as what the newer code
    gives."""
    blocks = [("model", {"model": str(tiny("llama"))}), ("one_shot_pruning", {"score": "magnitude", "pattern": "2:4"})]
    pipeline = Pipeline.linear(blocks, evaluation=Evaluation(when="never"))

    def run() -> tuple[dict[str, Any], dict[str, bytes]]:
        stage = go(pipeline).report["stages"][-1]
        files = {file.name: file.read_bytes() for file in Path(stage["artifact"]).iterdir()}
        return stage, files

    (first, bytes_first), (again, bytes_again) = run(), run()
    assert (first["cached"], again["cached"]) == (False, True)
    assert bytes_first == bytes_again
    edited(PRUNING, "keep_n_of_m(scores,", "keep_n_of_m(-scores,")
    largest = masks.keep_n_of_m
    monkeypatch.setattr("engine.numerics.pruning.keep_n_of_m", lambda scores, *rest: largest(-scores, *rest))
    changed, bytes_changed = run()
    assert not changed["cached"]
    assert changed["artifact"] != first["artifact"]
    assert bytes_changed["model-00002-of-00004.safetensors"] != bytes_first["model-00002-of-00004.safetensors"]
    history = json.loads(bytes_changed["compression.json"])["history"][-1]
    assert history["made_by"] == changed["made_by"]
    assert changed["made_by"]["code"] != first["made_by"]["code"]
    assert changed["made_by"]["device"] == "cpu"
    assert changed["made_by"]["libraries"]["torch"]


def test_another_version_of_the_code_draws_the_same(
    edited: Callable[..., None], go: Callable[..., Outcome], chain: Callable[..., Pipeline]
) -> None:
    """A line that computes the same gives the same bytes, under another signature."""

    def made() -> tuple[str, dict[str, bytes]]:
        folder = Path(go(chain({"noise": 0.5})).report["stages"][-1]["artifact"])
        return folder.name, {file.name: file.read_bytes() for file in folder.glob("*.safetensors")}

    first, tensors = made()
    edited("engine.checkpoints.container", "import json", "import json\n\nHALF = 0.5")
    second, again = made()
    assert first != second
    assert tensors == again


# -- other ways to lie on a disk ---------------------------------------------------------------------------------------
PROGRAM = """
import sys
from engine.methods.registry import method
from engine.base.code_version import code_version
from engine.run.signature import code_of
print(code_version("engine.numerics.pruning").sources, code_of(method("one_shot_pruning")).sources)
assert "torch" not in sys.modules
"""


def told(place: Path, program: str = PROGRAM) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(place)},
        cwd=place if place.is_dir() else place.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_a_package_of_sources_elsewhere_and_a_changed_line_in_it(tmp_path: Path) -> None:
    shutil.copytree(ENGINE, tmp_path / "engine", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ENGINE.parent / "resources", tmp_path / "resources", ignore=shutil.ignore_patterns("*.safetensors"))
    here = [code_version.code_version(PRUNING).sources, code_of(method("one_shot_pruning")).sources]
    assert told(tmp_path) == here
    file = tmp_path / "engine/numerics/pruning.py"
    file.write_text(file.read_text(encoding="utf-8") + "\n\nHALF = 0.5\n", encoding="utf-8")
    numerics, whole = told(tmp_path)
    assert numerics != here[0]
    assert whole != here[1]


def _package(place: Path) -> Path:
    """A package with a method of its own: ``engine`` is somewhere else."""
    package = place / "bought"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "sums.py").write_text("def double(x):\n    return 2 * x\n")
    (package / "work.py").write_text("from engine.numerics import packing\nfrom .sums import double\n")
    return package


BOUGHT = "from engine.base.code_version import code_version; print(code_version('bought.work').sources)"


def test_a_plug_in_counts_with_its_whole_package(tmp_path: Path) -> None:
    package = _package(tmp_path)
    first = _told_beside(tmp_path)
    assert _told_beside(tmp_path) == first
    (package / "sums.py").write_text("def double(x):\n    return x + x\n")
    assert _told_beside(tmp_path) != first


# -- plug-ins: all files that came with them ---------------------------------------------------------------------------
PLUGIN = {
    "bought/__init__.py": "",
    "bought/work.py": "import importlib\nfrom engine.numerics import packing\n"
    "def rest():\n    return importlib.import_module('bought.late'), importlib.import_module('bought_helpers.sums')\n",
    "bought/late.py": "def double(x):\n    return 2 * x\n",
    "bought/table.bin": "1 2 3",
    "bought/deep/er/table.txt": "4 5 6",
    "bought_helpers/__init__.py": "",
    "bought_helpers/sums.py": "def triple(x):\n    return 3 * x\n",
}
"""A plug-in that no import statement names all of."""
LAYOUTS = ("installed", "installed to be edited", "installed to be edited, by another builder", "beside a script")


def _plugin(place: Path, layout: str) -> Path:
    """Write it as an installer of that kind leaves it; returns the folder of its sources."""
    place.mkdir()
    sources = place if layout in ("installed", "beside a script") else place.parent / "project"
    for name, text in PLUGIN.items():
        (sources / name).parent.mkdir(parents=True, exist_ok=True)
        (sources / name).write_text(text)
    if layout == "beside a script":
        (place / "bought" / "work.py").write_text("import bought_helpers.sums\n" + PLUGIN["bought/work.py"])
        return sources
    about = place / "bought-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: bought\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[compression_studio.methods]\nbought = bought.work:METHOD\n")
    listed = list(PLUGIN)
    if sources != place:
        (place / "bought.pth").write_text(f"{sources}\n")
        listed = ["bought.pth"]
    if layout == "installed to be edited":
        (about / "top_level.txt").write_text("bought\nbought_helpers\n")
    (about / "RECORD").write_text("".join(f"{name},,\n" for name in [*listed, "bought-1.0.dist-info/METADATA"]))
    return sources


def _told_of_plugin(place: Path) -> list[str]:
    return told(ENGINE.parent, f"import site; site.addsitedir({str(place)!r})\n{BOUGHT}")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_all_files_that_came_with_a_plug_in_count(tmp_path: Path, layout: str) -> None:
    """Results of a changed helper package, of data, and of what is imported by name, were taken for those of before."""
    place = tmp_path / "packages"
    sources = _plugin(place, layout)
    versions = [_told_of_plugin(place)]
    for name in ("bought/table.bin", "bought/deep/er/table.txt", "bought/late.py", "bought_helpers/sums.py"):
        (sources / name).write_text((sources / name).read_text().replace("2", "7").replace("3", "8").replace("4", "9"))
        versions.append(_told_of_plugin(place))
    assert len({str(version) for version in versions}) == len(versions), versions
    (sources / "bought/late.py").write_text("# a comment\n" + (sources / "bought/late.py").read_text())
    assert _told_of_plugin(place) == versions[-1]


def test_the_packages_of_others_beside_a_plug_in_do_not_count(tmp_path: Path) -> None:
    place = tmp_path / "packages"
    _plugin(place, "installed")
    version = _told_of_plugin(place)
    (place / "other").mkdir()
    (place / "other" / "__init__.py").write_text("HALF = 0.5\n")
    assert _told_of_plugin(place) == version


def test_the_package_above_a_module_counts(tmp_path: Path) -> None:
    """It is imported before the module is, whether or not a statement names it."""
    package = _package(tmp_path)
    first = _told_beside(tmp_path)
    (package / "__init__.py").write_text("import torch\ntorch.set_default_dtype(torch.float64)\n")
    assert _told_beside(tmp_path) != first


def test_the_package_above_a_module_of_the_engine_counts(edited: Callable[..., None]) -> None:
    version = code_version.code_version("engine.numerics.ggml.quantize")
    edited("engine.numerics.ggml", '"""', '"""Said in another way. ')
    assert code_version.code_version("engine.numerics.ggml.quantize") == version
    edited("engine.numerics.ggml", '"""', 'HALF = 0.5\n"""')
    assert code_version.code_version("engine.numerics.ggml.quantize") != version


@pytest.mark.parametrize("kind", ["zip", "bytecode"])
def test_sources_in_a_zip_and_bytecode_without_sources(tmp_path: Path, kind: str) -> None:
    def made(name: str, text: str) -> Path:
        place = tmp_path / name
        package = _package(place)
        (package / "sums.py").write_text(text)
        if kind == "zip":
            with zipfile.ZipFile(tmp_path / f"{name}.zip", "w") as archive:
                for file in package.iterdir():
                    archive.write(file, f"bought/{file.name}")
            return tmp_path / f"{name}.zip"
        subprocess.run([sys.executable, "-m", "compileall", "-q", "-b", str(package)], check=True)
        for file in package.glob("*.py"):
            file.unlink()
        return place

    one = _told_beside(made("one", "def double(x):\n    return 2 * x\n"))
    same = _told_beside(made("same", "\n\n\ndef double(x):\n    return 2 * x\n"))
    other = _told_beside(made("other", "def double(x):\n    return x + x\n"))
    assert one == same != other


def test_a_module_of_machine_code_counts_by_its_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    suffix = importlib.machinery.EXTENSION_SUFFIXES[0]
    digests = []
    for name, data in (("kernel_one", b"one"), ("kernel_two", b"two"), ("kernel_same", b"one")):
        (tmp_path / f"{name}{suffix}").write_bytes(data)
        source = code_version._source(name)
        assert source is not None
        digests.append(source.digest)
    assert digests[0] == digests[2] != digests[1] and "" not in digests
    (tmp_path / "only_a_folder").mkdir()
    folder = code_version._source("only_a_folder")
    assert folder is not None and folder.digest == ""


def _told_beside(place: Path) -> list[str]:
    program = f"import sys; sys.path.insert(0, {str(place)!r})\n{BOUGHT}"
    return told(ENGINE.parent, program)


def test_threads_read_sources_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The collector lets another thread go on in the middle of a syntax tree."""
    monkeypatch.setattr(code_version, "_PARSED", ParsedSources("nothing was parsed before"))
    names = list(code_version.modules_in("engine.numerics"))
    read, thresholds = code_version._source.__wrapped__, gc.get_threshold()

    def give_way(phase: str, info: object) -> None:
        time.sleep(0)

    gc.callbacks.append(give_way)
    gc.set_threshold(100)
    try:
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(read, names))
    finally:
        gc.set_threshold(*thresholds)
        gc.callbacks.remove(give_way)
    monkeypatch.setattr(code_version, "_PARSED", ParsedSources("nothing was parsed before"))
    assert [source and source.digest for source in found] == [read(name).digest for name in names]


def test_a_loader_that_gives_no_source_has_it_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "formula.py"
    file.write_text("SIZE = 1\n", encoding="utf-8")
    spec = importlib.machinery.ModuleSpec("formula", object(), origin=str(file))
    spec.has_location = True
    assert code_version._read(spec) == "SIZE = 1\n"
    spec.has_location = False
    assert code_version._read(spec) is None


@pytest.fixture
def parsed_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, edited: Callable[..., None]) -> Callable[[], None]:
    """``parsed_before()``: as in a new process, with what earlier ones wrote."""
    reader = tmp_path / "reader.py"
    reader.write_text(inspect.getsource(code_version))
    (tmp_path / "__pycache__").mkdir()
    monkeypatch.setattr(sys, "dont_write_bytecode", False)

    def begin() -> None:
        monkeypatch.setattr(code_version, "_PARSED", ParsedSources(str(reader)))
        code_version._imported_by.cache_clear()
        code_version._source.cache_clear()

    begin()
    return begin


def test_sources_are_parsed_once_for_all_processes(
    tmp_path: Path, parsed_before: Callable[[], None], edited: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    version = code_version.code_version(PRUNING)
    (file,) = (tmp_path / "__pycache__").iterdir()
    parse, parsed = ast.parse, []
    monkeypatch.setattr(ast, "parse", lambda text, *more: parsed.append(text) or parse(text, *more))
    parsed_before()
    assert code_version.code_version(PRUNING) == version and parsed == []
    edited(PRUNING, "import torch", "import torch, wave")
    assert code_version.code_version(PRUNING) != version and len(parsed) == 1
    file.write_text(file.read_text().replace('"torch"', '"tensor"', 1))  # somebody's hand
    edited(PRUNING, "import torch", "import  torch")
    parsed_before()
    parsed.clear()
    assert code_version.code_version(PRUNING) == version and len(parsed) > 1


def test_another_reader_parses_anew(tmp_path: Path, parsed_before: Callable[[], None]) -> None:
    code_version.code_version(PRUNING)
    before = code_version._PARSED.key("import torch", "engine")
    with (tmp_path / "reader.py").open("a") as reader:
        reader.write("# another\n")
    parsed_before()
    assert code_version._PARSED.key("import torch", "engine") != before
    assert code_version._PARSED.get(before) is None


def test_no_bytecode_no_parsed_sources(
    tmp_path: Path, parsed_before: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    code_version.code_version(PRUNING)
    assert list((tmp_path / "__pycache__").iterdir()) == []
