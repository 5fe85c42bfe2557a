"""A small Buildbot and a small GitHub on loopback, with state: for the demo, tests and benches.

Real HTTP servers that answer as the real ones do, and misbehave on demand. Imports `core`;
imported by `cli`'s demo, by tests and by benches.
"""
