"""The store of artifacts: what is there, what is damaged, what goes, who works at what."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.base import pinned
from engine.base.errors import StudioError
from engine.checkpoints.checkpoint import DESCRIPTION
from engine.run import artifacts
from engine.run.artifacts import Store
from engine.testing.stage import compress

ONE, OTHER = "1" * 32, "2" * 32


@pytest.fixture(scope="module")
def made(tiny: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one artifact."""
    folder = tmp_path_factory.mktemp("made")
    compress(tiny("llama"), "round_to_nearest", {"group_size": 4}, folder / "work")
    artifact = Path(shutil.copytree(folder / "work" / "artifact", folder / "store" / ONE))
    described = json.loads((artifact / DESCRIPTION).read_text(encoding="utf-8"))
    (artifact / DESCRIPTION).write_text(json.dumps({**described, "signature": ONE}), encoding="utf-8")
    return folder / "store"


@pytest.fixture
def store(made: Path, tmp_path: Path) -> Store:
    return Store(Path(shutil.copytree(made, tmp_path / "store")))


def test_an_artifact_is_there_whole_or_not_at_all(store: Store) -> None:
    assert (store.has(ONE), store.damage(ONE)) == (True, "")
    assert (store.has(OTHER), store.damage(OTHER)) == (False, "")
    store.folder(ONE).rename(store.folder(OTHER))
    assert not store.has(OTHER) and store.damage(OTHER) == "the folder holds another artifact"
    store.folder(ONE).write_text("a file")
    assert not store.has(ONE) and store.damage(ONE)


def test_a_changed_byte_is_found_by_who_reads_all(store: Store) -> None:
    """`has` looks at headers and lengths, which costs nothing."""
    file = sorted(store.folder(ONE).glob("*.safetensors"))[0]
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    assert store.has(ONE) and file.name in store.damage(ONE)
    file.write_bytes(data[:-1])
    assert not store.has(ONE)


def test_what_goes_goes_alone(store: Store) -> None:
    """The artifact, what a method keeps, what was not finished, what a killed process left in it: each for itself."""
    partial = store.root / f"{ONE}.partial"

    def there() -> set[str]:
        return {path.name.replace(ONE, "one") for path in (*store.root.iterdir(), *partial.glob(".*"))}

    for folder in (store.scratch(ONE), partial, store.scratch(OTHER)):
        folder.mkdir()
    for name in (".model.part", ".kept"):
        (partial / name).write_text("")
    everything = {"one", "one.scratch", "one.partial", f"{OTHER}.scratch", ".model.part", ".kept"}
    assert there() == everything
    for act, removed in (
        (store.sweep, {".model.part"}),
        (store.clean, {"one.scratch"}),
        (store.abandon, {"one.partial", ".kept"}),
        (store.discard, {"one"}),
    ):
        act(ONE)
        act(ONE)  # nothing is there any more
        everything -= removed
        assert there() == everything


def test_one_works_at_an_artifact_and_the_next_waits(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artifacts, "WAIT_SECONDS", 0.01)
    begun, go_on, order = threading.Event(), threading.Event(), list[str]()

    def first() -> None:
        with store.locked(ONE, lambda: pytest.fail("nobody works at it")):
            begun.set()
            order.append("first" if go_on.wait(10) else "nobody said that the second waits")

    thread = threading.Thread(target=first)
    thread.start()
    assert begun.wait(10)
    with store.locked(OTHER, lambda: pytest.fail("nobody works at it")):
        order.append("other")
    with store.locked(ONE, go_on.set):
        order.append("second")
    thread.join()
    assert order == ["other", "first", "second"] and not list(store.root.glob("*.lock"))


def test_locks_of_killed_processes_go_and_those_that_are_held_stay(store: Store) -> None:
    (store.root / "killed.lock").write_text("")
    with store.locked(ONE, lambda: None), store.locked(OTHER, lambda: None):
        assert {file.name for file in store.root.glob("*.lock")} == {f"{ONE}.lock", f"{OTHER}.lock"}


def test_what_is_removed_and_made_again_in_one_session_is_what_is_there_now(store: Store) -> None:
    with pinned.session():
        for folder, remove in ((store.folder(OTHER), store.discard), (store.scratch(OTHER), store.clean)):
            for text in ("one", "another"):
                folder.mkdir()
                (folder / "state").write_text(text)
                assert pinned.read_file(folder / "state", "state") == text.encode()
                remove(OTHER)
        pinned.pins().check_used()


def test_a_store_that_can_not_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StudioError), Store(tmp_path / "file" / "store").locked(ONE, lambda: None):
        pass


def test_a_store_that_is_removed_meanwhile_is_no_fault(store: Store) -> None:
    with store.locked(ONE, lambda: None):
        shutil.rmtree(store.root)


def test_the_lock_goes_where_the_work_fails(store: Store) -> None:
    with pytest.raises(InterruptedError), store.locked(ONE, lambda: None):
        raise InterruptedError
    assert not list(store.root.glob("*.lock"))
    with store.locked(ONE, lambda: pytest.fail("nobody works at it")):
        pass
