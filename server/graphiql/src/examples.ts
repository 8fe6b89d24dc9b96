// The saved example queries: role -> what a person with this role is offered. The first six open as tabs.
//
// An operation's name is its tab's title, ASCII by GraphQL's rules; `title` is what the list shows.
// `variables` are the defaults. `prepare` is a query sent beforehand, and `fill` says where in its data each variable
// is found: "me.children.*.id" is a list, "classes.0.id" one value. What is not found leaves the default.

export type Example = {
  title: string;
  query: string;
  variables?: Record<string, unknown>;
  prepare?: string;
  fill?: Record<string, string>;
};

/** The week that the demo school is richest in. */
const WEEK = { from: "2026-05-11", to: "2026-05-16" };

const ME: Example = {
  title: "Кто я",
  query: `query Me {
  me {
    name
    roles
  }
}
`,
};

const DIARY = `query Diary($studentIds: [ID!]!, $from: Date!, $to: Date!) {
  diary(studentIds: $studentIds, from: $from, to: $to) {
    student {
      name
    }
    days {
      date
      lessons {
        number
        startsAt
        subject {
          name
        }
        topic
      }
    }
  }
}
`;

const TIMETABLE: Example = {
  title: "Расписание класса на неделю",
  query: `query Timetable($classId: ID!, $from: Date!, $to: Date!) {
  timetable(classId: $classId, from: $from, to: $to) {
    date
    lessons {
      number
      startsAt
      subject {
        name
      }
      teacher {
        name
      }
      room
    }
  }
}
`,
  variables: { classId: "", ...WEEK },
  prepare: "query Prepare { classes { id } }",
  fill: { classId: "classes.0.id" },
};

const CLASSES: Example = {
  title: "Классы и классные руководители",
  query: `query Classes {
  classes {
    name
    classTeacher {
      name
    }
    studentCount
  }
}
`,
};

const SUMMARY: Example = {
  title: "Успеваемость и качество по классу",
  query: `query ClassSummary($classId: ID!) {
  classSummary(classId: $classId) {
    subject {
      name
    }
    achievement
    quality
    average
  }
}
`,
  variables: { classId: "" },
  prepare: "query Prepare { classes { id } }",
  fill: { classId: "classes.0.id" },
};

const STAFF: Example = {
  title: "Сотрудники",
  query: `query Staff {
  staff {
    name
    position
  }
}
`,
};

export const EXAMPLES: Record<string, Example[]> = {
  /** Nobody has logged in. */
  ANYONE: [ME],
  PARENT: [
    {
      title: "Дневник детей на неделю",
      query: DIARY,
      variables: { studentIds: [], ...WEEK },
      prepare: "query Prepare { me { children { id } } }",
      fill: { studentIds: "me.children.*.id" },
    },
    {
      title: "Мои дети",
      query: `query Children {
  me {
    children {
      name
    }
  }
}
`,
    },
  ],
  STUDENT: [
    {
      title: "Мой дневник на неделю",
      query: DIARY,
      variables: { studentIds: [], ...WEEK },
      prepare: "query Prepare { me { student { id } } }",
      fill: { studentIds: "me.student.*.id" },
    },
    ME,
  ],
  TEACHER: [
    {
      title: "Страница журнала",
      query: `query JournalPage($assignmentId: ID!, $from: Date!, $to: Date!) {
  journalPage(assignmentId: $assignmentId, from: $from, to: $to) {
    lessons {
      date
      topic
      homework
    }
    students {
      name
      marks {
        value
        date
      }
    }
  }
}
`,
      variables: { assignmentId: "", ...WEEK },
      prepare: "query Prepare { me { assignments { id } } }",
      fill: { assignmentId: "me.assignments.0.id" },
    },
    TIMETABLE,
  ],
  DEPUTY: [SUMMARY, TIMETABLE, CLASSES],
  DIRECTOR: [CLASSES, SUMMARY, STAFF],
  SECRETARY: [CLASSES],
  HR: [STAFF],
  ADMINISTRATOR: [STAFF, ME],
  ANALYST: [SUMMARY],
  SERVICE: [ME],
};
