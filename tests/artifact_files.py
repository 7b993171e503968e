"""What runs left, file by file, to compare them to the byte."""

from __future__ import annotations

import hashlib
from pathlib import Path


def digests(home: Path) -> dict[str, str]:
    """sha256 of every file of every artifact of a workspace, by path."""
    root = home / "artifacts"
    files = [path for path in sorted(root.rglob("*")) if path.is_file() and path.parent != root]
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
