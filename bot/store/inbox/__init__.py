"""Keys that are to be worked on, their leases, and the deliveries that put them."""
