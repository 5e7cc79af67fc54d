using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.History;

public sealed partial class SeatCrowd
{
    /// <summary>One of them. Does one thing after the other.</summary>
    private sealed class Caller(SeatCrowd crowd, Asks ask, string name, Guid[] groups, TimeSpan offer, Random random)
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
        private readonly Dictionary<Guid, Stay> _stays = [];
        private int _asked;

        public Asks Ask => ask;

        private HistoryFile History => crowd._history;

        private sealed class Stay(Guid id, string rid)
        {
            public Guid Id => id;
            public string Rid => rid;
            public string Wid => $"w-{rid}";
            public required string Status { get; set; }
            public double WaitingAt { get; set; }
            public JsonNode? View { get; set; }
        }

        public async Task RunAsync(CancellationToken quiet)
        {
            while (!quiet.IsCancellationRequested)
            {
                await Pause.ForAsync(random.Next(200, 1500), quiet);
                await LookAsync();
                var group = groups[random.Next(groups.Length)];
                if (quiet.IsCancellationRequested)
                {
                    return;
                }

                switch (_stays.GetValueOrDefault(group)?.Status, random.Next(10))
                {
                    case (null, _):
                        await ReserveAsync(group);
                        break;
                    case ("reserved" or "offered", < 4):
                        await ConfirmAsync(_stays[group]);
                        break;
                    case ("reserved" or "offered", < 6):
                    case ("enrolled", < 3):
                    case ("waitlisted", 0):
                        await CancelAsync(group, _stays[group]);
                        break;
                    default:
                        break;
                }
            }
        }

        public async Task LeaveLinesAsync()
        {
            await LookAsync();
            foreach (var (group, stay) in _stays.Where(s => s.Value.Status == "waitlisted").ToList())
            {
                await CancelAsync(group, stay);
            }
        }

        public async Task<bool> IsSettledAsync() => await LookAsync() && !_stays.Values.Any(s => s.Status is "reserved" or "offered" or "waitlisted");

        private async Task ReserveAsync(Guid group)
        {
            var (rid, asked) = ($"{name}-{++_asked}", History.Now);
            History.Add(
                asked,
                "reserve",
                new
                {
                    rid,
                    group,
                    user = name,
                }
            );
            var answer = await InsistAsync("/api/enrollments", new { groupId = group }, rid);
            if (answer.Status != HttpStatusCode.Created)
            {
                History.Add(
                    "reserve_fail",
                    new
                    {
                        rid,
                        definite = !answer.IsOpen,
                        reason = answer.Code,
                    }
                );
                return;
            }

            var stay = new Stay((Guid)answer.Body!["id"]!, rid)
            {
                Status = (string)answer.Body["status"]!,
                WaitingAt = asked,
                View = answer.Body,
            };
            crowd._rids[stay.Id] = rid;
            _stays[group] = stay;
            if (stay.Status == "reserved")
            {
                History.Add(
                    "reserve_ok",
                    new
                    {
                        rid,
                        group,
                        user = name,
                        expires = History.At((DateTimeOffset)answer.Body["seatHeldUntil"]!),
                    }
                );
                return;
            }

            History.Add(
                "reserve_fail",
                new
                {
                    rid,
                    definite = true,
                    reason = stay.Status == "waitlisted" ? "full" : stay.Status,
                }
            );
            var told = History.Now;
            History.Add(
                asked,
                "wait",
                new
                {
                    wid = stay.Wid,
                    group,
                    user = name,
                }
            );
            History.Add(
                told,
                "wait_ok",
                new
                {
                    wid = stay.Wid,
                    group,
                    user = name,
                }
            );
            crowd._waits.Add(new Waited(group, stay.Wid, asked, told));
        }

        private async Task ConfirmAsync(Stay stay)
        {
            History.Add("confirm", new { rid = stay.Rid });
            var answer = await InsistAsync(
                $"/api/enrollments/{stay.Id}/confirm",
                new { consents = Party.Consents(stay.View!) },
                $"{stay.Rid}-confirm-{++_asked}"
            );
            if (answer.IsDone)
            {
                History.Add("confirm_ok", new { rid = stay.Rid });
                stay.Status = "enrolled";
            }
        }

        private async Task CancelAsync(Guid group, Stay stay)
        {
            if (stay.Status == "waitlisted")
            {
                // A seat may have been offered since it was last seen waiting, and that is what is given back now.
                History.Add(crowd._left[stay.Wid] = stay.WaitingAt, "wait_leave", new { wid = stay.Wid });
            }
            else
            {
                History.Add("cancel", new { rid = stay.Rid });
            }

            var answer = await InsistAsync($"/api/enrollments/{stay.Id}/cancel", new { }, $"{stay.Rid}-cancel-{++_asked}");
            if (answer.IsDone)
            {
                Ended(group, stay, (string?)answer.Body!["endReason"]);
            }
        }

        private void Ended(Guid group, Stay stay, string? reason)
        {
            if (stay.Status != "waitlisted")
            {
                History.Add(reason == "cancelled" ? "cancel_ok" : "expire", new { rid = stay.Rid, reason });
            }
            else if (reason == "offer-expired")
            {
                crowd._offers.Add(new Offered(stay.Wid, null, stay.WaitingAt, History.Now));
            }

            _stays.Remove(group);
        }

        /// <summary>Looks what became of one's stays, and records what is new.</summary>
        private async Task<bool> LookAsync()
        {
            var asked = History.Now;
            var answer = await ask(HttpMethod.Get, "/api/me/enrollments?limit=500");
            if (!answer.IsDone)
            {
                return false;
            }

            var views = answer.Body!["items"]!.AsArray().ToDictionary(i => (Guid)i!["id"]!, i => i!);
            foreach (var (group, stay) in _stays.ToList())
            {
                var view = views[stay.Id];
                switch ((string)view["status"]!)
                {
                    case "waitlisted":
                        stay.WaitingAt = asked;
                        break;
                    case "offered" when stay.Status == "waitlisted":
                        var until = History.At((DateTimeOffset)view["offerExpiresAt"]!);
                        crowd._offers.Add(new Offered(stay.Wid, stay.Rid, until - offer.TotalMilliseconds, History.Now));
                        History.Add(
                            "reserve_ok",
                            new
                            {
                                rid = stay.Rid,
                                group,
                                user = name,
                                expires = until,
                            }
                        );
                        (stay.Status, stay.View) = ("offered", view.DeepClone());
                        break;
                    case "enrolled" when stay.Status != "enrolled":
                        History.Add("confirm_ok", new { rid = stay.Rid });
                        stay.Status = "enrolled";
                        break;
                    case "ended":
                        Ended(group, stay, (string?)view["endReason"]);
                        break;
                    default:
                        break;
                }
            }

            return true;
        }

        /// <summary>Asks under one key until there is an answer.</summary>
        private async Task<Answer> InsistAsync(string path, object body, string key)
        {
            var until = History.Now + Patience.TotalMilliseconds;
            Answer answer;
            while ((answer = await ask(HttpMethod.Post, path, body, key)).IsOpen && History.Now < until)
            {
                await Task.Delay(random.Next(200, 600));
            }

            return answer;
        }
    }
}
