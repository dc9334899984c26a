"""What moves the probability: contributions, ranks, dependence, agreement."""
