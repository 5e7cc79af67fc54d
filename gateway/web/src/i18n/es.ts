import type { en } from "./en";
import { pages } from "./es/pages";

export const es: typeof en = pages;
