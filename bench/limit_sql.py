# ruff: noqa: S608 -- the statements are put together of their own parts only
"""The statements of the hand-written limit. $1 is the viewer's school in each.

They are written for the generic plan, which the server keeps once a connection has prepared them: the planner then
knows no values, so the order of joins is forced where it would guess wrong (OFFSET 0, MATERIALIZED).
"""

# $2 children, $3 and $4 first and last day, $5 classes and $6 groups that the children have ever been in.
# One row a lesson; a lesson with two marks or two homeworks has several, which the caller folds.
DIARY = """
SELECT child.id, own.family_name, own.given_name, own.patronymic,
       lesson.id, lesson.date, lesson.number, lesson.starts_at, lesson.ends_at, room.name, lesson.topic, subject.name,
       theirs.family_name, theirs.given_name, theirs.patronymic, missed.code,
       mark.id, mark.value, mark.weight, homework.id, homework.text, homework.due_on
FROM student AS child
JOIN person AS own ON own.school_id = $1 AND own.id = child.person_id
LEFT JOIN (
    (SELECT e.student_id, g.id AS group_id, e.starts_on, e.ends_on
     FROM enrolment AS e
     JOIN study_group AS g ON g.school_id = $1 AND g.class_id = e.class_id AND g.kind = 'whole'
     WHERE e.school_id = $1 AND e.student_id = ANY($2::bigint[])
     UNION ALL
     SELECT student_id, group_id, starts_on, ends_on FROM group_member
     WHERE school_id = $1 AND student_id = ANY($2::bigint[])) AS member
    JOIN lesson ON lesson.school_id = $1 AND lesson.group_id = member.group_id
     AND lesson.date BETWEEN greatest($3::date, member.starts_on) AND least($4::date, member.ends_on)
) ON member.student_id = child.id
LEFT JOIN room ON room.school_id = $1 AND room.id = lesson.room_id
LEFT JOIN subject ON subject.school_id = $1 AND subject.id = lesson.subject_id AND subject.id = ANY(ARRAY(
    SELECT a.subject_id FROM teaching_assignment AS a
    WHERE a.school_id = $1 AND a.group_id = ANY(ARRAY(
        SELECT g.id FROM study_group AS g WHERE g.school_id = $1 AND g.class_id = ANY($5::bigint[])))))
LEFT JOIN LATERAL (
    SELECT person_id FROM staff AS s
    WHERE s.school_id = $1 AND s.id = lesson.teacher_id AND (
        s.id IN (SELECT a.staff_id FROM teaching_assignment AS a
                 WHERE a.school_id = $1 AND a.group_id = ANY($6::bigint[]))
        OR s.id IN (SELECT l.staff_id FROM class_leadership AS l
                    WHERE l.school_id = $1 AND l.class_id = ANY($5::bigint[]))
        OR EXISTS (SELECT FROM lesson AS l
                   WHERE l.school_id = $1 AND l.substitute_id = s.id AND l.group_id = ANY($6::bigint[])))
    OFFSET 0
) AS teacher ON true
LEFT JOIN person AS theirs ON theirs.school_id = $1 AND theirs.id = teacher.person_id
LEFT JOIN (
    SELECT student_id, lesson_id, code FROM attendance
    WHERE school_id = $1 AND student_id = ANY($2::bigint[]) AND lesson_date BETWEEN $3 AND $4 OFFSET 0
) AS missed ON missed.student_id = child.id AND missed.lesson_id = lesson.id
LEFT JOIN (
    SELECT m.student_id, m.lesson_id, m.id, m.task_id, m.value, t.weight
    FROM mark AS m JOIN task AS t ON t.school_id = $1 AND t.id = m.task_id
    WHERE m.school_id = $1 AND m.student_id = ANY($2::bigint[]) AND m.lesson_date BETWEEN $3 AND $4 OFFSET 0
) AS mark ON mark.student_id = child.id AND mark.lesson_id = lesson.id
LEFT JOIN homework ON homework.school_id = $1 AND homework.lesson_id = lesson.id AND (
    homework.for_all OR EXISTS (
        SELECT FROM homework_recipient AS r
        WHERE r.school_id = $1 AND r.homework_id = homework.id AND r.student_id = child.id))
WHERE child.school_id = $1 AND child.id = ANY($2::bigint[])
ORDER BY own.sort_key, child.id, lesson.date, lesson.number, lesson.starts_at, lesson.id,
         mark.task_id, mark.id, homework.id
"""

