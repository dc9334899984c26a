"""What knows the shop: from the export to decisions, figures and notebooks, in rooms."""
