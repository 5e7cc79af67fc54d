import type { LucideIcon } from "lucide-react";
import {
  Activity,
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
    | "calendar";
  icon: LucideIcon;
  /** Whether the pages below it leave it unmarked. */
  end?: boolean;
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
  { to: "/operate/groups", text: "groups", icon: UsersRound },
  { to: "/operate/calendar", text: "calendar", icon: CalendarRange },
  { to: "/operate/coverage", text: "coverage", icon: Grid3x3 },
  { to: "/operate/people", text: "people", icon: Users },
  { to: "/operate/members", text: "members", icon: ClipboardList },
  { to: "/operate/decisions", text: "decisions", icon: Scale },
  { to: "/operate/rules", text: "rules", icon: ScrollText },
  { to: "/operate/mails", text: "mails", icon: Mail },
  { to: "/operate/audit", text: "audit", icon: BadgeCheck },
  { to: "/operate/system", text: "system", icon: Activity },
  { to: "/operate/practice", text: "practice", icon: Landmark },
];
const own: NavItem = { to: "/me", text: "me", icon: UserRound };

/** The pages of a person's roles. */
export function navOf(account: Account): NavItem[] {
  const { roles } = account;
  const lead = roles.includes("facilitator");
  return [...(lead ? facilitator : roles.includes("member") ? member : []), ...(roles.includes("operator") ? operator : []), own];
}
