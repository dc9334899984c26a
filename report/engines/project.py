"""The Quarto project round a document: with it, whoever has Quarto renders the document anew."""

from __future__ import annotations

import json
import shutil
import tomllib
from pathlib import Path

from report import fonts, resources

__all__ = ["PACKED", "PROJECT_FILE", "write_project"]

PROJECT_FILE = "_quarto.yml"
"""Name of the file that makes a folder a Quarto project."""

PACKED = "plotly.js.gz.b64"
"""Name, among the figures, of the file with what draws them."""

_PROJECT = """\
# A complete Quarto project: the documents, their figures, their templates.
#   quarto preview report.qmd            look at it while changing it
#   quarto render report.qmd             HTML and PDF anew
#   quarto render report.qmd --to docx   for an editor who works in Word
# Nothing is computed here: figures and numbers are those of the edition.

project:
  type: default
  render: ["*.qmd"]

execute:
  enabled: false
engine: markdown

from: markdown-smart
filters:
  - at: pre-ast
    path: templates/filter.lua
number-sections: true

format:
  html:
    minimal: true
    theme: none
    template: templates/report.html
    css: templates/report.css
    embed-resources: true
    html-math-method: mathml
    html-table-processing: none
    section-divs: true
  typst:
    template: templates/report.typ
    keep-typ: true
    section-numbering: "1.1.1"
    font-paths: [templates/fonts]
  docx:
    number-sections: false
"""
_LANGUAGE_HEAD = """
# Words for formats that the filter leaves to Quarto, such as slides.
language:
"""
_QUARTO_WORDS = {
    "crossref-fig-title": "figure",
    "crossref-tbl-title": "table",
    "crossref-fig-prefix": "ref-figure",
    "crossref-tbl-prefix": "ref-table",
    "crossref-sec-prefix": "ref-section",
    "callout-note-title": "callout-note",
    "callout-tip-title": "callout-tip",
    "callout-warning-title": "callout-warning",
    "callout-important-title": "callout-important",
    "toc-title-document": "contents",
    "section-title-footnotes": "footnotes",
}


def write_project(source: Path) -> None:
    """Make the folder of a document a Quarto project.

    Parameters
    ----------
    source
        Furnished folder of the document. ``_quarto.yml`` is written into it, and the whole fonts
        into ``templates/fonts``, for the Typst inside Quarto; the same bytes on every call.
    """
    for face in fonts.faces():
        shutil.copyfile(face.path, source / "templates" / "fonts" / f"{face.name}.ttf")
    text = _PROJECT + _LANGUAGE_HEAD + "".join(_language_words())
    (source / PROJECT_FILE).write_text(text, encoding="utf-8", newline="\n")


def _language_words() -> list[str]:
    lines = []
    for path in sorted((resources.templates() / "words").glob("*/words.toml")):
        words = tomllib.loads(path.read_text(encoding="utf-8"))
        lines.append(f"  {words['language']}:\n")
        lines += [
            f"    {key}: {json.dumps(words['front'][name], ensure_ascii=False)}\n"
            for key, name in _QUARTO_WORDS.items()
            if name in words["front"]
        ]
    return lines
