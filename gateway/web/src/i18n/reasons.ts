import { states } from "./places";
import { textAt } from "./translate";

interface Reason {
  code: string;
  text: string;
  jurisdiction?: string | null;
}

/** The text of a reason, in the reader's language where the catalogue has its code. */
export function reasonText(reason: Reason): string {
  const code = reason.jurisdiction ?? "";
  return textAt("reasons", reason.code, { place: states[code.replace("US-", "")] ?? code }) ?? reason.text;
}
