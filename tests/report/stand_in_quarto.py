"""A stand-in for the `quarto` command: it records how it is called and does as it was told.

Told to set the document, it reads ``_quarto.yml`` and gives its options to Pandoc, as Quarto does;
so the settings that a test sees at work are those of the file. It is no proof that Quarto itself
understands them: the tests that need a real Quarto ask for one.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PYTHON = sys.executable
_PROGRAM = """\
#!{python}
import json, os, pathlib, subprocess, sys, time

HERE = pathlib.Path(__file__).parent
told = json.loads((HERE / "told.json").read_text())
call = {{
    "arguments": sys.argv[1:],
    "folder": os.getcwd(),
    "files": sorted(os.listdir()),
    "environment": dict(os.environ),
}}
with (HERE / "calls.jsonl").open("a") as calls:
    calls.write(json.dumps(call) + "\\n")
if sys.argv[1:] == ["--version"]:
    print(told["version"])
    sys.exit(told["version_status"])
if told["hangs"]:
    child = subprocess.Popen(["sleep", "60"])
    (HERE / "child").write_text(str(child.pid))
    time.sleep(60)
sys.stderr.write(told["says"].replace("FOLDER", os.getcwd()))
for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME", "TMPDIR"):
    pathlib.Path(os.environ[name], "left-behind").write_text("x")
pathlib.Path(".quarto").mkdir(exist_ok=True)
if told["sets"] == "a stub":
    pathlib.Path("report.html").write_text("<html></html>")
if told["sets"] in ("", "<html><p>half a"):
    pathlib.Path("report.html").write_text(told["sets"])
if told["sets"] == "the document":
    import pypandoc, yaml
    settings = yaml.safe_load(pathlib.Path("_quarto.yml").read_text())
    to = sys.argv[sys.argv.index("--to") + 1]
    form = settings["format"][to]
    extension = "typ" if to == "typst" else to
    command = [
        pypandoc.get_pandoc_path(), sys.argv[2], "--standalone", "--to", to,
        "--from", settings["from"], "--output", sys.argv[2].removesuffix("qmd") + extension,
        "--lua-filter", os.path.abspath(settings["filters"][0]["path"]),
    ]
    if "template" in form:
        command += ["--template", form["template"]]
    for setting in sys.argv:
        if setting.startswith("reference-doc:"):
            command += ["--reference-doc", setting.partition(":")[2]]
    if form.get("number-sections", settings["number-sections"]):
        command.append("--number-sections")
    for option in ("embed-resources", "section-divs"):
        if form.get(option):
            command.append("--" + option)
    if "css" in form:
        command += ["--css", form["css"]]
    if form.get("html-math-method") == "mathml":
        command.append("--mathml")
    done = subprocess.run(command)
    if done.returncode:
        print("ERROR: pandoc has failed", file=sys.stderr)
        sys.exit(1)
    if to == "html":
        page = pathlib.Path(sys.argv[2]).with_suffix(".html")
        text = page.read_text()
        mark = "<!-- htmldependencies:E3FAD763 -->"
        assert mark in text, "Quarto would put its own head over the page's"
        page.write_text(text.replace(mark, ""))
sys.exit(told["status"])
"""


@dataclass(frozen=True)
class StandIn:
    """A `quarto` in a folder of its own."""

    folder: Path

    @property
    def program(self) -> Path:
        return self.folder / "quarto"

    @property
    def calls(self) -> list[dict[str, Any]]:
        """The calls so far but for those that asked for the version."""
        path = self.folder / "calls.jsonl"
        recorded = path.read_text().splitlines() if path.exists() else []
        calls = [json.loads(line) for line in recorded]
        return [call for call in calls if call["arguments"] != ["--version"]]

    def told(self, **changed: object) -> StandIn:
        """Say how it shall behave from now on; what is not named is as of a Quarto that is well.

        ``sets`` is ``"a stub"``, ``"the document"`` or ``"nothing"``.
        """
        usual: dict[str, object] = {
            "version": "1.7.34",
            "version_status": 0,
            "hangs": False,
            "says": "",
            "sets": "a stub",
            "status": 0,
        }
        assert changed.keys() <= usual.keys()
        (self.folder / "told.json").write_text(json.dumps(usual | changed))
        return self


def make_stand_in(folder: Path) -> StandIn:
    """Write a stand-in that behaves well."""
    folder.mkdir(parents=True, exist_ok=True)
    stand_in = StandIn(folder)
    stand_in.program.write_text(_PROGRAM.format(python=_PYTHON))
    stand_in.program.chmod(0o755)
    return stand_in.told()
