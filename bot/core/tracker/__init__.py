"""A project's issue tracker: which issue tells of an incident, and what ours say. Pure."""
