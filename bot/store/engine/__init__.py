"""Database plumbing: engines, tables, migrations, transactions, whose clock counts."""
