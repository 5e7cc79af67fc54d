import { Route, Switch } from "../ui/address";
import type { Account } from "../session/account";
import { AuditPage } from "./AuditPage";
import { CalendarPage } from "./CalendarPage";
import { CoveragePage } from "./CoveragePage";
import { DecisionPage, DecisionsPage } from "./DecisionPages";
import { FacilitatorPage } from "./FacilitatorPage";
import { GroupEditPage, GroupNewPage } from "./GroupForm";
import { GroupPage } from "./GroupPage";
import { GroupsPage } from "./GroupsPage";
import { MailsPage } from "./MailsPage";
import { MemberPage, MembersPage } from "./MemberPages";
import { PeoplePage } from "./PeoplePage";
import { PracticePage } from "./PracticePage";
import { ProgramEditPage, ProgramsPage } from "./ProgramsPage";
import { RuleSetPage } from "./RuleSetPage";
import { RuleSetsPage } from "./RuleSetsPage";
import { SessionPage } from "./SessionPage";
import { SystemPage } from "./SystemPage";
import { WorkPage } from "./WorkPage";

/** Everything of an operator, in one bundle. */
export default function OperatorPages({ account }: { account: Account }) {
  const one = { account };
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
