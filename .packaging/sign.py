"""Sign updates: ``sign.py keys KEYS`` makes four keys, ``sign.py publish FOLDER --keys KEYS [--version V --file ZIP]``
writes signed metadata (The Update Framework) for a folder that any web server can offer.

The key of the root stays offline: after the first release only ``targets.pem``, ``snapshot.pem`` and ``timestamp.pem``
are needed where releases are made. Without ``--file`` nothing is offered anew: timestamp and snapshot are renewed,
which must happen before they expire, and the list of targets once less than a quarter of its time is left.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import shutil
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp

ROLES = ("root", "targets", "snapshot", "timestamp")
NEWS = "resources/help/news.md"
DAYS = {"root": 730, "targets": 365, "snapshot": 30, "timestamp": 30}


def main() -> None:
    """Run one command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    added = parser.add_subparsers(dest="command", required=True)
    added.add_parser("keys").add_argument("keys", type=Path)
    publish_ = added.add_parser("publish")
    publish_.add_argument("folder", type=Path)
    publish_.add_argument("--keys", type=Path, required=True)
    publish_.add_argument("--version")
    publish_.add_argument("--file", type=Path)
    words = parser.parse_args()
    if words.command == "keys":
        make_keys(words.keys)
    else:
        publish(words.folder, words.keys, words.version, words.file)


def make_keys(folder: Path) -> None:
    """Ed25519 keys, one for each role; existing ones are not replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    for role in ROLES:
        plain = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        with open(folder / f"{role}.pem", "xb") as file:
            (folder / f"{role}.pem").chmod(0o600)
            file.write(Ed25519PrivateKey.generate().private_bytes(*plain))


def signer(keys: Path, role: str) -> CryptoSigner:
    """The key of a role."""
    private = serialization.load_pem_private_key((keys / f"{role}.pem").read_bytes(), None)
    assert isinstance(private, Ed25519PrivateKey)
    return CryptoSigner(private)


def publish(
    folder: Path, keys: Path, version: str | None = None, file: Path | None = None, days: int | None = None
) -> None:
    """Add an archive as the newest version, if one is given, and sign. ``days``: until all of it expires."""
    metadata, targets_folder = folder / "metadata", folder / "targets"
    for place in (metadata, targets_folder):
        place.mkdir(parents=True, exist_ok=True)
    expiry = {role: datetime.now(UTC) + timedelta(days=DAYS[role] if days is None else days) for role in ROLES}
    if not (metadata / "1.root.json").exists():
        root = Root(expires=expiry["root"], consistent_snapshot=False)
        for role in ROLES:
            root.add_key(signer(keys, role).public_key, role)
        _sign(Metadata(root), keys, metadata / "1.root.json")
        shutil.copy2(metadata / "1.root.json", metadata / "root.json")
    targets = _load(metadata / "targets.json", Metadata(Targets(expires=expiry["targets"])))
    snapshot = _load(metadata / "snapshot.json", Metadata(Snapshot(expires=expiry["snapshot"])))
    timestamp = _load(metadata / "timestamp.json", Metadata(Timestamp(expires=expiry["timestamp"])))
    if file is not None:
        (targets_folder / "latest.json").write_text(json.dumps(describe(file, version)), "utf-8")
        shutil.copy2(file, targets_folder / file.name)
        for name in ("latest.json", file.name):
            targets.signed.targets[name] = TargetFile.from_file(name, str(targets_folder / name), ["sha256"])
    left = targets.signed.expires - datetime.now(UTC)
    if file is not None or targets.signed.version == 0 or left < timedelta(days=DAYS["targets"] / 4):
        _raise(targets, expiry["targets"], keys, metadata / "targets.json")
    snapshot.signed.meta["targets.json"] = _described(metadata / "targets.json", targets.signed.version)
    _raise(snapshot, expiry["snapshot"], keys, metadata / "snapshot.json")
    timestamp.signed.snapshot_meta = _described(metadata / "snapshot.json", snapshot.signed.version)
    _raise(timestamp, expiry["timestamp"], keys, metadata / "timestamp.json")


def describe(file: Path, version: str | None) -> dict[str, Any]:
    """The content of ``latest.json``: the version in an archive, what is new in it, and the bytes of the packages of
    its locks. Ends the program if the archive holds another version."""
    with zipfile.ZipFile(file) as archive:
        release = json.loads(archive.read("release.json"))
        wheel = archive.read(release["wheel"])
    if version is not None and release["version"] != version:
        raise SystemExit(f"{file.name} holds version {release['version']}, not {version}")
    sizes = {
        kind: {name: lock["bytes"] for name, lock in release.get(key, {}).items()}
        for kind, key in (("packages", "locks"), ("headless", "headless"))
    }
    return {"version": release["version"], "file": file.name, "news": news_of(wheel), **sizes}


def news_of(wheel: bytes) -> str:
    """The page "What is new" of a wheel without its title, or ""."""
    try:
        with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
            text = archive.read(NEWS).decode("utf-8")
    except (KeyError, zipfile.BadZipFile):
        return ""
    return re.sub(r"^# .*\n+", "", text)


def _load(path: Path, default: Metadata) -> Metadata:
    if path.exists():
        return Metadata.from_file(str(path))
    default.signed.version = 0  # the first that is signed is 1
    return default


def _raise(metadata: Metadata, expires: datetime, keys: Path, path: Path) -> None:
    metadata.signed.version += 1
    metadata.signed.expires = expires
    _sign(metadata, keys, path)


def _sign(metadata: Metadata, keys: Path, path: Path) -> None:
    metadata.sign(signer(keys, metadata.signed.type))
    metadata.to_file(str(path))


def _described(path: Path, version: int) -> MetaFile:
    return MetaFile.from_data(version, path.read_bytes(), ["sha256"])


if __name__ == "__main__":
    main()
