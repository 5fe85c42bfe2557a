"""Buildbot's REST API: builds, steps, logs; read only."""
