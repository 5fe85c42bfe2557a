"""What people say to us: parsing, who may, what comes of it, and the reply."""
