"""Text from data in the cell of a table that a spreadsheet opens: never a formula.

References
----------
OWASP (2024). CSV Injection. https://owasp.org/www-community/attacks/CSV_Injection
"""

from __future__ import annotations

import re

_FORMULA = re.compile(r"[\s\x00-\x20]*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r]")
"""Signs that begin a formula, as a spreadsheet reads them: full-width ones too."""

QUOTE = "'"


def begins_a_formula(text: str) -> bool:
    """Tell whether a spreadsheet may take a text for a formula."""
    return bool(_FORMULA.match(text))


def inert(text: str) -> str:
    """Put a quote before a text that a spreadsheet may take for a formula.

    Examples
    --------
    >>> inert("=SUM(A1)"), inert("Посуда")
    ("'=SUM(A1)", 'Посуда')
    """
    return QUOTE + text if begins_a_formula(text) else text
