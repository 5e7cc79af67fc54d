import { Route, Routes } from "react-router";
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
import { RuleSetPage } from "./RuleSetPage";
import { RuleSetsPage } from "./RuleSetsPage";
import { SessionPage } from "./SessionPage";
import { SystemPage } from "./SystemPage";
import { WorkPage } from "./WorkPage";

/** Everything of an operator, in one bundle. */
export default function OperatorPages({ account }: { account: Account }) {
  const one = { account };
  return (
    <Routes>
      <Route index element={<WorkPage {...one} />} />
      <Route path="groups" element={<GroupsPage {...one} />} />
      <Route path="groups/new" element={<GroupNewPage {...one} />} />
      <Route path="groups/:id" element={<GroupPage {...one} />} />
      <Route path="groups/:id/edit" element={<GroupEditPage {...one} />} />
      <Route path="groups/:group/sessions/:id" element={<SessionPage {...one} />} />
      <Route path="calendar" element={<CalendarPage {...one} />} />
      <Route path="coverage" element={<CoveragePage {...one} />} />
      <Route path="people" element={<PeoplePage {...one} />} />
      <Route path="people/:id" element={<FacilitatorPage {...one} />} />
      <Route path="members" element={<MembersPage {...one} />} />
      <Route path="members/:id" element={<MemberPage {...one} />} />
      <Route path="decisions" element={<DecisionsPage {...one} />} />
      <Route path="decisions/:id" element={<DecisionPage {...one} />} />
      <Route path="rules" element={<RuleSetsPage {...one} />} />
      <Route path="rules/:version" element={<RuleSetPage {...one} />} />
      <Route path="mails" element={<MailsPage {...one} />} />
      <Route path="audit" element={<AuditPage {...one} />} />
      <Route path="system" element={<SystemPage {...one} />} />
      <Route path="practice" element={<PracticePage {...one} />} />
    </Routes>
  );
}
