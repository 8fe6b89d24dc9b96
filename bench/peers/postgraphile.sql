-- What PostGraphile serves: views that hold the row rule, and functions that become fields of their rows.
-- Everything is in two schemas of its own, made anew at each start; no table is touched.
-- `bench_postgraphile` is exposed. `bench_postgraphile_viewer` is who asks, as the claims of the transaction say, and
-- what the functions of the exposed schema stand on.

DROP SCHEMA IF EXISTS bench_postgraphile CASCADE;
DROP SCHEMA IF EXISTS bench_postgraphile_viewer CASCADE;
CREATE SCHEMA bench_postgraphile_viewer;
CREATE SCHEMA bench_postgraphile;

DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'bench_postgraphile_reader') THEN
        CREATE ROLE bench_postgraphile_reader NOLOGIN;
    END IF;
END $$;

-- Who asks.

SET LOCAL search_path = bench_postgraphile_viewer, public;

CREATE FUNCTION my_school() RETURNS bigint STABLE RETURN current_setting('viewer.school_id')::bigint;
CREATE FUNCTION my_today() RETURNS date STABLE RETURN current_setting('viewer.today')::date;
CREATE FUNCTION my_guardian() RETURNS bigint STABLE RETURN current_setting('viewer.guardian_id')::bigint;
CREATE FUNCTION is_control() RETURNS boolean STABLE RETURN current_setting('viewer.control')::boolean;
CREATE FUNCTION is_teacher() RETURNS boolean STABLE RETURN current_setting('viewer.teacher')::boolean;
CREATE FUNCTION my_children() RETURNS bigint[] STABLE RETURN current_setting('viewer.children')::bigint[];
CREATE FUNCTION child_classes() RETURNS bigint[] STABLE RETURN current_setting('viewer.child_classes')::bigint[];
CREATE FUNCTION child_groups() RETURNS bigint[] STABLE RETURN current_setting('viewer.child_groups')::bigint[];
CREATE FUNCTION led_classes() RETURNS bigint[] STABLE RETURN current_setting('viewer.led_classes')::bigint[];
CREATE FUNCTION taught_groups() RETURNS bigint[] STABLE RETURN current_setting('viewer.taught_groups')::bigint[];
CREATE FUNCTION taught_subjects() RETURNS bigint[] STABLE RETURN current_setting('viewer.taught_subjects')::bigint[];

CREATE VIEW own_journal AS
    SELECT group_id, subject_id
    FROM unnest((SELECT taught_groups()), (SELECT taught_subjects())) AS t (group_id, subject_id)
    WHERE (SELECT is_teacher());

CREATE VIEW led_group AS
    SELECT id FROM study_group
    WHERE school_id = (SELECT my_school()) AND class_id = ANY ((SELECT led_classes())::bigint[])
      AND (SELECT is_teacher());

CREATE VIEW led_now AS
    SELECT student_id FROM enrolment
    WHERE school_id = (SELECT my_school()) AND class_id = ANY ((SELECT led_classes())::bigint[])
      AND (SELECT is_teacher())
      AND starts_on <= (SELECT my_today()) AND (ends_on IS NULL OR ends_on >= (SELECT my_today()));

-- What the functions of the exposed schema stand on: the viewer's own school, today.

CREATE VIEW member AS
    SELECT class_id, student_id FROM enrolment
    WHERE school_id = (SELECT my_school())
      AND starts_on <= (SELECT my_today()) AND (ends_on IS NULL OR ends_on >= (SELECT my_today()));

CREATE VIEW ward AS
    SELECT student_id FROM guardianship
    WHERE school_id = (SELECT my_school()) AND guardian_id = (SELECT my_guardian())
      AND starts_on <= (SELECT my_today()) AND (ends_on IS NULL OR ends_on >= (SELECT my_today()));

CREATE VIEW period AS
    SELECT id, starts_on, ends_on FROM public.period WHERE school_id = (SELECT my_school());

CREATE VIEW membership AS
    SELECT group_id, student_id, starts_on, ends_on FROM group_membership WHERE school_id = (SELECT my_school());

CREATE VIEW recipient AS
    SELECT homework_id, student_id FROM homework_recipient WHERE school_id = (SELECT my_school());

-- What is exposed. Each view holds its rule: whoever is in control sees the school, the other arms add up.

SET LOCAL search_path = bench_postgraphile, bench_postgraphile_viewer, public;

CREATE VIEW subject AS
    SELECT id, name FROM public.subject WHERE school_id = (SELECT my_school());

