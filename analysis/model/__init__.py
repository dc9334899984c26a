"""How a model is searched, chosen, calibrated, judged and kept, and what it foretells."""
