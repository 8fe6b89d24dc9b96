/** The statements: one for each loader, written by hand. Names that are asked with a row come along in its own join. */

import { statement } from "./mercurius_rules.mjs";

const NAME = "concat_ws(' ', p.family_name, p.given_name, p.patronymic)";
const SHORT_NAME = `concat_ws(' ', p.family_name, left(p.given_name, 1) || '.', left(p.patronymic, 1) || '.')`;
const TODAY = "e.starts_on <= :today AND (e.ends_on IS NULL OR e.ends_on >= :today)";
const LETTERS = `CASE a.code WHEN 'unexplained' THEN 'Н' WHEN 'excused' THEN 'УП' WHEN 'illness' THEN 'Б'
  WHEN 'unexcused' THEN 'НП' WHEN 'late' THEN 'ОП' WHEN 'other' THEN 'ОТ' WHEN 'exempt' THEN 'ОСВ' END`;

const AVERAGES = `round(avg(m.number), 2)::float8 AS average,
  round(sum(m.number * t.weight) FILTER (WHERE m.number IS NOT NULL)
    / nullif(sum(t.weight) FILTER (WHERE m.number IS NOT NULL), 0), 2)::float8 AS "weightedAverage",
  count(m.number) AS counted`;

const MARK_JOINS = `JOIN lesson AS l ON l.school_id = m.school_id AND l.id = m.lesson_id
  JOIN task AS t ON t.school_id = m.school_id AND t.id = m.task_id`;

export const school = statement("school", () => `
  SELECT school_id AS id, name FROM school WHERE school_id = :school_id`);

export const classes = statement("classes", (rule) => `
  SELECT c.id, c.grade || c.letter AS name FROM school_class AS c
  WHERE c.school_id = :school_id AND ${rule.schoolClass}
    AND c.year_id IN (SELECT id FROM academic_year AS e WHERE e.school_id = :school_id AND ${TODAY})
  ORDER BY c.grade, c.letter, c.id LIMIT :first`);

export const schoolClass = statement("school_class", (rule) => `
  SELECT c.id, c.grade || c.letter AS name FROM school_class AS c
  WHERE c.school_id = :school_id AND c.id = :id AND ${rule.schoolClass}`);

export const children = statement("children", (rule) => `
  SELECT s.id, ${NAME} AS name
  FROM guardianship AS e
  JOIN student AS s ON s.school_id = e.school_id AND s.id = e.student_id
  JOIN person AS p ON p.school_id = s.school_id AND p.id = s.person_id
  WHERE e.school_id = :school_id AND e.guardian_id = :guardian_id AND ${TODAY} AND ${rule.student}
  ORDER BY p.sort_key, s.id`);

export const students = statement("students", (rule) => `
  SELECT e.class_id, s.id, ${NAME} AS name
  FROM enrolment AS e
  JOIN student AS s ON s.school_id = e.school_id AND s.id = e.student_id
  JOIN person AS p ON p.school_id = s.school_id AND p.id = s.person_id
  WHERE e.school_id = :school_id AND e.class_id = ANY(:classes::bigint[]) AND ${TODAY} AND ${rule.student}
  ORDER BY p.sort_key, s.id`);

export const teachers = statement("teachers", (rule) => `
  SELECT s.id, ${SHORT_NAME} AS "shortName"
  FROM staff AS s
  JOIN person AS p ON p.school_id = s.school_id AND p.id = s.person_id
  WHERE s.school_id = :school_id AND s.id = ANY(:teachers::bigint[]) AND ${rule.staff}`);

export const subjects = statement("subjects", () => `
  SELECT id, name FROM subject WHERE school_id = :school_id AND id = ANY(:subjects::bigint[])`);

// A student's marks and averages of a period. The page of marks is cut before anything is joined to it.

export const marks = statement("marks", (rule) => `
  SELECT m.student_id, m.value, t.weight, m.lesson_date AS "lessonDate", l.subject_id
  FROM period AS e
  CROSS JOIN unnest(:students::bigint[]) WITH ORDINALITY AS k (id, position)
  CROSS JOIN LATERAL (
    SELECT m.* FROM mark AS m ${rule.mark.includes("l.") ? MARK_JOINS : ""}
    WHERE m.school_id = :school_id AND m.student_id = k.id AND m.lesson_date BETWEEN e.starts_on AND e.ends_on
      AND ${rule.mark}
    ORDER BY m.lesson_date, m.id LIMIT :first) AS m
  ${MARK_JOINS}
  WHERE e.school_id = :school_id AND e.id = :period
  ORDER BY k.position, m.lesson_date, m.id`);

export const averages = statement("averages", (rule) => `
  SELECT a.student_id, s.name AS subject, a.average, a."weightedAverage", a.counted
  FROM (
    SELECT m.student_id, l.subject_id, ${AVERAGES}
    FROM period AS e
    JOIN mark AS m ON m.school_id = e.school_id AND m.lesson_date BETWEEN e.starts_on AND e.ends_on
    ${MARK_JOINS}
    WHERE e.school_id = :school_id AND e.id = :period AND m.student_id = ANY(:students::bigint[]) AND ${rule.mark}
    GROUP BY m.student_id, l.subject_id) AS a
  JOIN subject AS s ON s.school_id = :school_id AND s.id = a.subject_id
  ORDER BY s.id`);

// The diary. A cell is a student and a lesson.

const CELLS = "unnest(:students::bigint[], :lessons::bigint[]) AS k (student_id, lesson_id)";

