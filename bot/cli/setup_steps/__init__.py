"""The steps of `nightswatch setup`: each asks, checks at once, and puts answers together."""
