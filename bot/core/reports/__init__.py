"""What is told of a whole fleet: how it stands, what a week brought, how good we are."""
