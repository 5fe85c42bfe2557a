"""Everything durable: the inbox, builds, commits, incidents, commands, and what was said.

`open_store` is the way in. `engine` is database plumbing, `inbox` holds keys and their leases.
Imports `core`; imported by `app` and `cli` only.
"""

from bot.store.store import Store, open_store

__all__ = ["Store", "open_store"]
