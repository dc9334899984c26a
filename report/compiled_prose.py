"""What prose templates are compiled to, kept beside Python's own bytecode from run to run.

A template becomes Python code; to read hundreds of them anew takes longer than to fill them.
"""

from __future__ import annotations

import contextlib
import hashlib
import marshal
import os
import sys
from importlib.util import MAGIC_NUMBER, cache_from_source
from pathlib import Path
from types import CodeType

import jinja2
from jinja2 import BytecodeCache, Environment, Template
from jinja2.bccache import Bucket

__all__ = ["CompiledProse"]

_MOST = 5000
"""Templates that are kept before those that a run does not use are let go."""

_COMPILERS = ("escaping.py", "filters.py")
"""What decides, beside Jinja2 and Python, to which code a template is compiled."""


class CompiledProse(BytecodeCache):
    """The compiled templates of one language; for any thread.

    Parameters
    ----------
    name
        Tells them from those of other languages.

    Notes
    -----
    Where Python may not leave its bytecode, or there is none that was left by the same compiler,
    every template is compiled anew.
    """

    def __init__(self, name: str) -> None:
        beside = Path(__file__).with_name(f"prose-{name}.py")
        self._file = Path(cache_from_source(str(beside))).with_suffix(".jinja")
        self._compiler = _compiler()
        self._codes = self._read()
        self._used: set[str] = set()
        self._new = False

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give a template of a file its code, if it is the same template still."""
        checksum, bucket.code = self._codes.get(bucket.key, ("", None))
        self._used.add(bucket.key)
        if checksum != bucket.checksum:
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Take the code of a template of a file."""
        assert bucket.code is not None
        self._add(bucket.key, bucket.checksum, bucket.code)

    def template(self, environment: Environment, text: str) -> Template:
        """Make a template of a text, as ``environment.from_string`` does."""
        self._used.add(text)
        if text not in self._codes:
            self._add(text, "", environment.compile(text))
        return Template.from_code(environment, self._codes[text][1], environment.make_globals(None))

    def keep(self) -> None:
        """Leave what has been compiled to the next run."""
        if sys.dont_write_bytecode or not self._new:
            return
        if len(self._codes) > _MOST:
            self._codes = {key: self._codes[key] for key in self._used}
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._file.with_suffix(f".{os.getpid()}")
            fresh.write_bytes(marshal.dumps((self._compiler, dict(self._codes))))
            fresh.chmod(Path(__file__).stat().st_mode)  # as Python's own, whatever the mask
            fresh.replace(self._file)
        self._new = False

    def _add(self, key: str, checksum: str, code: CodeType) -> None:
        self._codes[key] = checksum, code
        self._new = True

    def _read(self) -> dict[str, tuple[str, CodeType]]:
        with contextlib.suppress(OSError, EOFError, ValueError, TypeError):
            compiler, codes = marshal.loads(self._file.read_bytes())
            if compiler == self._compiler:
                return dict(codes)
        return {}


def _compiler() -> bytes:
    parts = [Path(__file__).with_name(name).read_bytes() for name in _COMPILERS]
    return hashlib.sha256(b"".join([jinja2.__version__.encode(), MAGIC_NUMBER, *parts])).digest()
