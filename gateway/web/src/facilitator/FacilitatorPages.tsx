import { Redirect, Route, Switch } from "../ui/address";
import type { Account } from "../session/account";
import { LedGroupPage, LedGroupsPage, LedSessionPage } from "./LedGroups";
import { HoursPage } from "./HoursPage";
import { MyCredentialsPage } from "./MyCredentialsPage";
import { ProgramPage } from "./ProgramPage";
import { TonightPage } from "./TonightPage";

/** Everything of a facilitator but the room, in one bundle. */
export default function FacilitatorPages({ account, home = false }: { account: Account; home?: boolean }) {
  const one = { account };
  if (home) {
    return <TonightPage {...one} />;
  }

  return (
    <Switch>
      <Route path="/lead">
        <Redirect to="/" replace />
      </Route>
      <Route path="/lead/groups">
        <LedGroupsPage {...one} />
      </Route>
      <Route path="/lead/groups/:id">
        <LedGroupPage {...one} />
      </Route>
      <Route path="/lead/groups/:id/program">
        <ProgramPage {...one} />
      </Route>
      <Route path="/lead/groups/:group/sessions/:id">
        <LedSessionPage {...one} />
      </Route>
      <Route path="/lead/hours">
        <HoursPage {...one} />
      </Route>
      <Route path="/lead/credentials">
        <MyCredentialsPage {...one} />
      </Route>
    </Switch>
  );
}
