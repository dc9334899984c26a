"""The chapters: notebooks that compute and show, and what each needs."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).resolve().parent

NEEDS: dict[str, tuple[str, ...]] = {
    "data": (),
    "model": ("data",),
    "exploration": ("data",),
    "drivers": ("model",),
    "segments": ("exploration", "model"),
}
