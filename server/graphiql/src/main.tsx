import "./nonce";
import "./workers";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { begin } from "./session";

// Taking an editor away cancels what it was doing, and monaco reports that as a failed promise.
addEventListener("unhandledrejection", (event) => {
  if (event.reason?.name === "Canceled") event.preventDefault();
});

createRoot(document.getElementById("root")!).render(<App />);
void begin();
