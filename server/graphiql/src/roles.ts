export const ROLE_NAMES = {
  DIRECTOR: "Директор",
  DEPUTY: "Завуч",
  TEACHER: "Учитель",
  STUDENT: "Ученик",
  PARENT: "Родитель",
  SECRETARY: "Секретарь",
  HR: "Специалист по кадрам",
  ADMINISTRATOR: "Администратор системы",
  ANALYST: "Аналитик",
  SERVICE: "Внешняя служба",
} as const;

export type Role = keyof typeof ROLE_NAMES;

/** A role newer than this page is shown by its own name. */
export const roleName = (role: string): string => ROLE_NAMES[role as Role] ?? role;
