"""Everything durable: the inbox, facts, incidents and what was said."""

from bot.store.store import Store, open_store

__all__ = ["Store", "open_store"]
