"""The running process: settings, wiring, the worker, the log pool, metrics and logging.

`factory.create_app` puts everything together. Imports everything below; imported by `cli` only.
"""
