"""The commands, and the one room where the report and the shop's analysis are put together."""
