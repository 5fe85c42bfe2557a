"""A GitHub with repositories, pulls, comments, webhooks and tokens."""
