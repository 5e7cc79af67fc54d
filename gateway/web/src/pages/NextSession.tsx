import { useTranslation } from "../i18n";
import { Link, useNavigate } from "../ui/address";
import { CalendarDays, Clock, House } from "lucide-react";
import { clock, dayOf, deviceZone, relative, sameClock, timeOf } from "../i18n/times";
import { states } from "../i18n/places";
import type { Profile } from "../session/profile";
import { Button, useNow } from "../ui/basics";
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
  const running = session.status === "live" || session.status === "open" || session.status === "held";
  const open = running || now >= lobby;
  const leads = session.role !== "member";
  const left = (starts - now) / 1000;
  const state = home?.state && home.state in states ? home.state : null;
  return (
    <section className="session-hero" aria-labelledby="next-session">
      <p className="row small">
        <CalendarDays aria-hidden size={20} />
        {leads ? t("home.tonight") : t("home.next")}
      </p>
      <Heading id="next-session">{session.groupName}</Heading>
      <div className="stack tight">
        <p className="when">
          {dayOf(session.startsAt)}, {timeOf(session.startsAt)}–{timeOf(session.endsAt)}
        </p>
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
            <strong>
              {left > 0 ? t("home.startsIn", { when: relative(starts, now) }) : t("home.startedAgo", { when: relative(starts, now) })}
            </strong>
          )}
        </p>
      </div>
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
      {!leads && !running && <Absence session={session} />}
    </section>
  );
}
