"""Network ↔ model: what hands out nouns and takes text, and nothing else."""
