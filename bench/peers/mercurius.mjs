/** mercurius with graphql-jit: classbook's shape for the four queries, one hand-written statement a loader. */

import Fastify from "fastify";
import mercurius from "mercurius";

import { viewerOf } from "./door.mjs";
import * as sql from "./mercurius_sql.mjs";

const schema = `
  scalar Date
  scalar Time

  type Query {
    me: Viewer
    school: School
    schoolClass(id: ID!): SchoolClass
    journalPage(classId: ID!, subjectId: ID!, periodId: ID!): JournalPage
  }
  type Viewer { children: [Student!]! }
  type School { id: ID!, name: String!, classes(first: Int!): SchoolClassConnection! }
  type SchoolClassConnection { nodes: [SchoolClass!]! }
  type SchoolClass { id: ID!, name: String!, students: [Student!]! }
  type Student {
    id: ID!
    name: String!
    diary(from: Date!, to: Date!): Diary
    marks(periodId: ID!, first: Int!): MarkConnection!
    averages(periodId: ID!): [SubjectAverage!]!
  }
  type MarkConnection { nodes: [Mark!]! }
  type Mark { value: String!, weight: Int!, lessonDate: Date!, subject: Subject }
  type Subject { name: String! }
  type SubjectAverage { subject: Subject, average: Float, weightedAverage: Float, counted: Int! }
  type Staff { shortName: String! }
  type Attendance { letters: String!, lessonDate: Date! }
  type Homework { text: String!, dueOn: Date }
  type Diary { days: [DiaryDay!]! }
  type DiaryDay { date: Date!, lessons: [DiaryLesson!]! }
  type DiaryLesson {
    number: Int!
    startsAt: Time!
    endsAt: Time!
    room: String
    topic: String
    subject: Subject
    teacher: Staff
    attendance: Attendance
    marks: [Mark!]!
    homework: [Homework!]!
  }
  type JournalPage {
    schoolClass: SchoolClass
    subject: Subject
    lessons: [Lesson!]!
    rows: [JournalRow!]!
  }
  type Lesson { date: Date!, number: Int!, record: LessonRecord }
  type LessonRecord { topic: String }
  type JournalRow {
    student: Student
    marks: [Mark!]!
    attendance: [Attendance!]!
    average: SubjectAverage
  }
`;

const named = (name) => ({ name });
const distinct = (values) => [...new Set(values)];

/** Rows by a column of theirs. */
function groups(rows, key) {
  const found = new Map();
  for (const row of rows) {
    const list = found.get(key(row));
    if (list) list.push(row);
    else found.set(key(row), [row]);
  }
  return found;
}

/** A loader: queries with the same arguments are answered together, by what `load` gives for their parents. */
function batched(argumentsOf, load) {
  return async (queries, { viewer }) => {
    const answers = new Array(queries.length);
    const batches = groups(queries.keys(), (index) => JSON.stringify(argumentsOf(queries[index])));
    const filled = [...batches.values()].map(async (indexes) => {
      const parents = indexes.map((index) => queries[index].obj);
      const find = await load(viewer, parents, argumentsOf(queries[indexes[0]]));
      for (const index of indexes) answers[index] = find(queries[index].obj);
    });
    await Promise.all(filled);
    return answers;
  };
}

const nothing = () => ({});
const ids = (parents) => parents.map((parent) => parent.id);

async function studentMarks(viewer, students, { periodId, first }) {
  const rows = await sql.marks(viewer, { students: ids(students), period: periodId, first });
  const numbers = distinct(rows.map((row) => row.subject_id));
  const subjects = new Map((await sql.subjects(viewer, { subjects: numbers })).map((row) => [row.id, row]));
  for (const row of rows) row.subject = subjects.get(row.subject_id);
  const found = groups(rows, (row) => row.student_id);
  return ({ id }) => ({ nodes: found.get(id) ?? [] });
}

async function studentAverages(viewer, students, { periodId }) {
  const rows = await sql.averages(viewer, { students: ids(students), period: periodId });
  for (const row of rows) row.subject = named(row.subject);
  const found = groups(rows, (row) => row.student_id);
  return ({ id }) => found.get(id) ?? [];
}

const DAY = 24 * 60 * 60 * 1000;

/** Every day from the first to the last. */
function days(since, until) {
  const all = [];
  for (let day = Date.parse(since); day <= Date.parse(until); day += DAY) {
    all.push(new Date(day).toISOString().slice(0, 10));
  }
  return all;
}

