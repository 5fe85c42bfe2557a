"""All text that people read, as Markdown; hostile text is made harmless here."""
