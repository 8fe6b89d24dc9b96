"""The words of deadlines as GraphQL enums, each value with what people call it."""

from rules.report_deadlines import (
    ANSWERABLE_NAMES,
    RULES,
    Answerable,
    Deadline,
    Dimension,
    ObligationStatus,
)

from .enums import describe

__all__ = ["Answerable", "Deadline", "Dimension", "ObligationStatus"]

_RULE_NAMES = {deadline: f"{rule.what} ({rule.clause})" for deadline, rule in RULES.items()}

describe(Deadline, "Срок, который устанавливает Порядок.", _RULE_NAMES)
describe(Answerable, "Кто отвечает за срок.", ANSWERABLE_NAMES)
describe(
    ObligationStatus,
    "Как обстоит дело со сроком.",
    {
        ObligationStatus.DONE: "Выполнено в срок",
        ObligationStatus.DUE: "Не выполнено, срок не вышел",
        ObligationStatus.OVERDUE: "Не выполнено, срок вышел",
        ObligationStatus.MET_LATE: "Выполнено после срока",
    },
)
describe(
    Dimension,
    "По чему считать.",
    {
        Dimension.DEADLINE: "По срокам",
        Dimension.STAFF: "По учителям, которые отвечают",
        Dimension.SCHOOL_CLASS: "По классам",
        Dimension.SUBJECT: "По предметам",
        Dimension.WEEK: "По неделям, на которые приходится срок",
    },
)
