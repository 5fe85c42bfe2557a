"""What is wrong with a set-up, from facts that `doctor` and the running service gather alike.

In: facts. Out: one `CheckResult` for each thing: how it is, and what to do about it. Pure; since
both sides ask the same functions, they cannot say different things of the same facts.
"""