CREATE VIEW school_class AS
    SELECT c.id, c.grade || c.letter AS name, c.grade, c.letter, c.year_id FROM public.school_class AS c
    WHERE c.school_id = (SELECT my_school())
      AND ((SELECT is_control() OR is_teacher()) OR c.id = ANY ((SELECT child_classes())::bigint[]));

CREATE VIEW student AS
    SELECT s.id, concat_ws(' ', p.family_name, p.given_name, p.patronymic) AS name, p.sort_key
    FROM public.student AS s
    JOIN public.person AS p ON p.school_id = s.school_id AND p.id = s.person_id
    WHERE s.school_id = (SELECT my_school()) AND (
        (SELECT is_control())
        OR s.id = ANY ((SELECT my_children())::bigint[])
        OR ((SELECT is_teacher()) AND (
            s.id IN (SELECT student_id FROM membership WHERE group_id = ANY ((SELECT taught_groups())::bigint[]))
            OR s.id IN (
                SELECT student_id FROM enrolment
                WHERE school_id = (SELECT my_school()) AND class_id = ANY ((SELECT led_classes())::bigint[])))));

CREATE VIEW staff AS
    SELECT s.id,
        concat_ws(' ', p.family_name, left(p.given_name, 1) || '.', left(p.patronymic, 1) || '.') AS short_name
    FROM public.staff AS s
    JOIN public.person AS p ON p.school_id = s.school_id AND p.id = s.person_id
    WHERE s.school_id = (SELECT my_school()) AND (
        (SELECT is_control() OR is_teacher())
        OR s.id IN (
            SELECT staff_id FROM teaching_assignment
            WHERE school_id = (SELECT my_school()) AND group_id = ANY ((SELECT child_groups())::bigint[]))
        OR s.id IN (
            SELECT staff_id FROM class_leadership
            WHERE school_id = (SELECT my_school()) AND class_id = ANY ((SELECT child_classes())::bigint[]))
        OR EXISTS (
            SELECT FROM public.lesson AS l
            WHERE l.school_id = (SELECT my_school()) AND l.substitute_id = s.id
              AND l.group_id = ANY ((SELECT child_groups())::bigint[])));

CREATE VIEW lesson AS
    SELECT l.id, l.group_id, l.subject_id, l.date, l.number::int AS number, l.topic
    FROM public.lesson AS l
    WHERE l.school_id = (SELECT my_school()) AND (
        (SELECT is_control())
        OR (l.group_id, l.subject_id) IN (SELECT group_id, subject_id FROM own_journal)
        OR l.group_id IN (SELECT id FROM led_group));

CREATE VIEW diary_lesson AS
    SELECT m.student_id, l.id AS lesson_id, l.date, l.number::int AS number, l.starts_at, l.ends_at, r.name AS room,
        l.topic, l.subject_id, l.teacher_id
    FROM group_membership AS m
    JOIN public.lesson AS l ON l.school_id = m.school_id AND l.group_id = m.group_id
        AND m.starts_on <= l.date AND (m.ends_on IS NULL OR m.ends_on >= l.date)
    LEFT JOIN room AS r ON r.school_id = l.school_id AND r.id = l.room_id
    WHERE m.school_id = (SELECT my_school()) AND (
        (SELECT is_control())
        OR m.student_id = ANY ((SELECT my_children())::bigint[])
        OR (l.group_id, l.subject_id) IN (SELECT group_id, subject_id FROM own_journal)
        OR l.group_id IN (SELECT id FROM led_group)
        OR m.student_id IN (SELECT student_id FROM led_now));

-- The type of a day of the diary, with its lessons hanging on it.
CREATE VIEW diary_day AS
    SELECT DISTINCT student_id, date FROM diary_lesson;

CREATE VIEW mark AS
    SELECT m.id, m.student_id, m.lesson_id, m.task_id, m.value, m.number, t.weight::int AS weight, m.lesson_date,
        l.group_id, l.subject_id
    FROM public.mark AS m
    JOIN public.lesson AS l ON l.school_id = m.school_id AND l.id = m.lesson_id
    JOIN task AS t ON t.school_id = m.school_id AND t.id = m.task_id
    WHERE m.school_id = (SELECT my_school()) AND (
        (SELECT is_control())
        OR m.student_id = ANY ((SELECT my_children())::bigint[])
        OR (l.group_id, l.subject_id) IN (SELECT group_id, subject_id FROM own_journal)
        OR l.group_id IN (SELECT id FROM led_group)
        OR m.student_id IN (SELECT student_id FROM led_now));

