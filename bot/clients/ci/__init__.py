"""CI sources, one folder each; none knows another."""
