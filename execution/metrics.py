"""Metrics: how many operations ran by a plan, and why the others did not."""

from prometheus_client import Counter

OPERATIONS = Counter(
    "classbook_operations",
    "GraphQL operations, by who executed them and why graphql-core had to.",
    ["executor", "reason"],
)

PLANNED = OPERATIONS.labels("plan", "")
