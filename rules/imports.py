"""What can be told of an imported sheet from the sheet alone: its headers, its cells, each row, its rows together."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from .imports_columns import COLUMNS, GUARDIANS, Column, ImportKind, guardian_key
from .imports_values import BadValue, age_on, folded
from .school_cards import CONTACT_HEADERS, YOUNGEST_EMPLOYEE, guardian_misfits

Values = Mapping[str, Any]
"""A row's values by column key. A column the file does not have is missing; a blank cell holds the column's blank."""

PersonKey = tuple[str, str, str, date]
"""What tells people of one school apart: full name, whatever the case and ё, and birth date."""

Finding = tuple[int, str | None, str]
"""A row, the key of a column, and what is wrong there."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row cannot be taken, or what is doubtful about it. Without a row it concerns the file."""

    row: int | None
    column: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class ImportRow:
    """A row under the number that Excel shows beside it."""

    number: int
    values: Values


@dataclass
class CheckedFile:
    """The rows that can be taken, as far as the file itself tells, and what is wrong with the others."""

    titles: dict[str, str]
    """The header of each column: the one in the file, where it is there."""
    rows: list[ImportRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def finding(self, row: int | None, key: str | None, reason: str) -> Problem:
        """What was found, under the header that stands in the file."""
        return Problem(row, self.titles[key] if key else None, reason)


def person_key(family: str, given: str, patronymic: str | None, birth_date: date) -> PersonKey:
    """See `PersonKey`. One key is one person: a teacher becomes a parent by it."""
    return folded(family), folded(given), folded(patronymic or ""), birth_date


def key_of(values: Values, part: int | None = None) -> PersonKey | None:
    """The key of the row's person, or of its guardian number `part`; None where the row does not name one in full."""
    family, given, patronymic, born = (
        values.get(guardian_key(part, key) if part else key)
        for key in ("family_name", "given_name", "patronymic", "birth_date")
    )
    return person_key(family, given, patronymic, born) if family and given and born else None


def check_file(
    kind: ImportKind, headers: Sequence[str], rows: Iterable[tuple[int, Mapping[str, str | None]]], today: date
) -> CheckedFile:
    """Check a sheet as far as the sheet alone allows. Rows with a problem are left out of what it gives."""
    checked = check_sheet(COLUMNS[kind], headers, rows, today, _WITHIN_ROW[kind], _AMONG_ROWS[kind])
    if kind == ImportKind.STUDENTS:
        checked.warnings += (checked.finding(*item) for item in _doubtful_ages(checked.rows, today))
    return checked


def check_sheet(
    listed: Sequence[Column],
    headers: Sequence[str],
    rows: Iterable[tuple[int, Mapping[str, str | None]]],
    today: date,
    within_row: Callable[[Values], Iterable[tuple[str, str]]],
    among_rows: Callable[[Sequence[ImportRow]], Iterable[Finding]],
) -> CheckedFile:
    """The same for a sheet with these columns, and with checks of its own for a row and for rows together."""
    checked = CheckedFile({column.key: column.header for column in listed})
    columns = _match_headers(listed, headers, checked)
    if checked.problems:
        return checked
    found: list[Finding] = []
    for number, cells in rows:
        values, wrong = _read_cells(columns, cells, today)
        checked.rows.append(ImportRow(number, values))
        if all(cells.get(header) == column.example for header, column in columns.items()):
            told = "Это строка-образец: удалите её, если она осталась случайно."
            checked.warnings.append(Problem(number, None, told))
        found += ((number, *item) for item in wrong or within_row(values))
    if not checked.rows:
        checked.problems.append(Problem(None, None, "Под заголовками нет ни одной строки."))
    found += among_rows(checked.rows)
    checked.problems += (checked.finding(*item) for item in found)
    checked.rows = _without(checked.rows, found)
    return checked


def _match_headers(listed: Sequence[Column], headers: Sequence[str], checked: CheckedFile) -> dict[str, Column]:
    """The column that each header of the file means."""
    known = {name: column for column in listed for name in column.names()}
    columns: dict[str, Column] = {}
    for header in headers:
        column = known.get(folded(header))
        if column is None:
            contact = any(word in folded(header) for word in CONTACT_HEADERS)
            told = "Контакты списком не загружаются (п. 4.8)." if contact else "Такого столбца нет: он не загружается."
            checked.warnings.append(Problem(None, header, told))
        elif column in columns.values():
            checked.problems.append(Problem(None, header, f"Значит то же, что «{checked.titles[column.key]}»."))
        else:
            columns[header] = column
            checked.titles[column.key] = header
    for column in listed:
        if column.required and column.part is None and column not in columns.values():
            checked.problems.append(Problem(None, column.header, "Нет обязательного столбца."))
    return columns


def _read_cells(
    columns: Mapping[str, Column], cells: Mapping[str, str | None], today: date
) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """The values of a row, and (column key, reason) for each cell that is wrong. A lone dash is a blank."""
    texts = {column: cells.get(header) for header, column in columns.items()}
    texts = {column: None if text in ("-", "–", "—") else text for column, text in texts.items()}
    parts = {column.part for column, text in texts.items() if text and column.part}
    values: dict[str, Any] = {}
    wrong: list[tuple[str, str]] = []
    for column, text in texts.items():
        if text is None:
            values[column.key] = column.blank
        else:
            try:
                values[column.key] = column.parse(text, today)
            except BadValue as reason:
                wrong.append((column.key, f"«{_shortened(text)}»: {reason}."))
    for column in columns.values():
        if column.required and texts[column] is None and column.part is None:
            wrong.append((column.key, "Не заполнено."))
    wrong += [item for part in sorted(parts) for item in _incomplete_guardian(part, values, wrong)]
    return values, wrong


def _incomplete_guardian(part: int, values: Values, wrong: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """1.6 names what must be known of a guardian; 4.7 has them entered only on an application."""
    unread = {key for key, _ in wrong}
    for column in COLUMNS[ImportKind.STUDENTS]:
        if column.part == part and column.required and not values.get(column.key) and column.key not in unread:
            if column.key == guardian_key(part, "applied_on"):
                yield column.key, "Нет даты заявления: сведения о представителе вносятся по его заявлению (п. 4.7)."
            else:
                yield column.key, "Не заполнено, а представитель указан (п. 1.6)."


def _shortened(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"


# One row


def _within_student(values: Values) -> Iterator[tuple[str, str]]:
    student, born = key_of(values), values["birth_date"]
    guardians = {part: key for part in GUARDIANS if (key := key_of(values, part))}
    for part, key in guardians.items():
        if key == student:
            yield guardian_key(part, "family_name"), "Представитель и ученик — один и тот же человек."
        elif key in [guardians[earlier] for earlier in guardians if earlier < part]:
            yield guardian_key(part, "family_name"), "Оба представителя — один и тот же человек."
        kind, sex, guardian_born, applied_on = (
            values[guardian_key(part, column)] for column in ("kind", "sex", "birth_date", "applied_on")
        )
        for column, reason in guardian_misfits(kind, sex, guardian_born, born, applied_on):
            yield guardian_key(part, column), reason


def _within_staff(values: Values) -> Iterator[tuple[str, str]]:
    if age_on(values["birth_date"], values["hired_on"]) < YOUNGEST_EMPLOYEE:
        yield "hired_on", "Дата приёма не сходится с датой рождения."


def _within_assignment(values: Values) -> Iterator[tuple[str, str]]:
    subject, group, leads = (values.get(key) for key in ("subject", "group", "leads"))
    if not subject and not leads:
        yield "subject", "Не указан предмет; без предмета строка нужна только классному руководителю («да»)."
    if group and not subject:
        yield "group", "Группа указана без предмета."
    starts_on, ends_on = values.get("starts_on"), values.get("ends_on")
    if starts_on and ends_on and ends_on < starts_on:
        yield "ends_on", "Окончание раньше начала."


# Rows together


def _twice(rows: Iterable[ImportRow], key: str, what: Callable[[Values], Any], told: str) -> Iterator[Finding]:
    """Rows whose `what` has already stood in an earlier row."""
    seen: dict[Any, int] = {}
    for row in rows:
        if (value := what(row.values)) and (first := seen.setdefault(value, row.number)) != row.number:
            yield row.number, key, f"{told} в строке {first}."


def _without(rows: Iterable[ImportRow], found: Iterable[Finding]) -> list[ImportRow]:
    bad = {row for row, _, _ in found}
    return [row for row in rows if row.number not in bad]


def _number_of(key: str) -> Callable[[Values], str]:
    return lambda values: (values.get(key) or "").casefold()


def _among_students(rows: Sequence[ImportRow]) -> Iterator[Finding]:
    repeated = list(_twice(rows, "file_number", _number_of("file_number"), "Тот же номер личного дела"))
    yield from repeated
    told = "Этот же ученик, под другим номером личного дела, стоит"
    yield from _twice(_without(rows, repeated), "family_name", key_of, told)
    yield from _contradictory_sexes(rows)


def _contradictory_sexes(rows: Sequence[ImportRow]) -> Iterator[Finding]:
    """One person in several rows (a mother of two) must have one sex."""
    seen: dict[PersonKey, tuple[int, Any]] = {}
    for row in rows:
        for part in (None, *GUARDIANS):
            column = guardian_key(part, "sex") if part else "sex"
            if (key := key_of(row.values, part)) and (sex := row.values.get(column)):
                first, first_sex = seen.setdefault(key, (row.number, sex))
                if sex != first_sex:
                    yield row.number, column, f"У этого же человека в строке {first} другой пол."


def _among_staff(rows: Sequence[ImportRow]) -> Iterator[Finding]:
    repeated = list(_twice(rows, "number", _number_of("number"), "Тот же табельный номер"))
    yield from repeated
    told = "Этот же сотрудник, под другим табельным номером, стоит"
    yield from _twice(_without(rows, repeated), "family_name", key_of, told)


def _among_assignments(rows: Sequence[ImportRow]) -> Iterator[Finding]:
    """A teacher may have a group and subject twice a year (ill, then back), but not twice on one day."""
    seen: dict[Any, list[tuple[int, date, date]]] = {}
    for row in rows:
        number, subject, taught, group = (row.values.get(key) for key in ("number", "subject", "class", "group"))
        if not (number and taught):
            continue
        starts_on, ends_on = row.values.get("starts_on") or date.min, row.values.get("ends_on") or date.max
        earlier = seen.setdefault((number.casefold(), folded(subject or ""), taught, folded(group or "")), [])
        for first, first_starts, first_ends in earlier:
            if starts_on <= first_ends and first_starts <= ends_on:
                yield row.number, "number", f"Та же нагрузка в те же дни в строке {first}."
                break
        earlier.append((row.number, starts_on, ends_on))


def _doubtful_ages(rows: Iterable[ImportRow], today: date) -> Iterator[Finding]:
    """A pupil of grade N is N+6 years old or so: a wrong year of birth shows here, and so does a wrong class."""
    for row in rows:
        grade, _ = row.values["class"]
        if not grade + 4 <= (age := age_on(row.values["birth_date"], today)) <= grade + 9:
            yield row.number, "birth_date", f"Возраст {age} необычен для {grade} класса: проверьте."


_WITHIN_ROW: Mapping[ImportKind, Callable[[Values], Iterable[tuple[str, str]]]] = {
    ImportKind.STUDENTS: _within_student,
    ImportKind.STAFF: _within_staff,
    ImportKind.ASSIGNMENTS: _within_assignment,
}
_AMONG_ROWS: Mapping[ImportKind, Callable[[Sequence[ImportRow]], Iterable[Finding]]] = {
    ImportKind.STUDENTS: _among_students,
    ImportKind.STAFF: _among_staff,
    ImportKind.ASSIGNMENTS: _among_assignments,
}
