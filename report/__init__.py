"""Make an edition out of any snapshot reader and any list of chapters."""
