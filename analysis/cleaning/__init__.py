"""From the four tables to one row per customer, with a state, and everything found on the way."""