async function diaryDays(viewer, diaries) {
  const rows = await sql.diaryLessons(viewer, {
    students: diaries.map((diary) => diary.student),
    since: diaries.map((diary) => diary.since),
    until: diaries.map((diary) => diary.until),
  });
  for (const row of rows) row.subject = named(row.subject);
  const found = groups(rows, (row) => `${row.student_id} ${row.date}`);
  return ({ student, since, until }) =>
    days(since, until).map((date) => ({ date, lessons: found.get(`${student} ${date}`) ?? [] }));
}

async function lessonTeachers(viewer, lessons) {
  const rows = await sql.teachers(viewer, { teachers: distinct(lessons.map((lesson) => lesson.teacher_id)) });
  const found = new Map(rows.map((row) => [row.id, row]));
  return (lesson) => found.get(lesson.teacher_id) ?? null;
}

/** What a student has at a lesson of the diary: all of it, or the one row there may be. */
const ofCell = (statement, many) => async (viewer, lessons) => {
  const rows = await statement(viewer, {
    students: lessons.map((lesson) => lesson.student_id),
    lessons: ids(lessons),
  });
  const found = groups(rows, (row) => `${row.student_id} ${row.lesson_id}`);
  return (lesson) => {
    const list = found.get(`${lesson.student_id} ${lesson.id}`);
    return many ? (list ?? []) : (list?.[0] ?? null);
  };
};

/** What a student has on a page of the journal. */
const ofRow = (statement, many) => async (viewer, rows, page) => {
  const students = rows.map((row) => row.student.id);
  const found = groups(await statement(viewer, { ...page, students }), (row) => row.student_id);
  return (row) => (many ? (found.get(row.student.id) ?? []) : (found.get(row.student.id)?.[0] ?? null));
};

const page = ({ class: number, subject, since, until }) => ({ class: number, subject, since, until });

const resolvers = {
  Query: {
    me: (_, __, { viewer }) => viewer,
    school: async (_, __, { viewer }) => (await sql.school(viewer, {}))[0],
    schoolClass: async (_, { id }, { viewer }) => (await sql.schoolClass(viewer, { id }))[0],
    journalPage: async (_, { classId, subjectId, periodId }, { viewer }) => {
      const arguments_ = { class: classId, subject: subjectId, period: periodId };
      const [found] = await sql.journalPage(viewer, arguments_);
      return found && { of: page(found), schoolClass: named(found.class_name), subject: named(found.subject_name) };
    },
  },
  Viewer: { children: (viewer) => sql.children(viewer, {}) },
  School: { classes: async (_, { first }, { viewer }) => ({ nodes: await sql.classes(viewer, { first }) }) },
  Student: { diary: ({ id }, { from, to }) => ({ student: id, since: from, until: to }) },
  JournalPage: {
    lessons: ({ of }, _, { viewer }) => sql.journalLessons(viewer, of),
    rows: async ({ of }, _, { viewer }) =>
      (await sql.journalStudents(viewer, of)).map((student) => ({ of, student })),
  },
  Lesson: { record: (lesson) => lesson },
};

const loaders = {
  SchoolClass: {
    students: batched(nothing, async (viewer, classes) => {
      const found = groups(await sql.students(viewer, { classes: ids(classes) }), (row) => row.class_id);
      return ({ id }) => found.get(id) ?? [];
    }),
  },
  Student: {
    marks: batched(({ params }) => params, studentMarks),
    averages: batched(({ params }) => params, studentAverages),
  },
  Diary: { days: batched(nothing, diaryDays) },
  DiaryLesson: {
    teacher: batched(nothing, lessonTeachers),
    attendance: batched(nothing, ofCell(sql.diaryAttendance, false)),
    marks: batched(nothing, ofCell(sql.diaryMarks, true)),
    homework: batched(nothing, ofCell(sql.diaryHomework, true)),
  },
  JournalRow: {
    marks: batched(({ obj }) => obj.of, ofRow(sql.journalMarks, true)),
    attendance: batched(({ obj }) => obj.of, ofRow(sql.journalAttendance, true)),
    average: batched(({ obj }) => obj.of, ofRow(sql.journalAverages, false)),
  },
};

const app = Fastify({ logger: false });
app.decorateRequest("viewer");
app.addHook("onRequest", async (request, reply) => {
  request.viewer = await viewerOf(request.headers.authorization);
  if (!request.viewer) return reply.code(401).send({ errors: [{ message: "Unauthenticated" }] });
});
app.register(mercurius, {
  schema,
  resolvers,
  loaders,
  jit: 1,
  compilerOptions: { disableLeafSerialization: true },
  context: (request) => ({ viewer: request.viewer }),
});
await app.listen({ host: "127.0.0.1", port: Number(process.env.PORT) });
