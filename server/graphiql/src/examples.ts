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
    today
    sessions {
      device
      createdAt
      current
    }
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
      holiday {
        name
      }
      lessons {
        number
        startsAt
        room
        subject {
          name
        }
        teacher {
          shortName
        }
        topic
        attendance {
          letters
        }
        tasks {
          task {
            workType {
              name
            }
          }
          mark {
            value
            comment
          }
        }
        homework {
          text
        }
      }
    }
  }
}
`;

/** The first answer comes at once: it holds a cursor, and no changes yet. */
const DIARY_CHANGED = `subscription DiaryChanged($studentIds: [ID!]!) {
  diaryChanged(studentIds: $studentIds) {
    cursor
    changes {
      kind
      startsOn
      student {
        name
      }
      subject {
        name
      }
      mark {
        value
      }
      attendance {
        letters
      }
      homework {
        text
      }
    }
  }
}
`;

const AVERAGES = `query Averages($periodId: ID!) {
  me {
    children {
      name
      averages(periodId: $periodId) {
        subject {
          name
        }
        average
        weightedAverage
        counted
      }
    }
  }
}
`;

const JOURNAL_PAGE = `query JournalPage($groupId: ID!, $subjectId: ID!, $periodId: ID!) {
  journalPage(groupId: $groupId, subjectId: $subjectId, periodId: $periodId) {
    group {
      name
    }
    subject {
      name
    }
    lessons {
      date
      number
      state
      record {
        topic
        homework {
          text
        }
      }
    }
    rows {
      student {
        shortName
      }
      marks {
        lessonDate
        value
      }
      attendance {
        lessonDate
        letters
      }
      average {
        average
        weightedAverage
      }
    }
  }
}
`;

const PAGE_CHANGED = `subscription PageChanged($groupId: ID!, $subjectId: ID!, $periodId: ID!) {
  journalPageChanged(groupId: $groupId, subjectId: $subjectId, periodId: $periodId) {
    cursor
    changes {
      kind
      startsOn
      student {
        shortName
      }
      record {
        topic
      }
      mark {
        value
      }
      attendance {
        letters
      }
    }
  }
}
`;

/** The first page of a teacher's own journal. */
const PAGE: Pick<Example, "variables" | "prepare" | "fill"> = {
  variables: { groupId: "", subjectId: "", periodId: "" },
  prepare: "query Prepare { me { assignments { subject { id } group { id schoolClass { periods { id } } } } } }",
  fill: {
    groupId: "me.assignments.0.group.id",
    subjectId: "me.assignments.0.subject.id",
    periodId: "me.assignments.0.group.schoolClass.periods.0.id",
  },
};

const OWN_CLASSES: Example = {
  title: "Мои классы и предметы",
  query: `query OwnClasses {
  me {
    ledClasses {
      name
      students {
        name
        card {
          birthDate
          phone
        }
        guardianships {
          kind
          guardian {
            name
            phone
          }
        }
      }
    }
    assignments {
      subject {
        name
      }
      group {
        name
        students {
          shortName
        }
      }
    }
  }
}
`,
};

const RECORD_LESSON: Example = {
  title: "Записать тему урока",
  query: `mutation RecordLesson($lessonId: ID!, $topic: String!) {
  recordLesson(input: { lessonId: $lessonId, topic: $topic }) {
    ... on RecordLessonPayload {
      record {
        topic
        version
      }
    }
    ... on Refusal {
      code
      message
      clause
    }
  }
}
`,
  variables: { lessonId: "", topic: "Повторение" },
  prepare: `query Prepare {
  me {
    staff {
      lessons(since: "2026-05-11", until: "2026-05-16", first: 1) {
        nodes {
          id
        }
      }
    }
  }
}`,
  fill: { lessonId: "me.staff.lessons.nodes.0.id" },
};

const WHOLE_SCHOOL: Example = {
  title: "Вся школа: классы, учащиеся, отметки четверти",
  query: `query WholeSchool($periodId: ID!) {
  school {
    name
    classes(first: 100) {
      totalCount
      nodes {
        name
        leader {
          shortName
        }
        students {
          name
          marks(periodId: $periodId, first: 5) {
            nodes {
              value
              lessonDate
            }
          }
        }
      }
    }
  }
}
`,
  variables: { periodId: "" },
  prepare: "query Prepare { school { currentYear { periods { id } } } }",
  fill: { periodId: "school.currentYear.periods.5.id" },
};

const CLASSES: Example = {
  title: "Классы и классные руководители",
  query: `query Classes {
  school {
    classes(first: 100) {
      nodes {
        name
        leader {
          name
        }
      }
    }
  }
}
`,
};

const STUDENTS: Example = {
  title: "Учащиеся с карточками",
  query: `query Students {
  school {
    students(first: 20) {
      totalCount
      nodes {
        name
        schoolClass {
          name
        }
        card {
          birthDate
          phone
        }
        guardianships {
          kind
          guardian {
            name
          }
        }
      }
    }
  }
}
`,
};

const STAFF: Example = {
  title: "Сотрудники с карточками",
  query: `query Staff {
  school {
    staff(first: 100) {
      totalCount
      nodes {
        name
        position
        card {
          number
          category
          hiredOn
        }
      }
    }
  }
}
`,
};

const SUMMARY: Example = {
  title: "Средние баллы по классам, без имён",
  query: `query Summary($periodId: ID!) {
  school {
    classes(first: 100, grade: 5) {
      nodes {
        name
        students {
          averages(periodId: $periodId) {
            subject {
              shortName
            }
            average
          }
        }
      }
    }
  }
}
`,
  variables: { periodId: "" },
  prepare: "query Prepare { school { currentYear { periods { id } } } }",
  fill: { periodId: "school.currentYear.periods.5.id" },
};

const ENTITIES: Example = {
  title: "Объекты по ссылкам федерации",
  query: `query Entities($representations: [_Any!]!) {
  _entities(representations: $representations) {
    ... on Student {
      id
      name
    }
  }
}
`,
  // base64 of "Student:1": a reference as another service would keep it.
  variables: { representations: [{ __typename: "Student", id: "U3R1ZGVudDox" }] },
};

export const EXAMPLES: Record<string, Example[]> = {
  /** Nobody has logged in. */
  ANYONE: [{ title: "Кто я", query: "query Me {\n  me {\n    name\n    roles\n  }\n}\n" }],
  PARENT: [
    {
      title: "Дневник детей на неделю",
      query: DIARY,
      variables: { studentIds: [], ...WEEK },
      prepare: "query Prepare { me { children { id } } }",
      fill: { studentIds: "me.children.*.id" },
    },
    {
      title: "Средние баллы детей",
      query: AVERAGES,
      variables: { periodId: "" },
      prepare: "query Prepare { me { children { schoolClass { periods { id } } } } }",
      fill: { periodId: "me.children.0.schoolClass.periods.0.id" },
    },
    {
      title: "Подписка: дневники детей",
      query: DIARY_CHANGED,
      variables: { studentIds: [] },
      prepare: "query Prepare { me { children { id } } }",
      fill: { studentIds: "me.children.*.id" },
    },
    ME,
  ],
  STUDENT: [
    {
      title: "Мой дневник на неделю",
      query: DIARY,
      variables: { studentIds: [], ...WEEK },
      prepare: "query Prepare { me { student { id } } }",
      fill: { studentIds: "me.student.id" },
    },
    {
      title: "Подписка: мой дневник",
      query: DIARY_CHANGED,
      variables: { studentIds: [] },
      prepare: "query Prepare { me { student { id } } }",
      fill: { studentIds: "me.student.id" },
    },
    ME,
  ],
  TEACHER: [
    { title: "Страница журнала", query: JOURNAL_PAGE, ...PAGE },
    OWN_CLASSES,
    RECORD_LESSON,
    { title: "Подписка: страница журнала", query: PAGE_CHANGED, ...PAGE },
  ],
  DEPUTY: [WHOLE_SCHOOL, CLASSES, STAFF],
  DIRECTOR: [CLASSES, STAFF, STUDENTS],
  SECRETARY: [STUDENTS, CLASSES],
  HR: [STAFF, ME],
  ADMINISTRATOR: [STAFF, STUDENTS, ME],
  ANALYST: [SUMMARY],
  SERVICE: [ENTITIES],
};
