"""Results of others beside one's own: comparison with published figures, and imported logs."""
