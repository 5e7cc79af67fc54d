import type { LucideIcon } from "lucide-react";
import {
  Activity,
  BookOpen,
  BadgeCheck,
  CalendarDays,
  CalendarRange,
  ClipboardList,
  Clock,
  Grid3x3,
  Landmark,
  ListChecks,
  Mail,
  Scale,
  ScrollText,
  Search,
  UserRound,
  Users,
  UsersRound,
} from "lucide-react";
import type { Account } from "../session/account";

export interface NavItem {
  to: string;
  /** A text of `nav`. */
  text:
    | "sessions"
    | "find"
    | "me"
    | "tonight"
    | "myGroups"
    | "credentials"
    | "hours"
    | "work"
    | "groups"
    | "people"
    | "members"
    | "decisions"
    | "rules"
    | "coverage"
    | "audit"
    | "mails"
    | "practice"
    | "system"
    | "calendar"
    | "programs";
  icon: LucideIcon;
  /** Under which heading it stands where there are many. */
  part?: "groups" | "people" | "law" | "running";
  /** Whether the pages below it leave it unmarked. */
  end?: boolean;
  /** Pages elsewhere that belong to it. */
  also?: RegExp;
}

const member: NavItem[] = [
  { to: "/", text: "sessions", icon: CalendarDays, end: true },
  { to: "/groups", text: "find", icon: Search },
];
const facilitator: NavItem[] = [
  { to: "/", text: "tonight", icon: CalendarDays, end: true },
  { to: "/lead/groups", text: "myGroups", icon: UsersRound },
  { to: "/lead/hours", text: "hours", icon: Clock },
  { to: "/lead/credentials", text: "credentials", icon: BadgeCheck },
];
const operator: NavItem[] = [
  { to: "/operate", text: "work", icon: ListChecks, end: true },
  { to: "/operate/groups", text: "groups", icon: UsersRound, part: "groups" },
  { to: "/operate/calendar", text: "calendar", icon: CalendarRange, part: "groups" },
  { to: "/operate/programs", text: "programs", icon: BookOpen, part: "groups" },
  { to: "/operate/people", text: "people", icon: Users, part: "people" },
  { to: "/operate/members", text: "members", icon: ClipboardList, part: "people" },
  { to: "/operate/coverage", text: "coverage", icon: Grid3x3, part: "law" },
  { to: "/operate/decisions", text: "decisions", icon: Scale, part: "law" },
  { to: "/operate/rules", text: "rules", icon: ScrollText, part: "law" },
  { to: "/operate/mails", text: "mails", icon: Mail, part: "running" },
  { to: "/operate/audit", text: "audit", icon: BadgeCheck, part: "running" },
  { to: "/operate/system", text: "system", icon: Activity, part: "running" },
  { to: "/operate/practice", text: "practice", icon: Landmark, part: "running" },
];
const own: NavItem = { to: "/me", text: "me", icon: UserRound, also: /^\/(account|profile)(\/|$)/ };

/** The pages of a person's roles. */
export function navOf(account: Account): NavItem[] {
  const { roles } = account;
  const lead = roles.includes("facilitator");
  return [...(lead ? facilitator : roles.includes("member") ? member : []), ...(roles.includes("operator") ? operator : []), own];
}

/** The same by their headings; what has none stands first, and one's own account last. */
export function partsOf(items: NavItem[]): { part?: NavItem["part"]; items: NavItem[] }[] {
  const [first, last] = [items.filter((item) => !item.part && item !== own), items.filter((item) => item === own)];
  const parts = [...new Set(items.flatMap((item) => item.part ?? []))];
  return [{ items: first }, ...parts.map((part) => ({ part, items: items.filter((item) => item.part === part) })), { items: last }];
}