# $2 class, $3 subject, $4 period, $5 whether the viewer leads the class, $6 the groups to which they teach the subject.
# No row: no such journal, or not theirs.
JOURNAL = """
SELECT class.grade, class.letter, subject.name, period.starts_on, period.ends_on, every.groups, open.groups
FROM school_class AS class
JOIN subject ON subject.school_id = $1 AND subject.id = $3
JOIN period ON period.school_id = $1 AND period.id = $4
CROSS JOIN LATERAL (SELECT ARRAY(
    SELECT g.id FROM study_group AS g WHERE g.school_id = $1 AND g.class_id = $2) AS groups) AS every
CROSS JOIN LATERAL (SELECT ARRAY(
    SELECT a.group_id FROM teaching_assignment AS a
    WHERE a.school_id = $1 AND a.group_id = ANY(every.groups) AND a.subject_id = $3
      AND ($5 OR a.group_id = ANY($6::bigint[]) OR EXISTS (
          SELECT FROM lesson AS l WHERE l.school_id = $1 AND l.substitute_id = $7 AND l.group_id = a.group_id
                                    AND l.subject_id = $3))) AS groups) AS open
WHERE class.school_id = $1 AND class.id = $2 AND open.groups <> '{}'
"""

# $2 groups, $3 subject, $4 and $5 first and last day.
JOURNAL_LESSONS = """
SELECT date, number, topic, group_id, substitute_id FROM lesson
WHERE school_id = $1 AND group_id = ANY($2::bigint[]) AND subject_id = $3 AND date BETWEEN $4 AND $5
ORDER BY date, number, id
"""

# $2 groups, $3 and $4 first and last day, $5 classes led, $6 groups taught, $7 the viewer.
JOURNAL_STUDENTS = """
SELECT student.id, person.family_name, person.given_name, person.patronymic
FROM student JOIN person ON person.school_id = $1 AND person.id = student.person_id
WHERE student.school_id = $1
  AND student.id IN (SELECT student_id FROM group_membership
                     WHERE school_id = $1 AND group_id = ANY($2::bigint[])
                       AND starts_on <= $4 AND (ends_on IS NULL OR ends_on >= $3))
  AND (EXISTS (SELECT FROM enrolment AS e
               WHERE e.school_id = $1 AND e.student_id = student.id AND e.class_id = ANY($5::bigint[]))
       OR student.id IN (SELECT student_id FROM group_membership
                         WHERE school_id = $1 AND group_id = ANY($6::bigint[]))
       OR EXISTS (SELECT FROM group_membership AS m
                  JOIN lesson AS l ON l.school_id = $1 AND l.group_id = m.group_id AND l.substitute_id = $7
                  WHERE m.school_id = $1 AND m.student_id = student.id AND m.starts_on <= l.date
                    AND (m.ends_on IS NULL OR m.ends_on >= l.date)))
ORDER BY person.sort_key, student.id
"""

# $2 groups, $3 subject, $4 and $5 first and last day, $6 whether the viewer leads the class, $7 the groups to which
# they teach the subject, $8 classes led, $9 today, $10 the viewer.
_OWN = """
  AND ($6 OR lesson.group_id = ANY($7::bigint[]) OR lesson.substitute_id = $10 OR {0}.student_id IN (
      SELECT student_id FROM enrolment
      WHERE school_id = $1 AND class_id = ANY($8::bigint[]) AND starts_on <= $9
        AND (ends_on IS NULL OR ends_on >= $9)))
"""

JOURNAL_MARKS = f"""
SELECT mark.student_id, mark.value, task.weight, mark.lesson_date, mark.number
FROM lesson
JOIN task ON task.school_id = $1 AND task.lesson_id = lesson.id
JOIN mark ON mark.school_id = $1 AND mark.task_id = task.id
WHERE lesson.school_id = $1 AND lesson.group_id = ANY($2::bigint[]) AND lesson.subject_id = $3
  AND lesson.date BETWEEN $4 AND $5 {_OWN.format("mark")}
ORDER BY mark.lesson_date, mark.task_id, mark.id
"""

JOURNAL_ATTENDANCE = f"""
SELECT attendance.student_id, attendance.code, attendance.lesson_date
FROM lesson JOIN attendance ON attendance.school_id = $1 AND attendance.lesson_id = lesson.id
WHERE lesson.school_id = $1 AND lesson.group_id = ANY($2::bigint[]) AND lesson.subject_id = $3
  AND lesson.date BETWEEN $4 AND $5 {_OWN.format("attendance")}
ORDER BY attendance.lesson_date, attendance.id
"""

