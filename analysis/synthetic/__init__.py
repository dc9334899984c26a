"""Invented months with planted changes, and the study of what is found in them."""