CREATE VIEW attendance AS
    SELECT a.id, a.student_id, a.lesson_id, a.lesson_date, l.group_id, l.subject_id,
        CASE a.code
            WHEN 'unexplained' THEN 'Н' WHEN 'excused' THEN 'УП' WHEN 'illness' THEN 'Б' WHEN 'unexcused' THEN 'НП'
            WHEN 'late' THEN 'ОП' WHEN 'other' THEN 'ОТ' WHEN 'exempt' THEN 'ОСВ'
        END AS letters
    FROM public.attendance AS a
    JOIN public.lesson AS l ON l.school_id = a.school_id AND l.id = a.lesson_id
    WHERE a.school_id = (SELECT my_school()) AND (
        (SELECT is_control())
        OR a.student_id = ANY ((SELECT my_children())::bigint[])
        OR (l.group_id, l.subject_id) IN (SELECT group_id, subject_id FROM own_journal)
        OR l.group_id IN (SELECT id FROM led_group)
        OR a.student_id IN (SELECT student_id FROM led_now));

CREATE VIEW homework AS
    SELECT h.id, h.lesson_id, h.text, h.due_on, h.for_all
    FROM public.homework AS h
    JOIN public.lesson AS l ON l.school_id = h.school_id AND l.id = h.lesson_id
    WHERE h.school_id = (SELECT my_school()) AND (
        (SELECT is_control())
        OR (l.group_id, l.subject_id) IN (SELECT group_id, subject_id FROM own_journal)
        OR l.group_id IN (SELECT id FROM led_group)
        OR EXISTS (
            SELECT FROM membership AS g
            WHERE g.group_id = l.group_id AND g.starts_on <= l.date AND (g.ends_on IS NULL OR g.ends_on >= l.date)
              AND (g.student_id = ANY ((SELECT my_children())::bigint[])
                   OR g.student_id IN (SELECT student_id FROM led_now))
              AND (h.for_all OR (h.id, g.student_id) IN (SELECT homework_id, student_id FROM recipient))));

CREATE VIEW journal_page AS
    SELECT c.id AS class_id, s.id AS subject_id, p.id AS period_id, p.starts_on, p.ends_on
    FROM public.school_class AS c
    JOIN public.subject AS s ON s.school_id = c.school_id
    JOIN public.period AS p ON p.school_id = c.school_id
    WHERE c.school_id = (SELECT my_school()) AND EXISTS (
        SELECT FROM study_group AS g
        JOIN teaching_assignment AS a ON a.school_id = g.school_id AND a.group_id = g.id
        WHERE g.school_id = c.school_id AND g.class_id = c.id AND a.subject_id = s.id AND (
            (SELECT is_control())
            OR (a.group_id, a.subject_id) IN (SELECT group_id, subject_id FROM own_journal)
            OR a.group_id IN (SELECT id FROM led_group)));

SET LOCAL search_path = bench_postgraphile_viewer, public;

-- Which groups and subjects a page of the journal is made of: a journal is what somebody has been assigned to teach.
CREATE VIEW journal_group AS
    SELECT g.class_id, g.id AS group_id, a.subject_id
    FROM study_group AS g
    JOIN teaching_assignment AS a ON a.school_id = g.school_id AND a.group_id = g.id
    WHERE g.school_id = (SELECT my_school()) AND (
        (SELECT is_control())
        OR (a.group_id, a.subject_id) IN (SELECT group_id, subject_id FROM own_journal)
        OR a.group_id IN (SELECT id FROM led_group));

CREATE VIEW page_lesson AS
    SELECT l.id, g.class_id, l.subject_id, p.id AS period_id
    FROM lesson AS l
    JOIN study_group AS g ON g.school_id = l.school_id AND g.id = l.group_id
    JOIN public.period AS p ON p.school_id = l.school_id AND l.date BETWEEN p.starts_on AND p.ends_on
    WHERE l.school_id = (SELECT my_school());

CREATE VIEW page_task AS
    SELECT t.id, l.class_id, l.subject_id, l.period_id
    FROM page_lesson AS l
    JOIN task AS t ON t.school_id = (SELECT my_school()) AND t.lesson_id = l.id;

CREATE VIEW this_year AS
    SELECT id FROM academic_year
    WHERE school_id = (SELECT my_school())
      AND starts_on <= (SELECT my_today()) AND (ends_on IS NULL OR ends_on >= (SELECT my_today()));

SET LOCAL search_path = bench_postgraphile, bench_postgraphile_viewer, public;

-- Keys and references, which views do not have by themselves.

