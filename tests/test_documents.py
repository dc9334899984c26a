"""Whatever the documents name is there: commands, files, what stands in them, links."""

import re
import shlex
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
DOCUMENTS += [*sorted(ROOT.glob("docs/*.md")), ROOT / "data" / "sample" / "README.md"]
NAMES = [path.relative_to(ROOT).as_posix() for path in DOCUMENTS]

BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"(?:(?<=\n\n)|\A)(?: {4}\S.*\n)+")
CODE = re.compile(r"`([^`\n]+)`")
FILE_WITH_NAMES = re.compile(r"`([^`\s]+)`\s\(((?:[^()`]|`[^`]*`)*)\)")
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
OURS = re.compile(r"(?:report|analysis|templates|tests|docs|data/sample|\.ci)/[\w./*-]*")
AT_THE_ROOT = re.compile(r"[\w.-]+\.(?:lock|md|toml|yaml)|Makefile|LICENSE")
OF_A_USER = {"mark.toml", "offers.toml", "settings.toml", "sent.csv", "sources.toml", "books.toml"}
"""Files of a data folder."""
OF_WORDS = {path.name for path in (ROOT / "templates" / "words" / "ru").iterdir()}
FROM_ELSEWHERE = {"cp", "mkdir", "pre-commit", "printf"}


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def prose_of(name: str) -> str:
    return BLOCK.sub("", text_of(name))


def commands_of(name: str) -> Iterator[list[str]]:
    """The commands of a document, each in its words."""
    text = text_of(name)
    blocks = [block for _, language, block in BLOCK.findall(text) if language == "sh"]
    blocks += INDENTED.findall(BLOCK.sub("", text))
    for block in blocks:
        for line in block.replace("\\\n", " ").splitlines():
            if words := shlex.split(line, comments=True):
                yield words


def found(pattern: str) -> list[Path]:
    return list(ROOT.glob(pattern.replace("LANG", "*").rstrip("/")))


def modules(name: str) -> list[Path]:
    path = ROOT.joinpath(*name.split("."))
    return [each for each in (path.with_suffix(".py"), path / "__init__.py") if each.is_file()]


def anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", NAMES)
def test_every_command_is_there(name: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), flags=re.MULTILINE))
    scripts = tomllib.loads(text_of("pyproject.toml"))["project"]["scripts"]
    mentioned = [code.split() for code in CODE.findall(prose_of(name)) if code.startswith("make ")]
    for program, *arguments in [*commands_of(name), *mentioned]:
        called = program.removeprefix(".venv/bin/")
        if called == "make":
            assert set(arguments) <= targets, arguments
        elif called == "python":
            assert arguments[0] == "-m" and modules(arguments[1]), arguments
        else:
            installed = (Path(sys.executable).parent / called).is_file()
            assert called in scripts or called in FROM_ELSEWHERE or installed, called
        for argument in arguments:
            path, _, test = argument.partition("::")
            if OURS.fullmatch(path):
                assert found(path) and (not test or f"def {test}(" in text_of(path)), argument


@pytest.mark.parametrize("name", NAMES)
def test_every_file_is_there(name: str) -> None:
    for code in CODE.findall(prose_of(name)):
        path = code.partition("::")[0]
        if "NAME" in path or path in OF_A_USER | OF_WORDS:
            continue
        if OURS.fullmatch(path) or AT_THE_ROOT.fullmatch(path):
            assert found(path), code


@pytest.mark.parametrize("name", NAMES)
def test_every_module_and_function_is_there(name: str) -> None:
    for code in CODE.findall(prose_of(name)):
        if re.fullmatch(r"(?:analysis|docs)(?:\.\w+)+", code):
            module, _, attribute = code.rpartition(".")
            defined = re.compile(rf"^(?:def |class )?{attribute}\b", re.MULTILINE)
            assert modules(code) or any(
                defined.search(path.read_text("utf-8")) for path in modules(module)
            ), code


@pytest.mark.parametrize("name", NAMES)
def test_what_is_named_after_a_file_stands_in_it(name: str) -> None:
    """After a file, in brackets, stand names in it: `` `report/run.py` (`run_chapters`) ``."""
    for path, names in FILE_WITH_NAMES.findall(prose_of(name)):
        if (OURS.fullmatch(path) or AT_THE_ROOT.fullmatch(path)) and "NAME" not in path:
            texts = [each.read_text("utf-8") for each in found(path) if each.is_file()]
            for each in CODE.findall(names):
                assert any(each in text for text in texts), f"{each} in {path}"


@pytest.mark.parametrize("name", NAMES)
def test_every_test_is_there(name: str) -> None:
    for path, test in TEST.findall(prose_of(name)):
        assert f"def {test}(" in text_of(path), test


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_somewhere(name: str) -> None:
    for target in LINK.findall(prose_of(name)):
        if not target.startswith("https://"):
            file, _, anchor = target.partition("#")
            path = (ROOT / name).parent / file if file else ROOT / name
            assert path.exists(), target
            assert not anchor or anchor in anchors(path), target


def test_hooks_run_what_the_environment_holds_and_download_nothing() -> None:
    config = yaml.safe_load(text_of(".pre-commit-config.yaml"))
    assert {repository["repo"] for repository in config["repos"]} == {"local"}
    for hook in config["repos"][0]["hooks"]:
        program = hook["entry"].split()[0]
        assert hook["language"] == "system" and program.startswith(".venv/bin/")
        assert (Path(sys.executable).parent / Path(program).name).is_file(), program
