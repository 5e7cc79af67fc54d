/** Why a device cannot be used, and which: a browser tells why, and not always of both. */
export interface DeviceProblem {
  why: "blocked" | "missing" | "busy";
  of: "both" | "camera" | "microphone";
}

export interface Tracks {
  audio: MediaStreamTrack | null;
  video: MediaStreamTrack | null;
}

export interface Kept {
  asked: boolean;
  asking: boolean;
  problem: DeviceProblem | null;
  tracks: Tracks;
  /** A camera is on its way. */
  opening: boolean;
  /** The devices that the person wishes to be on. */
  mic: boolean;
  camera: boolean;
}

/** The browser's answer: devices, and which of them are denied for good. */
export interface Source {
  open: (constraints: MediaStreamConstraints) => Promise<MediaStream>;
  isDenied: (name: "camera" | "microphone") => Promise<boolean>;
}

const video = (deviceId?: string): MediaTrackConstraints => ({
  width: { ideal: 640 },
  height: { ideal: 360 },
  frameRate: { ideal: 24, max: 30 },
  ...(deviceId ? { deviceId: { exact: deviceId } } : { facingMode: "user" }),
});

const audio = (deviceId?: string): MediaTrackConstraints => ({
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
  ...(deviceId && { deviceId: { exact: deviceId } }),
});

function whyOf(error: unknown): DeviceProblem["why"] {
  const name = error instanceof DOMException ? error.name : "";
  return name === "NotAllowedError" || name === "SecurityError"
    ? "blocked"
    : name === "NotReadableError" || name === "AbortError"
      ? "busy"
      : "missing";
}

/**
 * Camera and microphone as the person wishes them. Off means off: a camera that is off is released, and its light goes out.
 * A device that comes after they wished otherwise is given back, and is shown to nobody.
 */
export class DeviceKeeper {
  private state: Kept;
  private readonly turns = { audio: 0, video: 0 };
  private readonly listeners = new Set<() => void>();
  private ended = false;
  private cameras = true;
  private know = () => undefined as void;
  private readonly known = new Promise<void>((done) => (this.know = done));

  constructor(
    private readonly source: Source,
    wanted: { mic: boolean; camera: boolean },
  ) {
    this.state = { asked: false, asking: false, problem: null, tracks: { audio: null, video: null }, opening: false, ...wanted };
  }

  readonly getState = (): Kept => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Asks for both devices, or for what of them may be used and can be had. Waits until it is known whether the room shows cameras. */
  readonly ask = async (): Promise<void> => {
    this.set({ asking: true });
    await this.known;
    // An open device is released first: some systems give a device once.
    const turns = [this.begin("audio"), this.begin("video")] as const;
    this.set({ problem: null });
    try {
      const { stream, problem } = await this.openAll();
      this.take("audio", turns[0], stream);
      this.take("video", turns[1], stream);
      // A missing camera is reported only to a participant who wants it on.
      this.set({ problem: problem?.of === "camera" && !this.state.camera ? null : problem });
      if (turns[1] === this.turns.video && !stream.getVideoTracks().length) {
        this.set({ camera: false });
      }
    } catch (error) {
      this.set({ problem: { why: whyOf(error), of: this.cameras ? "both" : "microphone" } });
    } finally {
      this.set({ asking: false, asked: true });
    }
  };

  readonly setMic = (mic: boolean): void => {
    this.set({ mic });
    if (this.state.tracks.audio) {
      this.state.tracks.audio.enabled = mic;
    }
  };

  readonly setCamera = async (camera: boolean): Promise<void> => {
    this.set({ camera: camera && this.cameras });
    const turn = this.begin("video");
    if (!this.state.camera) {
      this.put("video", null);
      this.set({ opening: false });
      return;
    }

    await this.reopen("video", turn).catch((error: unknown) => {
      if (turn === this.turns.video) {
        this.put("video", null);
        this.set({ camera: false, problem: { why: whyOf(error), of: "camera" } });
      }
    });
  };

