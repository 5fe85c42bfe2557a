"""What people see of a fleet: what each builder is, and whether a branch may be released."""
