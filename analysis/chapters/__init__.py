"""The chapters: notebooks that compute and show, and what each needs."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).resolve().parent

CHANGES = "changes"

LOADED_FIRST = ("scipy.special",)
"""To write a model, its format looks for the functions of this library through all that is loaded,
in the order in which it was: a fifth of a second where they come last."""

NEEDS: dict[str, tuple[str, ...]] = {
    "data": (),
    "model": ("data",),
    "exploration": ("data",),
    "drivers": ("model",),
    "segments": ("exploration", "model"),
    CHANGES: ("drivers", "segments"),
}
"""The chapters of a monthly report; the last one only where there is an earlier edition."""
