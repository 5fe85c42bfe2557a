"""What chaos and load runs share: a story of a fleet, its stage, faults, and a judge."""
