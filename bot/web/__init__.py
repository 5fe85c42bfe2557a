"""In from the network: webhooks, pages, JSON, health and metrics.

Imports `core`; what it needs of the store and the clients it takes as a port. Imported by `app`
only.
"""