export const diaryLessons = statement("diary_lessons", (rule) => `
  SELECT g.student_id, l.id, l.date, l.number, l.starts_at AS "startsAt", l.ends_at AS "endsAt", r.name AS room,
    l.topic, s.name AS subject, l.teacher_id
  FROM unnest(:students::bigint[], :since::date[], :until::date[]) AS k (student_id, since, until)
  JOIN group_membership AS g ON g.school_id = :school_id AND g.student_id = k.student_id
  JOIN lesson AS l ON l.school_id = g.school_id AND l.group_id = g.group_id AND l.date BETWEEN k.since AND k.until
    AND g.starts_on <= l.date AND (g.ends_on IS NULL OR g.ends_on >= l.date)
  JOIN subject AS s ON s.school_id = l.school_id AND s.id = l.subject_id
  LEFT JOIN room AS r ON r.school_id = l.school_id AND r.id = l.room_id
  WHERE ${rule.diaryLesson}
  ORDER BY l.date, l.number, l.starts_at, l.id`);

export const diaryAttendance = statement("diary_attendance", (rule) => `
  SELECT a.student_id, a.lesson_id, ${LETTERS} AS letters
  FROM ${CELLS}
  JOIN attendance AS a ON a.school_id = :school_id AND a.lesson_id = k.lesson_id AND a.student_id = k.student_id
  JOIN lesson AS l ON l.school_id = a.school_id AND l.id = a.lesson_id
  WHERE ${rule.attendance}`);

export const diaryMarks = statement("diary_marks", (rule) => `
  SELECT m.student_id, m.lesson_id, m.value, t.weight
  FROM ${CELLS}
  JOIN mark AS m ON m.school_id = :school_id AND m.lesson_id = k.lesson_id AND m.student_id = k.student_id
  ${MARK_JOINS}
  WHERE ${rule.mark}
  ORDER BY m.task_id, m.id`);

export const diaryHomework = statement("diary_homework", (rule) => `
  SELECT k.student_id, h.lesson_id, h.text, h.due_on AS "dueOn"
  FROM ${CELLS}
  JOIN homework AS h ON h.school_id = :school_id AND h.lesson_id = k.lesson_id
  JOIN lesson AS l ON l.school_id = h.school_id AND l.id = h.lesson_id
  WHERE ${rule.homework} AND (h.for_all OR EXISTS (SELECT FROM homework_recipient AS r
    WHERE r.school_id = h.school_id AND r.homework_id = h.id AND r.student_id = k.student_id))
  ORDER BY h.id`);

// The page of a journal: `l` are its lessons.

const ASSIGNED = `EXISTS (SELECT FROM teaching_assignment AS j
  WHERE j.school_id = l.school_id AND j.group_id = l.group_id AND j.subject_id = l.subject_id)`;
const OF_PAGE = `l.school_id = :school_id AND l.subject_id = :subject AND l.date BETWEEN :since AND :until
  AND l.group_id IN (SELECT id FROM study_group WHERE school_id = :school_id AND class_id = :class)`;
const PAGE_GROUPS = (rule) => `SELECT l.group_id FROM teaching_assignment AS l
  JOIN study_group AS sg ON sg.school_id = l.school_id AND sg.id = l.group_id
  WHERE l.school_id = :school_id AND sg.class_id = :class AND l.subject_id = :subject AND ${rule.journal}`;

export const journalPage = statement("journal_page", (rule) => `
  SELECT c.id AS class, s.id AS subject, e.starts_on AS since, e.ends_on AS until,
    c.grade || c.letter AS class_name, s.name AS subject_name
  FROM school_class AS c
  JOIN subject AS s ON s.school_id = c.school_id AND s.id = :subject
  JOIN period AS e ON e.school_id = c.school_id AND e.id = :period
  WHERE c.school_id = :school_id AND c.id = :class AND EXISTS (${PAGE_GROUPS(rule)})`);

export const journalLessons = statement("journal_lessons", (rule) => `
  SELECT l.id, l.date, l.number, l.topic FROM lesson AS l
  WHERE ${OF_PAGE} AND ${ASSIGNED} AND ${rule.journal}
  ORDER BY l.date, l.number, l.id`);

export const journalStudents = statement("journal_students", (rule) => `
  SELECT s.id, ${NAME} AS name
  FROM student AS s
  JOIN person AS p ON p.school_id = s.school_id AND p.id = s.person_id
  WHERE s.school_id = :school_id AND ${rule.student} AND s.id IN (
    SELECT g.student_id FROM group_membership AS g
    WHERE g.school_id = :school_id AND g.group_id IN (${PAGE_GROUPS(rule)})
      AND g.starts_on <= :until AND (g.ends_on IS NULL OR g.ends_on >= :since))
  ORDER BY p.sort_key, s.id`);

export const journalMarks = statement("journal_marks", (rule) => `
  SELECT m.student_id, m.value, t.weight, m.lesson_date AS "lessonDate"
  FROM mark AS m ${MARK_JOINS}
  WHERE ${OF_PAGE} AND m.student_id = ANY(:students::bigint[]) AND ${rule.mark}
  ORDER BY m.lesson_date, m.task_id, m.id`);

export const journalAttendance = statement("journal_attendance", (rule) => `
  SELECT a.student_id, ${LETTERS} AS letters, a.lesson_date AS "lessonDate"
  FROM attendance AS a
  JOIN lesson AS l ON l.school_id = a.school_id AND l.id = a.lesson_id
  WHERE ${OF_PAGE} AND a.student_id = ANY(:students::bigint[]) AND ${rule.attendance}
  ORDER BY a.lesson_date, a.id`);

export const journalAverages = statement("journal_averages", (rule) => `
  SELECT m.student_id, ${AVERAGES}
  FROM mark AS m ${MARK_JOINS}
  WHERE ${OF_PAGE} AND m.student_id = ANY(:students::bigint[]) AND ${rule.mark}
  GROUP BY m.student_id`);
