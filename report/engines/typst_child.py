"""Typst in a process of its own, so that one that hangs can be ended: run by path, not imported.

Reads from standard input, as JSON, what to compile; writes the PDF to standard output, or to
standard error, as JSON, why there is none.
"""

import json
import sys

import typst

REFUSED, WARNED = 3, 4
"""Exit statuses: Typst refused the file; it took it with warnings."""


def compile_what_is_asked() -> int:
    """Compile one file and give the exit status."""
    asked = json.load(sys.stdin)
    known = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=asked["fonts"]
    )
    try:
        pdf, warnings = typst.compile_with_warnings(
            asked["main"],
            root=asked["root"],
            font_paths=known,
            ignore_system_fonts=True,
            format="pdf",
            pdf_standards=asked["standards"],
        )
    except typst.TypstError as error:
        json.dump({"message": error.message, "diagnostic": error.diagnostic}, sys.stderr)
        return REFUSED
    if warnings:
        json.dump({"message": "\n".join(each.message for each in warnings)}, sys.stderr)
        return WARNED
    sys.stdout.buffer.write(pdf)
    return 0


if __name__ == "__main__":
    sys.exit(compile_what_is_asked())
