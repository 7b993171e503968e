"""Claims are measured row by row: what was cut goes on, what was measured stands, damaged lines are passed over."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from engine.base.errors import BadInput, Cancelled
from engine.claims import plan, rows
from engine.claims.catalog import CLAIMS
from engine.claims.runner import Claims, numbers
from engine.cli.main import main
from engine.contracts.claims import SAMPLE, Arm, Claim, Comparison, Judged, MeasuredClaims, Row, Step
from engine.contracts.commands import ReadClaims, RunClaims
from engine.data.texts import Text
from engine.record.home import Home
from engine.run.control import Control
from engine.service.jobs import execute
from engine.service.wire import REGISTRY

CLAIM = Claim(
    id="eight-bits",
    section="2",
    sentence="Eight bits lose less than two.",
    measure="kl_divergence",
    arms=tuple(Arm(name, (Step("round_to_nearest", {"format": name}),)) for name in ("int8", "int2")),
    comparisons=(Comparison("int8", "int2", at_most=1.0),),
    deterministic=True,
    seeds=1,
)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COMPRESSION_STUDIO_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(plan, "CLAIMS", (CLAIM,))
    monkeypatch.setattr(plan, "WINDOW", 64)
    monkeypatch.setattr(plan, "WINDOWS", 1)
    monkeypatch.setattr(rows, "bundled", lambda: tmp_path / "bundled.jsonl")


def _claims(file: Path, **more: object) -> Claims:
    return Claims([CLAIM], SAMPLE, Home.default(), file, **more)  # type: ignore[arg-type]


def test_what_was_cut_goes_on_where_it_was(tmp_path: Path) -> None:
    file, heard = tmp_path / "rows.jsonl", list[Judged]()
    first = _claims(file)
    first.measured = lambda claim: first.control.cancel()
    with pytest.raises(Cancelled):
        first.run()
    assert [row.arm for row in rows.read(file)] == ["int8"]
    with file.open("a") as cut:
        cut.write('{"claim": "eight-bits", "ar')  # the power went while the second was written
    (last,) = _claims(file, measured=heard.append).run()
    assert [row.arm for row in rows.read(file)] == ["int8", "int2"]
    assert len(heard) == 1 and last.verdict == "shown" and (last.measured, last.outdated) == (2, 0)
    again = _claims(file, measured=heard.append)
    assert again.run()[0].arms == last.arms and len(heard) == 1, "measured again what was there"
    assert not list(Home(Home.default().root / "claims").artifacts.glob("*/*.safetensors")), "artifacts stay behind"


def test_rows_of_earlier_code_stand_until_they_are_measured_again(tmp_path: Path) -> None:
    entries = plan.planned([CLAIM], SAMPLE)
    old = [_row(entry, 0.1 + number) for number, entry in enumerate(entries)]
    assert plan.missing(entries, old) == []
    old = [dataclasses.replace(row, code="earlier") for row in old]
    judged = plan.judged(CLAIM, SAMPLE, old)
    assert (judged.verdict, judged.outdated) == ("shown", 2)
    assert [entry.arm.name for entry in plan.missing(entries, old)] == ["int8", "int2"]
    assert judged.expected == pytest.approx(6.0), "the seconds of the same rows"
    new = dataclasses.replace(old[0], code=entries[0].code, values={"kl_divergence": 5.0})
    assert plan.judged(CLAIM, SAMPLE, [new, *old]).verdict == "contradicted", "the present code comes first"


def test_lines_that_are_no_rows_are_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    (good, _) = (_row(entry, 0.5) for entry in plan.planned([CLAIM], SAMPLE))
    rows.append(file, good)
    entry = dataclasses.asdict(good)
    for damage in ({"values": {"kl_divergence": "small"}}, {"seed": "first"}, {"values": [1]}, {"versions": None}):
        rows.append_line(file, {**entry, **damage})
    rows.append_line(file, {name: value for name, value in entry.items() if name != "subject"})
    with file.open("ab") as opened:
        opened.write(b"[1, 2]\n\xff\xfe\n")
    rows.append(file, good)
    assert rows.read(file, tmp_path / "nowhere.jsonl") == [good, good]


def test_one_seed_is_no_verdict_about_something_random() -> None:
    claim = dataclasses.replace(CLAIM, deterministic=False, seeds=5)
    measured = [_row(entry, 1.0 + number % 2) for number, entry in enumerate(plan.planned([claim], SAMPLE, 4))]
    for count, verdict in ((1, "not measured"), (2, "not measured"), (3, "shown")):
        rows_of_seeds = [row for row in measured if row.seed < count]
        assert plan.judged(claim, SAMPLE, rows_of_seeds, seeds=count).verdict == verdict
    assert plan.judged(claim, SAMPLE, measured).verdict == "not measured", "it names five"


def test_the_subject_is_what_was_measured() -> None:
    (first, second) = plan.planned([CLAIM], SAMPLE)
    assert first.subject != second.subject
    renamed = dataclasses.replace(CLAIM, sentence="Other words.")
    assert plan.planned([renamed], SAMPLE)[0].subject == first.subject
    spelled = Arm("int8", (Step("round_to_nearest", {"format": "int8", "group_size": 64}),))
    named = dataclasses.replace(CLAIM, arms=(spelled, CLAIM.arms[1]))
    assert plan.planned([named], SAMPLE)[0].subject == first.subject, "the same settings, written out"
    for changed in (dataclasses.replace(CLAIM, text="mixed"), dataclasses.replace(CLAIM, deterministic=False, seeds=3)):
        assert plan.planned([changed], SAMPLE)[-2].subject != first.subject


def test_rows_on_other_bundled_texts_are_of_earlier_code(monkeypatch: pytest.MonkeyPatch) -> None:
    measured = [_row(entry, 0.5) for entry in plan.planned([CLAIM], SAMPLE)]
    loaded = plan.load_text
    monkeypatch.setattr(plan, "bundled_hashes", plan.bundled_hashes.__wrapped__)
    for part in ("train", "validation"):

        def other(name: str, read: str, part: str = part) -> Text:
            text = loaded(name, read)
            return dataclasses.replace(text, sha256="0" * 64) if read == part else text

        monkeypatch.setattr(plan, "load_text", other)
        assert plan.judged(CLAIM, SAMPLE, measured).outdated == len(measured)
        assert len(plan.missing(plan.planned([CLAIM], SAMPLE), measured)) == len(measured)


def test_numbers_are_taken_from_details_by_their_paths() -> None:
    details = {"ticket": {"20 %": {"loss": 3, "step": 8.5}}, "stopped": True, "text": "sample"}
    assert numbers(details) == {"ticket/20 %/loss": 3.0, "ticket/20 %/step": 8.5}


def test_an_arm_that_fails_is_named_and_the_others_are_measured(tmp_path: Path) -> None:
    odd = Arm("odd", (Step("round_to_nearest", {"format": "int8", "group_size": 7}),))
    claim = dataclasses.replace(CLAIM, arms=(odd, CLAIM.arms[0]), comparisons=(Comparison("odd", "int8", at_most=1.0),))
    work = Claims([claim], SAMPLE, Home.default(), tmp_path / "rows.jsonl")
    assert work.run()[0].verdict == "not measured"
    assert [(entry.arm.name, isinstance(error, BadInput)) for entry, error in work.failed] == [("odd", True)]
    assert [row.arm for row in work.rows] == ["int8"]


def test_the_command_line_lists_claims_and_refuses_others(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["claims", "list", "--json"]) == 0
    (claim,) = json.loads(capsys.readouterr().out)["claims"]
    assert claim["claim"]["id"] == "eight-bits" and claim["verdict"] == "not measured" and claim["needed"] == 2
    assert main(["claims", "list"]) == 0
    assert "2 of 2 rows are missing" in capsys.readouterr().out
    assert main(["claims", "run", "eight-bit"]) == 2
    assert "eight-bits" in capsys.readouterr().err


def test_a_claim_about_the_sample_is_not_measured_on_another_model(monkeypatch: pytest.MonkeyPatch) -> None:
    small = dataclasses.replace(CLAIM, models="sample")
    monkeypatch.setattr(plan, "CLAIMS", (small,))
    with pytest.raises(BadInput, match="bundled sample only"):
        plan.claims_of(["eight-bits"], "another")
    assert plan.claims_of([], "another") == [] and plan.claims_of([], SAMPLE) == [small]


def test_claims_cross_to_the_window_as_they_are() -> None:
    claims = tuple(plan.judged(claim, SAMPLE, []) for claim in CLAIMS)
    answer = MeasuredClaims(claims, ("a sentence",))
    assert REGISTRY.from_plain(json.loads(REGISTRY.to_text(answer))) == answer


def test_the_engine_measures_for_the_window(tmp_path: Path) -> None:
    texts: list[str] = []
    more = {"progress": lambda fraction, text: texts.append(text), "control": Control(), "emit": lambda event: None}
    answer = execute(RunClaims(claims=("eight-bits",)), Home.default(), "cpu", **more)
    assert [one.verdict for one in answer.claims] == ["shown"] and "eight-bits: int2, seed 0" in texts
    assert execute(ReadClaims(), Home.default(), "cpu", **more) == answer
    assert rows.own(Home.default()).is_file()


def _row(entry: plan.Planned, value: float) -> Row:
    return Row(
        claim=entry.claim.id,
        arm=entry.arm.name,
        seed=entry.seed,
        model="sample",
        subject=entry.subject,
        code=entry.code,
        values={"kl_divergence": value},
        seconds=3.0,
        processor_seconds=2.0,
        machine="",
        versions={},
        command="",
        date="",
    )


def test_the_time_is_expected_from_rows_of_the_same_model() -> None:
    """First the row itself, then a seed of the arm, then the claim, then all."""
    entries = [
        plan.Planned(claim, Arm(arm, ()), 0, f"{claim.id} {arm}", "code")
        for claim in (CLAIM, dataclasses.replace(CLAIM, id="other"))
        for arm in ("int8", "int2", "int4")
    ]
    row = dataclasses.replace(_row(entries[0], 0.1), model="large.gguf", seconds=100.0)
    same = [
        row,
        dataclasses.replace(row, arm="int2", seed=1, subject="another seed", seconds=40.0),
        dataclasses.replace(row, claim="third", subject="third", seconds=1.0),
    ]
    small = [dataclasses.replace(one, model="sample", subject=f"{one.subject}, sample", seconds=0.1) for one in same]
    times = [plan.expected_seconds([entry], [*same, *small], "models/large.gguf") for entry in entries]
    assert times == [100.0, 40.0, 70.0, 47.0, 47.0, 47.0]
    assert plan.expected_seconds(entries, small, "large.gguf") is None
    assert plan.expected_seconds([], small, "large.gguf") == 0.0
