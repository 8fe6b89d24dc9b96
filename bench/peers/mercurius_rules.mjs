/** The row rule as SQL: for each kind of row, a condition for each arm that the viewer has; the arms add up. */

import { armsOf, pool } from "./door.mjs";

const OWN_LESSON = `(
  (l.group_id, l.subject_id) IN (SELECT * FROM unnest(:taught_groups::bigint[], :taught_subjects::bigint[]))
  OR l.group_id IN (
    SELECT id FROM study_group WHERE school_id = :school_id AND class_id = ANY(:led_classes::bigint[])))`;

const LED_NOW = `SELECT student_id FROM enrolment
  WHERE school_id = :school_id AND class_id = ANY(:led_classes::bigint[])
    AND starts_on <= :today AND (ends_on IS NULL OR ends_on >= :today)`;

const LED_THEN_IN_GROUP = `SELECT FROM group_membership AS g
  WHERE g.school_id = :school_id AND g.group_id = l.group_id AND g.student_id IN (${LED_NOW})
    AND g.starts_on <= l.date AND (g.ends_on IS NULL OR g.ends_on >= l.date)`;

const NAMED = (student) => `EXISTS (SELECT FROM homework_recipient AS r
  WHERE r.school_id = h.school_id AND r.homework_id = h.id AND r.student_id = ${student})`;

/** What a student has at a lesson: a mark, an absence, a lesson of the diary. */
const ofStudent = (student) => ({
  control: "true",
  teacher: `(${OWN_LESSON} OR ${student} IN (${LED_NOW}))`,
  parent: `${student} = ANY(:children::bigint[])`,
});

const ARMS = {
  student: {
    control: "true",
    teacher: `(s.id IN (SELECT student_id FROM group_membership
        WHERE school_id = :school_id AND group_id = ANY(:taught_groups::bigint[]))
      OR s.id IN (SELECT student_id FROM enrolment
        WHERE school_id = :school_id AND class_id = ANY(:led_classes::bigint[])))`,
    parent: "s.id = ANY(:children::bigint[])",
  },
  staff: {
    control: "true",
    teacher: "true",
    parent: `(s.id IN (SELECT staff_id FROM teaching_assignment
        WHERE school_id = :school_id AND group_id = ANY(:child_groups::bigint[]))
      OR s.id IN (SELECT staff_id FROM class_leadership
        WHERE school_id = :school_id AND class_id = ANY(:child_classes::bigint[]))
      OR s.id IN (SELECT substitute_id FROM lesson
        WHERE school_id = :school_id AND substitute_id IS NOT NULL AND group_id = ANY(:child_groups::bigint[])))`,
  },
  schoolClass: { control: "true", teacher: "true", parent: "c.id = ANY(:child_classes::bigint[])" },
  journal: { control: "true", teacher: OWN_LESSON },
  diaryLesson: ofStudent("g.student_id"),
  mark: ofStudent("m.student_id"),
  attendance: ofStudent("a.student_id"),
  homework: {
    control: "true",
    teacher: `(${OWN_LESSON} OR EXISTS (${LED_THEN_IN_GROUP} AND (h.for_all OR ${NAMED("g.student_id")})))`,
    parent: `EXISTS (SELECT FROM group_membership AS g
      WHERE g.school_id = :school_id AND g.group_id = l.group_id AND g.student_id = ANY(:children::bigint[])
        AND g.starts_on <= l.date AND (g.ends_on IS NULL OR g.ends_on >= l.date)
        AND (h.for_all OR ${NAMED("g.student_id")}))`,
  },
};

/** The conditions of a viewer who has these arms. */
function rule(arms) {
  return Object.fromEntries(
    Object.entries(ARMS).map(([kind, conditions]) => {
      const held = Object.keys(arms).filter((arm) => arms[arm] && conditions[arm]);
      const all = held.includes("control");
      return [kind, all ? "true" : held.length ? `(${held.map((arm) => conditions[arm]).join(" OR ")})` : "false"];
    }),
  );
}

/** `:name` of a text as `$1`, `$2`, …, and the names in that order. */
function compiled(text) {
  const names = [];
  const numbered = text.replace(/(?<!:):([a-z_]+)/g, (_, name) => {
    if (!names.includes(name)) names.push(name);
    return `$${names.indexOf(name) + 1}`;
  });
  return { text: numbered, names };
}

/**
 * A statement whose text `write` gives for the conditions of a viewer's arms. It is written once for each set of arms
 * and prepared under a name of its own; what the arms reach is bound each time.
 */
export function statement(name, write) {
  const texts = new Map();
  return async (viewer, parameters) => {
    const arms = armsOf(viewer);
    const key = `${name}_${Object.keys(arms).filter((arm) => arms[arm]).join("_")}`;
    let known = texts.get(key);
    if (!known) texts.set(key, (known = compiled(write(rule(arms)))));
    const values = known.names.map((each) => (each in parameters ? parameters[each] : viewer[each]));
    return (await pool.query({ name: key, text: known.text, values })).rows;
  };
}
