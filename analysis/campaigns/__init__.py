"""Mailings as experiments: who is left out by lot, what was sent, and what it did."""
