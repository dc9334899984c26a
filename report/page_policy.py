"""What a page may load and run: only what it carries, each script by the digest of its text.

A browser holds a page to this policy (Content Security Policy, level 3), so that a text from data
that got past every escaping would still run nothing and ask nobody for anything.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from collections.abc import Iterable

__all__ = ["guard"]

_SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.S | re.I)
_STYLE = re.compile(r"<style\b[^>]*>(.*?)</style>", re.S | re.I)
_STYLED = re.compile(r"<[a-z][^<>]*\sstyle\s*=", re.I)
_TYPE = re.compile(r"""\btype\s*=\s*["']?([^"'\s>]+)""", re.I)
_PLACES = (r"<meta charset=[^>]*>", r"<head\b[^>]*>", r"<html\b[^>]*>", r"^")
"""Where a policy may stand, the best place first: whatever stands before it is not held to it."""

_PACKED = 'id="plotly-packed"'
_RUN = ("text/javascript", "module")


def guard(page: str) -> str:
    """Write the policy of a page into its head.

    Scripts are allowed by their digests, the packed one that draws the charts by that of what it
    unpacks to. Styles are allowed by theirs where the page has no charts, which style themselves as
    they are drawn, and no element with a style of its own.

    Parameters
    ----------
    page
        HTML; whatever it loads is inside it.
    """
    scripts, charts = [], False
    for attributes, text in _SCRIPT.findall(page):
        kind = _TYPE.search(attributes)
        if _PACKED in attributes:
            scripts.append(gzip.decompress(base64.b64decode(text)))
            charts = True
        elif kind is None or kind[1].lower() in _RUN:
            scripts.append(_as_read(text))
    unscripted = _SCRIPT.sub("", page)
    free = charts or _STYLED.search(unscripted)
    styles = "'unsafe-inline'" if free else _digests(map(_as_read, _STYLE.findall(unscripted)))
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {_digests(scripts)}",
            f"style-src {styles}",
            "img-src data:",
            "font-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    place = next(found for each in _PLACES if (found := re.search(each, page, re.I)))
    return f"{page[: place.end()]}\n{meta}{page[place.end() :]}"


def _as_read(text: str) -> bytes:
    """Give a text as a browser reads it: line ends are one sign."""
    return text.replace("\r\n", "\n").replace("\r", "\n").encode()


def _digests(texts: Iterable[bytes]) -> str:
    found = [
        f"'sha256-{base64.b64encode(hashlib.sha256(text).digest()).decode()}'" for text in texts
    ]
    return " ".join(dict.fromkeys(found)) or "'none'"