  /** Whether this room shows cameras at all. Where it does not, none is opened. */
  readonly allowCameras = (allowed: boolean): void => {
    this.know();
    if (allowed !== this.cameras) {
      this.cameras = allowed;
      if (!allowed) {
        void this.setCamera(false);
      }
    }
  };

  readonly choose = async (kind: keyof Tracks, deviceId: string): Promise<void> => {
    const turn = this.begin(kind);
    if (kind === "video") {
      this.set({ camera: this.cameras });
    }

    await this.reopen(kind, turn, deviceId).catch((error: unknown) => {
      if (turn === this.turns[kind]) {
        this.put(kind, null);
        this.set({ problem: { why: whyOf(error), of: kind === "audio" ? "microphone" : "camera" } });
      }
    });
  };

  /** Opens a device again that something else had taken. Throws when it cannot be had. */
  readonly takeBack = (kind: keyof Tracks): Promise<void> => this.reopen(kind, this.begin(kind));

  /** Gives both devices back, where nobody could see or hear them. They are asked for anew. */
  readonly release = (): void => {
    (["audio", "video"] as const).forEach((kind) => {
      this.begin(kind);
      this.put(kind, null);
    });
    this.set({ asked: false, opening: false, problem: null });
  };

  /** Gives both back for good, with the page. */
  readonly end = (): void => {
    this.ended = true;
    this.release();
  };

  /** After `end`, for a page that is shown once more. */
  readonly revive = (): void => {
    this.ended = false;
  };

  // Another turn: what was on its way for an earlier one counts no more.
  private begin(kind: keyof Tracks): number {
    this.state.tracks[kind]?.stop();
    return ++this.turns[kind];
  }

  private async reopen(kind: keyof Tracks, turn: number, deviceId?: string): Promise<void> {
    this.set({ opening: this.state.opening || kind === "video" });
    try {
      const stream = await this.source.open(kind === "audio" ? { audio: audio(deviceId) } : { video: video(deviceId) });
      if (this.take(kind, turn, stream)) {
        this.set({ problem: null });
      }
    } finally {
      if (kind === "video" && turn === this.turns.video) {
        this.set({ opening: false });
      }
    }
  }

  private take(kind: keyof Tracks, turn: number, stream: MediaStream): boolean {
    const [track] = kind === "audio" ? stream.getAudioTracks() : stream.getVideoTracks();
    if (this.ended || turn !== this.turns[kind] || (kind === "video" && !this.state.camera)) {
      track?.stop();
      return false;
    }

    if (track && kind === "audio") {
      track.enabled = this.state.mic;
    }

    this.put(kind, track ?? null);
    return true;
  }

  private put(kind: keyof Tracks, track: MediaStreamTrack | null): void {
    if (this.state.tracks[kind] !== track) {
      this.set({ tracks: { ...this.state.tracks, [kind]: track } });
    }
  }

  private async openAll(): Promise<{ stream: MediaStream; problem: DeviceProblem | null }> {
    const { open, isDenied } = this.source;
    if (!this.cameras) {
      return { stream: await open({ audio: audio() }), problem: null };
    }

    try {
      return { stream: await open({ audio: audio(), video: video() }), problem: null };
    } catch (error) {
      const why = whyOf(error);
      const [noCamera, noMicrophone] = await Promise.all([isDenied("camera"), isDenied("microphone")]);
      if (why === "blocked" && noCamera === noMicrophone) {
        throw error;
      }

      // One of the two may be blocked, missing or busy; the other is welcome.
      if (!noMicrophone) {
        const stream = await open({ audio: audio() }).catch(() => null);
        if (stream) {
          return { stream, problem: { why, of: "camera" } };
        }
      }

      if (noCamera) {
        throw error;
      }

      return { stream: await open({ video: video() }), problem: { why, of: "microphone" } };
    }
  }

  private set(part: Partial<Kept>): void {
    this.state = { ...this.state, ...part };
    this.listeners.forEach((listener) => listener());
  }
}
