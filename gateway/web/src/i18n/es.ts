import type { en } from "./en";
import { pages } from "./es/pages";
import { refusals } from "./es/refusals";

export { reasons } from "./es/reasons";

export const es: typeof en = { ...pages, refusals };
