"""What can be wrong with a snapshot, and what is worth saying about one that is not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["info", "warning", "serious"]

PROBLEM_CODES: frozenset[str] = frozenset(
    {
        "archive",
        "as_above",
        "bad_id",
        "bad_mark",
        "bad_source_keys",
        "bad_sources",
        "bad_quotes",
        "base_lacks_customers",
        "blank_cell",
        "blank_cell_by_word",
        "blank_column",
        "blanker_than_earlier",
        "books_differ",
        "books_not_so",
        "books_unknown",
        "coded_label",
        "column_of_another",
        "column_repeated",
        "columns_equal",
        "consent_unlike_earlier",
        "constant_column",
        "contradicts_earlier",
        "customers_apart",
        "customers_gone",
        "customers_unlike_earlier",
        "cut_at_limit",
        "cut_number",
        "cut_row",
        "damaged_file",
        "date_in_days",
        "date_in_number",
        "days_apart",
        "days_for_minutes",
        "days_unlike_earlier",
        "dragged_far",
        "duplicate_column",
        "duplicate_id",
        "duplicate_row",
        "empty_file",
        "empty_folder",
        "ends_before_earlier",
        "few_rows_weigh",
        "fewer_pages",
        "fewer_pages_often",
        "file_deeper",
        "file_ends_early",
        "file_of_others",
        "files_of_others",
        "flags_for_shares",
        "foreign_ids",
        "fractions_in_count",
        "fractions_since",
        "garbled_headings",
        "garbled_label",
        "group_gone",
        "hours_for_days",
        "hours_for_minutes",
        "ids_farther",
        "ids_spelt_otherwise",
        "ids_unlike_earlier",
        "implausible",
        "kopecks_for_roubles",
        "label_dragged",
        "label_moved",
        "label_too_long",
        "labels_of_another",
        "labels_unlike_earlier",
        "levels_reversed",
        "levels_reversed_in_group",
        "looked_up_differ",
        "looked_up_empty",
        "looked_up_gone",
        "looked_up_no_text",
        "looked_up_twice",
        "mark_two_ways",
        "milliseconds_for_minutes",
        "minutes_of_others",
        "missing_column",
        "missing_file",
        "missing_folder",
        "missing_period",
        "missing_source",
        "mixed_decimal",
        "mixed_encodings",
        "mixed_percent",
        "month_breaks_off",
        "month_repeats",
        "month_slid",
        "months_apart",
        "months_as_columns",
        "months_for_days",
        "months_of_others",
        "mostly_blank",
        "mostly_impossible",
        "mostly_zero",
        "no_header",
        "no_parts",
        "no_rows",
        "no_sent_header",
        "not_a_date",
        "not_a_number",
        "not_plain",
        "not_text",
        "often_the_same",
        "part_apart",
        "partly_loaded",
        "parts_differ",
        "percent_for_share",
        "placeholder",
        "profit_above_revenue",
        "profit_unit",
        "profit_unit_too_small",
        "ragged_rows",
        "repeated_snapshot",
        "rounded_id",
        "rounded_since",
        "rows_lacking",
        "seconds_for_minutes",
        "sent_on_other_days",
        "sent_other_offers",
        "sent_to_others",
        "series_dragged",
        "several_files",
        "several_sheets",
        "slid_rows",
        "sorted_alone",
        "thousands_for_roubles",
        "thousands_mark",
        "titled_otherwise",
        "too_few_customers",
        "too_large",
        "too_many_labels",
        "too_small",
        "toml_decimal_comma",
        "toml_not_utf_8",
        "toml_syntax",
        "toml_twice",
        "uncomputed_formulas",
        "unknown_label",
        "unknown_month",
        "unlike_earlier",
        "unreachable_source",
        "unreadable_file",
        "values_of_others",
        "web_page",
        "years_for_days",
    }
)

FINDING_SEVERITY: Mapping[str, Severity] = {
    "blank_at_end": "serious",
    "blank_consent": "warning",
    "blank_label": "warning",
    "blank_level": "info",
    "blank_number": "warning",
    "blank_rows": "info",
    "books_agree": "info",
    "books_otherwise": "serious",
    "coarse_money": "serious",
    "columns_together": "serious",
    "consents_in_a_row": "serious",
    "column_moved": "serious",
    "column_part_empty": "serious",
    "consents_regained": "serious",
    "customers_alike": "serious",
    "customers_lacking": "serious",
    "customers_moved": "serious",
    "customers_twice": "serious",
    "differs_from_earlier": "warning",
    "dragged_down": "serious",
    "earlier_unread": "warning",
    "end_emptied": "serious",
    "extra_column": "info",
    "few_consents": "serious",
    "filled_in": "serious",
    "foreign_rows": "warning",
    "group_moved": "serious",
    "heading_respelt": "info",
    "heaped_at_end": "serious",
    "ids_with_fraction": "info",
    "impossible_number": "warning",
    "label_of_group": "serious",
    "label_share_moved": "serious",
    "labels_changed": "serious",
    "less_alike": "serious",
    "level_told": "serious",
    "levels_not_borne_out": "serious",
    "levels_of_others": "serious",
    "lines_left_out": "info",
    "losses_found": "serious",
    "missing_rows": "serious",
    "mixed_line_ends": "info",
    "month_carried_over": "serious",
    "month_by_factor": "serious",
    "month_moved": "serious",
    "months_in_order": "serious",
    "month_part_empty": "serious",
    "more_than_revenue": "serious",
    "more_zeros": "serious",
    "new_label": "warning",
    "newcomers_alike": "serious",
    "no_earlier": "warning",
    "no_earlier_but_books": "warning",
    "no_earlier_in_part": "warning",
    "no_levels": "serious",
    "nobody_below": "serious",
    "nobody_without": "serious",
    "numbers_skipped": "serious",
    "one_label": "serious",
    "one_level": "serious",
    "other_form": "info",
    "part_moved": "serious",
    "parts_read": "info",
    "pasted_twice": "serious",
    "read_as_blank": "info",
    "renumbered": "serious",
    "round_count": "serious",
    "rows_part_lacking": "serious",
    "share_of_revenue": "serious",
    "sheet_read": "info",
    "signs_read": "info",
    "total_row": "info",
    "two_groups": "serious",
    "unfinished_file": "info",
    "unusual": "serious",
    "zeros_found": "warning",
    "zeros_heaped": "serious",
}

DECIDING: frozenset[str] = frozenset(
    {
        "blank_at_end",
        "books_otherwise",
        "coarse_money",
        "column_moved",
        "column_part_empty",
        "columns_together",
        "consents_in_a_row",
        "consents_regained",
        "customers_alike",
        "customers_lacking",
        "customers_moved",
        "customers_twice",
        "dragged_down",
        "end_emptied",
        "few_consents",
        "filled_in",
        "group_moved",
        "heaped_at_end",
        "label_of_group",
        "label_share_moved",
        "labels_changed",
        "less_alike",
        "level_told",
        "levels_not_borne_out",
        "levels_of_others",
        "losses_found",
        "month_carried_over",
        "month_by_factor",
        "month_moved",
        "month_part_empty",
        "months_in_order",
        "more_than_revenue",
        "more_zeros",
        "newcomers_alike",
        "no_earlier",
        "no_earlier_in_part",
        "nobody_below",
        "nobody_without",
        "numbers_skipped",
        "one_label",
        "part_moved",
        "pasted_twice",
        "renumbered",
        "round_count",
        "rows_part_lacking",
        "share_of_revenue",
        "two_groups",
        "unusual",
        "zeros_heaped",
    }
)
"""Findings by which other letters may be right: they are told before all else."""

ROWS_SHOWN = 5
TEXT_SHOWN = 60


def shown(text: str, most: int = TEXT_SHOWN) -> str:
    """Text from a file made safe for a terminal: one line, no control characters, not endless."""
    plain = "".join(sign if sign.isprintable() else " " for sign in text)
    plain = " ".join(plain.split())
    return plain if len(plain) <= most else plain[: most - 1] + "…"


def quoted(texts: Sequence[str], most: int) -> str:
    """List the first texts from a file in quotation marks; dots where there are more."""
    return ", ".join(f"«{shown(text)}»" for text in texts[:most]) + (
        ", …" if len(texts) > most else ""
    )


def whole_percent(share: float) -> str:
    """Write a share for a message, in whole percent without the sign."""
    return f"{share:.0%}".rstrip("%")


@dataclass(frozen=True)
class Problem:
    """One reason why a snapshot cannot be used.

    Attributes
    ----------
    code : str
        One of `PROBLEM_CODES`; its text lies in `templates/words/*/messages/snapshot.toml`.
    file : str
        Name of the file (of the folder, for `missing_folder`).
    column : str or None
        Heading of the column as the shop writes it.
    rows : tuple of int
        The first few line numbers in the file (its first line is 1).
    count : int
        How many rows are concerned in all; 0 if the problem is not one of rows.
    fields : mapping of str to str
        Further values for the text.
    """

    code: str
    file: str
    column: str | None = None
    rows: tuple[int, ...] = ()
    count: int = 0
    fields: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.code not in PROBLEM_CODES:
            raise ValueError(f"unknown problem code {self.code!r}")

    def values(self) -> dict[str, str]:
        """Everything that the text of this problem may name, for `str.format`."""
        rows = ", ".join(str(row) for row in self.rows)
        return {
            "file": self.file,
            "column": self.column or "",
            "rows": rows + (", …" if self.count > len(self.rows) else ""),
            "count": str(self.count),
            **self.fields,
        }


@dataclass(frozen=True)
class Finding:
    """Something that the reader of a usable snapshot should know.

    Attributes
    ----------
    code : str
        A key of `FINDING_SEVERITY`.
    file, column : str, str or None
        Where it was found.
    count : int
        How many rows (or columns, or customers, as the text says).
    fields : mapping of str to str
        Further values for the text.
    """

    code: str
    file: str
    column: str | None = None
    count: int = 0
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def severity(self) -> Severity:
        """How much the finding matters."""
        return FINDING_SEVERITY[self.code]

    @property
    def decides(self) -> bool:
        """Whether other letters may be right if the answer to it is another one."""
        return self.code in DECIDING

    def values(self) -> dict[str, str]:
        """Everything that the text of this finding may name, for `str.format`."""
        return {
            "file": self.file,
            "column": self.column or "",
            "count": str(self.count),
            **self.fields,
        }


@dataclass(frozen=True)
class Unseen:
    """An error that all checks of a column would have let pass.

    Attributes
    ----------
    file, column : str
        Where it would be; of a month, with its label.
    beside : "earlier", "export" or "usual"
        What the column was held against: the month before in the data folder, another month of the
        same export, or what is usual of it.
    low, high : float or None
        By what factors all numbers may be wrong.
    share : float or None
        What share of the labels may be wrong at random.
    mixed : float or None
        What share of the numbers, or labels, may be those of other customers.
    lost : float or None
        What share of the refusals of messages may have become consents.
    """

    file: str
    column: str
    beside: str
    low: float | None = None
    high: float | None = None
    share: float | None = None
    mixed: float | None = None
    lost: float | None = None


class SnapshotError(Exception):
    """A snapshot cannot be used; `problems` holds every reason found, not only the first."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        return "; ".join(
            " ".join(filter(None, (problem.file, problem.column, problem.code)))
            for problem in self.problems
        )


