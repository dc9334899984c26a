"""The four source files of one month: read, and refused or repaired."""

from analysis.snapshot.snapshot import Snapshot, read_snapshot

__all__ = ["Snapshot", "read_snapshot"]
