import { lazy, type ComponentType } from "react";
import type { Account } from "../session/account";

type Page = ComponentType<{ account: Account }>;
const loads: (() => Promise<unknown>)[] = [];
const quietAfterMs = 10_000;

/** A page that is fetched with its first use. */
export function page(load: () => Promise<Page>) {
  loads.push(load);
  return lazy(async () => ({ default: await load() }));
}

/** Fetches the other pages once the first one has long been there, so that the way to them shows no skeleton. */
export function later(): () => void {
  const timer = setTimeout(() => loads.splice(0).forEach((load) => void load().catch(() => {})), quietAfterMs);
  return () => clearTimeout(timer);
}
