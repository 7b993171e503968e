"""Updates with signed metadata: what is newer is installed after a yes; four attacks are refused."""

from __future__ import annotations

import errno
import json
import re
import shutil
import sys
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType

import pytest

from engine.base.errors import BadInput, RunFailed
from engine.base.human import bytes_text
from engine.installer import steps
from engine.installer.bundle import Bundle, read, write_release
from engine.installer.commands import main
from engine.installer.hardware import Machine
from engine.installer.layout import Installation
from engine.installer.updates import Updates, _order
from tests.engine.installer.signing import archive, signing
from tests.engine.installer.small_bundles import bundle, plan, started

pytest.importorskip("tuf")
pytest.importorskip("cryptography")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="programs of the shell")


@pytest.fixture(scope="module")
def sign() -> ModuleType:
    return signing()


@pytest.fixture
def offered(tmp_path: Path, sign: ModuleType) -> Path:
    """A signed folder of updates with version 1.1."""
    folder, keys = tmp_path / "updates", tmp_path / "keys"
    sign.make_keys(keys)
    sign.publish(folder, keys, "1.1", archive(tmp_path, "1.1", "# What is new in 1.1\n\n- Faster.\n"))
    return folder


@pytest.fixture
def installed(offered: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Installation, Bundle]:
    """Version 1.0, which knows that folder and its root of trust."""
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    made = bundle(tmp_path / "first", "1.0")
    shutil.copy2(offered / "metadata" / "root.json", made.folder / "root.json")
    plain = json.loads((made.folder / "release.json").read_text("utf-8"))
    facts = {key: plain[key] for key in ("version", "code", "python", "wheel", "locks", "headless")}
    write_release(made.folder, facts, str(offered))
    installation = Installation(tmp_path / "data" / "program")
    steps.install(installation, plan(read(made.folder)), print)
    return installation, read(installation.bundles / "1.0-aaaa")


def folder_of(installation: Installation) -> list[str]:
    return ["--folder", str(installation.root.parent)]


