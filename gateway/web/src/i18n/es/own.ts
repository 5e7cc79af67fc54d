import type { own as english } from "../en/own";
import { account } from "./account";
import { me } from "./me";

export const own: typeof english = { ...account, ...me };
