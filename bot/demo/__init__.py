"""A small Buildbot and a small GitHub on loopback: the demo plays on them, and so do the tests."""
