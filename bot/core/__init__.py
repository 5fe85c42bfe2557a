"""Pure: frozen dataclasses and functions. No await, clock, random, environment or logging."""
