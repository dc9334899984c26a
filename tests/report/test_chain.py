"""Editions vouch for one another: what is not as it was sealed is named and not read."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from report.archive import Archive, Draft
from report.chain import Chain
from report.cli.earlier import editions_before
from report.cli.verify import verify_editions
from report.errors import InputError
from report.manifest import MANIFEST_NAME, digest_file, make_manifest, read_manifest
from report.messages import Messages

from .conftest import MakePlan

RESULTS = "results.json"
CUSTOMERS = "customers.parquet"
Seal = Callable[..., Path]


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "output")


@pytest.fixture
def seal(archive: Archive, make_plan: MakePlan) -> Seal:
    """Seal an edition of a month; another text makes it another edition."""

    def sealed(month: str, text: str = "", *, replace: bool = False) -> Path:
        plan = make_plan(settings={"text": text})
        with archive.open(month, plan, replace=replace) as draft:
            assert isinstance(draft, Draft)
            results = {"kind": "real", "period": month, "text": text}
            (draft.folder / RESULTS).write_text(json.dumps(results))
            (draft.folder / CUSTOMERS).write_text(f"customers {month} {text}")
            (draft.folder / "model").mkdir()
            (draft.folder / "model" / "model.skops").write_text("model")
            draft.seal(make_manifest(draft.folder, plan, seconds={}, libraries=[]))
        return draft.folder

    return sealed


def as_before_this_was_kept(edition: Path) -> None:
    manifest = json.loads((edition / MANIFEST_NAME).read_text())
    del manifest["earlier"]
    (edition / MANIFEST_NAME).write_text(json.dumps(manifest))


def rewrite(edition: Path, name: str, text: str) -> None:
    """Change a file and let the manifest agree with it, as whoever forges an edition would."""
    manifest = json.loads((edition / MANIFEST_NAME).read_text())
    (edition / name).write_text(text)
    manifest["outputs"][name] = {"sha256": digest_file(edition / name), "bytes": len(text)}
    (edition / MANIFEST_NAME).write_text(json.dumps(manifest))


def told(archive: Archive) -> dict[str, list[str]]:
    """What the chain names, by edition."""
    chain = Chain.of(archive.folder)
    return {name: faults for name in chain.names() if (faults := chain.faults(name))}


def test_an_edition_vouches_for_all_that_were_sealed_before(archive: Archive, seal: Seal) -> None:
    first, second = seal("2026-07"), seal("2026-09")
    third = seal("2026-08")
    vouched = read_manifest(third).earlier
    assert vouched == {each.name: digest_file(each / MANIFEST_NAME) for each in (first, second)}
    chain = Chain.of(archive.folder)
    assert chain.newest == "2026-08"
    assert chain.fingerprint == digest_file(third / MANIFEST_NAME)
    assert told(archive) == {}


@pytest.mark.parametrize(
    ("tamper", "named"),
    [
        (lambda each: (each / RESULTS).write_text("{}"), [RESULTS]),
        (lambda each: (each / CUSTOMERS).unlink(), [CUSTOMERS]),
        (lambda each: rewrite(each, RESULTS, "{}"), [MANIFEST_NAME]),
        (lambda each: (each / MANIFEST_NAME).write_text("["), [MANIFEST_NAME]),
        (lambda each: (each / MANIFEST_NAME).unlink(), [MANIFEST_NAME]),
        (as_before_this_was_kept, [MANIFEST_NAME]),
        (shutil.rmtree, [MANIFEST_NAME]),
    ],
    ids=["file", "file gone", "forged", "manifest", "manifest gone", "unchained", "gone"],
)
def test_what_is_not_as_it_was_sealed_is_named_and_not_read(
    archive: Archive, seal: Seal, tamper: Callable[[Path], object], named: list[str]
) -> None:
    for month in ("2026-06", "2026-07", "2026-08"):
        seal(month)
    tamper(archive.edition("2026-07"))
    assert told(archive) == {"2026-07": named}
    before = editions_before(archive, "2026-10", "real")
    assert [each.period for each in before.editions] == ["2026-08", "2026-06"]
    assert [(each.period, each.files) for each in before.left_out] == [("2026-07", named)]
    assert before.left_out[0].gone == (not archive.edition("2026-07").exists())
    with pytest.raises(InputError) as refused:
        verify_editions(archive.folder, None, Messages("en"), quiet=True)
    assert named[0] in Messages("en").say(refused.value.code, **refused.value.fields).what or (
        before.left_out[0].gone
    )
    verify_editions(archive.folder, "2026-08", Messages("en"), quiet=True)


def test_later_editions_do_not_vouch_for_what_was_forged_before_them(
    archive: Archive, seal: Seal
) -> None:
    for month in ("2026-07", "2026-08"):
        seal(month)
    rewrite(archive.edition("2026-07"), RESULTS, "{}")
    seal("2026-09")
    assert told(archive) == {"2026-07": [MANIFEST_NAME]}
    seal("2026-07", "made again", replace=True)
    assert told(archive) == {}


def test_a_month_made_again_is_the_newest_and_the_others_stay_vouched_for(
    archive: Archive, seal: Seal
) -> None:
    for month in ("2026-07", "2026-08", "2026-09"):
        seal(month)
    seal("2026-07", "other settings", replace=True)
    assert Chain.of(archive.folder).newest == "2026-07"
    assert told(archive) == {}
    seal("2026-10")
    assert told(archive) == {}


def test_what_was_added_to_a_model_is_not_loaded(archive: Archive, seal: Seal) -> None:
    edition = seal("2026-07")
    (edition / "model" / "forecast").mkdir()
    (edition / "model" / "forecast" / "model.skops").write_text("forged")
    before = editions_before(archive, "2026-10", "real")
    assert [each.files for each in before.left_out] == [["model/forecast/model.skops"]]


def test_editions_of_before_this_was_kept_are_read_and_vouched_for_from_then_on(
    archive: Archive, seal: Seal
) -> None:
    old = seal("2026-07")
    as_before_this_was_kept(old)
    assert [each.period for each in editions_before(archive, "2026-10", "real").editions]
    seal("2026-08")
    assert told(archive) == {}
    rewrite(old, RESULTS, "{}")
    assert told(archive) == {"2026-07": [MANIFEST_NAME]}


def test_results_of_a_strange_shape_leave_their_edition_out(archive: Archive, seal: Seal) -> None:
    edition = seal("2026-07")
    rewrite(edition, RESULTS, json.dumps({"kind": "real", "period": "2026-07", "model": [1]}))
    before = editions_before(archive, "2026-10", "real")
    assert [each.files for each in before.left_out] == [[RESULTS]]


def test_a_strange_name_in_a_manifest_leads_nowhere(archive: Archive, seal: Seal) -> None:
    edition = seal("2026-07")
    manifest = json.loads((edition / MANIFEST_NAME).read_text())
    manifest["earlier"] = {"../../etc": "0" * 64}
    (edition / MANIFEST_NAME).write_text(json.dumps(manifest))
    assert Chain.of(archive.folder).names() == ("2026-07",)
