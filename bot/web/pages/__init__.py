"""Pages, and the JSON of what they show."""
