import i18next from "i18next";
import { states } from "./places";

interface Reason {
  code: string;
  text: string;
  jurisdiction?: string | null;
}

/** What a member reads of a reason, in their language where there are words for its code. */
export function reasonText(reason: Reason): string {
  if (!i18next.exists(`reasons:${reason.code}`)) {
    return reason.text;
  }

  const code = reason.jurisdiction ?? "";
  const say = i18next.t as unknown as (key: string, options: object) => string;
  return say(`reasons:${reason.code}`, { place: states[code.replace("US-", "")] ?? code });
}
