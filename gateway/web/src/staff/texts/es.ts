import type { en } from "./en";
import { common } from "./es-common";
import { facilitator } from "./es-facilitator";
import { licensing } from "./es-licensing";
import { acts, mailKinds } from "./es-mails";
import { operator } from "./es-operator";

export const es: typeof en = { ...common, ...facilitator, ...operator, ...licensing, mailKinds, acts };
