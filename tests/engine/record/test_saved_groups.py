"""Groups of blocks that a person saved."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.base.errors import BadInput
from engine.record import saved_groups


def test_saved_blocks_of_any_title_have_files_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_groups, "folder", lambda: tmp_path / "blocks")
    titles = ["GPTQ 4", "GPTQ-4", "剪枝", "Обрезка"]
    ids = [saved_groups.save(title, json.dumps({"groups": [{"title": title}]})) for title in titles]
    assert len(set(ids)) == 4 and saved_groups.all_saved().keys() == set(ids)
    assert saved_groups.save("GPTQ 4", json.dumps({"groups": [{"title": "GPTQ 4"}]})) == ids[0]
    (tmp_path / "blocks" / "damaged.json").write_text("{", "utf-8")
    assert list(saved_groups.all_saved().values()) == sorted(titles, key=str.casefold)
    with pytest.raises(BadInput, match="needs a name"):
        saved_groups.save(" ", "{}")
