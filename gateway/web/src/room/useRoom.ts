import { HubRefusal, JoinRefused, MediaLink, RoomClient, type Ticket } from "@grouptherapy/room-client";
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { useTranslation } from "../i18n";
import { api, ApiProblem, ask } from "../api/client";
import { toast } from "../ui/basics";

export interface JoinFacts {
  jurisdiction: string | null;
  address: string;
  alone: boolean | null;
  alias: string;
}

/** The answers that asking again may change by itself. */
async function join(session: string, facts: JoinFacts, leads: boolean): Promise<Ticket> {
  const location = facts.jurisdiction ? { jurisdiction: facts.jurisdiction, address: facts.address.trim() || null } : null;
  try {
    const body = { location: leads ? null : location, alone: facts.alone, alias: facts.alias.trim() || null };
    const answer = await ask(api.POST("/api/sessions/{id}/join", { params: { path: { id: session } }, body }));
    return {
      ticket: answer.ticket,
      hub: answer.hub,
      iceServers: answer.iceServers.map((s) => ({ urls: s.urls, username: s.username, credential: s.credential })),
    };
  } catch (error) {
    if (error instanceof ApiProblem) {
      throw new JoinRefused(error.status === 401 ? "signed-out" : error.code, error.body, error.passes);
    }

    throw error;
  }
}

export interface Room {
  client: RoomClient;
  media: MediaLink;
}

/** Starts the line into a room, and ends it with the page. */
export function useRoomLine(session: string, facts: JoinFacts | null, leads: boolean): Room | null {
  const [room, setRoom] = useState<Room | null>(null);
  const latest = useRef(facts);
  latest.current = facts;
  useEffect(() => {
    if (!latest.current) {
      return;
    }

    const client = new RoomClient({ origin: location.origin, join: () => join(session, latest.current!, leads) });
    const media = new MediaLink(client);
    client.start();
    setRoom({ client, media });
    return () => {
      media.close();
      void client.stop();
      setRoom(null);
    };
  }, [session, facts, leads]);
  return room;
}

export const useRoomState = (room: Room) => useSyncExternalStore(room.client.subscribe, room.client.getState);
export const useMediaState = (room: Room) => useSyncExternalStore(room.media.subscribe, room.media.getState);

/** Whether another window of the same person has the call. */
export const useIsElsewhere = (room: Room) =>
  useSyncExternalStore(room.media.subscribe, () => room.media.getState().status === "elsewhere");

/** Keeps the screen awake while the person is in a room. */
export function useWakeLock(active: boolean): void {
  useEffect(() => {
    if (!active || !("wakeLock" in navigator)) {
      return;
    }

    let lock: WakeLockSentinel | null = null;
    let over = false;
    const take = async () => {
      if (document.visibilityState === "visible" && !over && (!lock || lock.released)) {
        lock = await navigator.wakeLock.request("screen").catch(() => null);
      }

      if (over) {
        void lock?.release();
      }
    };
    void take();
    // A phone call takes the lock away; coming back takes it again.
    document.addEventListener("visibilitychange", take);
    return () => {
      over = true;
      document.removeEventListener("visibilitychange", take);
      void lock?.release();
    };
  }, [active]);
}

/** Runs an act of a person and says what went wrong, in the person's words. */
export function useAct(): (act: () => Promise<unknown>) => Promise<boolean> {
  const { t } = useTranslation();
  return async (act) => {
    try {
      await act();
      return true;
    } catch (error) {
      toast(error instanceof HubRefusal && error.code !== "try-again" ? error.message : t("problem.network"));
      return false;
    }
  };
}
