import type { en } from "./en";
import { account } from "./es/account";
import { me } from "./es/me";
import { pages } from "./es/pages";
import { refusals } from "./es/refusals";

export { reasons } from "./es/reasons";

export const es: typeof en = { ...account, ...pages, ...me, refusals };
