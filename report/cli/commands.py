"""The commands as they are installed: they load what they need, and run."""

from __future__ import annotations

from report.loading import all_to_stay, start_no_idle_threads


def generate_report() -> None:
    """Run the command ``generate-report``."""
    start_no_idle_threads()
    with all_to_stay():
        from report.cli import generate
    generate.generate_report()


def check_snapshot() -> None:
    """Run the command ``check-snapshot``."""
    start_no_idle_threads()
    with all_to_stay():
        from report.cli import check
    check.check_snapshot()


def diff_reports() -> None:
    """Run the command ``diff-reports``."""
    start_no_idle_threads()
    with all_to_stay():
        from report.cli import diff
    diff.diff_reports()
