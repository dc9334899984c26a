"""Everything that is installed with the program has its licence on the page."""

import re

from docs.list_licences import PAGE, locked

ROW = re.compile(r"^\| (\S+) \| (\S+) \| (.+) \|$", re.MULTILINE)


def test_the_page_of_licences_holds_what_the_lock_holds() -> None:
    rows = ROW.findall(PAGE.read_text(encoding="utf-8"))
    assert {name: version for name, version, _ in rows[1:]} == locked()


def test_every_distribution_that_was_looked_up_says_its_licence() -> None:
    assert "| not said |" not in PAGE.read_text(encoding="utf-8")
