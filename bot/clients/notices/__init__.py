"""Notices on their way out: one file for each medium."""
