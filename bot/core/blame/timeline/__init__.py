"""What builders and failures did, in the order of commits and of time."""
