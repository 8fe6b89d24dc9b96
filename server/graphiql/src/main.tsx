import { createRoot } from "react-dom/client";
import "graphiql/graphiql.css";
import { GraphiQL } from "graphiql";
createRoot(document.getElementById("root")!).render(<GraphiQL fetcher={() => ({})}/>);
