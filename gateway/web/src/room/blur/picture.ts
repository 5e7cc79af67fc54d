import { Engine } from "./engine";
import { openSink, readFrames, type Sink } from "./frames";
import { blurNatively, endNativeBlur, isBlurredNatively } from "./native";
import { dueAfter, isDue, isStuck, isTooSlow, noPace, paceAfter } from "./pace";

/** `slow`: this device cannot keep up. `failed`: what blurs did not load, or died. */
export type BlurTrouble = "slow" | "failed";

/** A camera's picture with its background blurred. What cannot be blurred is never shown: the picture stops instead. */
export class BlurredPicture {
  private over = false;
  private native = false;
  private engine: Engine | null = null;
  private sink: Sink | null = null;
  private endReading: (() => void) | null = null;
  private watch: ReturnType<typeof setInterval> | undefined;
  private pace = noPace;
  private due = 0;
  private waitingSince: number | null = null;
  private shown = false;
  private readonly systemChanged = () => void this.followSystem();

  /** `show`: the track to show and send from now on, or null. `fail`: nothing more comes. */
  constructor(
    private readonly camera: MediaStreamTrack,
    private readonly show: (track: MediaStreamTrack | null) => void,
    private readonly fail: (trouble: BlurTrouble) => void,
  ) {
    camera.addEventListener("configurationchange", this.systemChanged);
  }

  async start(): Promise<void> {
    if (await blurNatively(this.camera)) {
      this.native = !this.over;
      if (this.over) {
        endNativeBlur(this.camera);
      } else {
        this.show(this.camera);
      }
    } else if (!this.over) {
      await this.startEngine();
    }
  }

  stop(): void {
    if (this.native) {
      endNativeBlur(this.camera);
    }

    this.end();
  }

  private end(): void {
    this.over = true;
    this.camera.removeEventListener("configurationchange", this.systemChanged);
    clearInterval(this.watch);
    this.endReading?.();
    this.sink?.track.stop();
    this.engine?.end();
  }

  private giveUp(trouble: BlurTrouble): void {
    if (!this.over) {
      this.end();
      this.show(null);
      this.fail(trouble);
    }
  }

  // The person, or their system, may turn the camera's own blur off: then ours takes over, without a frame of the room in between.
  private async followSystem(): Promise<void> {
    if (this.native && !isBlurredNatively(this.camera)) {
      this.native = false;
      this.show(null);
      await this.startEngine();
    }
  }

  private async startEngine(): Promise<void> {
    try {
      const engine = await Engine.load();
      if (this.over) {
        engine.end();
        return;
      }

      this.engine = engine;
      this.sink = openSink();
      this.endReading = readFrames(this.camera, (frame) => this.blur(engine, frame));
      this.watch = setInterval(() => this.look(), 1000);
    } catch {
      this.giveUp("failed");
    }
  }

  private async blur(engine: Engine, frame: VideoFrame): Promise<void> {
    const begun = performance.now();
    if (this.over || !isDue(this.due, begun)) {
      frame.close();
      return;
    }

    this.due = dueAfter(this.due, begun);
    this.waitingSince = begun;
    const { timestamp } = frame;
    try {
      const picture = await engine.render(frame);
      this.waitingSince = null;
      if (this.over) {
        picture?.close();
        return;
      }

      if (picture) {
        this.sink!.write(picture, timestamp);
        this.shown ||= (this.show(this.sink!.track), true);
      }

      const now = performance.now();
      this.pace = paceAfter(this.pace, now - begun, now);
      if (isTooSlow(this.pace, now)) {
        this.giveUp("slow");
      }
    } catch {
      this.giveUp("failed");
    }
  }

  // A worker that died answers nothing, and says nothing.
  private look(): void {
    if (isStuck(this.waitingSince, performance.now())) {
      this.giveUp("failed");
    }
  }
}
