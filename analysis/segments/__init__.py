"""Whom to contact: the grid of risk and profit, rules, offers, money and the trial."""
