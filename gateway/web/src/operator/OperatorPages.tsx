import { useEffect } from "react";
import { ownTexts } from "../i18n";
import { Route, Switch } from "../ui/address";
import type { Account } from "../session/account";
import { later, page } from "../staff/pages";
import { WorkPage } from "./WorkPage";

/** A page that names what people say about themselves. */
const withOwn = async <P,>(page: Promise<P>) => (await Promise.all([page, ownTexts()]))[0];

const AuditPage = page(async () => (await import("./AuditPage")).AuditPage);
const CalendarPage = page(async () => (await import("./CalendarPage")).CalendarPage);
const CoveragePage = page(async () => (await import("./CoveragePage")).CoveragePage);
const DecisionPage = page(async () => (await withOwn(import("./DecisionPages"))).DecisionPage);
const DecisionsPage = page(async () => (await withOwn(import("./DecisionPages"))).DecisionsPage);
const FacilitatorPage = page(async () => (await import("./FacilitatorPage")).FacilitatorPage);
const GroupEditPage = page(async () => (await import("./GroupForm")).GroupEditPage);
const GroupNewPage = page(async () => (await import("./GroupForm")).GroupNewPage);
const GroupPage = page(async () => (await import("./GroupPage")).GroupPage);
const GroupsPage = page(async () => (await import("./GroupsPage")).GroupsPage);
const MailsPage = page(async () => (await import("./MailsPage")).MailsPage);
const MemberPage = page(async () => (await withOwn(import("./MemberPages"))).MemberPage);
const MembersPage = page(async () => (await withOwn(import("./MemberPages"))).MembersPage);
const PeoplePage = page(async () => (await import("./PeoplePage")).PeoplePage);
const PracticePage = page(async () => (await import("./PracticePage")).PracticePage);
const ProgramEditPage = page(async () => (await import("./ProgramsPage")).ProgramEditPage);
const ProgramsPage = page(async () => (await import("./ProgramsPage")).ProgramsPage);
const RuleSetPage = page(async () => (await import("./RuleSetPage")).RuleSetPage);
const RuleSetsPage = page(async () => (await import("./RuleSetsPage")).RuleSetsPage);
const SessionPage = page(async () => (await import("./SessionPage")).SessionPage);
const SystemPage = page(async () => (await import("./SystemPage")).SystemPage);

/** The pages of an operator: the work queue at once, each other with its first use or once the page is quiet. */
export default function OperatorPages({ account }: { account: Account }) {
  const one = { account };
  useEffect(later, []);
  return (
    <Switch>
      <Route path="/operate">
        <WorkPage {...one} />
      </Route>
      <Route path="/operate/groups">
        <GroupsPage {...one} />
      </Route>
      <Route path="/operate/groups/new">
        <GroupNewPage {...one} />
      </Route>
      <Route path="/operate/groups/:id">
        <GroupPage {...one} />
      </Route>
      <Route path="/operate/groups/:id/edit">
        <GroupEditPage {...one} />
      </Route>
      <Route path="/operate/groups/:group/sessions/:id">
        <SessionPage {...one} />
      </Route>
      <Route path="/operate/programs">
        <ProgramsPage {...one} />
      </Route>
      <Route path="/operate/programs/:practice/:id">
        <ProgramEditPage {...one} />
      </Route>
      <Route path="/operate/calendar">
        <CalendarPage {...one} />
      </Route>
      <Route path="/operate/coverage">
        <CoveragePage {...one} />
      </Route>
      <Route path="/operate/people">
        <PeoplePage {...one} />
      </Route>
      <Route path="/operate/people/:id">
        <FacilitatorPage {...one} />
      </Route>
      <Route path="/operate/members">
        <MembersPage {...one} />
      </Route>
      <Route path="/operate/members/:id">
        <MemberPage {...one} />
      </Route>
      <Route path="/operate/decisions">
        <DecisionsPage {...one} />
      </Route>
      <Route path="/operate/decisions/:id">
        <DecisionPage {...one} />
      </Route>
      <Route path="/operate/rules">
        <RuleSetsPage {...one} />
      </Route>
      <Route path="/operate/rules/:version">
        <RuleSetPage {...one} />
      </Route>
      <Route path="/operate/mails">
        <MailsPage {...one} />
      </Route>
      <Route path="/operate/audit">
        <AuditPage {...one} />
      </Route>
      <Route path="/operate/system">
        <SystemPage {...one} />
      </Route>
      <Route path="/operate/practice">
        <PracticePage {...one} />
      </Route>
    </Switch>
  );
}
