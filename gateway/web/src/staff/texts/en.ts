import { common } from "./en-common";
import { facilitator } from "./en-facilitator";
import { licensing } from "./en-licensing";
import { acts, mailKinds } from "./en-mails";
import { operator } from "./en-operator";

/** The texts of operators; facilitators read the first two. */
export const en = { ...common, ...facilitator, ...operator, ...licensing, mailKinds, acts };
