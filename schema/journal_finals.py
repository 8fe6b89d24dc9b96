"""Period, annual, exam and final marks: the cells of sheets, what is decided and what is proposed; closed periods."""

from datetime import date, datetime

import strawberry

from models.journal_finals import ExamDate as ExamDateRow
from models.journal_finals import FinalMark as FinalMarkRow
from models.journal_finals import MarkRule as MarkRuleRow
from models.journal_finals import PeriodClosing as PeriodClosingRow
from permissions.journal_finals import visible_closings, visible_exam_dates, visible_final_marks, visible_mark_rules
from resolvers import curriculum, journal_history, school
from resolvers import journal_finals as finals
from rules.journal_finals import differs, state_of

from .base import Node, computed, edge, node, secret
from .curriculum import AcademicYear, Period, SchoolClass, Subject
from .enums_journal import FinalKind, FinalState
from .journal_history import FinalMarkVersion
from .school_people import PERSONAL, Staff, Student


@strawberry.type(description="Как решалась отметка: что предлагалось и кто решил. Семье не показывается.")
class FinalMarkDecision:
    proposed: str | None = strawberry.field(description="Что предлагало правило школы; null — ничего.")
    decided_at: datetime = computed(lambda at: at, "changed_at", description="Когда решено.")
    decided_by: Staff | None = edge(finals.decided_by, description="Кто решил.")
    differs: bool = computed(differs, "value", "proposed", description="Решено иначе, чем предлагалось.")


@node(
    visible_final_marks,
    FinalMarkRow,
    description="Отметка за период, за год, за экзамен или итоговая, как её решил учитель (7.7–7.10).",
)
class FinalMark(Node):
    kind: FinalKind = strawberry.field(description="За что.")
    value: str = strawberry.field(description="Как в журнале: «5», «зач.», «н/а», «осв.» и другие.")
    number: int | None = strawberry.field(description="Число, если отметка — число.")
    set_at: datetime = strawberry.field(description="Когда поставлена впервые.")
    changed_at: datetime = strawberry.field(description="Когда изменена в последний раз.")
    version: int = strawberry.field(description="Версия для `ifVersion`.")
    state: FinalState = computed(state_of, "value", description="Что решено.")
    student: Student | None = edge(school.student_of, description="Обучающийся.")
    subject: Subject | None = edge(curriculum.subject_of, description="Предмет.")
    period: Period | None = edge(curriculum.period_of, description="Период, если отметка за него.")
    year: AcademicYear | None = edge(curriculum.year_of, description="Учебный год.")
    school_class: SchoolClass | None = edge(curriculum.class_of, description="В каком классе поставлена.")
    decision: FinalMarkDecision | None = edge(finals.final_mark_decision, description="Как решалась.")
    history: list[FinalMarkVersion] = edge(journal_history.final_mark_history, description="Все версии по порядку.")


@strawberry.type(description="Что предлагает правило школы сегодня. Семье не показывается.")
class MarkProposal:
    value: str | None = strawberry.field(description="Отметка; null — предложить нечего.")
    average: float | None = strawberry.field(
        description="Средний балл, по которому предложена отметка за период, с двумя знаками."
    )
    counted: int = strawberry.field(description="Сколько отметок-чисел сосчитано за период.")
    formula: str | None = strawberry.field(
        description="По какой формуле правило школы предлагает такую отметку; null — за экзамен, а за период тому, кто "
        "учится на дому, ничего не предлагается."
    )


@strawberry.type(description="Клетка ведомости: учащийся, предмет и то, за что отметка, — с отметкой или ещё без неё.")
class FinalMarkCell:
    kind: FinalKind = strawberry.field(description="За что.")
    value: str | None = strawberry.field(description="Отметка; null — ещё не выставлена.")
    number: int | None = strawberry.field(description="Число, если отметка — число.")
    state: FinalState = computed(state_of, "value", description="Не выставлено, не аттестован, освобождён и другое.")
    student: Student | None = edge(school.student_of, description="Обучающийся.")
    subject: Subject | None = edge(curriculum.subject_of, description="Предмет.")
    period: Period | None = edge(curriculum.period_of, description="Период, если клетка за него.")
    school_class: SchoolClass | None = edge(curriculum.class_of, description="Класс.")
    mark: FinalMark | None = edge(finals.final_mark_of, description="Выставленная отметка.")
    proposal: MarkProposal | None = edge(finals.cell_proposal, description="Что предлагается.")
    history: list[FinalMarkVersion] = edge(
        journal_history.cell_history, description="Что и когда здесь стояло, и снятые отметки."
    )


@node(visible_mark_rules, MarkRuleRow, description="Правило, по которому отметка следует из среднего балла.")
class MarkRule(Node):
    round_up_from: int = strawberry.field(
        description="С какой доли балл округляется вверх, в сотых: 50 — с 3,50 ставится «4», 60 — с 3,60."
    )
    weighted: bool = strawberry.field(description="Учитывать вес отметок.")
    fewest_marks: int = computed(
        lambda fewest: fewest, "fewest", description="Если отметок за период меньше, предлагается «н/а»; 0 — никогда."
    )
    version: int = strawberry.field(description="Версия для `ifVersion`.")
    subject: Subject | None = edge(curriculum.subject_of, description="Предмет; null — правило всей школы.")


@node(
    visible_closings,
    PeriodClosingRow,
    description="Период закрыт для класса: записи журнала за него не меняются, пока завуч не откроет его снова.",
)
class PeriodClosing(Node):
    closed_at: datetime = strawberry.field(description="Когда закрыт.")
    reopened_at: datetime | None = strawberry.field(description="Когда открыт снова; null — закрыт.")
    reason: str | None = secret(PERSONAL, "Почему открыт снова.")
    period: Period | None = edge(curriculum.period_of, description="Период.")
    school_class: SchoolClass | None = edge(curriculum.class_of, description="Класс.")
    closed_by: Staff | None = edge(finals.closed_by, description="Кто закрыл.")
    reopened_by: Staff | None = edge(finals.reopened_by, description="Кто открыл.")


@node(visible_exam_dates, ExamDateRow, description="День объявления результатов экзамена класса по предмету (7.10).")
class ExamDate(Node):
    announced_on: date = strawberry.field(description="В какой день выставляются отметки за экзамен и итоговые.")
    version: int = strawberry.field(description="Версия для `ifVersion`.")
    subject: Subject | None = edge(curriculum.subject_of, description="Предмет.")
    school_class: SchoolClass | None = edge(curriculum.class_of, description="Класс.")
