"""The contract of a snapshot as a page, written from `analysis/snapshot/schema.py`.

Write it anew::

    python -m docs.describe_snapshot
"""

from __future__ import annotations

from pathlib import Path

from analysis.snapshot.across import BEYOND, MOST_BEYOND
from analysis.snapshot.alone import (
    FEW_CONSENT,
    FEWEST_OF_GROUP,
    GOES_WITH_NOTHING,
    HEAPED,
    ROUND,
    SHARE_WITH_ONE,
)
from analysis.snapshot.books import AGREES, DIFFERS
from analysis.snapshot.course import IN_A_ROW, MOST_CARRIED_OVER, MOST_REPEATED, SEEN_TO_MOVE
from analysis.snapshot.course import LEAST_ALIKE as LEAST_OF_MONTHS
from analysis.snapshot.dragging import FAR, FEWEST_OF_FILLING, FEWEST_OF_SERIES
from analysis.snapshot.file_reader import LONGEST_LABEL, MOST_OUTSIDE
from analysis.snapshot.filling import APART, HEAP
from analysis.snapshot.fitness import FEWEST_CUSTOMERS, PROFIT_ABOVE_REVENUE, PROFIT_BELOW_REVENUE
from analysis.snapshot.gaps import PART_EMPTY
from analysis.snapshot.going_together import MOST_TOGETHER
from analysis.snapshot.groups import FEWEST_NEW, GROUP_GONE, GROUP_VARIES, LARGE
from analysis.snapshot.heaps import HEAPED_SHARE, HEAPED_TIMES
from analysis.snapshot.leavers import (
    END_LACKING,
    MANY_TIMES_CUSTOMERS,
    MOST_GONE,
    MOST_TIMES_CUSTOMERS,
)
from analysis.snapshot.levels import GOES_WITH, GOES_WITHOUT
from analysis.snapshot.likeness import (
    LEAST_ALIKE,
    LESS_ALIKE,
    MOST_ASTRAY,
    MOST_BLANKER,
    MOST_CONSENTS,
    MOST_DAYS_ASTRAY,
    MOST_RELABELLED,
    MOST_TIMES,
)
from analysis.snapshot.magnitude import (
    FEWEST_CONSTANT,
    MODE_SHARE,
    MODE_SHARE_OF_ALL,
    MODE_SHARE_OF_MONEY,
    MONTHS_APART,
    MOST_BLANK,
    PART,
    PART_BLANK,
    PART_ZERO,
    TIMES_IN_FEW,
    TIMES_IN_PART,
    WEIGHT_OF_FEW,
    usual_of,
    written_number,
)
from analysis.snapshot.membership import FEWEST_ALIKE, MOST_BELOW
from analysis.snapshot.moves import (
    AT_END,
    LEAST_LEFT,
    MORE_LOSSES,
    MOST_CHANGED,
    MOST_KEPT,
    MOST_REGAINED,
    MOST_SHARE_MOVED,
)
from analysis.snapshot.places import ENDINGS
from analysis.snapshot.relations import CONTACTS_APART, FEWER_PAGES, LEVEL_TOLD, MORE_ACTIVE
from analysis.snapshot.renumbering import RENUMBERED
from analysis.snapshot.schema import CONTRACT, FEWEST_JUDGED, MOST_LABELS, Column, Unit
from analysis.snapshot.sliding import FARTHEST

PAGE = Path(__file__).with_name("snapshot.md")

UNITS: dict[Unit, str] = {
    "": "",
    "roubles": "roubles a month",
    "profit": "thousands of roubles a month, or roubles (`profit_unit`)",
    "minutes": "minutes a month",
    "days": "days",
    "share": "share, 0 to 1",
    "count": "number",
}

HABITS = ", ".join(
    f"`{column.heading}`" for contract in CONTRACT for column in contract.columns if column.habit
)

ALIKE = ", ".join(
    f"{column.habit:g} for `{column.heading}`"
    for contract in CONTRACT
    for column in contract.columns
    if column.habit
)

