import type { Texts } from "./en";
import { pages } from "./es/pages";
import { room } from "./es/room";

export const es: Texts = { ...pages, ...room };
