"""History files: reading, writing, and playing one through the diagnosis."""