@dataclass
class Notes:
    """Problems and findings gathered while a snapshot is read.

    `accepting`: what is only unlikely is a finding, not a problem.
    """

    accepting: bool = False
    problems: list[Problem] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def refuse(
        self,
        code: str,
        file: str,
        column: str | None = None,
        lines: Iterable[int] = (),
        **fields: str,
    ) -> None:
        """Note a problem; `lines` are all the file's lines that have it."""
        numbers = sorted(int(line) for line in lines)
        self.problems.append(
            Problem(code, file, column, tuple(numbers[:ROWS_SHOWN]), len(numbers), fields)
        )

    def doubt(
        self,
        code: str,
        file: str,
        column: str | None = None,
        lines: Iterable[int] = (),
        **fields: str,
    ) -> None:
        """Note what is too unlikely to be taken unasked: a problem, or a finding if accepted."""
        if self.accepting:
            self.mention("unusual", file, column, len(list(lines)))
        else:
            self.refuse(code, file, column, lines, **fields)

    def blames(self, file: str, column: str) -> bool:
        """Tell whether a problem with a column, or with a month of it, is noted already."""
        return any(
            each.file == file and (each.column or "").partition(",")[0] == column
            for each in self.problems
        )

    def blames_file(self, file: str) -> bool:
        """Tell whether a problem with a file is noted already."""
        return any(each.file == file for each in self.problems)

    def mention(
        self, code: str, file: str, column: str | None = None, count: int = 0, **fields: str
    ) -> None:
        """Note a finding."""
        self.findings.append(Finding(code, file, column, count, fields))
