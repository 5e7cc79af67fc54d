import { account } from "./account";
import { me } from "./me";

/** What people read about their own account and seats: it comes with the pages that need it. */
export const own = { ...account, ...me };
