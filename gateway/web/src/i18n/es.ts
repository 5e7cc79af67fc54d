import type { en } from "./en";
import { pages } from "./es/pages";

export { reasons } from "./es/reasons";

export const es: typeof en = pages;
