"""Setting period, annual, exam and final marks; closing periods; the rules that marks are proposed by (7.7–7.10)."""

from datetime import date
from typing import Any

import strawberry

from permissions.gates import gate
from permissions.journal import WRITERS
from permissions.journal_finals import RULERS
from resolvers import journal_finals as finals
from resolvers import journal_finals_commands as commands
from resolvers import journal_finals_exams as exams
from resolvers import journal_finals_periods as periods
from rules.journal_finals import FinalKind as Kind
from rules.journal_finals import MarkRule as Rule

from .base import Info, edge, encode_id, number, optional_number, resolved
from .commands import IF_VERSION, IF_VERSION_OR_NEW, Written, command, written
from .enums_journal import FinalKind
from .journal_finals import ExamDate, FinalMark, MarkRule, PeriodClosing

MAY_SET, MAY_RULE = gate(WRITERS), gate(RULERS)

_VALUE = "«5», «4», «3», «2», «1», «зач.», «незач.», «н/а» или «осв.»."
_CLASSES = "Какие классы; без них — все, чей год делится на такие периоды."


@strawberry.type
class OfMark(Written):
    mark: FinalMark | None = written(FinalMark, "Отметка.")


@strawberry.type
class OfMarks:
    """The marks that a command has set."""

    mark_ids: strawberry.Private[list[int]]

    @resolved("Отметки в порядке ввода.", only=gate(finals.final_mark_of.scope.roles))
    async def marks(self, info: Info) -> list[FinalMark]:
        return await finals.rows_by_number(info.context, finals.final_mark_of, self.mark_ids)


@strawberry.type(description="Отметка за период поставлена.")
class SetPeriodMarkPayload(OfMark):
    pass


@strawberry.type(description="Отметки за период поставлены, все до одной.")
class SetPeriodMarksPayload(OfMarks):
    pass


@strawberry.type(description="Годовая отметка поставлена.")
class SetAnnualMarkPayload(OfMark):
    pass


@strawberry.type(description="Годовые отметки поставлены, все до одной.")
class SetAnnualMarksPayload(OfMarks):
    pass


@strawberry.type(description="Экзаменационная отметка поставлена.")
class SetExamMarkPayload(OfMark):
    pass


@strawberry.type(description="Экзаменационные отметки поставлены, все до одной.")
class SetExamMarksPayload(OfMarks):
    pass


@strawberry.type(description="Итоговая отметка поставлена.")
class SetFinalMarkPayload(OfMark):
    pass


@strawberry.type(description="Итоговые отметки поставлены, все до одной.")
class SetFinalMarksPayload(OfMarks):
    pass


@strawberry.type(description="Предложенные отметки выставлены там, где отметок ещё не было.")
class AcceptProposedMarksPayload(OfMarks):
    pass


@strawberry.type(description="Отметка снята: ничего не выставлено. В истории она остаётся.")
class RemoveFinalMarkPayload:
    mark_id: strawberry.ID = strawberry.field(description="Какая.")


@strawberry.type
class OfClosings:
    """The closings that a command has made or ended."""

    closing_ids: strawberry.Private[list[int]]

    @resolved("Закрытия по классам.", only=gate(finals.closing_of.scope.roles))
    async def closings(self, info: Info) -> list[PeriodClosing]:
        return await finals.rows_by_number(info.context, finals.closing_of, self.closing_ids)


@strawberry.type(description="Период закрыт.")
class ClosePeriodPayload(OfClosings):
    pass


@strawberry.type(description="Период открыт снова.")
class ReopenPeriodPayload(OfClosings):
    pass


@strawberry.type(description="Правило установлено.")
class SetMarkRulePayload(Written):
    rule: MarkRule | None = written(MarkRule, "Правило.")


@strawberry.type(description="Правило снято.")
class RemoveMarkRulePayload:
    rule_id: strawberry.ID = strawberry.field(description="Какое.")


