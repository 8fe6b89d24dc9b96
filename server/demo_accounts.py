"""The demo school's accounts: one for everybody, and logins easy to remember for those whom a visitor may play."""

from dataclasses import dataclass
from datetime import date, time, timedelta

from rules.account import AccountKind, Role, login_key
from rules.account_orders import ROLE_OF, AppointmentState, Responsibility

from .demo_families import Family, Pupils
from .demo_people import Person
from .demo_plan import Plan
from .demo_rows import Rows
from .demo_staff import ADMINISTRATOR, DEPUTY, DIRECTOR, HR, LIBRARIAN, SECRETARY, Cast, Team
from .demo_year import DEMO_TODAY, YEAR_STARTS, at

DEMO_PASSWORD = "classbook-demo"  # noqa: S105 -- the demo's password is meant to be known
SERVICE_READS = ("SchoolClass", "Student")
PARENT_LOGINS = ("teacher-parent", "teacher-of-own-child")
OPENED = at(date(2025, 8, 25), time(10))


@dataclass(frozen=True)
class DemoLogin:
    """How to sign in as somebody of the demo school, and who that is."""

    roles: frozenset[Role]
    login: str
    password: str
    description: str


ORDERS = (
    (Responsibility.USE_OF_SYSTEM, DEPUTY, None),
    (Responsibility.TIMETABLE, DEPUTY, None),
    (Responsibility.ADMINISTRATION, ADMINISTRATOR, None),
    (Responsibility.STAFF_CARDS, HR, None),
    (Responsibility.STUDENT_CARDS, SECRETARY, None),
    (Responsibility.TIMETABLE, LIBRARIAN, "Расписание ведёт заместитель директора"),
)
"""Who is responsible for what this year, by the director's order; and an order that was cancelled the same day."""

BY_ORDER = frozenset({Role.ADMINISTRATOR, Role.HR, Role.SECRETARY})
"""Roles that stand on this year's orders."""


class Accounts:
    """Every account, found by the row of its person."""

    def __init__(self, rows: Rows, password_hash: str) -> None:
        self.rows, self.password_hash = rows, password_hash
        self.of_person: dict[int, int] = {}
        self.of_staff: list[int] = []
        self.logins: list[DemoLogin] = []

    def add(
        self,
        login: str,
        person: Person | None = None,
        kind: AccountKind = AccountKind.PERSON,
        *,
        came: date = YEAR_STARTS,
        left: date | None = None,
        used: bool = True,
    ) -> int:
        """Open an account: before the year, or when its owner `came` if that was later. Not all have been `used`."""
        number = self.rows.add(
            "account",
            person_id=person and person.number,
            kind=kind.value,
            login=login,
            login_key=login_key(login),
            password_hash=self.password_hash,
            one_time_until=None if used else at(DEMO_TODAY + timedelta(days=7), time(12)),
            signed_in_at=at(left or DEMO_TODAY, time(7, 45)) if used else None,
            locked_at=left and at(left, time(18)),
            created_at=at(came, time(12)) if came > YEAR_STARTS else OPENED,
        )
        if person:
            self.of_person[person.number] = number
        return number

    def show(self, login: str, description: str, *roles: Role) -> None:
        self.logins.append(DemoLogin(frozenset(roles), login, DEMO_PASSWORD, description))


def _staff_logins(cast: Cast, team: Team) -> dict[int, str]:
    parents = zip((parent.teacher for parent in cast.parents), PARENT_LOGINS, strict=False)
    return dict(parents) | {
        team.administration[DIRECTOR]: "director",
        team.administration[DEPUTY]: "deputy",
        team.administration[SECRETARY]: "secretary",
        team.administration[HR]: "hr",
        team.administration[ADMINISTRATOR]: "administrator",
        cast.teacher: "teacher",
        cast.class_teacher: "class-teacher",
    }


