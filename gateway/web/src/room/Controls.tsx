import { isStaff, type MediaState, type RoomState } from "@grouptherapy/room-client";
import { DropdownMenu } from "radix-ui";
import { useState, type ReactNode } from "react";
import { useTranslation } from "../i18n";
import {
  AudioLines,
  Camera,
  CameraOff,
  Ellipsis,
  Hand,
  LayoutGrid,
  MessageSquare,
  Mic,
  MicOff,
  PhoneOff,
  RectangleHorizontal,
  ScanFace,
  Settings2,
  Timer,
  UserPen,
  Users,
} from "lucide-react";
import { Dialog } from "../ui/basics";
import { DeviceCheck } from "./DeviceCheck";
import { LeaveDialog } from "./LeaveDialog";
import { RenameDialog } from "./RenameDialog";
import type { Panel } from "./RoomView";
import type { View } from "./Stage";
import type { Devices } from "./devices";
import { useAct, type Room } from "./useRoom";

const slowSeconds = 30;

/** One's own controls, always at the thumb. */
export function Controls(props: {
  room: Room;
  state: RoomState;
  media: MediaState;
  devices: Devices;
  panel: Panel;
  onPanel: (panel: Panel) => void;
  unread: number;
  view: View;
  onView: (view: View) => void;
}) {
  const { t } = useTranslation();
  const act = useAct();
  const { room, state, media, devices, panel, onPanel, unread, view } = props;
  const [dialog, setDialog] = useState<"leave" | "devices" | "rename" | null>(null);
  const me = state.me!;
  const hand = state.hands.includes(me.participantId);
  const muted = state.muted[me.participantId];
  const toggle = (which: Panel) => onPanel(panel === which ? null : which);
  return (
    <section className="controls" aria-label={t("controls.label")}>
      {state.media.on && me.role !== "observer" && (
        <Control
          label={devices.mic ? t("controls.mute") : t("controls.unmute")}
          off={!devices.mic}
          disabled={muted?.audio}
          onClick={() => (devices.audio ? devices.setMic(!devices.mic) : void devices.ask())}
          icon={devices.mic && !muted?.audio ? <Mic aria-hidden /> : <MicOff aria-hidden />}
        />
      )}
      {state.media.on && me.role !== "observer" && state.media.camera !== "off" && (
        <Control
          label={devices.camera ? t("controls.cameraStop") : t("controls.camera")}
          off={!devices.camera}
          disabled={muted?.video}
          onClick={() => void devices.setCamera(!devices.camera)}
          icon={devices.camera && !muted?.video ? <Camera aria-hidden /> : <CameraOff aria-hidden />}
        />
      )}
      <Control
        label={hand ? t("controls.handDown") : t("controls.hand")}
        on={hand}
        onClick={() => void act(() => (hand ? room.client.call("LowerHand", { participantId: null }) : room.client.call("RaiseHand")))}
        icon={<Hand aria-hidden />}
      />
      <Control
        label={t("controls.chat")}
        on={panel === "chat"}
        pressed={panel === "chat"}
        onClick={() => toggle("chat")}
        icon={<MessageSquare aria-hidden />}
        badge={unread}
        badgeText={t("controls.unread", { count: unread })}
      />
      <Control
        label={t("controls.people")}
        on={panel === "people"}
        pressed={panel === "people"}
        onClick={() => toggle("people")}
        icon={<Users aria-hidden />}
        badge={state.waiting.length}
        badgeText={t("lead.admitWaiting", { count: state.waiting.length })}
      />
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger asChild>
          <button type="button" className="control">
            <span className="control-icon">
              <Ellipsis aria-hidden />
            </span>
            <span className="control-label">{t("controls.more")}</span>
          </button>
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content className="menu" sideOffset={10} collisionPadding={12}>
            <DropdownMenu.Item className="menu-item" onSelect={() => props.onView(view === "grid" ? "speaker" : "grid")}>
              {view === "grid" ? <RectangleHorizontal aria-hidden /> : <LayoutGrid aria-hidden />}
              {view === "grid" ? t("controls.speakerView") : t("controls.gridView")}
            </DropdownMenu.Item>
            <DropdownMenu.Item className="menu-item" onSelect={() => setDialog("rename")}>
              <UserPen aria-hidden />
              {t("controls.rename")}
            </DropdownMenu.Item>
            {isStaff(me.role) && (
              <DropdownMenu.Item
                className="menu-item"
                onSelect={() => void act(() => room.client.call("SlowMode", { seconds: state.slowSeconds > 0 ? 0 : slowSeconds }))}
              >
                <Timer aria-hidden />
                {state.slowSeconds > 0 ? t("controls.slowOff") : t("controls.slow", { count: slowSeconds })}
              </DropdownMenu.Item>
            )}
            {state.media.on && (
              <>
                <DropdownMenu.Item className="menu-item" onSelect={() => room.media.setAudioOnly(!media.audioOnly)}>
                  <AudioLines aria-hidden />
                  {media.audioOnly ? t("controls.audioOnlyOff") : t("controls.audioOnly")}
                </DropdownMenu.Item>
                {devices.blur.offered && state.media.camera !== "off" && me.role !== "observer" && (
                  <DropdownMenu.Item className="menu-item" onSelect={() => devices.blur.set(!devices.blur.wanted)}>
                    <ScanFace aria-hidden />
                    {devices.blur.wanted ? t("blur.off") : t("blur.label")}
                  </DropdownMenu.Item>
                )}
                <DropdownMenu.Item className="menu-item" onSelect={() => setDialog("devices")}>
                  <Settings2 aria-hidden />
                  {t("controls.settings")}
                </DropdownMenu.Item>
              </>
            )}
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      <Control label={t("room.leave")} leave onClick={() => setDialog("leave")} icon={<PhoneOff aria-hidden />} />
      {dialog === "rename" && <RenameDialog room={room} alias={me.alias} onClose={() => setDialog(null)} />}
      {dialog === "leave" && (
        <LeaveDialog state={state} onLeave={() => void act(() => room.client.leave())} onClose={() => setDialog(null)} />
      )}
      <Dialog open={dialog === "devices"} onOpenChange={(open) => setDialog(open ? "devices" : null)} title={t("controls.settings")}>
        <DeviceCheck devices={devices} cameras={state.media.camera} />
      </Dialog>
    </section>
  );
}

function Control(props: {
  label: string;
  icon: ReactNode;
  onClick: () => void;
  on?: boolean;
  off?: boolean;
  leave?: boolean;
  pressed?: boolean;
  disabled?: boolean;
  badge?: number;
  badgeText?: string;
}) {
  const look = props.leave ? "leave" : props.off ? "off" : props.on ? "on" : "";
  return (
    <button type="button" className={`control ${look}`} aria-pressed={props.pressed} disabled={props.disabled} onClick={props.onClick}>
      <span className="control-icon">
        {props.icon}
        {Boolean(props.badge) && (
          <span className="count" aria-hidden>
            {props.badge}
          </span>
        )}
      </span>
      <span className="control-label">{props.label}</span>
      {Boolean(props.badge) && <span className="visually-hidden">{props.badgeText}</span>}
    </button>
  );
}
