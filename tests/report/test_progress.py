"""The display names what is at work; the log has one line a step; the seconds are kept."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from report.messages import Messages
from report.progress import LogProgress, QuietProgress, TerminalProgress, choose_progress


@pytest.fixture
def messages() -> Messages:
    return Messages("en")


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_seconds_are_kept_in_the_order_in_which_steps_began() -> None:
    progress = QuietProgress()
    with progress.step("chapter", "slow"), progress.step("chapter", "quick"):
        pass
    with progress.step("seal"):
        pass
    assert list(progress.seconds) == ["chapter slow", "chapter quick", "seal"]
    assert all(seconds >= 0 for seconds in progress.seconds.values())


def test_a_step_that_fails_has_no_seconds_and_no_line(messages: Messages) -> None:
    stream = io.StringIO()
    progress = LogProgress(messages, stream)
    with pytest.raises(ValueError, match="broken"), progress.step("read"):
        raise ValueError("broken")
    assert progress.seconds == {}
    assert stream.getvalue() == ""


def test_a_log_has_one_plain_line_for_each_finished_step(messages: Messages) -> None:
    stream = io.StringIO()
    progress = LogProgress(messages, stream)
    with progress.step("read"):
        assert stream.getvalue() == ""
    with progress.step("chapter", "odd"):
        pass
    with progress.step("set", "report.ru.pdf"):
        pass
    first, second, third = stream.getvalue().splitlines()
    assert re.fullmatch(r"Reading the snapshot … \d+(\.\d)? s", first)
    assert second.startswith("Chapter “odd” …")
    assert third.startswith("Setting report.ru.pdf …")


def test_a_russian_log_has_a_decimal_comma() -> None:
    progress = LogProgress(Messages("ru"), io.StringIO())
    progress._labels["read"] = "Чтение"
    assert progress._line("read", 3.24) == "Чтение … 3,2 с"
    assert progress._line("read", 31.02) == "Чтение … 31,0 с"


def test_a_terminal_names_all_that_is_at_work(messages: Messages) -> None:
    stream = _Terminal()
    console = Console(file=stream, force_terminal=True, width=80)
    progress = TerminalProgress(messages, console)
    with progress.step("chapter", "odd"), progress.step("chapter", "[b]odd[/b]"):
        tasks = [task.description for task in progress._display.tasks]
        assert tasks == ["Chapter “odd”", r"Chapter “\[b]odd\[/b]”"]
        assert progress._display.live.is_started
    assert not progress._display.live.is_started
    assert "Chapter “[b]odd[/b]” …" in stream.getvalue()


def test_the_display_suits_the_place(messages: Messages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert isinstance(choose_progress(messages, stream=io.StringIO()), LogProgress)
    assert isinstance(choose_progress(messages, stream=_Terminal()), TerminalProgress)
    assert type(choose_progress(messages, stream=_Terminal(), quiet=True)) is QuietProgress
    monkeypatch.setenv("TERM", "dumb")
    assert isinstance(choose_progress(messages, stream=_Terminal()), LogProgress)