def make_accounts(rows: Rows, plan: Plan, cast: Cast, team: Team, pupils: Pupils, password_hash: str) -> Accounts:
    """Accounts of staff, students and guardians, an analyst and a service; roles that are held by appointment."""
    accounts = Accounts(rows, password_hash)
    logins = _staff_logins(cast, team)
    for number, person in enumerate(team.persons):
        departure = team.departures.get(number)
        left = departure.last_day if departure else None
        account = accounts.add(logins.get(number, f"t{number + 1:03}"), person, came=team.hired[number], left=left)
        accounts.of_staff.append(account)
        for role in team.roles[number]:
            until = YEAR_STARTS - timedelta(days=1) if role in BY_ORDER else left
            rows.add("account_role", account_id=account, role=role.value, starts_on=team.hired[number], ends_on=until)
    _issue_orders(rows, team, accounts)
    student = pupils.demo.children[0].student
    came = {stay.student: stay.starts_on for stay in reversed(pupils.stays)}
    for number, each in enumerate(pupils.students):
        accounts.add("student" if number == student else f"s{number + 1:04}", each.person, came=came[number])
    named = {pupils.demo.numbers[0]: "parent", pupils.demo_pair.numbers[1]: "parent-of-two"}
    for number, person in enumerate(pupils.guardians):
        if person.number not in accounts.of_person:
            used = number in named or number % 7 > 0
            accounts.add(named.get(number, f"p{number + 1:04}"), person, used=used)
    accounts.add("analyst", kind=AccountKind.ANALYST)
    service = accounts.add("service", kind=AccountKind.SERVICE)
    for type_name in SERVICE_READS:
        rows.add("service_grant", account_id=service, type_name=type_name)
    _show_staff(accounts, plan, cast)
    _show_others(accounts, cast, pupils.demo, pupils.demo_pair)
    return accounts


def _issue_orders(rows: Rows, team: Team, accounts: Accounts) -> None:
    """The orders of 1 September, and the roles that they gave (6.2, 11.2)."""
    director = accounts.of_staff[team.administration[DIRECTOR]]
    for number, (responsibility, of, cancelled) in enumerate(ORDERS):
        staff = team.administration[of]
        order = rows.add(
            "appointment_order",
            number=f"{100 + number}-о",
            dated=YEAR_STARTS,
            responsibility=responsibility.value,
            staff_id=staff,
            state=(AppointmentState.CANCELLED if cancelled else AppointmentState.ISSUED).value,
            cancelled_on=YEAR_STARTS if cancelled else None,
            reason=cancelled,
            starts_on=YEAR_STARTS,
            changed_at=at(YEAR_STARTS, time(9)),
            changed_by=director,
        )
        role = ROLE_OF[responsibility]
        if role and not cancelled:
            given = {"role": role.value, "starts_on": YEAR_STARTS, "order_id": order}
            rows.add("account_role", account_id=accounts.of_staff[staff], **given)


def _classes(plan: Plan, teacher: int) -> str:
    """«5А, 5Б»: where a teacher teaches."""
    return ", ".join(dict.fromkeys(course.of.name for course in plan.hours_of(teacher)))


def _show_staff(accounts: Accounts, plan: Plan, cast: Cast) -> None:
    show, name = accounts.show, cast.student_class.name
    director_of = _classes(plan, plan.director)
    show("director", f"Директор; ведёт обществознание в {director_of}", Role.DIRECTOR, Role.TEACHER)
    show("deputy", "Завуч, отвечает за учебный план и расписание", Role.DEPUTY)
    show("teacher", f"Учитель-предметник, без классного руководства: {_classes(plan, cast.teacher)}", Role.TEACHER)
    taught = _classes(plan, cast.class_teacher)
    show("class-teacher", f"Классный руководитель {name}, предметник: {taught}", Role.TEACHER)
    for login, parent in zip(PARENT_LOGINS, cast.parents, strict=False):
        how = "где преподаёт и родитель" if login == PARENT_LOGINS[1] else "где родитель не преподаёт"
        text = f"Учитель ({_classes(plan, parent.teacher)}); ребёнок учится в {parent.child_class.name}, {how}"
        show(login, text, Role.TEACHER, Role.PARENT)
    show("secretary", "Секретарь: карточки учеников и родителей, приказы", Role.SECRETARY)
    show("hr", "Специалист по кадрам: карточки сотрудников", Role.HR)
    show("administrator", "Администратор системы: учётные записи, роли, карточка школы", Role.ADMINISTRATOR)


def _show_others(accounts: Accounts, cast: Cast, demo: Family, pair: Family) -> None:
    show, name = accounts.show, cast.student_class.name
    show("student", f"Ученик {name}, занимается в подгруппах", Role.STUDENT)
    show("parent", f"Мать ученика {name} (вход student)", Role.PARENT)
    show("parent-of-two", f"Отец двоих детей: {', '.join(child.of.name for child in pair.children)}", Role.PARENT)
    show("analyst", "Аналитик: вся школа без персональных данных", Role.ANALYST)
    show("service", f"Внешняя служба, читает {', '.join(SERVICE_READS)}", Role.SERVICE)