EDGES = ", ".join(
    f"{column.edges:g} times for `{column.heading}`"
    for contract in CONTRACT
    for column in contract.columns
    if column.edges
)

CHANGED = ", ".join(
    f"{MOST_CHANGED[column.name]:.0%} for `{column.heading}`"
    for contract in CONTRACT
    for column in contract.columns
    if column.name in MOST_CHANGED
)

FORMS = ", ".join(f"`{ending}`" for ending in ENDINGS[1:])

BELOW = f"""\
A median outside what is usual is refused, with the factor that explains it where one does.
Judged are columns of at least {FEWEST_JUDGED} values, month by month. Refused are also

- a column or a month that is blank; one that is blank for more than {MOST_BLANK:.0%}, or for
  {PART_BLANK:.0%} more than another month of the file; at least {FEWEST_CONSTANT} values that are
  all the same;
- a column whose usual median is above zero, and that is zero for more than {PART_ZERO:.0%}; one
  value in more than {MODE_SHARE:.0%} of the rows of a column that has many, or in more than
  {MODE_SHARE_OF_ALL:.0%} of any; numbers out of bounds
  in more than {MOST_OUTSIDE:.0%}; shares of which all are 0 or 1; rows that lack for more than
  {PART_BLANK:.0%} of the customers;
- more than {PART:.0%} of the rows beyond {TIMES_IN_PART:g} times the median, or as far from the
  same customer's other month; a month that is the one before it for more than
  {MOST_REPEATED:.0%} of the customers; a column in order where the customers are in order too; at
  least {FEWEST_OF_SERIES} rows one below the other that go up or down by one step, or
  {FAR} with one number that is rare elsewhere, or more with one label than chance would have it;
- two months of a file whose medians differ by more than {MONTHS_APART:g} times, and contacts of
  this month against those of six by more than {CONTACTS_APART:g};
- counts most of which have fractions; levels by which those look at more pages and categories whose
  activity went down, with a chance above {MORE_ACTIVE:.0%}, of all or of the customers with one
  label; levels that go with pages and categories (a chance below {GOES_WITH:.0%}) and not with
  minutes (above {GOES_WITHOUT:.0%}), or the reverse; fewer pages than categories for more
  than {FEWER_PAGES:.0%} of the customers; two columns with the same numbers; two months whose rank
  correlation is below {LEAST_OF_MONTHS:g}; one sum of money in more than {MODE_SHARE_OF_MONEY:.0%}
  of the rows;
- a month in which at least {IN_A_ROW} customers one below the other have nothing, and had something
  in the month before;
- a median profit above {PROFIT_ABOVE_REVENUE:g} times the median revenue, in the unit of the
  settings, or, where that is roubles, at most {PROFIT_BELOW_REVENUE:.1%} of it;
- a median more than {MOST_TIMES:g} times that of the month before in the data folder, or as
  much less; {MOST_TIMES_CUSTOMERS:g} times as many customers, or half; a column that is blank
  for {MOST_BLANKER:.0%} more; a label that changed for more than {MOST_RELABELLED:.0%} of the
  customers, or for as many as chance would change, consents by more than {MOST_CONSENTS:.0%}; a
  category most of whose customers moved to another one together; days since registration that went
  on by {MOST_DAYS_ASTRAY} days more or less than the calendar, in the median or for more than
  {MOST_ASTRAY:.0%} of the customers; a column that repeats that of the month before;
  levels or categories that are those of the month before for everyone; a column that agrees with
  the month before better when it is slid by up to {FARTHEST} rows;
- {MOST_GONE:.0%} of the customers of the month before gone, all of the last {END_LACKING:.0%}, or
  {GROUP_GONE:.0%} of those with one label, or two together; a
  habit ({HABITS}) whose rank correlation with that of the same customers is below {LEAST_ALIKE:g},
  or a column that is more like another one of the month before; whole numbers with fractions now,
  fractions that were rounded;
- profit of which rows beyond {TIMES_IN_FEW:g} times the median hold more than {WEIGHT_OF_FEW:.0%};
- market_file without more than {MOST_BEYOND:.0%} of the customers whom all other files have;
  fewer than {FEWEST_CUSTOMERS} customers; more than {MOST_LABELS} different labels that the
  contract does not know, labels of another column, and labels of more than {LONGEST_LABEL} letters;
- dates, serial numbers of dates, placeholders such as 999 and percents among numbers; a mark
  that may stand before a fraction or between thousands.

What is only unlikely is taken with `--accept-unusual`, and told as a finding. What is said in
each case is shown in [refusals](refusals.md).

## What is asked about

What no one but the shop can know is told on page 1 and at the end of the run, and stops nothing:

- a month that is zero or blank for {PART_EMPTY:.0%} more of the customers than another month of
  the file; a column that is blank for more than {PART_EMPTY:.0%} of them, or zero where its usual
  median is above zero; zeros that have come for {PART_EMPTY:.0%} since the month before;
- a month that is the very number of the month before for {MOST_CARRIED_OVER:.0%} of the customers
  more than chance would have it; a label that everyone has, or that {MOST_SHARE_MOVED:.0%} more or
  fewer of the same customers have than in the month before;
- a typical customer's number (the mean ratio, without the tenth of the customers at either end)
  that went up or down by more than the factor in the last column above, from one month of a file
  to the next, or since the month before in the data folder. The factors lie at least two and a
  half times as far from one, in logarithms, as any pair of months that was looked at (of one shop,
  most of them made up): a tax that was added or left out is seen, and so may be a December;
- a number that went up or down for all, by {SEEN_TO_MOVE - 1:.0%} at least, so that several times
  as many customers lie beyond the outer twentieth of the month before, or few are left in the lower
  one: {EDGES};
- an end of a column, the first or last {AT_END:.0%} of the customers of the month before, in which
  less than {LEAST_LEFT:.0%} of them are left; a column that {MOST_KEPT:.0%} of the customers more
  than chance would have it kept from there;
- a column, or a month of a file, that went up or down further for the customers of one label than
  for all others: by the factor in the last column above, to the power of {GROUP_VARIES:g} where
  either are fewer than {LARGE};
- a number at the end of a column that more than {HEAPED_SHARE:.0%} of the rows have, and
  {HEAPED_TIMES:g} times as many as either of the two before it: a limit cut the rest;
- whole numbers that nobody has, though many have those beside them;
- refusals of messages that became consents, more than {MOST_REGAINED:.0%} of them in a month; one
  label for all new customers, at least {FEWEST_NEW}, that others have in part;
- a habit whose rank correlation with that of the month before is below {LESS_ALIKE:.0%} of the
  least seen: {ALIKE};
- labels that changed since the month before for more of the same customers than in any month seen:
  {CHANGED};
- {MANY_TIMES_CUSTOMERS - 1:.0%} more customers than in the month before, or as much fewer;
- customers whom all other files have and market_file lacks, {BEYOND:.0%} of all and more; a file
  without rows of {PART_EMPTY:.0%} of the customers; a month below whose smallest number
  {MOST_BELOW:.0%} of the same customers were the month before; {FEWEST_ALIKE} customers and more
  who are the same in every column but the number; {RENUMBERED:.0%} of the customers and more who
  are new and have the very revenue and time of those who are gone;
- a number with more decimals than the others in many rows, as a mean that was filled in; sums of
  money in two groups, with {HEAP:.0%} of the customers on either side of a gap of {APART:g} times;
- {FEWEST_OF_FILLING} to {FAR - 1} rows one below the other with one number that is rare
  elsewhere; two columns, other than months of one, and revenue and profit, whose rank correlation
  is above {MOST_TOGETHER:g}; a month of revenue that is more like the one beyond its neighbour than
  this neighbour is;
- levels that one number tells alone, in more than {LEVEL_TOLD:.0%} of the comparisons;
- levels that changed since the month before, of customers whose pages and categories do not show
  it;
- profit below zero for more than {PART_EMPTY:.0%} of the customers, or for {MORE_LOSSES:.0%} more
  than in the month before;

of a month that has no earlier one beside it also

- consents of less than {FEW_CONSENT:.0%}; exactly a multiple of {ROUND} customers, or as many as a
  spreadsheet has rows;
- a group of at least {FEWEST_OF_GROUP} customers, by a label or in a row by a number, of whom all
  have one level or consent that others have in part;
- levels that go with neither pages nor categories, with chances within {GOES_WITH_NOTHING:.0%} of
  a half;
- a column of counts that nobody has none of, and more than {SHARE_WITH_ONE:.0%} one; zero for more
  than {HEAPED:.0%} in a column of shares or means, far more often than any other number.

Of the 241 months that were looked at (six under each of 25 seeds of 1300 customers, of 12 of 300
and of 3 of 5000, one real) none is refused, and none of this is asked, but about a category whose
share was made to move by ten points; nor of another 175 of the same sizes, for what was added
since, nor of 181 (six under each of 30 seeds of 1300 or 300 customers, one real) for what is asked
of rows one below the other, of columns that go together, of the order of months, and of a month
without an earlier one.

Without an earlier month in the data folder nobody can see columns or months under each other's
heading, values that belong to other customers, or a factor common to all months of a column: that
is said on page 1, which asks for the shop's books.

## books.toml

What the shop's books have, where it says so: totals of any column, by month or label, and customers
looked up one by one. A total that is more than {DIFFERS:.0%} away is refused, and so is a customer
who is otherwise there; {AGREES:.1%} to {DIFFERS:.0%} is asked about. Where the customers, one label
of `Покупательская активность` and of `Разрешить сообщать`, every month of `Выручка` and `минут`,
and `Прибыль` agree, a month without an earlier one is no longer said to be confirmed by nothing.

A file ends in `.csv`, or in {FORMS}.
A packed file, a workbook, Parquet, and text in UTF-8, UTF-16, Windows-1251, cp866 or KOI8-R are
known by what they hold.

An id is a text of digits and letters, with `. _ - : /` between them: leading zeros and long
numbers are kept. `123.0`, `123 456`, `'0123` and `="0123"` are read without what a program added,
and told.
"""


