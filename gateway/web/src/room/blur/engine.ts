import { transfer, wrap, type Remote } from "comlink";
import { worker as url } from "virtual:blur-files";

const loadMs = 60_000;

/** The one address that this page starts a worker from. */
const policy = window.trustedTypes?.createPolicy("blur-worker", { createScriptURL: () => url });

const options = {
  assetsPath: "",
  blurFilterRadius: 18,
  deferInputFrameDownscale: false,
  hysteresis: true,
  maskBlurRadius: 8,
};

interface Pipeline {
  loadTwilioTFLite(): Promise<boolean>;
  render(frame: VideoFrame): Promise<ImageBitmap | null>;
}

type PipelineOf = new (of: typeof options) => Pipeline;

/** Finds the person in a picture and blurs the rest, in a worker of its own. Nothing leaves this device for it. */
export class Engine {
  private constructor(
    private readonly worker: Worker,
    private readonly pipeline: Remote<Pipeline>,
  ) {}

  /** Loads the script, its WebAssembly and the model from our own origin. Throws when that fails or takes a minute. */
  static async load(): Promise<Engine> {
    const worker = new Worker(policy?.createScriptURL("") ?? url);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const failed = new Promise<never>((_, reject) => {
      worker.onerror = () => reject(new Error("The worker that blurs could not be started."));
      timer = setTimeout(() => reject(new Error("What blurs did not load in time.")), loadMs);
    });
    const load = async () => {
      const pipeline = await new (wrap<PipelineOf>(worker))(options);
      await pipeline.loadTwilioTFLite();
      return new Engine(worker, pipeline);
    };
    try {
      return await Promise.race([load(), failed]);
    } catch (error) {
      worker.terminate();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** The blurred picture; null when there is none. The frame is used up. */
  render(frame: VideoFrame): Promise<ImageBitmap | null> {
    return this.pipeline.render(transfer(frame, [frame]));
  }

  end(): void {
    this.worker.terminate();
  }
}
