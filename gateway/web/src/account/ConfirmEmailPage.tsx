import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "../i18n";
import { Link } from "../ui/address";
import type { Account } from "../session/account";
import { Note } from "../ui/basics";
import { Layout } from "../ui/Layout";
import { call } from "./calls";
import { useLinkToken } from "./useLinkToken";

/** The page that the link in a confirmation opens. The signed-in person's token is renewed, so that it counts at once. */
export function ConfirmEmailPage({ account }: { account: Account | null }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const token = useLinkToken();
  const [state, setState] = useState<"asking" | "done" | "dead">(token ? "asking" : "dead");
  const begun = useRef(false);
  useEffect(() => {
    if (!token || begun.current) {
      return;
    }

    begun.current = true;
    void (async () => {
      try {
        await call("POST", "confirmEmail", { code: token });
        setState("done");
        if (account) {
          await call("POST", "refresh?useCookies=true").catch(() => undefined);
          await queries.invalidateQueries({ queryKey: ["account"] });
        }
      } catch {
        setState("dead");
      }
    })();
  }, [token, account, queries]);

  return (
    <Layout account={account} narrow title={t("account.confirmTitle")}>
      <div className="stack wide">
        <h1>{t("account.confirmTitle")}</h1>
        {state === "asking" && <p role="status">{t("app.loading")}</p>}
        {state === "done" && <Note role="status">{t("account.confirmDone")}</Note>}
        {state === "dead" && (
          <Note look="warm" role="alert">
            {t("account.linkDead")}
          </Note>
        )}
        <Link className="button primary" to="/">
          {t("account.goOn")}
        </Link>
      </div>
    </Layout>
  );
}
