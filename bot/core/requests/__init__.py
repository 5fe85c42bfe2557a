"""Builds on request: open incidents and a fleet's load in, which builds to ask for out."""

from bot.core.requests.builder_loads import measure_builder, measure_builders
from bot.core.requests.planner import plan_requests

__all__ = ["measure_builder", "measure_builders", "plan_requests"]