# $2 class, $3 today. A class without students has one row.
SUMMARY = """
SELECT class.grade, class.letter, student.id, person.family_name, person.given_name, person.patronymic
FROM school_class AS class
LEFT JOIN (
    enrolment
    JOIN student ON student.school_id = $1 AND student.id = enrolment.student_id
    JOIN person ON person.school_id = $1 AND person.id = student.person_id
) ON enrolment.school_id = $1 AND enrolment.class_id = class.id
 AND enrolment.starts_on <= $3 AND (enrolment.ends_on IS NULL OR enrolment.ends_on >= $3)
WHERE class.school_id = $1 AND class.id = $2
ORDER BY person.sort_key, student.id
"""

_IN_PERIOD = """
BETWEEN (SELECT starts_on FROM period WHERE school_id = $1 AND id = {0})
    AND (SELECT ends_on FROM period WHERE school_id = $1 AND id = {0})
"""

# $2 students, $3 period. A task is looked up once, not once a mark.
AVERAGES = f"""
WITH own AS MATERIALIZED (
    SELECT student_id, task_id, number::int FROM mark
    WHERE school_id = $1 AND student_id = ANY($2::bigint[]) AND lesson_date {_IN_PERIOD.format("$3")}
), work AS MATERIALIZED (
    SELECT task.id, task.weight::int, lesson.subject_id
    FROM (SELECT DISTINCT task_id FROM own) AS each
    JOIN task ON task.school_id = $1 AND task.id = each.task_id
    JOIN lesson ON lesson.school_id = $1 AND lesson.id = task.lesson_id
), average AS MATERIALIZED (
    SELECT own.student_id, work.subject_id, count(own.number) AS counted, round(avg(own.number), 2)::float8 AS simple,
           round(sum(own.number * work.weight)::numeric
                 / nullif(sum(work.weight) FILTER (WHERE own.number IS NOT NULL), 0), 2)::float8 AS weighted
    FROM own JOIN work ON work.id = own.task_id
    GROUP BY own.student_id, work.subject_id
)
SELECT average.student_id, subject.name, average.simple, average.weighted, average.counted
FROM average JOIN subject ON subject.school_id = $1 AND subject.id = average.subject_id
ORDER BY average.subject_id
"""

# $2 today, $3 how many classes. A class without students has one row.
SCHOOL = """
SELECT class.id, class.grade, class.letter, student.id, person.family_name, person.given_name, person.patronymic
FROM (
    SELECT id, grade, letter FROM school_class
    WHERE school_id = $1 AND year_id IN (
        SELECT id FROM academic_year WHERE school_id = $1 AND starts_on <= $2 AND ends_on >= $2)
    ORDER BY grade, letter, id LIMIT $3
) AS class
LEFT JOIN (
    enrolment
    JOIN student ON student.school_id = $1 AND student.id = enrolment.student_id
    JOIN person ON person.school_id = $1 AND person.id = student.person_id
) ON enrolment.school_id = $1 AND enrolment.class_id = class.id
 AND enrolment.starts_on <= $2 AND (enrolment.ends_on IS NULL OR enrolment.ends_on >= $2)
ORDER BY class.grade, class.letter, class.id, person.sort_key, student.id
"""

# $2 students, $3 period. Weight, day and subject belong to the task: the next two read them, once each.
SCHOOL_MARKS = f"""
SELECT student_id, task_id, value FROM mark
WHERE school_id = $1 AND student_id = ANY($2::bigint[]) AND lesson_date {_IN_PERIOD.format("$3")}
ORDER BY student_id, lesson_date, id
"""

_TASKS = """
SELECT task.id, task.weight, task.lesson_date, subject.name
FROM task
JOIN lesson ON lesson.school_id = $1 AND lesson.id = task.lesson_id
JOIN subject ON subject.school_id = $1 AND subject.id = lesson.subject_id
WHERE task.school_id = $1 AND
"""

# $2 period: what the whole school needs.
PERIOD_TASKS = f"{_TASKS} task.lesson_date {_IN_PERIOD.format('$2')}"

# $2 tasks: what a few classes need.
SCHOOL_TASKS = f"{_TASKS} task.id = ANY($2::bigint[])"

