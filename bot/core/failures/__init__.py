"""From what a log says to named failures: signatures, normalised messages, paths."""
