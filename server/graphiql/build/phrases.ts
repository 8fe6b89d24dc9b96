// What GraphiQL says, in Russian: file in node_modules -> [the code as published, what to put there].
const REACT = "@graphiql/react/dist";
const DOCS = "@graphiql/plugin-doc-explorer/dist";
const HISTORY = "@graphiql/plugin-history/dist";

const SECTIONS = {
  Arguments: "Аргументы",
  "Deprecated Arguments": "Устаревшие аргументы",
  "Deprecated Enum Values": "Устаревшие значения",
  "Deprecated Fields": "Устаревшие поля",
  Directives: "Директивы",
  "Enum Values": "Значения",
  Fields: "Поля",
  Implements: "Реализует",
  Implementations: "Реализации",
  "Possible Types": "Возможные типы",
  "Root Types": "Корневые типы",
  Type: "Тип",
  "All Schema Types": "Все типы",
};

export const PHRASES: Record<string, [string, string][]> = {
  "graphiql/dist/GraphiQL.js": [
    ['"New tab"', '"Новая вкладка"'],
    ['"Show" : "Hide"} editor tools', '"Показать" : "Скрыть"} переменные'],
    ['children: "Variables"', 'children: "Переменные"'],
    ['? "Variables" : "Headers"', '? "Переменные" : "Заголовки"'],
    ['"Editor Commands"', '"Действия с запросом"'],
    ['"Operation Editor"', '"Запрос"'],
    ['"Select active operation"', '"Вкладки"'],
  ],
  "graphiql/dist/ui/sidebar.js": [
    ["Re-fetch GraphQL schema", "Обновить схему"],
    ['"Open short keys dialog"', '"Сочетания клавиш"'],
    ['"Open settings dialog"', '"Настройки"'],
    ['"Hide" : "Show"} ${', '"Скрыть" : "Показать"}: ${'],
    ['children: "Short Keys"', 'children: "Сочетания клавиш"'],
    ["This modal provides a list of available keyboard shortcuts and their functions.", "Список сочетаний клавиш."],
    ['children: "Settings"', 'children: "Настройки"'],
    ["This modal lets you adjust header persistence, interface theme, and clear local storage.", "Настройки страницы."],
    ['"Clear storage"', '"Сохранённое в этой вкладке"'],
    ["Remove all locally stored data and start fresh.", "Удалить вкладки с запросами и историю. Вход сохранится."],
    ['"Cleared data"', '"Удалено"'],
    ['"Failed"', '"Не удалось"'],
    ['"Clear data"', '"Удалить"'],
  ],
  "graphiql/dist/ui/short-keys.js": [
    ['"Execute query"', '"Выполнить запрос"'],
    // The palette is left out of the editor (src/monaco.ts).
    ['  "Open the Command Palette (you must have focus in the editor)": "F1",\n', ""],
    ['"Prettify editors"', '"Выровнять текст"'],
    ['"Copy query"', '"Скопировать запрос"'],
    ['"Re-fetch schema using introspection"', '"Обновить схему"'],
    ['"Search in documentation"', '"Искать в документации"'],
    ['"Search in editor"', '"Искать в тексте"'],
    ['"Merge fragments definitions into operation definition"', '"Вставить фрагменты в запрос"'],
    ['"Short Key"', '"Клавиши"'],
    ['"Function"', '"Действие"'],
    // A paragraph of links to other sites.
    ['jsxs("p", {', 'jsxs("p", { hidden: true,'],
  ],
  "graphiql/dist/ui/toolbar.js": [
    ["Prettify query", "Выровнять текст"],
    ["Merge fragments into query", "Вставить фрагменты в запрос"],
    ["Copy query", "Скопировать запрос"],
  ],
  [`${REACT}/components/execute-button/index.js`]: [
    ['"Stop" : "Execute"} query', '"Остановить" : "Выполнить"} запрос'],
  ],
  [`${REACT}/components/tabs/index.js`]: [['"Close Tab"', '"Закрыть вкладку"']],
  [`${REACT}/components/dialog/index.js`]: [['"Close dialog"', '"Закрыть"']],
  [`${REACT}/components/response-editor.js`]: [
    ['"Result Window"', '"Ответ"'],
    ["Loading...", "Загрузка…"],
  ],
  [`${REACT}/utility/tabs.js`]: [['"<untitled>"', '"без имени"']],
  [`${REACT}/utility/jsonc.js`]: [
    ['ListFormat("en"', 'ListFormat("ru"'],
    ["invalid symbol", "лишний знак"],
    ["invalid number format", "неверное число"],
    ["expected a property name", "нет имени переменной"],
    ["expected a value", "нет значения"],
    ["expected a colon", "нет двоеточия"],
    ["expected a comma", "нет запятой"],
    ["expected a closing brace", "нет закрывающей фигурной скобки"],
    ["expected a closing bracket", "нет закрывающей квадратной скобки"],
    ["expected end of file", "лишний текст в конце"],
    ["invalid comment token", "неверный комментарий"],
    ["unexpected end of comment", "комментарий не закрыт"],
    ["unexpected end of string", "строка не закрыта"],
    ["unexpected end of number", "число оборвано"],
    ["invalid unicode", "неверный код знака"],
    ["invalid escape character", "неверный знак после обратной черты"],
    ["invalid character", "недопустимый знак"],
    ["at line ${line}, column ${column}", "(строка ${line}, столбец ${column})"],
    ["are invalid JSON: ", "не разобраны как JSON: "],
    ["are not a JSON object.", "должны быть объектом JSON."],
  ],
  [`${REACT}/stores/execution.js`]: [
    ["Request not sent.", "Запрос не отправлен."],
    ['"Variables" : "Request headers"', '"Переменные" : "Заголовки"'],
    ["Automatically added leaf fields", "Поля добавлены сами: объект без полей запросить нельзя"],
  ],
  [`${REACT}/constants.js`]: [
    ['"Prettify Editors"', '"Выровнять текст"'],
    ['"Merge Fragments into Query"', '"Вставить фрагменты в запрос"'],
    ['"Run Operation"', '"Выполнить запрос"'],
    ['"Copy Query"', '"Скопировать запрос"'],
    // Elsewhere than on a Mac this was the Windows key, though the list of shortcuts says Ctrl.
    ["KeyMod.WinCtrl", "(isMacOs ? KeyMod.WinCtrl : KeyMod.CtrlCmd)"],
    // The accent colour of the editor, as in src/page.css.
    ["#ff5794", "#8ab4f8"],
    ["#d60590", "#1f5fbf"],
  ],
  // A font of the machine, not one of ours.
  [`${REACT}/utility/create-editor.js`]: [
    ['"\\"Fira Code\\""', '"ui-monospace, Consolas, Menlo, \\"DejaVu Sans Mono\\", monospace"'],
    ["fontSize: 15,", 'fontSize: 13, wordWrap: "on",'],
  ],
  [`${DOCS}/context.js`]: [
    ['"Documentation Explorer"', '"Документация"'],
    ['"Docs"', '"Документация"'],
    ["Show Documentation Explorer", "Показать: Документация"],
  ],
  [`${DOCS}/components/doc-explorer.js`]: [
    ["Error fetching schema", "Не удалось получить схему"],
    ["Schema is invalid: ", "Схема неверна: "],
    ["No GraphQL schema available", "Схемы нет"],
    ["Documentation Explorer", "Документация"],
    ["Go back to ", "Назад: "],
  ],
  [`${DOCS}/components/schema-documentation.js`]: [
    ["A GraphQL schema provides a root type for each kind of operation.", "Всё, что доступно с вашими правами."],
  ],
  [`${DOCS}/components/search.js`]: [
    ["`Search ${navItem.name}...`", "`Искать: ${navItem.name}`"],
    // The box is as narrow as the panel; the list of shortcuts has this one.
    ['formatShortcutForOS(formatShortcutForOS(KEY_MAP.searchInDocs.key).replaceAll("-", " "))', '"Искать"'],
    ["No results found", "Ничего не найдено"],
    ["Other results", "В других типах"],
  ],
  [`${DOCS}/components/section.js`]: [
    ["      t1,\n      title\n", `      t1,\n      (${JSON.stringify(SECTIONS)})[title] ?? title\n`],
  ],
  [`${DOCS}/components/argument.js`]: [['children: "Deprecated"', 'children: "Устарело"']],
  [`${DOCS}/components/deprecation-reason.js`]: [['children: "Deprecated"', 'children: "Устарело"']],
  [`${DOCS}/components/field-documentation.js`]: [["Show Deprecated Arguments", "Показать устаревшие аргументы"]],
  [`${DOCS}/components/type-documentation.js`]: [
    ["Show Deprecated Fields", "Показать устаревшие поля"],
    ["Show Deprecated Values", "Показать устаревшие значения"],
  ],
  [`${HISTORY}/index.js`]: [['title: "History"', 'title: "История"']],
  [`${HISTORY}/components.js`]: [
    ['"History"', '"История"'],
    ['"Cleared"', '"Удалено"'],
    ['"Failed to Clear"', '"Не удалось"'],
    ['"Clear"', '"Удалить"'],
    ['"Type a label"', '"Название"'],
    ['"Save"', '"Сохранить"'],
    ['"Set active"', '"Открыть"'],
    ['"Edit label"', '"Назвать"'],
    ['"Remove favorite" : "Add favorite"', '"Убрать из избранного" : "В избранное"'],
    ['"Delete from history"', '"Удалить из истории"'],
  ],
};
