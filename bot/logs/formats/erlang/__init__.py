"""erlang."""
