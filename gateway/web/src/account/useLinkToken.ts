import { useState } from "react";

/** The token of a link in a mail. It stands after `#`, which no browser sends; it is taken out of the address, so that no history keeps it. */
export function useLinkToken(): string {
  const [token] = useState(() => {
    const found = location.hash.slice(1);
    if (found) {
      history.replaceState(history.state, "", location.pathname);
    }

    return found;
  });
  return token;
}
