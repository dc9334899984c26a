"""What changed between two editions, as a table in the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from analysis.results.changes import Comparison, DiffResults
from report.cli.console import plain
from report.messages import Messages
from report.words import Words

KOPECKS = 100
WIDTH = 110
"""Columns of a table that does not go to a terminal."""


def print_changes(found: DiffResults, words: Words, messages: Messages, console: Console) -> None:
    """Print what changed, the material changes first and all others after them.

    Parameters
    ----------
    found
        The comparison.
    words, messages
        Of the terminal's language.
    console
        Where to.
    """
    if not console.is_terminal:
        console = Console(file=console.file, highlight=False, emoji=False, width=WIDTH)
    speak = _Speaker(words)
    old, new = found.old.period, found.new.period
    data = found.data
    console.print(plain(messages.say("diff-title", old=old, new=new).what), style="bold")
    for each in found.making:
        console.print(
            plain(messages.say("diff-making", name=each.name, old=each.old, new=each.new).what)
        )
    fields = {name: speak.count(getattr(data, name)) for name in ("persisting", "arrivals")}
    fields |= {"old": speak.count(data.customers_old), "new": speak.count(data.customers_new)}
    fields["leavers"] = speak.count(data.leavers)
    console.print(plain(messages.say("diff-customers", **fields).what))
    if data.same_moment and old != new:
        console.print(plain(messages.say("diff-same-moment").what))
    for code, fate in (("diff-findings-new", "comes"), ("diff-findings-gone", "goes")):
        codes = dict.fromkeys(each.code for each in data.findings if each.fate == fate)
        if codes:
            findings = "; ".join(words.label("finding", each) for each in codes)
            console.print(plain(messages.say(code, findings=findings).what))
    console.print(_table(found, speak, messages))
    if found.money:
        money = found.money
        fields = {
            "old": speak.roubles(money.old_kopecks, 2),
            "new": speak.roubles(money.new_kopecks, 2),
            "difference": speak.roubles(money.difference_kopecks, sign=True),
            "risk": speak.roubles(money.risk_kopecks, sign=True),
            "profit": speak.roubles(money.profit_kopecks, sign=True),
            "arrivals": speak.roubles(money.arrivals_kopecks, sign=True),
            "leavers": speak.roubles(-money.leavers_kopecks, sign=True),
            "other": speak.roubles(
                money.settings_kopecks
                + money.newly_scored_kopecks
                - money.no_longer_scored_kopecks,
                sign=True,
            ),
        }
        console.print(plain(messages.say("diff-money", **fields).what))
    if found.material:
        count = speak.count(len(found.material))
        verdict = messages.say("diff-material", count=count)
    elif found.comparisons:
        verdict = messages.say("diff-nothing-material", count=speak.count(len(found.comparisons)))
    else:
        return
    console.print(plain(verdict.what), style="bold")


def _table(found: DiffResults, speak: _Speaker, messages: Messages) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column(messages.say("diff-head-name").what, ratio=5)
    table.add_column(found.old.period, justify="right", no_wrap=True)
    table.add_column(found.new.period, justify="right", no_wrap=True)
    table.add_column(messages.say("diff-head-difference").what, justify="right", no_wrap=True)
    table.add_column(messages.say("diff-head-verdict").what, no_wrap=True)
    rest = [each for each in found.comparisons if each.verdict != "material"]
    for each in (*found.material, *rest):
        style = {"material": "bold", "small": "", "unproven": "dim"}[each.verdict]
        table.add_row(
            plain(speak.name(each)),
            speak.value(each, each.old),
            speak.value(each, each.new),
            speak.difference(each),
            speak.words.label("change_verdict", each.verdict),
            style=style,
        )
    return table


class _Speaker:
    """Names and numbers of comparisons in one language."""

    def __init__(self, words: Words) -> None:
        self.words = words

    def name(self, each: Comparison) -> str:
        name = self.words.label("compared", each.feature)
        if each.value is None:
            return name
        meaning = self.words.labels.get("translation", {}).get(each.value, each.value)
        return f"{name}: {meaning}"

    def count(self, value: int) -> str:
        return self.words.numerals.quantity("count", value).text

    def roubles(self, kopecks: int, digits: int = 1, *, sign: bool = False) -> str:
        numerals, amount = self.words.numerals, kopecks / KOPECKS
        return numerals.quantity("money_short", amount, digits, sign=sign).text

    def value(self, each: Comparison, value: float) -> str:
        kind, digits = _kind(each)
        digits += each.kind == "total"
        return self.words.numerals.quantity(kind, value, digits).text

    def difference(self, each: Comparison) -> str:
        kind, digits = _kind(each)
        kind = "points" if kind == "percent" else kind
        numerals, found = self.words.numerals, each.difference
        value = numerals.quantity(kind, found.value, digits, sign=True)
        interval, _, _ = numerals.interval(found, kind, digits, sign=True, compact=True)
        return f"{value.text} ({interval})"


def _kind(each: Comparison) -> tuple[str, int]:
    """Say how a value is written: kind of quantity and decimal places."""
    if each.kind == "total":
        return "money_short", 1
    return {"share": "percent", "roubles": "money", "number": "number"}[each.unit], each.digits
