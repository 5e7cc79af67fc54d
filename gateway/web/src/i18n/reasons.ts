import { states } from "./places";
import { textAt } from "./translate";

interface Reason {
  code: string;
  text: string;
  jurisdiction?: string | null;
}

/** What a member reads of a reason, in their language where there are words for its code. */
export function reasonText(reason: Reason): string {
  const code = reason.jurisdiction ?? "";
  return textAt("reasons", reason.code, { place: states[code.replace("US-", "")] ?? code }) ?? reason.text;
}
