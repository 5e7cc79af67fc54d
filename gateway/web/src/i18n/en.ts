import { account } from "./en/account";
import { me } from "./en/me";
import { pages } from "./en/pages";
import { refusals } from "./en/refusals";
import type { room } from "./en/room";

/** Every language has exactly these texts. The room's come with the room. */
export type Texts = typeof account & typeof pages & typeof me & { refusals: typeof refusals } & typeof room;

export const en = { ...account, ...pages, ...me, refusals };
