"""Out to the network: GitHub, and the CI sources that are watched.

Each client turns JSON into the model's values and errors of its library into ours. Imports `core`;
imported by `app` and `cli` only.
"""