# $2 period, $3 today. Each class with the marks of its period that ends within the one asked for; grade 1 has none.
RESULTS = """
WITH asked AS MATERIALIZED (
    SELECT year_id, starts_on, ends_on FROM period WHERE school_id = $1 AND id = $2
), class AS MATERIALIZED (
    SELECT c.id, c.grade, c.letter, own.id AS period_id, least($3, own.ends_on) AS day
    FROM asked
    JOIN school_class AS c ON c.school_id = $1 AND c.year_id = asked.year_id
    LEFT JOIN LATERAL (
        SELECT p.id, p.ends_on FROM period AS p
        WHERE p.school_id = $1 AND p.year_id = asked.year_id AND p.kind = c.period_kind AND c.grade > 1
          AND p.ends_on BETWEEN asked.starts_on AND asked.ends_on
        ORDER BY p.ends_on DESC LIMIT 1
    ) AS own ON true
), there AS MATERIALIZED (
    SELECT class.id AS class_id, e.student_id
    FROM class JOIN enrolment AS e ON e.school_id = $1 AND e.class_id = class.id AND e.starts_on <= class.day
     AND (e.ends_on IS NULL OR e.ends_on >= class.day)
), mark AS MATERIALIZED (
    SELECT m.class_id, m.student_id, m.value, m.number
    FROM final_mark AS m JOIN class ON class.id = m.class_id AND class.period_id = m.period_id
    WHERE m.school_id = $1
)
SELECT class.grade, class.letter, count(*) FILTER (WHERE value = '5'), count(*) FILTER (WHERE value = '4'),
       count(*) FILTER (WHERE value = '3'), count(*) FILTER (WHERE value IN ('2', '1')),
       count(*) FILTER (WHERE value = 'н/а'), coalesce(sum(number), 0)::int
FROM class LEFT JOIN (mark JOIN there USING (class_id, student_id)) ON class_id = class.id
GROUP BY class.id, class.grade, class.letter
ORDER BY class.grade, class.letter, class.id
"""

# $2 and $3 first and last day.
MOVEMENT = """
SELECT class.grade, class.letter,
       count(e.id) FILTER (WHERE e.starts_on <= $2),
       count(e.id) FILTER (WHERE e.starts_on > $2 AND opened.kind = 'enrolment'),
       count(e.id) FILTER (WHERE e.starts_on > $2 AND opened.kind <> 'enrolment'),
       count(e.id) FILTER (WHERE e.ends_on < $3 AND ended.kind IN ('departure', 'graduation')),
       count(e.id) FILTER (WHERE e.ends_on < $3 AND ended.kind NOT IN ('departure', 'graduation')),
       count(e.id) FILTER (WHERE e.ends_on IS NULL OR e.ends_on >= $3)
FROM school_class AS class
JOIN academic_year AS year ON year.school_id = $1 AND year.id = class.year_id
 AND year.starts_on <= $3 AND year.ends_on >= $2
LEFT JOIN enrolment AS e ON e.school_id = $1 AND e.class_id = class.id AND e.starts_on <= $3
 AND (e.ends_on IS NULL OR e.ends_on >= $2)
LEFT JOIN movement_item AS came ON came.school_id = $1 AND came.id = e.opened_by
LEFT JOIN movement_order AS opened ON opened.school_id = $1 AND opened.id = came.order_id
LEFT JOIN movement_item AS went ON went.school_id = $1 AND went.id = e.ended_by
LEFT JOIN movement_order AS ended ON ended.school_id = $1 AND ended.id = went.order_id
WHERE class.school_id = $1
GROUP BY class.id, class.grade, class.letter
ORDER BY class.grade, class.letter, class.id
"""

# $2 and $3 first and last day.
MOVES = """
SELECT coalesce(came.starts_on, went.ends_on + 1), o.number, item.place, item.reason,
       source.grade, source.letter, target.grade, target.letter,
       person.family_name, person.given_name, person.patronymic
FROM movement_item AS item
JOIN movement_order AS o ON o.school_id = $1 AND o.id = item.order_id
JOIN student ON student.school_id = $1 AND student.id = item.student_id
JOIN person ON person.school_id = $1 AND person.id = student.person_id
LEFT JOIN enrolment AS came ON came.school_id = $1 AND came.opened_by = item.id
LEFT JOIN enrolment AS went ON went.school_id = $1 AND went.ended_by = item.id
LEFT JOIN school_class AS source ON source.school_id = $1 AND source.id = went.class_id
LEFT JOIN school_class AS target ON target.school_id = $1 AND target.id = came.class_id
WHERE item.school_id = $1 AND (came.starts_on > $2 AND came.starts_on <= $3 OR went.ends_on >= $2 AND went.ends_on < $3)
ORDER BY 1, o.position, item.position
"""
