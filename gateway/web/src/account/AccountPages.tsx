import "../styles/account.css";
import { Redirect, Route, Switch } from "../ui/address";
import type { Account } from "../session/account";
import { ConfirmEmailPage } from "./ConfirmEmailPage";
import { ForgotPasswordPage, ResetPasswordPage } from "./PasswordPages";
import { InvitationPage } from "./InvitationPage";
import { SecurityPage } from "./SecurityPage";

/** Everything under `/account`: what links in mails open, and the own account's security. */
export default function AccountPages({ account }: { account: Account | null }) {
  return (
    <Switch>
      <Route path="/account/forgot-password">
        <ForgotPasswordPage />
      </Route>
      <Route path="/account/reset-password">
        <ResetPasswordPage />
      </Route>
      <Route path="/account/confirm-email">
        <ConfirmEmailPage account={account} />
      </Route>
      <Route path="/account/invitation">
        <InvitationPage />
      </Route>
      <Route path="/account/security">
        {account ? (
          <SecurityPage account={account} />
        ) : (
          <Redirect key="sign-in" to="/sign-in" replace state={{ from: "/account/security" }} />
        )}
      </Route>
      <Route>
        {/* The keys make them two: one that was done does nothing again. */}
        <Redirect key="security" to="/account/security" replace />
      </Route>
    </Switch>
  );
}
