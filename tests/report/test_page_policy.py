"""A page may run and load what it carries, and nothing else."""

from __future__ import annotations

import base64
import gzip
import hashlib

import pytest

from report.page_policy import guard

HEAD = '<html><head><meta charset="utf-8"></head><body>'


def digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_scripts_are_allowed_by_their_texts_and_data_is_no_script() -> None:
    page = guard(
        f'{HEAD}<script>one()\r\n</script><script type="application/json">{{"a": 1}}</script>'
        "<style>p {}</style>"
    )
    assert f"script-src {digest('one()' + chr(10))};" in page
    assert f"style-src {digest('p {}')};" in page
    assert page.startswith('<html><head><meta charset="utf-8">\n<meta http-equiv="Content-Security')
    for closed in ("default-src 'none'", "base-uri 'none'", "form-action 'none'"):
        assert closed in page


def test_what_is_unpacked_is_allowed_by_what_it_unpacks_to() -> None:
    packed = base64.b64encode(gzip.compress(b"charts()")).decode()
    page = guard(f'{HEAD}<script type="text/plain" id="plotly-packed">{packed}\n</script>')
    assert f"script-src {digest('charts()')};" in page
    assert "style-src 'unsafe-inline';" in page


def test_a_page_without_scripts_may_run_none() -> None:
    assert "script-src 'none';" in guard(HEAD)
    assert "style-src 'unsafe-inline';" in guard(f'{HEAD}<col style="width: 3em">')


@pytest.mark.parametrize("page", ["<html><head></head></html>", "<html></html>", ""])
def test_a_page_of_another_s_making_has_its_policy_as_early_as_may_be(page: str) -> None:
    guarded = guard(page)
    before, _, _ = guarded.partition("<meta http-equiv")
    assert before.strip() in ("<html><head>", "<html>", "")
    assert guarded.startswith(before) and guarded.endswith(page.removeprefix(before.strip()))
