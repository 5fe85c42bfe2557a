"""Webhooks: a message is checked, turned into keys, and answered."""
