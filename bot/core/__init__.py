"""Pure: what is known, how it is judged, and all text that people read.

Frozen dataclasses and functions over them: no await, clock, random, environment, network, disk or
logging. Everybody may import it; it imports only itself, from the ground up: errors, model,
failures, policy and payloads, blame and render, ports, incidents and history, commands.
"""
