"""Updates with signed metadata: what is newer is installed after a yes; four attacks are refused."""

from __future__ import annotations

import importlib.util
import re
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from engine.base.errors import BadInput, RunFailed
from engine.installer import steps
from engine.installer.bundle import Bundle, read, write_release
from engine.installer.commands import main
from engine.installer.layout import Installation
from engine.installer.updates import Updates, _order
from tests.engine.installer.small_bundles import bundle, plan

pytest.importorskip("tuf")
pytest.importorskip("cryptography")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="programs of the shell")
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def sign() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sign", ROOT / ".packaging" / "sign.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def offered(tmp_path: Path, sign: ModuleType) -> Path:
    """A signed folder of updates with version 1.1."""
    folder, keys = tmp_path / "updates", tmp_path / "keys"
    sign.make_keys(keys)
    sign.publish(folder, keys, "1.1", archive(tmp_path, "1.1"))
    return folder


@pytest.fixture
def installed(offered: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Installation, Bundle]:
    """Version 1.0, which knows that folder and its root of trust."""
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    made = bundle(tmp_path / "first", "1.0")
    shutil.copy2(offered / "metadata" / "root.json", made.folder / "root.json")
    facts = {"version": "1.0", "code": "aaaa", "python": "3.12", "wheel": "program.whl", "locks": {}}
    facts["locks"] = {"linux-x86_64-cpu": {"file": "locks/cpu.txt", "bytes": 1000, "packages": 1}}
    write_release(made.folder, facts, str(offered))
    installation = Installation(tmp_path / "data" / "program")
    steps.install(installation, plan(read(made.folder)), print)
    return installation, read(installation.bundles / "1.0-aaaa")


def archive(folder: Path, version: str) -> Path:
    """An archive of a bundle, as a release makes it."""
    made = bundle(folder / f"bundle {version}", version, "bbbb")
    return Path(shutil.make_archive(str(folder / f"compression-studio-{version}-update"), "zip", made.folder))


def test_an_update_is_installed_after_a_yes(
    installed: tuple[Installation, Bundle], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    installation, _ = installed
    folder = ["--folder", str(installation.root.parent)]
    monkeypatch.setattr("engine.installer.bundle.platform_of", lambda machine: "linux-x86_64")
    assert main(["update", "--check", *folder]) == 0 and "Version 1.1 is there" in capsys.readouterr().out
    assert main(["update", *folder]) == 2 and installation.current()[0] == "1.0-1", "nobody said yes"
    # zip archives of shutil keep no modes: uv in them could not be started, as on a machine where uv is on PATH
    monkeypatch.setenv("PATH", str(installation.bundles / "1.0-aaaa"), prepend=":")
    newer = Updates(*installed)
    found = newer.newest()
    assert found is not None and found.version == "1.1"
    unpacked = newer.fetch(found)
    (unpacked.folder / "uv").chmod(0o755)
    assert steps.install(installation, plan(unpacked), print) == "1.1-2"
    assert main(["rollback", *folder]) == 0 and installation.current() == ("1.0-1", "1.1-2")


def test_a_wrong_signature_is_refused(
    installed: tuple[Installation, Bundle], offered: Path, tmp_path: Path, sign: ModuleType
) -> None:
    shutil.rmtree(offered)
    sign.make_keys(tmp_path / "other keys")
    sign.publish(offered, tmp_path / "other keys", "9.9", archive(tmp_path, "9.9"))
    with pytest.raises(RunFailed, match="not signed by the right keys"):
        Updates(*installed).newest()


@pytest.mark.parametrize("name", ["timestamp.json", "snapshot.json", "targets.json"])
def test_metadata_that_was_changed_is_refused(name: str, installed: tuple[Installation, Bundle], offered: Path) -> None:
    path = offered / "metadata" / name
    text = path.read_text("utf-8")
    changed = re.sub(r'"version": ?1', '"version": 7', text)
    assert changed != text
    path.write_text(changed, "utf-8")
    with pytest.raises(RunFailed, match="The update is refused"):
        Updates(*installed).newest()


def test_going_back_to_an_older_version_is_refused(
    installed: tuple[Installation, Bundle], offered: Path, tmp_path: Path, sign: ModuleType
) -> None:
    shutil.copytree(offered, tmp_path / "earlier")
    sign.publish(offered, tmp_path / "keys", "1.2", archive(tmp_path, "1.2"))
    newer = Updates(*installed).newest()
    assert newer is not None and newer.version == "1.2"
    shutil.rmtree(offered)
    shutil.copytree(tmp_path / "earlier", offered)
    with pytest.raises(RunFailed, match="older than what was known before"):
        Updates(*installed).newest()


def test_expired_metadata_is_refused(
    installed: tuple[Installation, Bundle], offered: Path, tmp_path: Path, sign: ModuleType
) -> None:
    sign.publish(offered, tmp_path / "keys", days=-1)
    with pytest.raises(RunFailed, match="it has expired"):
        Updates(*installed).newest()


def test_metadata_of_two_releases_mixed_is_refused(
    installed: tuple[Installation, Bundle], offered: Path, tmp_path: Path, sign: ModuleType
) -> None:
    earlier = (offered / "metadata" / "targets.json").read_bytes()
    sign.publish(offered, tmp_path / "keys", "1.2", archive(tmp_path, "1.2"))
    (offered / "metadata" / "targets.json").write_bytes(earlier)
    with pytest.raises(RunFailed, match="The update is refused"):
        Updates(*installed).newest()


def test_an_archive_that_was_changed_is_refused(installed: tuple[Installation, Bundle], offered: Path) -> None:
    updates = Updates(*installed)
    newer = updates.newest()
    assert newer is not None
    path = offered / "targets" / newer.file
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)
    with pytest.raises(RunFailed, match="its files do not belong together"):
        updates.fetch(newer)


def test_an_older_version_is_never_offered(
    installed: tuple[Installation, Bundle], offered: Path, tmp_path: Path, sign: ModuleType
) -> None:
    """Signed by the right keys, but older than what runs."""
    sign.publish(offered, tmp_path / "keys", "0.9", archive(tmp_path, "0.9"))
    assert Updates(*installed).newest() is None


def test_no_network_is_a_sentence(installed: tuple[Installation, Bundle], offered: Path) -> None:
    shutil.rmtree(offered)
    with pytest.raises(RunFailed, match="The updates can't be reached"):
        Updates(*installed).newest()


@pytest.mark.parametrize("address", ["", "http://localhost/updates", "updates", "file:///tmp"])
def test_addresses_that_are_not_safe(address: str, installed: tuple[Installation, Bundle]) -> None:
    installation, known = installed
    with pytest.raises(BadInput, match="has no updates"):
        Updates(installation, replace(known, updates=address))


def test_the_order_of_versions() -> None:
    order = ["0.1.0", "0.9", "0.10a1", "0.10b2", "0.10rc1", "0.10", "1.0", "1.0.1"]
    mixed = order[::2] + order[1::2]
    assert sorted(mixed, key=_order) == order and _order("1.0") == _order("1.0.0") > _order("nonsense")
