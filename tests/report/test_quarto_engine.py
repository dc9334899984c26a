"""The wrapper round Quarto: how it is found, called, listened to and ended.

A recording stand-in takes Quarto's place here; ``test_engine_contract.py`` asks for a real one.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import typst
import yaml

from report import engines, fonts
from report.engines import quarto
from report.errors import EngineError, InputError
from report.messages import describe
from tests.report.stand_in_quarto import StandIn, make_stand_in


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    made = make_stand_in(tmp_path / "programs")
    monkeypatch.setenv("QUARTO_PATH", str(made.program))
    return made


@pytest.fixture
def no_quarto(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without Quarto, whatever this one has."""
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.delenv("QUARTO_PATH", raising=False)
    monkeypatch.setenv("PATH", str(empty))
    monkeypatch.setattr(sys, "executable", str(empty / "python"))


def refusal(source: Path, target: Path, formats: tuple[str, ...] = ("html",)) -> EngineError:
    with pytest.raises(EngineError) as refused:
        quarto.find().set(source, formats, "report.ru", target)
    return refused.value


def contents_of(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# ─── Finding it ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("no_quarto")
def test_the_variable_names_the_program_or_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_stand_in(tmp_path / "elsewhere")
    for named in (made.program, made.folder):
        monkeypatch.setenv("QUARTO_PATH", str(named))
        assert quarto.find().program == made.program


@pytest.mark.usefixtures("no_quarto")
def test_the_variable_goes_before_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on_path = make_stand_in(tmp_path / "on-path")
    monkeypatch.setenv("PATH", str(on_path.folder))
    assert quarto.find().program == on_path.program
    named = make_stand_in(tmp_path / "named")
    monkeypatch.setenv("QUARTO_PATH", str(named.program))
    assert quarto.find().program == named.program


@pytest.mark.usefixtures("no_quarto")
def test_a_quarto_that_pip_put_beside_python_is_found_without_activating(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = make_stand_in(tmp_path / "venv")
    monkeypatch.setattr(sys, "executable", str(beside.folder / "python"))
    assert quarto.find().program == beside.program


@pytest.mark.usefixtures("no_quarto")
def test_without_quarto_asking_for_it_is_wrong_input_and_tells_how_to_install_it() -> None:
    with pytest.raises(InputError) as refused:
        engines.choose("quarto")
    assert refused.value.code == "quarto-missing"
    assert refused.value.exit_code == 2
    for language in ("ru", "en"):
        told = describe(refused.value, language)
        assert "PATH" in told.what
        assert told.remedy is not None
        assert "pip install 'retention-report[quarto]'" in told.remedy
        assert "QUARTO_PATH" in told.remedy


@pytest.mark.usefixtures("no_quarto")
def test_a_wrong_variable_is_told_and_no_other_place_is_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(make_stand_in(tmp_path / "on-path").folder))
    monkeypatch.setenv("QUARTO_PATH", "/nowhere/quarto")
    with pytest.raises(InputError) as refused:
        quarto.find()
    assert refused.value.fields["place"] == "/nowhere/quarto"


@pytest.mark.parametrize("version", ["1.5.57", "1.2", "0.9.1"])
def test_an_old_quarto_is_refused_with_its_version(stand_in: StandIn, version: str) -> None:
    stand_in.told(version=version)
    with pytest.raises(InputError) as refused:
        engines.choose("quarto")
    assert refused.value.code == "quarto-too-old"
    assert version in describe(refused.value, "en").what


@pytest.mark.parametrize("version", ["1.6.39", "1.7.34", "1.10.2", "2.0", "99.9.9", "1.9.0-rc1"])
def test_a_newer_quarto_is_taken(stand_in: StandIn, version: str) -> None:
    stand_in.told(version=version)
    assert engines.choose("quarto").version() == f"quarto {version}, typst {typst.__version__}"


@pytest.mark.parametrize(
    "told", [{"version": "no such thing"}, {"version": ""}, {"version_status": 3}]
)
def test_a_quarto_that_does_not_tell_its_version_is_refused(
    stand_in: StandIn, told: dict[str, object]
) -> None:
    stand_in.told(**told)
    with pytest.raises(InputError, match="quarto-unusable"):
        engines.choose("quarto")
    assert engines.choose("auto").name == "embedded"


def test_a_quarto_that_cannot_be_started_is_refused(stand_in: StandIn) -> None:
    stand_in.program.write_text("#!/nowhere/python\n")
    with pytest.raises(InputError, match="quarto-unusable"):
        quarto.find()


def test_auto_takes_quarto_where_it_is_there_and_fit(stand_in: StandIn) -> None:
    assert engines.choose("auto").name == "quarto"
    stand_in.told(version="1.5.57")
    assert engines.choose("auto").name == "embedded"


@pytest.mark.usefixtures("no_quarto")
def test_auto_takes_the_embedded_engine_where_quarto_is_not() -> None:
    assert engines.choose("auto").name == "embedded"


def test_embedded_stays_embedded_where_quarto_is(stand_in: StandIn) -> None:
    assert engines.choose("embedded").name == "embedded"
    assert not (stand_in.folder / "calls.jsonl").exists()


def test_a_user_may_choose_auto_or_an_engine() -> None:
    assert engines.choices() == ("auto", "embedded", "quarto")
    with pytest.raises(EngineError, match="engine-unknown"):
        engines.choose("latex")


# ─── Calling it ───────────────────────────────────────────────────────────────────────────────────


def test_each_format_is_one_call(stand_in: StandIn, furnished: Path, tmp_path: Path) -> None:
    stand_in.told(sets="the document")
    made = quarto.find().set(furnished, ("html", "pdf"), "report.ru", tmp_path / "out")
    assert [call["arguments"] for call in stand_in.calls] == [
        ["render", "report.qmd", "--to", "html", "-M", "engine:markdown"],
        ["render", "report.qmd", "--to", "typst", "-M", "output-ext:typ", "-M", "engine:markdown"],
    ]
    assert {path.name for path in made.values()} == {"report.ru.html", "report.ru.pdf"}
    assert made["html"].read_text(encoding="utf-8").rstrip().endswith("</html>")
    assert made["pdf"].read_bytes().startswith(b"%PDF")


def test_it_works_in_a_copy_of_the_document_s_folder(
    stand_in: StandIn, furnished: Path, tmp_path: Path
) -> None:
    quarto.find().set(furnished, ("html",), "x", tmp_path / "out")
    [call] = stand_in.calls
    assert call["folder"] != str(furnished)
    assert {"report.qmd", "_quarto.yml", "templates", "figures"} <= set(call["files"])


@pytest.mark.parametrize("status", [0, 1])
def test_nothing_is_left_behind(
    stand_in: StandIn,
    furnished: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
) -> None:
    before = contents_of(furnished)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    stand_in.told(status=status)
    engine = quarto.find()
    if status:
        refusal(furnished, tmp_path / "out")
    else:
        engine.set(furnished, ("html",), "x", tmp_path / "out")
    [call] = stand_in.calls
    for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME", "TMPDIR"):
        assert Path(call["environment"][name]).is_relative_to(temporary)
    assert list(temporary.iterdir()) == []
    assert contents_of(furnished) == before


def test_a_user_s_settings_that_mute_it_are_not_passed_on(
    stand_in: StandIn, furnished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUARTO_LOG_LEVEL", "ERROR")
    monkeypatch.setenv("QUARTO_PROFILE", "draft")
    monkeypatch.setenv("QUARTO_PYTHON", "/somewhere")
    quarto.find().set(furnished, ("html",), "x", tmp_path / "out")
    [call] = stand_in.calls
    assert "--quiet" not in call["arguments"]
    assert {"QUARTO_LOG_LEVEL", "QUARTO_PROFILE"}.isdisjoint(call["environment"])
    assert call["environment"]["QUARTO_PYTHON"] == "/somewhere"


def test_a_page_that_a_user_s_own_render_left_is_not_taken_for_new(
    stand_in: StandIn, source: Path, tmp_path: Path
) -> None:
    (source / "report.html").write_text("old")
    (source / ".quarto").mkdir()
    (source / "report_files").mkdir()
    stand_in.told(sets="nothing")
    error = refusal(source, tmp_path / "out")
    assert (error.code, error.fields["file"]) == ("quarto-silent", "report.html")
    [call] = stand_in.calls
    assert {"report.html", ".quarto", "report_files"}.isdisjoint(call["files"])


@pytest.mark.parametrize("left", ["", "<html><p>half a"])
def test_a_page_that_is_empty_or_breaks_off_is_none_whatever_the_exit_status(
    left: str, stand_in: StandIn, source: Path, tmp_path: Path
) -> None:
    stand_in.told(sets=left)
    error = refusal(source, tmp_path / "out")
    assert (error.code, error.fields["file"]) == ("quarto-silent", "report.html")


def test_what_a_broken_program_says_has_no_bytes_that_move_a_terminal(
    stand_in: StandIn, source: Path, tmp_path: Path
) -> None:
    stand_in.told(says="ERROR: \x07bell \x1b]0;title\x07 \x9b2J\n", status=1)
    error = refusal(source, tmp_path / "out")
    assert error.code == "quarto-failed"
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", str(error.fields["detail"]))


def test_quarto_leaves_tables_as_the_filter_wrote_them(source: Path) -> None:
    """Its own processing of tables would lose the scope of their heads."""
    project = yaml.safe_load((source / "_quarto.yml").read_text(encoding="utf-8"))
    assert project["format"]["html"]["html-table-processing"] == "none"


# ─── Listening to it ──────────────────────────────────────────────────────────────────────────────

FILTER_REFUSED = """\
\x1b[1mpandoc \x1b[22m
  to: html
  output-file: report.html

Error running filter /opt/quarto/share/filters/main.lua:
FOLDER/templates/filter.lua:34: report.qmd: the reference @fig-none has no target
stack traceback:
\t[C]: in function 'assert'
\tFOLDER/templates/filter.lua:34: in upvalue 'refuse'
"""
CRASHED = """\
\x1b[91mERROR: NotFound: No such file or directory, open 'FOLDER/figures/fig-share.svg'

Stack trace:
    at Object.open (file:///opt/quarto/bin/quarto.js:1:2)\x1b[39m
"""


def test_its_status_and_the_useful_lines_are_passed_on(
    stand_in: StandIn, furnished: Path, tmp_path: Path
) -> None:
    stand_in.told(sets="nothing", status=83, says=FILTER_REFUSED)
    error = refusal(furnished, tmp_path / "out")
    assert error.code == "quarto-failed"
    assert error.fields == {
        "status": 83,
        "detail": "report.qmd: the reference @fig-none has no target",
    }
    stand_in.told(sets="nothing", status=1, says=CRASHED)
    assert refusal(furnished, tmp_path / "out").fields == {
        "status": 1,
        "detail": "ERROR: NotFound: No such file or directory, open 'figures/fig-share.svg'",
    }


def test_a_long_message_is_cut_and_none_is_a_dash(
    stand_in: StandIn, furnished: Path, tmp_path: Path
) -> None:
    talk = "".join(f"line {number}\n" for number in range(100))
    stand_in.told(sets="nothing", status=1, says=talk)
    detail = str(refusal(furnished, tmp_path / "out").fields["detail"])
    assert detail.splitlines()[-1] == "line 99"
    assert len(detail.splitlines()) == 12
    stand_in.told(sets="nothing", status=1)
    assert refusal(furnished, tmp_path / "out").fields["detail"] == "—"


@pytest.mark.parametrize(
    "says",
    [
        "\x1b[33mWARNING (refs.lua:128) Unable to resolve crossref @fig-x\x1b[39m\n",
        "[WARNING] Div at report.qmd line 3 column 1 unclosed at line 9 column 1\n",
        "WARNING (astpipeline.lua:342) The following string was found in the document: :::\n",
        "[WARNING] Could not fetch resource figures/fig-x.svg\n",
        "WARN: Shortcode 'meta' not found\n",
        "\x1b[31mERROR (main.lua:12) something that a filter only logs\x1b[39m\n",
    ],
)
def test_a_document_that_came_out_wrong_is_refused_although_the_status_is_0(
    stand_in: StandIn, furnished: Path, tmp_path: Path, says: str
) -> None:
    stand_in.told(says="Output created: report.html\n" + says)
    error = refusal(furnished, tmp_path / "out")
    assert error.code == "quarto-warned"
    assert str(error.fields["detail"]) in says
    assert "\x1b" not in str(error.fields["detail"])
    assert not list((tmp_path / "out").iterdir())


def test_other_talk_does_no_harm(stand_in: StandIn, furnished: Path, tmp_path: Path) -> None:
    stand_in.told(says="pandoc\n  to: html\nWARN: a newer Quarto is out\nOutput created: x\n")
    assert quarto.find().set(furnished, ("html",), "x", tmp_path / "out")


@pytest.mark.parametrize(
    ("addition", "named"),
    [
        ("::: {.callout-note}\nне закрыт", "unclosed"),
        ("{{< include secret.md >}}", "holds a shortcode"),
        ("@fig-none", "the reference @fig-none has no target"),
    ],
)
def test_what_quarto_passes_over_in_silence_is_refused_before_it_is_called(
    stand_in: StandIn, source: Path, tmp_path: Path, addition: str, named: str
) -> None:
    document = source / "report.qmd"
    document.write_text(document.read_text(encoding="utf-8") + f"\n{addition}\n", encoding="utf-8")
    error = refusal(source, tmp_path / "out")
    assert error.code == "document-refused"
    assert named in str(error.fields["detail"])
    assert stand_in.calls == []


def test_an_incomplete_source_and_an_unknown_format_are_refused(
    stand_in: StandIn, source: Path, tmp_path: Path
) -> None:
    assert refusal(source, tmp_path / "out", ("odt",)).code == "format-unknown"
    (source / "_quarto.yml").unlink()
    error = refusal(source, tmp_path / "out")
    assert (error.code, error.fields["file"]) == ("source-incomplete", "_quarto.yml")
    assert stand_in.calls == []


# ─── Ending it ────────────────────────────────────────────────────────────────────────────────────


def test_a_quarto_that_hangs_is_ended_with_its_children(
    stand_in: StandIn, furnished: Path, tmp_path: Path
) -> None:
    stand_in.told(hangs=True)
    with pytest.raises(EngineError) as refused:
        replace(quarto.find(), seconds=2.0).set(furnished, ("html",), "x", tmp_path / "out")
    assert refused.value.code == "quarto-timeout"
    assert refused.value.fields == {"seconds": 2.0, "format": "html"}
    child = int((stand_in.folder / "child").read_text())
    assert ended(child)


def ended(process: int) -> bool:
    for _ in range(50):
        status = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True)
        if not status.stdout.strip() or status.stdout.startswith(b"Z"):
            return True
        time.sleep(0.1)
    return False


# ─── The project that it is given ─────────────────────────────────────────────────────────────────


def test_what_the_project_names_is_in_its_folder(furnished: Path) -> None:
    settings = yaml.safe_load((furnished / "_quarto.yml").read_text(encoding="utf-8"))
    page, paper = settings["format"]["html"], settings["format"]["typst"]
    [filter_] = settings["filters"]
    for named in (filter_["path"], page["template"], page["css"], paper["template"]):
        assert (furnished / named).is_file()
    [folder] = paper["font-paths"]
    whole = {path.stem for path in (furnished / folder).glob("*.ttf")}
    assert whole == {face.name for face in fonts.faces()}


def test_the_project_computes_nothing_and_leaves_quarto_nothing_to_decorate(
    furnished: Path,
) -> None:
    settings = yaml.safe_load((furnished / "_quarto.yml").read_text(encoding="utf-8"))
    assert settings["execute"] == {"enabled": False}
    assert settings["engine"] == "markdown"
    assert settings["from"] == "markdown-smart"
    assert settings["filters"][0]["at"] == "pre-ast"
    assert settings["number-sections"] is True
    page = settings["format"]["html"]
    assert (page["minimal"], page["theme"]) == (True, "none")
    assert page["embed-resources"] is True
    assert page["html-math-method"] == "mathml"
    assert settings["format"]["typst"]["section-numbering"] == "1.1.1"


def test_the_page_template_has_a_place_for_quarto_s_own_head_after_its_charset(
    furnished: Path,
) -> None:
    page = (furnished / "templates" / "report.html").read_text(encoding="utf-8")
    head = page[page.index("<head>") : page.index("</head>")]
    place = "\n<!-- htmldependencies:E3FAD763 -->\n"
    assert head.index("<meta charset=") < head.index(place)


def test_formats_that_the_filter_leaves_to_quarto_get_the_report_s_words(furnished: Path) -> None:
    words = yaml.safe_load((furnished / "_quarto.yml").read_text(encoding="utf-8"))["language"]
    russian = words["ru"]
    assert russian["crossref-fig-title"] == "Рисунок"
    assert russian["crossref-sec-prefix"] == "разд."
    assert russian["callout-warning-title"] == "Внимание"
    assert all(text for language in words.values() for text in language.values())


def test_the_project_names_no_path_of_this_machine(furnished: Path) -> None:
    text = (furnished / "_quarto.yml").read_text(encoding="utf-8")
    assert str(furnished) not in text
    assert f"{os.sep}tmp" not in text


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize(
    "error",
    [
        EngineError("quarto-timeout", seconds=180.0, format="html"),
        EngineError("quarto-failed", status=1, detail="x"),
        EngineError("quarto-silent", file="report.html", detail="x"),
        EngineError("quarto-warned", detail="x"),
        InputError("quarto-unusable", place=Path("/x"), detail="—"),
    ],
)
def test_every_error_has_its_sentences(error: EngineError, language: str) -> None:
    told = describe(error, "ru" if language == "ru" else "en")
    assert told.remedy is not None
    assert "{" not in told.what + told.remedy


# ─── Left to the program ──────────────────────────────────────────────────────────────────────────


def test_auto_goes_on_without_a_quarto_that_fails_and_says_so(
    stand_in: StandIn, source: Path, tmp_path: Path
) -> None:
    stand_in.told(status=1, says="ERROR: no memory\n")
    chosen = engines.choose("auto")
    assert chosen.failure is None
    first = chosen.set(source, ["html"], "report.ru", tmp_path / "out")
    assert chosen.failure is not None
    assert chosen.failure.code == "quarto-failed"
    assert "no memory" in describe(chosen.failure, "en").what
    stand_in.told(sets="a stub")
    chosen.set(source, ["html"], "annex.ru", tmp_path / "out")
    assert len(stand_in.calls) == 1
    assert "Рисунок" in first["html"].read_text(encoding="utf-8")


def test_a_fault_of_the_document_is_told_whoever_sets_it(
    stand_in: StandIn, source: Path, tmp_path: Path
) -> None:
    document = source / "report.qmd"
    document.write_text(document.read_text("utf-8") + "\n@fig-nowhere\n", encoding="utf-8")
    chosen = engines.choose("auto")
    with pytest.raises(EngineError, match="document-refused"):
        chosen.set(source, ["html"], "report.ru", tmp_path / "out")
    assert chosen.failure is None
    assert stand_in.calls == []
