"""The chapters: notebooks that compute and show, and what each needs."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).resolve().parent

CHANGES = "changes"

NEEDS: dict[str, tuple[str, ...]] = {
    "data": (),
    "model": ("data",),
    "exploration": ("data",),
    "drivers": ("model",),
    "segments": ("exploration", "model"),
    CHANGES: ("drivers", "segments"),
}
"""The chapters of a monthly report; the last one only where there is an earlier edition."""
