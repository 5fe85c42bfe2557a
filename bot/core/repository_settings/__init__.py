"""What a repository says of itself in `.github/nightswatch.toml`: text in, settings or errors."""
