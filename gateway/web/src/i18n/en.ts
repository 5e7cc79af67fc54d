import { pages } from "./en/pages";
import type { room } from "./en/room";

/** Every language has exactly these texts. The room's come with the room. */
export type Texts = typeof pages & typeof room;

export const en = pages;