def test_an_update_is_installed_after_a_yes(
    installed: tuple[Installation, Bundle], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a machine without uv: the one of the installer serves, for archives of updates have none."""
    installation, _ = installed
    folder = folder_of(installation)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert main(["update", "--check", *folder]) == 0
    size = bytes_text(next((installation.root.parents[1] / "updates" / "targets").glob("*.zip")).stat().st_size + 1000)
    assert f"Version 1.1 is available ({size} at most are fetched); this is 1.0." in (shown := capsys.readouterr().out)
    assert "- Faster." in shown and "# What is new" not in shown
    assert main(["update", *folder]) == 2 and installation.current()[0] == "1.0-1", "nobody said yes"
    assert main(["update", "--yes", *folder]) == 0 and installation.current() == ("1.1-2", "1.0-1")
    assert started(installation) == "1.1" and not list((installation.root / "updates").glob("unpacked-*"))
    assert main(["update", "--yes", *folder]) == 2, "an update without an address has no further ones"
    assert main(["rollback", *folder]) == 0 and installation.current() == ("1.0-1", "1.1-2")


def test_the_build_is_kept_or_chosen_anew(
    installed: tuple[Installation, Bundle], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newer version may have no lock for an old build any more: it must not be installed without comparing hashes."""
    installation, made = installed
    record = installation.record("1.0-1")
    assert record is not None
    machine = Machine("Linux", "x86_64", libc="glibc 2.39")
    monkeypatch.setattr(steps, "system", lambda: machine)
    monkeypatch.setattr(steps, "look", lambda: machine)
    kept = steps.plan_update(made, record)
    assert (kept.backend, kept.lock) == ("cpu", made.locks["linux-x86_64-cpu"]) and kept.window
    old = steps.plan_update(made, replace(record, backend="cu118"))
    assert (old.backend, old.lock) == ("cpu", made.locks["linux-x86_64-cpu"])
    bare = steps.plan_update(made, replace(record, window=False, extras=("update", "hub")))
    assert bare.lock == made.headless["linux-x86_64-cpu"] != kept.lock and bare.packages.extras == ("update", "hub")
    assert kept.python == "", "that of the lock"
    free = steps.plan_update(replace(made, locks={}), replace(record, backend="cu118"))
    assert (free.backend, free.lock, free.python) == ("cu118", None, "3.12"), "wheels may be for that Python alone"


def test_metadata_is_renewed_before_it_expires(
    offered: Path, tmp_path: Path, sign: ModuleType, installed: tuple[Installation, Bundle]
) -> None:
    """Without a release for a long time: the snapshot lasts 30 days, the targets a year."""

    def versions() -> tuple[int, ...]:
        texts = [(offered / "metadata" / f"{name}.json").read_text("utf-8") for name in ("targets", "snapshot")]
        return tuple(json.loads(text)["signed"]["version"] for text in texts)

    assert versions() == (1, 1)
    sign.publish(offered, tmp_path / "keys", days=20)
    assert versions() == (1, 2), "the targets have time left"
    expires = json.loads((offered / "metadata" / "snapshot.json").read_text("utf-8"))["signed"]["expires"]
    assert datetime.fromisoformat(expires) - datetime.now(UTC) < timedelta(days=21)
    before = sign.DAYS
    sign.DAYS = {**before, "targets": 365 * 5}
    try:
        sign.publish(offered, tmp_path / "keys")
    finally:
        sign.DAYS = before
    assert versions() == (2, 3)
    assert Updates(*installed).newest() is not None


def test_an_archive_of_another_version_is_not_signed(tmp_path: Path, sign: ModuleType, offered: Path) -> None:
    with pytest.raises(SystemExit, match=r"holds version 1\.3, not 1\.2"):
        sign.publish(offered, tmp_path / "keys", "1.2", archive(tmp_path, "1.3"))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"no archive", "it is not an archive of a version"),
        ({"../outside": "x"}, "it is not an archive of a version"),
        ({"release.json": "{}"}, "There is nothing to install"),
    ],
)
def test_a_signed_archive_that_is_none_is_a_sentence(
    content: bytes | dict[str, str],
    why: str,
    installed: tuple[Installation, Bundle],
    offered: Path,
    tmp_path: Path,
    sign: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / "compression-studio-1.2-update.zip"
    if isinstance(content, bytes):
        file.write_bytes(content)
    else:
        with zipfile.ZipFile(file, "w") as opened:
            for name, text in content.items():
                opened.writestr(name, text)
    monkeypatch.setattr(sign, "describe", lambda file, version: {"version": version, "file": file.name})
    sign.publish(offered, tmp_path / "keys", "1.2", file)
    updates = Updates(*installed)
    newer = updates.newest()
    assert newer is not None and newer.fetched("linux-x86_64-cpu", True) is None
    with pytest.raises((RunFailed, BadInput), match=why):
        updates.fetch(newer)
    updates.forget()
    assert not list((installed[0].root / "updates").glob("unpacked-*")) and not (tmp_path / "outside").exists()


@pytest.mark.parametrize("plain", [[], {}, {"version": 1}, {"version": "1.2", "file": "../x"}])
def test_a_signed_list_that_can_not_be_read_is_a_sentence(
    plain: object,
    installed: tuple[Installation, Bundle],
    offered: Path,
    tmp_path: Path,
    sign: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sign, "describe", lambda file, version: plain)
    sign.publish(offered, tmp_path / "keys", "1.2", archive(tmp_path, "1.2"))
    with pytest.raises(RunFailed, match=r"latest\.json can't be read"):
        Updates(*installed).newest()


def test_a_full_disk_is_not_a_network_that_is_down(
    installed: tuple[Installation, Bundle], monkeypatch: pytest.MonkeyPatch
) -> None:
    updates = Updates(*installed)

    def full(*rest: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(updates._updater, "refresh", full)
    with pytest.raises(RunFailed, match=r"can't be stored: No space left on device.*make room"):
        updates.newest()


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