@strawberry.type(description="День объявления записан или снят.")
class SetExamDatePayload:
    exam_date_id: strawberry.Private[int | None]
    exam_date: ExamDate | None = edge(finals.exam_date_of, description="День; null — снят.")


@strawberry.input(description="Отметка учащегося по предмету за период.")
class SetPeriodMarkInput:
    student_id: strawberry.ID = strawberry.field(description="Учащийся.")
    subject_id: strawberry.ID = strawberry.field(description="Предмет.")
    period_id: strawberry.ID = strawberry.field(description="Период.")
    value: str = strawberry.field(description=_VALUE)
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION_OR_NEW)


@strawberry.input(description="Отметки за период: ставятся все или ни одной.")
class SetPeriodMarksInput:
    entries: list[SetPeriodMarkInput] = strawberry.field(description="Отметки.")


@strawberry.input(description="Отметка учащегося по предмету за год, за экзамен или итоговая.")
class YearMarkInput:
    student_id: strawberry.ID = strawberry.field(description="Учащийся.")
    subject_id: strawberry.ID = strawberry.field(description="Предмет.")
    year_id: strawberry.ID = strawberry.field(description="Учебный год.")
    value: str = strawberry.field(description=_VALUE)
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION_OR_NEW)


@strawberry.input(description="Годовая отметка.")
class SetAnnualMarkInput(YearMarkInput):
    pass


@strawberry.input(description="Экзаменационная отметка.")
class SetExamMarkInput(YearMarkInput):
    pass


@strawberry.input(description="Итоговая отметка.")
class SetFinalMarkInput(YearMarkInput):
    pass


@strawberry.input(description="Годовые отметки: ставятся все или ни одной.")
class SetAnnualMarksInput:
    entries: list[YearMarkInput] = strawberry.field(description="Отметки.")


@strawberry.input(description="Экзаменационные отметки: ставятся все или ни одной.")
class SetExamMarksInput:
    entries: list[YearMarkInput] = strawberry.field(description="Отметки.")


@strawberry.input(description="Итоговые отметки: ставятся все или ни одной.")
class SetFinalMarksInput:
    entries: list[YearMarkInput] = strawberry.field(description="Отметки.")


@strawberry.input(description="Согласие с предложенным на странице ведомости.")
class AcceptProposedMarksInput:
    class_id: strawberry.ID = strawberry.field(description="Класс.")
    kind: FinalKind = strawberry.field(description="За что.")
    period_id: strawberry.ID | None = strawberry.field(default=None, description="Период, если отметки за него.")
    subject_id: strawberry.ID | None = strawberry.field(
        default=None, description="Предмет; без него — все, по которым отправитель ставит отметки."
    )
    with_not_attested: bool = strawberry.field(default=False, description="Выставить и предложенные «н/а».")


@strawberry.input(description="Снятие отметки.")
class RemoveFinalMarkInput:
    mark_id: strawberry.ID = strawberry.field(description="Отметка.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(description="Закрытие периода.")
class ClosePeriodInput:
    period_id: strawberry.ID = strawberry.field(description="Период.")
    class_ids: list[strawberry.ID] | None = strawberry.field(default=None, description=_CLASSES)
    with_gaps: bool = strawberry.field(default=False, description="Закрыть, хотя не все отметки за период выставлены.")


@strawberry.input(description="Повторное открытие периода.")
class ReopenPeriodInput:
    period_id: strawberry.ID = strawberry.field(description="Период.")
    class_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Какие классы; без них — все, для которых он закрыт."
    )
    reason: str = strawberry.field(description="Почему; остаётся навсегда.")


