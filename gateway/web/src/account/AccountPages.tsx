import "../styles/account.css";
import { Navigate, Route, Routes } from "react-router";
import type { Account } from "../session/account";
import { ConfirmEmailPage } from "./ConfirmEmailPage";
import { ForgotPasswordPage, ResetPasswordPage } from "./PasswordPages";
import { InvitationPage } from "./InvitationPage";
import { SecurityPage } from "./SecurityPage";

/** Everything under `/account`: what links in mails open, and the own account's security. */
export default function AccountPages({ account }: { account: Account | null }) {
  return (
    <Routes>
      <Route path="forgot-password" element={<ForgotPasswordPage />} />
      <Route path="reset-password" element={<ResetPasswordPage />} />
      <Route path="confirm-email" element={<ConfirmEmailPage account={account} />} />
      <Route path="invitation" element={<InvitationPage />} />
      <Route
        path="security"
        element={account ? <SecurityPage account={account} /> : <Navigate to="/sign-in" replace state={{ from: "/account/security" }} />}
      />
      <Route path="*" element={<Navigate to="/account/security" replace />} />
    </Routes>
  );
}
