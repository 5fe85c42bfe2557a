"""Catching up on what no message told us."""
