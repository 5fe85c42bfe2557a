"""What may be said of an incident, to whom, and how often."""