COMMENT ON VIEW subject IS '@primaryKey id';
COMMENT ON VIEW school_class IS '@primaryKey id';
COMMENT ON VIEW student IS '@primaryKey id';
COMMENT ON VIEW staff IS '@primaryKey id';
COMMENT ON VIEW lesson IS '@primaryKey id';
COMMENT ON VIEW homework IS '@primaryKey id';
COMMENT ON VIEW attendance IS E'@primaryKey id\n@unique student_id,lesson_id';
COMMENT ON VIEW mark IS E'@primaryKey id\n@foreignKey (subject_id) references subject (id)|@fieldName subject';
COMMENT ON VIEW diary_lesson IS E'@primaryKey student_id,lesson_id\n'
    '@foreignKey (student_id,date) references diary_day (student_id,date)|@fieldName day|@foreignFieldName lessons\n'
    '@foreignKey (subject_id) references subject (id)|@fieldName subject\n'
    '@foreignKey (teacher_id) references staff (id)|@fieldName teacher\n'
    '@foreignKey (student_id,lesson_id) references attendance (student_id,lesson_id)|@fieldName attendance';
COMMENT ON VIEW diary_day IS '@primaryKey student_id,date';
COMMENT ON VIEW journal_page IS E'@primaryKey class_id,subject_id,period_id\n'
    '@foreignKey (class_id) references school_class (id)|@fieldName schoolClass\n'
    '@foreignKey (subject_id) references subject (id)|@fieldName subject';

-- The fields that need more than a reference, in the orders of the journal. PostgreSQL inlines each of them.

CREATE FUNCTION my_children() RETURNS SETOF student LANGUAGE sql STABLE AS $$
    SELECT s.* FROM bench_postgraphile_viewer.ward AS w
    JOIN bench_postgraphile.student AS s ON s.id = w.student_id
    ORDER BY s.sort_key, s.id
$$;

CREATE FUNCTION current_classes() RETURNS SETOF school_class LANGUAGE sql STABLE AS $$
    SELECT c.* FROM bench_postgraphile.school_class AS c
    WHERE c.year_id IN (SELECT id FROM bench_postgraphile_viewer.this_year)
    ORDER BY c.grade, c.letter, c.id
$$;

CREATE FUNCTION school_class_students(c school_class) RETURNS SETOF student LANGUAGE sql STABLE AS $$
    SELECT s.* FROM bench_postgraphile_viewer.member AS m
    JOIN bench_postgraphile.student AS s ON s.id = m.student_id
    WHERE m.class_id = c.id
    ORDER BY s.sort_key, s.id
$$;

CREATE FUNCTION student_marks(s student, period_id bigint) RETURNS SETOF mark LANGUAGE sql STABLE AS $$
    SELECT m.* FROM bench_postgraphile.mark AS m
    WHERE m.student_id = s.id
      AND m.lesson_date >= (SELECT p.starts_on FROM bench_postgraphile_viewer.period AS p WHERE p.id = period_id)
      AND m.lesson_date <= (SELECT p.ends_on FROM bench_postgraphile_viewer.period AS p WHERE p.id = period_id)
    ORDER BY m.lesson_date, m.id
$$;

CREATE TYPE subject_average AS (subject_id bigint, average float8, weighted_average float8, counted int);
COMMENT ON TYPE subject_average IS '@foreignKey (subject_id) references subject (id)|@fieldName subject';

CREATE FUNCTION student_averages(s student, period_id bigint) RETURNS SETOF subject_average LANGUAGE sql STABLE AS $$
    SELECT m.subject_id, round(avg(m.number), 2)::float8,
        round(sum(m.number * m.weight) FILTER (WHERE m.number IS NOT NULL)
            / nullif(sum(m.weight) FILTER (WHERE m.number IS NOT NULL), 0), 2)::float8,
        count(m.number)::int
    FROM bench_postgraphile.mark AS m
    WHERE m.student_id = s.id
      AND m.lesson_date >= (SELECT p.starts_on FROM bench_postgraphile_viewer.period AS p WHERE p.id = period_id)
      AND m.lesson_date <= (SELECT p.ends_on FROM bench_postgraphile_viewer.period AS p WHERE p.id = period_id)
    GROUP BY m.subject_id
    ORDER BY m.subject_id
$$;

CREATE FUNCTION student_diary(s student, "from" date, "to" date) RETURNS SETOF diary_day LANGUAGE sql STABLE AS $$
    SELECT s.id, day::date FROM generate_series("from", "to", interval '1 day') AS day
$$;

