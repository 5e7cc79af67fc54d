import { useState } from "react";
import { useTranslation } from "../i18n";
import { Siren } from "lucide-react";
import { api, ask } from "../api/client";
import type { components } from "../api/schema";
import { dayOf, timeOf } from "../i18n/times";
import type { Account } from "../session/account";
import { Button, Dialog, Field, Note } from "../ui/basics";
import { useGroups } from "./data";
import { EmergencyFacts, type Sheet } from "./EmergencyFacts";
import { ProblemNote } from "./kit";

type Opened = components["schemas"]["room.BreakGlassResponse"];
const shortest = 20;
const longest = 200;

/** Break-glass access for staff who do not lead the group, or whose day after the session is over: for an hour, with a reason that the operators read. */
export function BreakGlass({ account, group }: { account: Account; group?: string }) {
  const { t } = useTranslation("staff");
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button look="danger-soft" onClick={() => setOpen(true)}>
        <Siren aria-hidden />
        {t("glass.button")}
      </Button>
      {open && (
        <Dialog open onOpenChange={setOpen} title={t("glass.title")} text={t("glass.text")}>
          <Steps account={account} group={group} />
        </Dialog>
      )}
    </>
  );
}

/** The reason, the person, the sheet; nothing of it stays once the dialog is closed. */
function Steps({ account, group }: { account: Account; group?: string }) {
  const { t } = useTranslation("staff");
  const [reason, setReason] = useState("");
  const [opened, setOpened] = useState<Opened | null>(null);
  const [sheet, setSheet] = useState<{ alias: string; facts: Sheet } | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const run = async (act: () => Promise<void>) => {
    setBusy(true);
    setProblem(null);
    try {
      await act();
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  const start = (id: string) =>
    run(async () => setOpened(await ask(api.POST("/api/groups/{id}/break-glass", { params: { path: { id } }, body: { reason } }))));
  const show = (one: Opened["people"][number]) =>
    run(async () => {
      const path = { id: one.sessionId, participantId: one.participantId };
      const facts = await ask(
        api.POST("/api/sessions/{id}/participants/{participantId}/emergency", { params: { path }, body: { reason } }),
      );
      setSheet({ alias: one.alias ?? t("glass.noName"), facts });
    });
  if (sheet) {
    return (
      <div className="stack wide">
        <h3>{sheet.alias}</h3>
        <EmergencyFacts sheet={sheet.facts} />
        <div>
          <Button look="plain" onClick={() => setSheet(null)}>
            {t("glass.other")}
          </Button>
        </div>
      </div>
    );
  }

  if (opened) {
    return (
      <div className="stack wide">
        <p role="status">{t("glass.openUntil", { time: timeOf(opened.until) })}</p>
        <ProblemNote error={problem} />
        {opened.people.length === 0 ? (
          <Note look="warm">{t("glass.nobody")}</Note>
        ) : (
          <ul className="plain stack tight">
            {opened.people.map((one) => (
              <li key={one.participantId} className="row spread">
                <span>
                  <strong>{one.alias ?? t("glass.noName")}</strong>{" "}
                  <span className="soft small">{t("glass.last", { day: dayOf(one.lastSession) })}</span>
                </span>
                <Button
                  look="danger-soft"
                  disabled={busy}
                  aria-label={t("emergency.button", { alias: one.alias ?? t("glass.noName") })}
                  onClick={() => void show(one)}
                >
                  {t("emergency.show")}
                </Button>
              </li>
            ))}
          </ul>
        )}
      </div>
    );
  }

  return <Ask account={account} group={group} reason={reason} onReason={setReason} problem={problem} busy={busy} onStart={start} />;
}

function Ask(props: {
  account: Account;
  group?: string;
  reason: string;
  onReason: (reason: string) => void;
  problem: unknown;
  busy: boolean;
  onStart: (group: string) => Promise<void>;
}) {
  const { t } = useTranslation("staff");
  const [chosen, setChosen] = useState(props.group ?? "");
  const groups = useGroups(!props.group);
  const mine = (groups.data ?? []).filter((g) => props.account.practices.includes(g.practice));
  const missing = Math.max(0, shortest - [...props.reason.trim()].length);
  return (
    <form
      className="stack wide"
      onSubmit={(e) => {
        e.preventDefault();
        void props.onStart(chosen);
      }}
    >
      <Note look="warm">{t("glass.warning")}</Note>
      {!props.group && (
        <Field label={t("word.group")}>
          {(ids) => (
            <select {...ids} className="input" required value={chosen} onChange={(e) => setChosen(e.target.value)}>
              <option value="">{t("form.choose")}</option>
              {mine.map((g) => (
                <option key={g.id} value={g.id}>
                  {g.name}
                </option>
              ))}
            </select>
          )}
        </Field>
      )}
      <Field label={t("glass.reason")} hint={missing > 0 ? t("glass.missing", { count: missing }) : t("glass.reasonHint")}>
        {(ids) => (
          <textarea
            {...ids}
            className="input"
            rows={3}
            required
            maxLength={longest}
            value={props.reason}
            onChange={(e) => props.onReason(e.target.value)}
          />
        )}
      </Field>
      <ProblemNote error={props.problem} />
      <Button type="submit" look="danger" size="large wide" disabled={props.busy || missing > 0}>
        {t("glass.open")}
      </Button>
    </form>
  );
}
