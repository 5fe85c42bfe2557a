"""GitHub: REST, GraphQL, credentials, rate limits."""
