import { practiceLanguage, useTranslation } from "../i18n";
import { Link, useNavigate } from "../ui/address";
import { CalendarDays, Clock, House, MapPin, UserRound } from "lucide-react";
import { clock, dayOf, deviceZone, relative, sameClock, spanOf, timeOf } from "../i18n/times";
import { states } from "../i18n/places";
import type { Profile } from "../session/profile";
import { Button, Note, useNow } from "../ui/basics";
import { Absence } from "./Absence";
import type { MySession } from "./mySessions";

const lobbyMinutes = 15;

/** The next session with the time that is left, and the way in. A member who is at home needs one tap. */
export function NextSession({
  session,
  home,
  heading: Heading = "h1",
}: {
  session: MySession;
  home?: Profile["residence"];
  heading?: "h1" | "h2";
}) {
  const { t } = useTranslation();
  const go = useNavigate();
  const now = useNow();
  const starts = new Date(session.startsAt).getTime();
  const lobby = starts - lobbyMinutes * 60_000;
  const inPerson = session.modality === "in_person";
  const running = session.status === "live" || session.status === "open" || session.status === "held";
  const open = running || now >= lobby;
  const begun = session.status === "live" || session.status === "held" || inPerson;
  const leads = session.role !== "member";
  const left = (starts - now) / 1000;
  const state = home?.state && home.state in states ? home.state : null;
  return (
    <section className="session-hero" aria-labelledby="next-session">
      <p className="row small">
        <CalendarDays aria-hidden size={20} />
        {leads ? t("home.tonight") : t("home.next")}
      </p>
      <Heading id="next-session" lang={practiceLanguage}>
        {session.groupName}
      </Heading>
      <div className="stack tight">
        <p className="when">
          {dayOf(session.startsAt)}, <span className="unbroken">{spanOf(session.startsAt, session.endsAt)}</span>
        </p>
        {!leads && session.unsure && (
          <Note look="warm" role="status">
            <strong>{t("home.unsure")}</strong>
            <span>{t("home.unsureText")}</span>
          </Note>
        )}
        {!leads && !session.unsure && (
          <p className="row together">
            <UserRound aria-hidden size={20} />
            {t(session.substituted ? "home.thisTimeWith" : "home.with", { name: session.facilitatorName })}
          </p>
        )}
        {!sameClock(session.startsAt, session.timeZone) && (
          <p className="small">
            {t("home.zone", {
              time: timeOf(session.startsAt, deviceZone()),
              groupTime: timeOf(session.startsAt, session.timeZone),
            })}
          </p>
        )}
        <p className="row countdown" role="timer">
          <Clock aria-hidden size={22} />
          {left > 0 && left < 3600 ? (
            <strong>{t("home.startsClock", { clock: clock(left) })}</strong>
          ) : (
            <strong>{t(left > 0 ? "home.startsIn" : begun ? "home.startedAgo" : "home.notOpened", { when: relative(starts, now) })}</strong>
          )}
        </p>
      </div>
      {inPerson ? (
        <InPerson session={session} leads={leads} />
      ) : (
        <div className="row">
          <Link className="button primary large" to={`/sessions/${session.id}`}>
            {leads ? t("home.lead") : open ? t("home.join") : t("home.prepare")}
          </Link>
          {!open && <span className="small">{t("home.lobbyOpens", { time: timeOf(lobby) })}</span>}
          {open && (leads || !state) && <span className="small">{t("home.lobbyOpen")}</span>}
          {open && !leads && state && (
            <Button look="soft" size="large" onClick={() => void go(`/sessions/${session.id}`, { state: { home: `US-${state}` } })}>
              <House aria-hidden />
              {t("home.stillHome", { city: home?.city ?? states[state] })}
            </Button>
          )}
        </div>
      )}
      {!leads && !running && left > 0 && <Absence session={session} />}
    </section>
  );
}

/** Where people meet; its facilitators say there who came. */
function InPerson({ session, leads }: { session: MySession; leads: boolean }) {
  const { t } = useTranslation();
  return (
    <div className="stack">
      <p className="row together place">
        <MapPin aria-hidden size={22} />
        <span>
          <strong>{t("home.inPerson")}</strong>
          <span className="venue">{session.venue}</span>
        </span>
      </p>
      {leads ? (
        <Link className="button primary large" to={`/lead/groups/${session.groupId}/sessions/${session.id}`}>
          {t("home.inPersonLead")}
        </Link>
      ) : (
        <p className="small">{t("home.inPersonText")}</p>
      )}
    </div>
  );
}
