import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useState } from "react";
import { ownTexts, textAt } from "../i18n";
import { api, signedOut } from "../api/client";
import { accountQuery, markSignedOut } from "../session/account";
import { toast } from "../ui/basics";
import { onStepUp, stepUpMiddleware, type Asked } from "./stepUp";

const StepUpDialog = lazy(async () => {
  const [dialog] = await Promise.all([import("./StepUpDialog"), ownTexts()]);
  return { default: dialog.StepUpDialog };
});

/** Stands once in the page: whatever call is refused for want of a fresh proof asks for it here, and goes on. */
export function StepUpHost() {
  const queries = useQueryClient();
  const [asked, setAsked] = useState<Asked | null>(null);
  useEffect(() => {
    onStepUp(setAsked);
    const middleware = stepUpMiddleware((code) => {
      if (code === "email-not-confirmed") {
        void ownTexts().then(() => toast(textAt("t", "account.unconfirmed")!));
      } else {
        void queries.invalidateQueries({ queryKey: ["account"] });
      }
    });
    const end = () => {
      markSignedOut();
      queries.setQueryData(accountQuery.queryKey, null);
    };
    api.use(middleware);
    signedOut.addEventListener("signed-out", end);
    return () => {
      onStepUp(null);
      api.eject(middleware);
      signedOut.removeEventListener("signed-out", end);
    };
  }, [queries]);
  return asked ? (
    <Suspense>
      <StepUpDialog asked={asked} />
    </Suspense>
  ) : null;
}
