import { useEffect } from "react";
import { Redirect, Route, Switch } from "../ui/address";
import type { Account } from "../session/account";
import { later, page } from "../staff/pages";
import { TonightPage } from "./TonightPage";

const LedGroupsPage = page(async () => (await import("./LedGroups")).LedGroupsPage);
const LedGroupPage = page(async () => (await import("./LedGroups")).LedGroupPage);
const LedSessionPage = page(async () => (await import("./LedGroups")).LedSessionPage);
const HoursPage = page(async () => (await import("./HoursPage")).HoursPage);
const MyCredentialsPage = page(async () => (await import("./MyCredentialsPage")).MyCredentialsPage);
const ProgramPage = page(async () => (await import("./ProgramPage")).ProgramPage);

/** The pages of a facilitator: tonight at once, each other with its first use or once the page is quiet. */
export default function FacilitatorPages({ account, home = false }: { account: Account; home?: boolean }) {
  const one = { account };
  useEffect(later, []);
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
