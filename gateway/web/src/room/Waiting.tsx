import type { RoomState } from "@grouptherapy/room-client";
import { useState } from "react";
import { useTranslation } from "../i18n";
import { Armchair } from "lucide-react";
import { clock, timeOf } from "../i18n/times";
import type { Account } from "../session/account";
import { Button, Note, useNow } from "../ui/basics";
import { CrisisButton, Layout } from "../ui/Layout";
import { Announcer } from "./Announcer";
import { ChatLane } from "./Chat";
import { DeviceCheck } from "./DeviceCheck";
import type { Devices } from "./devices";
import { useAct, type Room } from "./useRoom";

const toldAfter = 5 * 60_000;
const endsAfter = 15 * 60_000;

/** The waiting room: where one is, what comes next, and a line to the facilitators. */
export function Waiting({
  account,
  name,
  times,
  room,
  state,
  devices,
}: {
  account: Account;
  name: string;
  times: { startsAt: string; endsAt: string } | null;
  room: Room;
  state: RoomState;
  devices: Devices;
}) {
  const { t } = useTranslation();
  const now = useNow();
  const act = useAct();
  const [since] = useState(() => Date.now());
  const me = state.me!;
  const sentBack = state.cursors.room !== undefined;
  const starts = times && new Date(times.startsAt).getTime();
  // The hour has come and nobody has opened: what happens next, and until when waiting makes sense.
  const late = !sentBack && state.phase === "lobby" && starts !== null && now >= starts;
  const text = sentBack
    ? t("waiting.back")
    : state.phase === "held"
      ? t("waiting.held")
      : state.phase === "live"
        ? t("waiting.live")
        : state.unled
          ? t("waiting.unled")
          : late
            ? now < starts + toldAfter
              ? t("waiting.late", { told: timeOf(starts + toldAfter) })
              : t("waiting.notOpened")
            : t("waiting.early");
  return (
    <Layout account={account} title={t("waiting.title")}>
      <Announcer state={state} />
      <div className="two-columns">
        <div className="stack wide">
          <div className="card stack wide">
            <Armchair aria-hidden size={44} className="waiting-icon" />
            <div className="stack tight">
              <p className="soft">{name}</p>
              <h1>{t("waiting.title")}</h1>
            </div>
            <p className="lead" role="status">
              {state.status === "reconnecting" ? t("room.reconnecting") : text}
            </p>
            {late && <p>{t("waiting.lateUntil", { until: timeOf(new Date(times!.endsAt).getTime() + endsAfter) })}</p>}
            <p>{t("waiting.unseen")}</p>
            <p className="soft small">
              {me.alias && t("waiting.as", { alias: me.alias })}{" "}
              <span aria-hidden>{t("waiting.since", { time: clock((now - since) / 1000) })}</span>
            </p>
            {(state.phase === "held" || (late && state.unled)) && <Note look="warm">{t("room.heldCall")} 988</Note>}
            <div className="row">
              <CrisisButton onAsk={(words) => room.client.call("RequestHelp", { text: words.trim() || null })} />
              <Button look="plain" onClick={() => act(() => room.client.leave())}>
                {t("waiting.leave")}
              </Button>
            </div>
          </div>
          <section className="card waiting-chat" aria-label={t("waiting.write")}>
            <ChatLane room={room} state={state} lane="private" />
          </section>
        </div>
        {state.media.on ? (
          <section className="card stack wide" aria-labelledby="devices">
            <h2 id="devices">{t(state.media.camera === "off" ? "devices.microphone" : "join.devices")}</h2>
            <DeviceCheck devices={devices} cameras={state.media.camera} />
          </section>
        ) : (
          <Note>{t("room.noMedia")}</Note>
        )}
      </div>
    </Layout>
  );
}
