import { Navigate, Route, Routes } from "react-router";
import type { Account } from "../session/account";
import { LedGroupPage, LedGroupsPage, LedSessionPage } from "./LedGroups";
import { HoursPage } from "./HoursPage";
import { MyCredentialsPage } from "./MyCredentialsPage";
import { TonightPage } from "./TonightPage";

/** Everything of a facilitator but the room, in one bundle. */
export default function FacilitatorPages({ account, home = false }: { account: Account; home?: boolean }) {
  const one = { account };
  if (home) {
    return <TonightPage {...one} />;
  }

  return (
    <Routes>
      <Route index element={<Navigate to="/" replace />} />
      <Route path="groups" element={<LedGroupsPage {...one} />} />
      <Route path="groups/:id" element={<LedGroupPage {...one} />} />
      <Route path="groups/:group/sessions/:id" element={<LedSessionPage {...one} />} />
      <Route path="hours" element={<HoursPage {...one} />} />
      <Route path="credentials" element={<MyCredentialsPage {...one} />} />
    </Routes>
  );
}