CREATE FUNCTION diary_lesson_marks(l diary_lesson) RETURNS SETOF mark LANGUAGE sql STABLE AS $$
    SELECT m.* FROM bench_postgraphile.mark AS m
    WHERE m.student_id = l.student_id AND m.lesson_id = l.lesson_id AND m.lesson_date = l.date
    ORDER BY m.task_id, m.id
$$;

CREATE FUNCTION diary_lesson_homework(l diary_lesson) RETURNS SETOF homework LANGUAGE sql STABLE AS $$
    SELECT h.* FROM bench_postgraphile.homework AS h
    WHERE h.lesson_id = l.lesson_id AND (h.for_all OR EXISTS (
        SELECT FROM bench_postgraphile_viewer.recipient AS r
        WHERE r.homework_id = h.id AND r.student_id = l.student_id))
    ORDER BY h.id
$$;

CREATE FUNCTION journal_page_lessons(p journal_page) RETURNS SETOF lesson LANGUAGE sql STABLE AS $$
    SELECT l.* FROM bench_postgraphile.lesson AS l
    WHERE l.subject_id = p.subject_id AND l.date BETWEEN p.starts_on AND p.ends_on AND l.group_id IN (
        SELECT g.group_id FROM bench_postgraphile_viewer.journal_group AS g
        WHERE g.class_id = p.class_id AND g.subject_id = p.subject_id)
    ORDER BY l.date, l.number, l.id
$$;

CREATE FUNCTION journal_page_students(p journal_page) RETURNS SETOF student LANGUAGE sql STABLE AS $$
    SELECT s.* FROM bench_postgraphile.student AS s
    WHERE s.id IN (
        SELECT m.student_id FROM bench_postgraphile_viewer.journal_group AS g
        JOIN bench_postgraphile_viewer.membership AS m ON m.group_id = g.group_id
        WHERE g.class_id = p.class_id AND g.subject_id = p.subject_id
          AND m.starts_on <= p.ends_on AND (m.ends_on IS NULL OR m.ends_on >= p.starts_on))
    ORDER BY s.sort_key, s.id
$$;

-- What a student has on a page of the journal. The page comes as arguments and not as a row, so that PostgreSQL looks
-- its lessons and tasks up once for all students.

CREATE FUNCTION student_journal_marks(s student, class_id bigint, subject_id bigint, period_id bigint)
RETURNS SETOF mark LANGUAGE sql STABLE AS $$
    SELECT m.* FROM bench_postgraphile.mark AS m
    WHERE m.student_id = s.id
      AND m.task_id = ANY (ARRAY(
        SELECT t.id FROM bench_postgraphile_viewer.page_task AS t
        WHERE t.class_id = $2 AND t.subject_id = $3 AND t.period_id = $4))
    ORDER BY m.lesson_date, m.task_id, m.id
$$;

CREATE FUNCTION student_journal_attendance(s student, class_id bigint, subject_id bigint, period_id bigint)
RETURNS SETOF attendance LANGUAGE sql STABLE AS $$
    SELECT a.* FROM bench_postgraphile.attendance AS a
    WHERE a.student_id = s.id
      AND a.lesson_id = ANY (ARRAY(
        SELECT l.id FROM bench_postgraphile_viewer.page_lesson AS l
        WHERE l.class_id = $2 AND l.subject_id = $3 AND l.period_id = $4))
    ORDER BY a.lesson_date, a.id
$$;

CREATE FUNCTION student_journal_averages(s student, class_id bigint, subject_id bigint, period_id bigint)
RETURNS SETOF subject_average LANGUAGE sql STABLE AS $$
    SELECT m.subject_id, round(avg(m.number), 2)::float8,
        round(sum(m.number * m.weight) FILTER (WHERE m.number IS NOT NULL)
            / nullif(sum(m.weight) FILTER (WHERE m.number IS NOT NULL), 0), 2)::float8,
        count(m.number)::int
    FROM bench_postgraphile.mark AS m
    WHERE m.student_id = s.id
      AND m.task_id = ANY (ARRAY(
        SELECT t.id FROM bench_postgraphile_viewer.page_task AS t
        WHERE t.class_id = $2 AND t.subject_id = $3 AND t.period_id = $4))
    GROUP BY m.subject_id
$$;

-- The role that every request is answered under: it sees this and nothing else.

GRANT USAGE ON SCHEMA bench_postgraphile, bench_postgraphile_viewer TO bench_postgraphile_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA bench_postgraphile, bench_postgraphile_viewer TO bench_postgraphile_reader;
