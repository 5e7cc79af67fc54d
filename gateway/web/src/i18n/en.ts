import { account } from "./en/account";
import { pages } from "./en/pages";
import type { room } from "./en/room";

/** Every language has exactly these texts. The room's come with the room. */
export type Texts = typeof account & typeof pages & typeof room;

export const en = { ...account, ...pages };
