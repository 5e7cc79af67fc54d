import { account } from "./account";
import { me } from "./me";

/** Texts about one's own account and seats: they come with the pages that need them. */
export const own = { ...account, ...me };