def page() -> str:
    """Write the contract as Markdown."""
    parts = [
        "# What a snapshot holds",
        "",
        "Written from `analysis/snapshot/schema.py` by `python -m docs.describe_snapshot`;",
        "a test holds it.",
    ]
    for contract in CONTRACT:
        rows = "one row per customer and month" if contract.by_period else "one row per customer"
        parts += ["", f"## {contract.file}", "", f"{rows[0].upper()}{rows[1:]}.", ""]
        parts += [
            "| column | holds | bounds of a value | usual median | from month to month |",
            "|---|---|---|---|---|",
        ]
        parts += [f"| `{each.heading}` | {' | '.join(_cells(each))} |" for each in contract.columns]
    return "\n".join([*parts, "", "## What is refused", "", BELOW])


def _cells(column: Column) -> tuple[str, str, str, str]:
    if column.kind == "id":
        return "customer, a text", "", "", ""
    if column.labels is not None:
        known = ", ".join(f"«{label}»" for label in column.labels.values)
        return f"{known}{'' if column.labels.closed else ', or another'}", "", "", ""
    low = "" if column.low is None else f"from {written_number(column.low)}"
    high = "" if column.high is None else f"to {written_number(column.high)}"
    usual = " or ".join(
        f"{written_number(low)} to {written_number(high)}" for low, high in usual_of(column)
    )
    varies = "" if column.varies is None else f"{column.varies:g} times at most"
    return UNITS[column.unit], " ".join(filter(None, (low, high))), usual, varies


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
