"""What `doctor` looks at, a table of checks."""
