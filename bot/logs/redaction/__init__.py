"""Secrets in logs, masked before anything is kept or shown."""
