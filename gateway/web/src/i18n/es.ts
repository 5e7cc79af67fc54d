import type { Texts } from "./en";
import { account } from "./es/account";
import { pages } from "./es/pages";
import { room } from "./es/room";

export const es: Texts = { ...account, ...pages, ...room };
