"""The commands, and the one place where the report and the shop's analysis are put together."""
