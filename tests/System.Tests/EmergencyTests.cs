using System.Net;
using System.Text.Json.Nodes;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.SystemTests;

/// <summary>What facilitators learn of members, over the services that keep it.</summary>
[Collection(nameof(Deployment))]
public sealed class EmergencyTests(Deployment deployment)
{
    [Fact]
    public async Task A_facilitator_reaches_a_member_in_danger_and_the_member_reads_it_afterwards()
    {
        var operators = await Person.SignInAsync(deployment, "operator@demo.test");
        var ana = await Person.NewFacilitatorAsync(deployment, operators);
        var evening = await Evening.TonightAsync(operators, ana.Id);
        var maya = await Person.NewMemberAsync(deployment, "FL");
        await maya.SeatAsync(evening.Group);
        // Room may hear of the session late: another test kills the broker.
        await maya.JoinAsync(evening.Session, "US-FL", alias: "Sunny");
        var joined = await maya.PostAsync(
            $"/api/sessions/{evening.Session}/join",
            new
            {
                location = new { jurisdiction = "US-FL", address = "3 Bay Street" },
                alone = true,
                alias = "Sunny",
            }
        );
        var (first, firstIn) = await RoomClient.EnterAsync(maya, joined);
        var (lead, _) = await RoomClient.EnterAsync(ana, await ana.JoinAsync(evening.Session, null));

        // The roster names her, and who she is in the room.
        JsonNode member = null!;
        await Eventually.Async(
            async () => (member = (await ana.GetAsync($"/api/groups/{evening.Group}/roster"))["items"]![0]!)["participantId"] is not null,
            () => "the roster does not know the participant"
        );
        Assert.Equal(
            ("Somebody New", "Sunny", true, (string)firstIn["participantId"]!),
            ((string)member["legalName"]!, (string)member["preferredName"]!, (bool)member["firstSession"]!, (string)member["participantId"]!)
        );

        var path = $"/api/sessions/{evening.Session}/participants/{member["participantId"]}/emergency";
        JsonNode told = null!;
        await Eventually.Async(
            async () => !(bool)(told = await ana.PostAsync(path, new { reason = "She said goodbye." }))["partial"]!,
            () => "Enrollment did not answer"
        );
        Assert.Equal(
            ("Somebody New", "+1 212 555 0100", "A Friend", "+1 212 555 0101"),
            ((string)told["legalName"]!, (string)told["phone"]!, (string)told["emergencyContact"]!["name"]!, (string)told["emergencyContact"]!["phone"]!)
        );
        Assert.Equal(
            ("US-FL", "3 Bay Street", true),
            ((string)told["location"]!["jurisdiction"]!, (string)told["location"]!["address"]!, (bool)told["alone"]!)
        );
        await maya.PostAsync(path, new { reason = "me" }, HttpStatusCode.Forbidden);
        await operators.PostAsync(path, new { reason = "me" }, HttpStatusCode.Forbidden);
        Assert.Contains(
            (await operators.GetAsync($"/api/sessions/{evening.Session}/moderation"))["items"]!.AsArray(),
            i => (string)i!["act"]! == "emergency.disclosed" && i["text"] is null
        );

        await lead.CallAsync("Open");
        await lead.CallAsync("AdmitAll");
        await lead.CallAsync("End", new { reason = "done" });
        await first.EndsAsync("session-ended");
        var disclosed = (await maya.GetAsync("/api/me/disclosures"))["items"]!.AsArray()[^1]!;
        Assert.Equal("She said goodbye.", (string)disclosed["reason"]!);
        Assert.Contains("address", disclosed["given"]!.AsArray().Select(g => (string)g!));
    }
}
