"""The JSON of what pages show: `/api/v1`."""
