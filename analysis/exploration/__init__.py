"""The two levels of activity side by side."""
