"""How builders, workers and tests did over time: builds in, rates and times out."""
