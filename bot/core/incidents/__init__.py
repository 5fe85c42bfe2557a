"""Incidents over time: grouping, identity across folds, other branches, overrides, feedback."""
