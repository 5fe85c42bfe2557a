"""ruby."""
