import type { RoomClient } from "./client";
import { refusalOf, type ReceiveOffer } from "./wire";

type Asked = Parameters<RoomClient["subscribeTo"]>[0];

/**
 * Asks to receive. A participant wished for may just have left, or not be in yet: then only those who send are asked for.
 * `isWhole`: everybody wished for was asked for. Throws `HubRefusal`.
 */
export async function subscribe(
  client: Pick<RoomClient, "subscribeTo">,
  wish: Asked,
  sends: (participantId: string) => boolean,
): Promise<{ offer: ReceiveOffer; isWhole: boolean }> {
  try {
    return { offer: await client.subscribeTo(wish), isWhole: true };
  } catch (error) {
    if (refusalOf(error).code !== "not-found") {
      throw error;
    }

    return { offer: await client.subscribeTo({ ...wish, of: wish.of.filter(sends) }), isWhole: false };
  }
}
