import { account } from "./en/account";
import { pages } from "./en/pages";
import { room } from "./en/room";

export const en = { ...account, ...pages, ...room };

/** Every language has exactly these texts. */
export type Texts = typeof en;
