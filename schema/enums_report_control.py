"""The words of the control of journals as GraphQL enums, each value with what people call it."""

from rules.report_control import CHECKS, ControlAspect, ControlBy, ControlCheck
from rules.report_remarks import REMARK_STATE_NAMES, RemarkState

from .enums import describe

__all__ = ["ControlAspect", "ControlBy", "ControlCheck", "RemarkState"]

describe(RemarkState, "Состояние замечания (7.11).", dict(REMARK_STATE_NAMES))

describe(
    ControlAspect,
    "Что контролируют в журнале (7.11).",
    {
        ControlAspect.COMPLETENESS: "Полнота",
        ControlAspect.TIMELINESS: "Своевременность",
        ControlAspect.CORRECTNESS: "Правильность",
    },
)
describe(
    ControlCheck,
    "Что проверяют в журнале.",
    {check: f"{rule.title} ({rule.clause})" for check, rule in CHECKS.items()},
)
describe(
    ControlBy,
    "О чём строки контроля.",
    {
        ControlBy.STAFF: "По учителям",
        ControlBy.SCHOOL_CLASS: "По классам",
        ControlBy.SUBJECT: "По предметам",
        ControlBy.JOURNAL: "По журналам: учитель, класс или подгруппа, предмет",
    },
)
