import type { own } from "./en/own";
import { pages } from "./en/pages";
import { refusals } from "./en/refusals";
import type { room } from "./en/room";

/** Every language has exactly these texts. The room's come with the room, those of one's own account with its pages. */
export type Texts = typeof pages & { refusals: typeof refusals } & typeof own & typeof room;

export const en = { ...pages, refusals };
