"""Notices: which change of which incident is told elsewhere than on a pull, to whom, and how."""
