"""Doctor: looks at a set-up from all sides, and says of each thing how it is and what to do."""
