"""Updates whose metadata is signed, by The Update Framework (package tuf, the extra `update`): looked for when a person
says so, never forced.

TUF's own client checks what has to be checked: signatures of separate keys for root, targets, snapshot and timestamp;
expiry; versions that only rise; that all files are of one snapshot; length and hash of what is fetched. tufup, which
builds on it, adds patches for frozen programs, which this is not; signatures alone (Ed25519, minisign) would leave
rollback, freezing and mixing of versions to be invented here. The root of trust comes with the installer's bundle.
"""

from __future__ import annotations

import errno
import json
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from engine.base.errors import BadInput, RunFailed, StudioError
from engine.installer.bundle import Bundle, read, safe
from engine.installer.layout import Installation

LATEST = "latest.json"
"""The target that names the newest version and its archive."""
LARGEST_UNPACKED = 300 << 20
CHUNK = 1 << 16
UNPACKED = "unpacked-"
UNUSABLE = "The update can't be used"


@dataclass(frozen=True)
class Newer:
    """A version to update to. ``file``: target with its bundle, of so many ``bytes``; ``news``: what is new in it, in
    Markdown; ``packages``, ``headless``: bytes of the packages of each lock with and without the window's, named as
    `engine.installer.bundle.lock_name` does."""

    version: str
    file: str
    bytes: int
    news: str = ""
    packages: dict[str, int] = field(default_factory=dict)
    headless: dict[str, int] = field(default_factory=dict)

    def fetched(self, lock: str, window: bool) -> int | None:
        """Bytes that an update fetches at most; None if the sizes of this lock's packages are not known."""
        packages = self.packages if window else self.headless
        return self.bytes + packages[lock] if lock in packages else None


class Updates:
    """The folder of updates at an address: ``https://…``, or a folder of this machine."""

    def __init__(self, installation: Installation, bundle: Bundle) -> None:
        """Read the root of trust of a bundle. Raises `BadInput` where there is no address, no root or no tuf."""
        try:
            from tuf.ngclient import Updater
        except ImportError:
            advice = "run: pip install 'compression-studio[update]'"
            raise BadInput("Updates need the extra 'update'", why="tuf is not installed", advice=advice) from None
        self._version, self._installation = bundle.version, installation
        address = bundle.updates
        local = Path(address).is_absolute()
        if not local and not address.startswith("https://"):
            why = f"its address is '{address}'" if address else "it was built without an address"
            raise BadInput("This version has no updates", why=why, advice="get new versions where you got this one")
        folder = installation.root / "updates"
        self._targets = folder / "targets"
        with _sentences():
            self._targets.mkdir(parents=True, exist_ok=True)
            self._updater = Updater(
                str(folder / "metadata"),
                f"{address}/metadata",
                target_dir=str(self._targets),
                target_base_url=f"{address}/targets",
                fetcher=_folder_fetcher() if local else None,
                bootstrap=_root_of(bundle),
            )

    def newest(self) -> Newer | None:
        """The newest version; None if it is not newer than the one that runs. Raises `RunFailed` for metadata that is
        not signed by the right keys, older than known, expired, or not of one snapshot."""
        with _sentences():
            self._updater.refresh()
            info = self._updater.get_targetinfo(LATEST)
            if info is None:
                return None
            path = self._updater.find_cached_target(info) or self._updater.download_target(info)
            newer = _newer(Path(path))
            target = self._updater.get_targetinfo(newer.file)
        if target is None:
            raise RunFailed(UNUSABLE, why=f"the signed list does not hold {newer.file}")
        return replace(newer, bytes=target.length) if _order(newer.version) > _order(self._version) else None

    def fetch(self, newer: Newer) -> Bundle:
        """Download and unpack a version; every byte is compared with the signed hashes. Raises `RunFailed`."""
        with _sentences():
            info = self._updater.get_targetinfo(newer.file)
            assert info is not None, "newest has found it"
            archive = self._updater.find_cached_target(info) or self._updater.download_target(info)
        folder = Path(tempfile.mkdtemp(prefix=UNPACKED, dir=self._targets.parent))
        try:
            with zipfile.ZipFile(archive) as opened:
                if sum(entry.file_size for entry in opened.infolist()) > LARGEST_UNPACKED:
                    raise RunFailed(UNUSABLE, why="it is larger than any version is")
                for name in opened.namelist():
                    safe(name)
                opened.extractall(folder)
        except OSError as error:
            raise RunFailed("The update can't be unpacked", why=error.strerror or str(error)) from None
        except (ValueError, zipfile.BadZipFile):
            raise RunFailed(UNUSABLE, why="it is not an archive of a version") from None
        bundle = read(folder)
        if bundle.version != newer.version:
            raise RunFailed(UNUSABLE, why=f"it is version {bundle.version}, not {newer.version}")
        return bundle

    def forget(self) -> None:
        """Remove what was downloaded and unpacked: the installation has a copy, or did not want it."""
        for folder in (self._targets, *self._targets.parent.glob(f"{UNPACKED}*")):
            shutil.rmtree(folder, ignore_errors=True)


