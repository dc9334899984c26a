"""The lot: the same customers in every month and on every machine, and nobody can choose them."""

from __future__ import annotations

import hmac
import stat
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from analysis.campaigns.lot import (
    KEY_FILE,
    Lot,
    UnusableKeyError,
    read_or_make_key,
    wave_of,
)

KEY = bytes(range(32))


def test_the_lot_is_the_one_that_any_machine_with_the_key_draws() -> None:
    """OpenSSL's HMAC-SHA256 of ``hold-out:0:300001`` begins with 5e81b52e, which is 0.369."""
    for share, drawn in ((0x5E81B52E / 2**32, False), (0x5E81B52F / 2**32, True)):
        assert Lot(KEY).draw([300001], share).tolist() == [drawn]


@settings(max_examples=50, deadline=None)
@given(ids=st.lists(st.text(max_size=9), max_size=9), key=st.binary(max_size=140))
def test_the_lot_is_a_keyed_hash_of_any_id(ids: list[str], key: bytes) -> None:
    asked = (hmac.digest(key, f"letter:3:{each}".encode(), "sha256") for each in ids)
    drawn = [int.from_bytes(each[:8]) < 2**63 for each in asked]
    assert Lot(key, wave=3).draw(ids, 0.5, "letter").tolist() == drawn


@settings(max_examples=50, deadline=None)
@given(
    ids=st.lists(st.integers(1, 10**9), unique=True, max_size=40),
    shares=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    key=st.binary(min_size=32, max_size=32),
)
def test_nothing_but_id_and_key_decides_and_a_larger_share_only_adds(
    ids: list[int], shares: tuple[float, float], key: bytes
) -> None:
    small, large = (
        dict(zip(ids, Lot(key).draw(ids, share), strict=True)) for share in sorted(shares)
    )
    assert all(large[each] for each in ids if small[each])
    backwards = Lot(key).draw(ids[::-1], max(shares)).tolist()
    assert backwards[::-1] == list(large.values())
    assert not Lot(key).draw(ids, 0).any() and Lot(key).draw(ids, 1).all()


def test_the_share_is_held_and_the_groups_are_balanced() -> None:
    ids = np.arange(300_001, 340_001)
    held = Lot(KEY).draw(ids, 0.05)
    low, high = binom.interval(0.999, len(ids), 0.05)
    assert low <= held.sum() <= high
    order = pd.Series(np.where(held, 1.0, 0.0)).corr(pd.Series(ids.astype(float)))
    assert abs(order) < 4 / np.sqrt(len(ids))


def test_two_purposes_two_waves_and_two_keys_are_lots_of_their_own() -> None:
    ids = range(20_000)
    first = Lot(KEY).draw(ids, 0.5)
    others = (
        Lot(KEY).draw(ids, 0.5, "letter"),
        Lot(KEY, wave=1).draw(ids, 0.5),
        Lot(bytes(32)).draw(ids, 0.5),
    )
    for other in others:
        assert abs((first == other).mean() - 0.5) < 0.02


def test_a_wave_lasts_as_long_as_it_is_set_and_for_good_by_default() -> None:
    assert wave_of("2026-10", None) == wave_of("2031-02", None) == 0
    waves = [wave_of(month, 12) for month in ("2026-01", "2026-12", "2027-01")]
    assert waves[0] == waves[1] == waves[2] - 1


def test_the_first_who_asks_makes_the_key_and_all_others_read_it(tmp_path: Path) -> None:
    key = read_or_make_key(tmp_path)
    assert len(key) == 32 and read_or_make_key(tmp_path) == key
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    other = tmp_path / "other"
    other.mkdir()
    assert read_or_make_key(other) != key


@pytest.mark.parametrize("content", ["", "secret", "ab" * 31, "ab" * 31 + "a", "zz" * 32])
def test_a_file_that_holds_no_key_is_refused_and_left_as_it_is(
    content: str, tmp_path: Path
) -> None:
    (tmp_path / KEY_FILE).write_text(content)
    with pytest.raises(UnusableKeyError):
        read_or_make_key(tmp_path)
    assert (tmp_path / KEY_FILE).read_text() == content


def test_a_key_that_cannot_be_kept_is_not_used(tmp_path: Path) -> None:
    with pytest.raises(UnusableKeyError):
        read_or_make_key(tmp_path / "missing")


def test_a_key_is_not_shown_where_the_lot_is() -> None:
    assert KEY.hex() not in repr(Lot(KEY)) and str(KEY) not in repr(Lot(KEY))
