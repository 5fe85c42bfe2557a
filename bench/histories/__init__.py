"""Recorded and simulated pasts with their truth, and what could be known of them."""