@strawberry.input(description="Правило школы или предмета.")
class SetMarkRuleInput:
    subject_id: strawberry.ID | None = strawberry.field(default=None, description="Предмет; без него — вся школа.")
    round_up_from: int = strawberry.field(description="С какой доли округлять вверх, в сотых: от 1 до 99.")
    weighted: bool = strawberry.field(description="Учитывать вес отметок.")
    fewest_marks: int = strawberry.field(description="При скольких отметках за период «н/а» ещё не предлагается.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION_OR_NEW)


@strawberry.input(description="Снятие правила.")
class RemoveMarkRuleInput:
    rule_id: strawberry.ID = strawberry.field(description="Правило.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(description="Когда объявляются результаты экзамена.")
class SetExamDateInput:
    class_id: strawberry.ID = strawberry.field(description="Класс.")
    subject_id: strawberry.ID = strawberry.field(description="Предмет.")
    announced_on: date | None = strawberry.field(description="День объявления; null — экзамена нет.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION_OR_NEW)


def _entry(given: Any, prefix: str) -> commands.Entry:
    if isinstance(given, SetPeriodMarkInput):
        of = number("Period", given.period_id, f"{prefix}periodId")
    else:
        of = number("AcademicYear", given.year_id, f"{prefix}yearId")
    return commands.Entry(
        number("Student", given.student_id, f"{prefix}studentId"),
        number("Subject", given.subject_id, f"{prefix}subjectId"),
        of,
        given.value,
        given.if_version,
    )


async def _set(info: Info, name: str, kind: Kind, given: Any) -> int:
    (mark,) = await commands.set_final_marks(info.context, name, kind, [_entry(given, "")], "")
    return mark


async def _set_all(info: Info, name: str, kind: Kind, given: Any) -> list[int]:
    entries = [_entry(each, f"entries.{n}.") for n, each in enumerate(given.entries)]
    return await commands.set_final_marks(info.context, name, kind, entries, "entries.{}.")


def _classes(given: Any) -> list[int] | None:
    if given.class_ids is None:
        return None
    return [number("SchoolClass", each, f"classIds.{n}") for n, each in enumerate(given.class_ids)]


@strawberry.type
class FinalsMutation:
    @command(MAY_SET, "Поставить или исправить отметку за четверть, полугодие или триместр (7.7).")
    async def set_period_mark(self, info: Info, input: SetPeriodMarkInput) -> SetPeriodMarkPayload:
        return SetPeriodMarkPayload(number=await _set(info, "setPeriodMark", Kind.PERIOD, input))

    @command(MAY_SET, "Поставить отметки за период на странице: все или ни одной (7.7).")
    async def set_period_marks(self, info: Info, input: SetPeriodMarksInput) -> SetPeriodMarksPayload:
        return SetPeriodMarksPayload(mark_ids=await _set_all(info, "setPeriodMarks", Kind.PERIOD, input))

    @command(MAY_SET, "Поставить или исправить годовую отметку (7.9).")
    async def set_annual_mark(self, info: Info, input: SetAnnualMarkInput) -> SetAnnualMarkPayload:
        return SetAnnualMarkPayload(number=await _set(info, "setAnnualMark", Kind.YEAR, input))

    @command(MAY_SET, "Поставить годовые отметки: все или ни одной (7.9).")
    async def set_annual_marks(self, info: Info, input: SetAnnualMarksInput) -> SetAnnualMarksPayload:
        return SetAnnualMarksPayload(mark_ids=await _set_all(info, "setAnnualMarks", Kind.YEAR, input))

    @command(MAY_SET, "Поставить или исправить экзаменационную отметку (7.9).")
    async def set_exam_mark(self, info: Info, input: SetExamMarkInput) -> SetExamMarkPayload:
        return SetExamMarkPayload(number=await _set(info, "setExamMark", Kind.EXAM, input))

    @command(MAY_SET, "Поставить экзаменационные отметки: все или ни одной (7.9).")
    async def set_exam_marks(self, info: Info, input: SetExamMarksInput) -> SetExamMarksPayload:
        return SetExamMarksPayload(mark_ids=await _set_all(info, "setExamMarks", Kind.EXAM, input))

    @command(MAY_SET, "Поставить или исправить итоговую отметку (7.9).")
    async def set_final_mark(self, info: Info, input: SetFinalMarkInput) -> SetFinalMarkPayload:
        return SetFinalMarkPayload(number=await _set(info, "setFinalMark", Kind.FINAL, input))

    @command(MAY_SET, "Поставить итоговые отметки: все или ни одной (7.9).")
    async def set_final_marks(self, info: Info, input: SetFinalMarksInput) -> SetFinalMarksPayload:
        return SetFinalMarksPayload(mark_ids=await _set_all(info, "setFinalMarks", Kind.FINAL, input))

    @command(MAY_SET, "Выставить предложенные отметки там, где отметок ещё нет (7.7, 7.9).")
    async def accept_proposed_marks(self, info: Info, input: AcceptProposedMarksInput) -> AcceptProposedMarksPayload:
        page = commands.Page(
            number("SchoolClass", input.class_id, "classId"),
            optional_number("Subject", input.subject_id, "subjectId"),
            input.kind,
            optional_number("Period", input.period_id, "periodId"),
        )
        marks = await commands.accept_proposed(info.context, page, input.with_not_attested)
        return AcceptProposedMarksPayload(mark_ids=marks)

    @command(MAY_SET, "Снять отметку за период, год, экзамен или итоговую; в истории она остаётся.")
    async def remove_final_mark(self, info: Info, input: RemoveFinalMarkInput) -> RemoveFinalMarkPayload:
        mark = number("FinalMark", input.mark_id, "markId")
        await commands.remove_final_mark(info.context, mark, input.if_version)
        return RemoveFinalMarkPayload(mark_id=encode_id("FinalMark", mark))

    @command(MAY_RULE, "Закрыть период для классов: записи журнала за него больше не меняются (7.7, 7.11).")
    async def close_period(self, info: Info, input: ClosePeriodInput) -> ClosePeriodPayload:
        period = number("Period", input.period_id, "periodId")
        closings = await periods.close_period(info.context, period, _classes(input), input.with_gaps)
        return ClosePeriodPayload(closing_ids=closings)

    @command(MAY_RULE, "Открыть закрытый период снова, с причиной (7.11).")
    async def reopen_period(self, info: Info, input: ReopenPeriodInput) -> ReopenPeriodPayload:
        period = number("Period", input.period_id, "periodId")
        closings = await periods.reopen_period(info.context, period, _classes(input), input.reason)
        return ReopenPeriodPayload(closing_ids=closings)

    @command(MAY_RULE, "Установить, как отметка предлагается по среднему баллу: во всей школе или по предмету.")
    async def set_mark_rule(self, info: Info, input: SetMarkRuleInput) -> SetMarkRulePayload:
        subject = optional_number("Subject", input.subject_id, "subjectId")
        rule = Rule(input.round_up_from, input.weighted, input.fewest_marks)
        return SetMarkRulePayload(number=await periods.set_mark_rule(info.context, subject, rule, input.if_version))

    @command(MAY_RULE, "Снять правило: действует правило школы или обычное.")
    async def remove_mark_rule(self, info: Info, input: RemoveMarkRuleInput) -> RemoveMarkRulePayload:
        rule = number("MarkRule", input.rule_id, "ruleId")
        await periods.remove_mark_rule(info.context, rule, input.if_version)
        return RemoveMarkRulePayload(rule_id=encode_id("MarkRule", rule))

    @command(MAY_RULE, "Записать день объявления результатов экзамена: к нему выставляются отметки (7.10).")
    async def set_exam_date(self, info: Info, input: SetExamDateInput) -> SetExamDatePayload:
        of = (number("SchoolClass", input.class_id, "classId"), number("Subject", input.subject_id, "subjectId"))
        found = await exams.set_exam_date(info.context, *of, input.announced_on, input.if_version)
        return SetExamDatePayload(exam_date_id=found)
