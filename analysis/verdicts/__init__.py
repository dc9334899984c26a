"""What the report concludes from its results."""
