"""What a command prints is the text itself, whatever is in it and wherever it goes."""

from __future__ import annotations

import errno
import io
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator

import pytest

from report.cli.console import open_console, plain
from report.messages import Messages
from report.progress import choose_progress
from report.streams import can_write


@pytest.mark.parametrize("text", ["[/]", "[b]Хит[/b] Посуда [/]", "\\[b]", "[Архив]", "a\\"])
def test_markup_in_data_is_printed_as_it_is(text: str) -> None:
    out = io.StringIO()
    open_console(out).print(plain(f"«{text}» x"))
    assert out.getvalue() == f"«{text}» x\n"


def test_no_text_commands_the_terminal() -> None:
    out = io.StringIO()
    open_console(out).print(plain("a\x1b[31m\x07b"))
    assert out.getvalue() == "a\\x1b[31m\\x07b\n"


def test_a_closed_output_takes_everything() -> None:
    open_console(None).print(plain("said to nobody"))


def test_no_word_between_colons_becomes_a_picture() -> None:
    out = io.StringIO()
    open_console(out).print(plain("root:x:0"))
    assert out.getvalue() == "root:x:0\n"


class _Full(io.StringIO):
    """A stream on a full disk."""

    def write(self, _text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    def flush(self) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")


def shut() -> io.StringIO:
    stream = io.StringIO()
    stream.close()
    return stream


@pytest.mark.parametrize("stream", [_Full(), shut()], ids=["full", "shut"])
def test_what_cannot_be_said_stops_nothing(stream: io.StringIO) -> None:
    open_console(stream).print(plain("said to nobody"))
    progress = choose_progress(Messages("en"), stream=stream)
    with progress.step("read"):
        pass
    assert progress.seconds.keys() == {"read"}


def test_letters_that_a_terminal_lacks_are_spelt_out() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    assert not can_write(stream, "Я")
    open_console(stream).print(plain("«Я» x"))
    stream.flush()
    assert raw.getvalue() == b"\\xab\\u042f\\xbb x\n"


@pytest.fixture
def heeded(number: int) -> Iterator[None]:
    """Have programs that the test starts take a signal by default, whatever this one ignores."""
    before = signal.signal(number, lambda *_: None)
    yield
    signal.signal(number, before)


@pytest.mark.usefixtures("heeded")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_every_signal_to_end_ends_in_order_and_none_with_a_traceback(number: int) -> None:
    program = textwrap.dedent("""
        import sys, time
        from report.cli import console
        from report.messages import Messages

        def work() -> None:
            with console.exit_on_error(Messages("en"), False):
                try:
                    print("ready", flush=True)
                    time.sleep(60)
                finally:
                    print("cleared", flush=True)
                    while "--slow" in sys.argv[0]:
                        try:
                            time.sleep(60)
                        except KeyboardInterrupt:
                            pass

        console.command(work)
    """)
    for name, signals in (("once", 1), ("--slow", 3)):
        process = subprocess.Popen(
            [sys.executable, "-c", f"import sys; sys.argv = [{name!r}]\n{program}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        for _ in range(signals):
            process.send_signal(number)
            time.sleep(0.3 if signals > 1 else 0)
        _, said = process.communicate(timeout=30)
        assert process.returncode == 130, said
        assert "Traceback" not in said
        assert ("Interrupted" in said) == (signals == 1)
