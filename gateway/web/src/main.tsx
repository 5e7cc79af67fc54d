import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { setNonce } from "get-nonce";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ApiProblem } from "./api/client";
import { App } from "./App";
import { startTexts, textAt } from "./i18n";
import { accountQuery } from "./session/account";
import { toast } from "./ui/basics";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/components.css";
import "./styles/layout.css";

setNonce(document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? "");

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      retry: (count, error) => (error instanceof ApiProblem ? error.passes && count < 5 : count < 2),
      retryDelay: (count) => Math.min(8000, 400 * 2 ** count),
    },
  },
});

// A new release has other file names: the page that looks for an old one starts anew.
// Where something has been typed, it says so instead; and it starts anew once a minute at most, should the new one lack the file too.
let typedAt = "";
addEventListener("input", () => (typedAt = location.pathname), true);
addEventListener("vite:preloadError", (event) => {
  const last = Number(sessionStorage.getItem("reloaded") ?? 0);
  if (typedAt === location.pathname) {
    event.preventDefault();
    toast(textAt("t", "app.newRelease")!);
  } else if (Date.now() - last > 60_000) {
    event.preventDefault();
    sessionStorage.setItem("reloaded", String(Date.now()));
    location.reload();
  }
});

// The account and the texts are asked for at the same time.
void queries.prefetchQuery(accountQuery);
await startTexts();
createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
