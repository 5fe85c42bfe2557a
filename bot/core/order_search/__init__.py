"""Which tests must run before another one for it to fail: the search, and what it found."""
