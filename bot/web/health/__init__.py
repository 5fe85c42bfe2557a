"""Is it well, and if not, what is it: `/livez`, `/readyz`, `/health`."""
