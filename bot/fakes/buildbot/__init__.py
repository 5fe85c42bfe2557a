"""A Buildbot master with builders, workers and scripted builds."""
