import { useQuery } from "@tanstack/react-query";
import { isStaff, type CameraPolicy } from "@grouptherapy/room-client";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "../i18n";
import { useLocation, useNavigate, useParams } from "../ui/address";
import { api, ask } from "../api/client";
import { markInRoom, type Account } from "../session/account";
import { Link } from "../ui/address";
import { Layout } from "../ui/Layout";
import { Ended } from "./Ended";
import { Prepare } from "./Prepare";
import { Refused } from "./Refused";
import { RoomView } from "./RoomView";
import { Waiting } from "./Waiting";
import { useDevices } from "./devices";
import { keptVisit, keepVisit, forgetVisit } from "./visit";
import { useIsElsewhere, useRoomLine, useRoomState, useWakeLock, type JoinFacts, type Room } from "./useRoom";
import "../styles/room.css";

/** A session from the question where one is to its end. */
export default function RoomPage({ account }: { account: Account }) {
  const { t } = useTranslation();
  const { id = "" } = useParams();
  const sessions = useQuery({ queryKey: ["my-sessions"], queryFn: () => ask(api.GET("/api/me/sessions")) });
  const session = sessions.data?.items.find((s) => s.id === id);
  const leads = session ? session.role !== "member" : account.roles.includes("facilitator") && !account.roles.includes("member");
  const [kept] = useState(() => keptVisit(id));
  // A page that was loaded anew in mid-call goes back in without questions: the place was told minutes ago.
  // "Yes, at home" was said a moment ago on the page before.
  const home = (useLocation().state as { home?: string } | null)?.home;
  const go = useNavigate();
  const [facts, setFacts] = useState<JoinFacts | null>(
    kept || home ? { jurisdiction: kept ? null : (home ?? null), address: "", alone: null, alias: "" } : null,
  );
  const [told, setTold] = useState<JoinFacts | null>(null);
  const devices = useDevices({ mic: kept?.mic ?? true, camera: kept?.camera ?? true });
  const ready = sessions.isFetched;
  const line = useRoomLine(id, ready && session?.modality !== "in_person" ? facts : null, leads);

  const { ask: askDevices, allowCameras } = devices;
  const camera = useCameraPolicy(session?.groupId, sessions.isFetched);
  useEffect(() => {
    if (camera && !line) {
      allowCameras(camera !== "off");
    }
  }, [camera, line, allowCameras]);

  useEffect(() => {
    // A camera that was on before the page was reloaded was allowed: it is opened before the room is entered, not after.
    if (kept?.camera) {
      allowCameras(true);
    }

    if (kept?.devices || home) {
      void askDevices();
    }

    // Told once: a page that is loaded anew later asks again.
    if (home) {
      void go(`/sessions/${id}`, { replace: true, state: null });
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps -- once
  }, []);

  if (session?.modality === "in_person") {
    return (
      <Layout account={account} narrow title={t("refused.inPerson")}>
        <div className="card stack">
          <h1>{t("refused.inPerson")}</h1>
          <p>{t("refused.inPersonText")}</p>
          <p className="venue lead">{session.venue}</p>
          <Link className="button plain" to="/">
            {t("app.toHome")}
          </Link>
        </div>
      </Layout>
    );
  }

  if (!facts) {
    return (
      <Layout account={account} title={t("join.title")}>
        <Prepare
          leads={leads}
          cameras={camera}
          devices={devices}
          before={told}
          onGo={(f) => {
            setTold(f);
            setFacts(f);
          }}
        />
      </Layout>
    );
  }

  if (!line) {
    return (
      <Layout account={account} narrow title={t("room.title")}>
        <p role="status">{t("join.asking")}</p>
      </Layout>
    );
  }

  return (
    <Stages
      account={account}
      session={id}
      name={session?.groupName ?? t("room.title")}
      times={session ?? null}
      line={line}
      devices={devices}
      onPrepare={() => {
        forgetVisit();
        setFacts(null);
      }}
      onAgain={() => setFacts((f) => ({ ...f! }))}
    />
  );
}

/** The group's camera policy; null until it is known. */
function useCameraPolicy(groupId: string | undefined, isKnown: boolean): CameraPolicy | null {
  const group = useQuery({
    queryKey: ["group", groupId],
    queryFn: () => ask(api.GET("/api/groups/{id}", { params: { path: { id: groupId! } } })),
    staleTime: 300_000,
    enabled: groupId !== undefined,
  });
  const isSettled = isKnown && (groupId === undefined || group.isFetched || group.isError);
  return isSettled ? (group.data?.policies.camera ?? "optional") : null;
}

function Stages(props: {
  account: Account;
  session: string;
  name: string;
  times: { startsAt: string; endsAt: string } | null;
  line: Room;
  devices: ReturnType<typeof useDevices>;
  onPrepare: () => void;
  onAgain: () => void;
}) {
  const { t } = useTranslation();
  const { account, line, devices, session } = props;
  const state = useRoomState(line);
  const inside = state.status === "in" || (state.status === "reconnecting" && state.me !== null && state.participants.length > 0);
  const present = state.status === "in" || state.status === "waiting";
  useWakeLock(present);
  const open = (present || inside) && state.phase !== "ended";
  useEffect(() => {
    markInRoom(open);
    return () => markInRoom(false);
  }, [open]);

  useEffect(() => {
    line.media.setTracks(devices.audio, devices.video);
    line.media.setDevices(devices.mic, devices.video !== null);
  }, [line, devices.audio, devices.video, devices.mic]);

  const { release, allowCameras } = devices;
  const here = present && state.me !== null;
  useEffect(() => {
    if (here) {
      allowCameras(state.media.camera !== "off");
    }
  }, [here, state.media.camera, allowCameras]);

  const over = state.status === "ended" || (state.status === "refused" && !line.client.refusal?.again);
  const unseen = over || (here && !state.media.on);
  useEffect(() => {
    if (unseen) {
      release();
    }
  }, [unseen, release]);

  // The window that has the call has the devices too: a camera that is switched off there must be dark.
  const elsewhere = useIsElsewhere(line);
  const wasAsked = useRef(false);
  useEffect(() => {
    if (elsewhere) {
      wasAsked.current = devices.asked;
      release();
    } else if (wasAsked.current) {
      wasAsked.current = false;
      void devices.ask();
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps -- at each change of window
  }, [elsewhere]);

  useEffect(() => {
    const awake = () => document.visibilityState === "visible" && line.media.awake();
    document.addEventListener("visibilitychange", awake);
    return () => document.removeEventListener("visibilitychange", awake);
  }, [line]);

  useEffect(() => {
    if (elsewhere) {
      return;
    }

    if (state.status === "in" || state.status === "waiting") {
      keepVisit(session, { mic: devices.mic, camera: devices.camera, devices: devices.asked && devices.problem?.of !== "both" });
    } else if (state.status === "ended" || state.status === "refused") {
      forgetVisit();
    }
  }, [state.status, session, elsewhere, devices.mic, devices.camera, devices.asked, devices.problem]);

  if (state.status === "refused") {
    return (
      <Layout account={account} narrow title={t("refused.other")}>
        <Refused refusal={line.client.refusal!} onPlace={props.onPrepare} onAgain={props.onAgain} />
      </Layout>
    );
  }

  if (state.status === "ended") {
    return (
      <Layout account={account} narrow title={t("room.over")}>
        <Ended state={state} onAgain={props.onPrepare} />
      </Layout>
    );
  }

  if (inside && state.me) {
    return <RoomView name={props.name} room={line} state={state} devices={devices} staff={isStaff(state.me.role)} />;
  }

  if (state.status === "waiting" || (state.status === "reconnecting" && state.me)) {
    return <Waiting account={account} name={props.name} times={props.times} room={line} state={state} devices={devices} />;
  }

  return (
    <Layout account={account} narrow title={t("room.title")}>
      <p role="status">{t("join.asking")}</p>
    </Layout>
  );
}
