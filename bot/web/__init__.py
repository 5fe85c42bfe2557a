"""Doors in, and what people look at."""