def _newer(latest: Path) -> Newer:
    """The version that `LATEST` names, of unknown size."""
    try:
        plain: Any = json.loads(latest.read_text("utf-8"))
        with_window, headless = (
            {str(key): int(size) for key, size in plain.get(name, {}).items()} for name in ("packages", "headless")
        )
        version, file, news = safe(plain["version"]), safe(plain["file"]), str(plain.get("news", ""))
        return Newer(version, file, 0, news, with_window, headless)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise RunFailed(UNUSABLE, why=f"{LATEST} can't be read") from None


class _sentences:  # noqa: N801 - reads as what it does, as contextlib's
    """Turn errors of tuf into sentences."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if error is None or isinstance(error, StudioError) or not isinstance(error, Exception):
            return
        from tuf.api import exceptions as of_tuf

        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES):
            why = error.strerror or str(error)
            raise RunFailed("The update can't be stored", why=why, advice="nothing was changed; make room") from None
        if isinstance(error, of_tuf.DownloadError | OSError) and not isinstance(
            error, of_tuf.DownloadLengthMismatchError
        ):
            advice = "check the network; nothing was changed"
            raise RunFailed("The updates can't be reached", why=_first_line(error), advice=advice) from None
        reasons = (
            (of_tuf.ExpiredMetadataError, "it has expired: somebody may hold newer versions back"),
            (of_tuf.BadVersionNumberError, "it is older than what was known before"),
            (of_tuf.UnsignedMetadataError, "it is not signed by the right keys"),
            (of_tuf.LengthOrHashMismatchError, "its files do not belong together"),
            (of_tuf.DownloadLengthMismatchError, "it is longer than any metadata is"),
        )
        why = next((words for kind_, words in reasons if isinstance(error, kind_)), _first_line(error))
        raise RunFailed("The update is refused", why=why, advice="nothing was changed; try again later") from None


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _root_of(bundle: Bundle) -> bytes:
    try:
        return (bundle.folder / "root.json").read_bytes()
    except OSError:
        raise BadInput("This version has no updates", why="it was built without a root of trust") from None


def _folder_fetcher() -> Any:
    """A client of a folder of this machine, for offline updates."""
    from tuf.api.exceptions import DownloadHTTPError
    from tuf.ngclient import FetcherInterface

    def fetch(self: object, url: str) -> Iterator[bytes]:
        if not Path(url).is_file():
            raise DownloadHTTPError(f"There is no {Path(url).name}", 404)
        return _chunks(Path(url))

    return type("FolderFetcher", (FetcherInterface,), {"_fetch": fetch})()


def _chunks(path: Path) -> Iterator[bytes]:
    with open(path, "rb") as file:
        while data := file.read(CHUNK):
            yield data


def _order(version: str) -> tuple[tuple[int, ...], int, int]:
    """Sorts versions: numbers, then alpha, beta, candidate, release. Another text is older than all."""
    match = re.fullmatch(r"(\d+(?:\.\d+)*)(?:(a|b|rc)(\d+))?", version)
    if match is None:
        return (), 0, 0
    numbers = [int(word) for word in match[1].split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    stage = {"a": 0, "b": 1, "rc": 2, None: 3}[match[2]]
    return tuple(numbers), stage, int(match[3] or 0)
