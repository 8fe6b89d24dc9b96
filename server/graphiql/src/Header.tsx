import { type FormEvent, useState } from "react";
import { roleName } from "./roles";
import { logIn, logOut, type Person, useSession } from "./session";

export function Header() {
  const { person, message, ready } = useSession();
  return (
    <header className="top">
      <h1>classbook</h1>
      <span className="about">электронный журнал: запросы GraphQL</span>
      {message && (
        <output className="message" role="alert" data-testid="message">
          {message}
        </output>
      )}
      {person ? <Who person={person} /> : ready && <LogIn />}
    </header>
  );
}

function Who({ person }: { person: Person }) {
  return (
    <div className="who" data-testid="who">
      <strong>{person.name}</strong>
      <span className="roles">{person.roles.map(roleName).join(", ")}</span>
      <button type="button" data-testid="logout" onClick={() => void logOut()}>
        Выйти
      </button>
    </div>
  );
}

function LogIn() {
  const [withSchool, setWithSchool] = useState(false);
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const field = (name: string) => String(fields.get(name) ?? "").trim();
    setBusy(true);
    await logIn(field("login"), String(fields.get("password") ?? ""), field("school"));
    setBusy(false);
  }

  return (
    <form className="log-in" aria-label="Вход" onSubmit={(event) => void submit(event)}>
      <button
        type="button"
        className="link"
        aria-expanded={withSchool}
        title="Код школы: если один логин есть в нескольких школах"
        data-testid="school-toggle"
        onClick={() => setWithSchool(!withSchool)}
      >
        школа
      </button>
      {withSchool && (
        <input
          name="school"
          aria-label="Код школы"
          placeholder="Код школы"
          autoComplete="organization"
          data-testid="school"
        />
      )}
      <input
        name="login"
        aria-label="Логин"
        placeholder="Логин"
        autoComplete="username"
        autoCapitalize="none"
        required
        data-testid="login"
      />
      <input
        name="password"
        type="password"
        aria-label="Пароль"
        placeholder="Пароль"
        autoComplete="current-password"
        required
        data-testid="password"
      />
      <button type="submit" className="main" disabled={busy} data-testid="submit">
        Войти
      </button>
    </form>
  );
}
