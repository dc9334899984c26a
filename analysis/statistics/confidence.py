"""How sure the report must be: of an interval, and before it calls a difference one."""

from __future__ import annotations

CONFIDENCE = 0.95
"""Coverage of every interval."""

SIGNIFICANT = 0.05
"""Corrected p-value below which a difference is more than chance."""
