import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { practiceLanguage, useTranslation } from "../i18n";
import { Link, useNavigate } from "../ui/address";
import { CircleCheck, Clock } from "lucide-react";
import { api, ask } from "../api/client";
import type { components } from "../api/schema";
import { clock, dayOf, timeOf } from "../i18n/times";
import { useDraft } from "../session/drafts";
import { Button, Dialog, Field, Note, toast, useNow } from "../ui/basics";
import { Standing } from "./MyGroups";
import { refusalText } from "./refusals";

export type Enrollment = components["schemas"]["enrollment.EnrollmentView"];

/** The member's present enrollment: a seat, a place on the waitlist, or a seat that waits for the consents; and the way out. */
export function CurrentSeat({ enrollment }: { enrollment: Enrollment }) {
  const { t } = useTranslation();
  const settled = enrollment.status === "enrolled" || enrollment.status === "waitlisted" || enrollment.status === "held";
  return (
    <>
      {settled ? (
        <Note icon={enrollment.status === "enrolled" ? <CircleCheck aria-hidden /> : <Clock aria-hidden />}>
          <Standing enrollment={enrollment} />
          <Link to="/">{t("app.toHome")}</Link>
        </Note>
      ) : (
        <Consents enrollment={enrollment} />
      )}
      <Leave enrollment={enrollment} />
    </>
  );
}

function Consents({ enrollment }: { enrollment: Enrollment }) {
  const { t, i18n } = useTranslation();
  const go = useNavigate();
  const queries = useQueryClient();
  const now = useNow();
  const [{ given }, setDraft, kept] = useDraft<{ given: string[] }>(`consents/${enrollment.id}`, { given: [] });
  const until = enrollment.seatHeldUntil ?? enrollment.offerExpiresAt;
  const left = until ? (new Date(until).getTime() - now) / 1000 : 0;
  const confirm = useMutation({
    mutationFn: () =>
      ask(
        api.POST("/api/enrollments/{id}/confirm", {
          params: { path: { id: enrollment.id } },
          body: { consents: enrollment.consents.map((c) => ({ document: c.document, version: c.version })) },
        }),
      ),
    onSuccess: async () => {
      await queries.invalidateQueries();
      kept.drop();
      toast(t("seat.welcome"));
      void go("/");
    },
  });
  return (
    <form
      className="stack wide"
      onSubmit={(e) => {
        e.preventDefault();
        confirm.mutate();
      }}
    >
      <h3>{t("seat.consents")}</h3>
      {until && (
        <p role="timer">
          {left > 3600 ? t("home.offered", { until: `${dayOf(until)}, ${timeOf(until)}` }) : t("seat.keptFor", { time: clock(left) })}
        </p>
      )}
      {i18n.language !== practiceLanguage && <Note>{t("seat.consentsLanguage")}</Note>}
      {enrollment.consents.map((c) => (
        <div key={c.document} className="consent">
          <details lang={practiceLanguage}>
            <summary>{c.title}</summary>
            <p className="consent-text">{c.text}</p>
          </details>
          <label className="choice">
            <input
              type="checkbox"
              checked={given.includes(c.document)}
              onChange={(e) => setDraft({ given: e.target.checked ? [...given, c.document] : given.filter((d) => d !== c.document) })}
            />
            <span>{t("seat.agree", { title: c.title })}</span>
          </label>
        </div>
      ))}
      {confirm.isError && (
        <Note look="warm" role="alert">
          {refusalText(t, confirm.error)}
        </Note>
      )}
      <Button type="submit" look="primary" size="large" disabled={confirm.isPending || given.length < enrollment.consents.length}>
        {t("seat.confirm")}
      </Button>
    </form>
  );
}

/** Giving up a seat or a place on the waitlist: without having to say why. */
function Leave({ enrollment }: { enrollment: Enrollment }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [open, setOpen] = useState(false);
  const [{ reason }, setDraft, kept] = useDraft(`leave/${enrollment.id}`, { reason: "" });
  const seat = enrollment.status === "enrolled";
  const leave = useMutation({
    mutationFn: () =>
      ask(
        api.POST("/api/enrollments/{id}/cancel", {
          params: { path: { id: enrollment.id } },
          body: { reason: reason.trim() || null },
        }),
      ),
    onSuccess: async () => {
      setOpen(false);
      kept.drop();
      toast(seat ? t("leave.goodbye") : t("leave.withdrawn"));
      await queries.invalidateQueries();
    },
  });
  return (
    <>
      <div>
        <Button look="quiet" onClick={() => setOpen(true)}>
          {seat ? t("leave.group") : t("leave.withdraw")}
        </Button>
      </div>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        title={seat ? t("leave.title") : t("leave.withdrawTitle")}
        text={seat ? t("leave.text") : t("leave.withdrawText")}
      >
        <form
          className="stack wide"
          onSubmit={(e) => {
            e.preventDefault();
            leave.mutate();
          }}
        >
          <Field label={t("leave.reason")} hint={t("leave.reasonHint")}>
            {(ids) => (
              <textarea
                {...ids}
                className="input"
                rows={2}
                maxLength={500}
                value={reason}
                onChange={(e) => setDraft({ reason: e.target.value })}
              />
            )}
          </Field>
          {leave.isError && (
            <Note look="warm" role="alert">
              {refusalText(t, leave.error)}
            </Note>
          )}
          <div className="row end">
            <Button look="primary" onClick={() => setOpen(false)}>
              {seat ? t("leave.stay") : t("leave.keep")}
            </Button>
            <Button type="submit" look="danger-soft" disabled={leave.isPending}>
              {seat ? t("leave.group") : t("leave.withdraw")}
            </Button>
          </div>
        </form>
      </Dialog>
    </>
  );
}
